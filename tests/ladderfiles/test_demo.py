"""What the definitions of the demo folder promise to whoever builds on it."""

from datetime import date

import pytest

from service.domain.parity import compared, pairs_at
from tests.ladderfiles.demo_folder import LADDERS, bands, company, demo, ladder_of

TODAY = date(2026, 11, 25)


def test_it_can_be_used_and_only_the_planted_gap_is_noted() -> None:
    folder = demo()

    assert folder.findings == ()
    assert company().principles == "enforce"
    assert [
        (found.finding.rule, found.finding.severity, found.finding.pointer, (found.finding.waiver or "")[:30])
        for found in folder.judge(TODAY)
    ] == [
        ("DT104", "note", "/bands/0/rows/16", "until 2027-06-30, Head of Pay:"),
        ("DT108", "note", "/ladders/1/levels/5", "until 2027-06-30, Head of Pay:"),
    ]


@pytest.mark.parametrize("key", LADDERS)
def test_every_level_has_a_band_in_every_zone_with_its_own_steps(key: str) -> None:
    ladder = ladder_of(key)

    for level in ladder.levels:
        for zone in company().zones:
            rows = [
                bands().band_for(grade=level.grade, zone=zone.key, ladder=key, track=track) for track in level.tracks
            ]
            assert rows[0] is not None
            assert all(row is rows[0] for row in rows)
            assert rows[0].currency == zone.currency
            assert [step.label for step in rows[0].steps] == list(level.steps)


def test_both_tracks_are_paid_by_one_row_in_every_zone_but_for_the_planted_gap() -> None:
    verdicts = {
        (ladder.key, grade.key, zone.key): (found.verdict, found.ic is found.manager)
        for ladder in map(ladder_of, LADDERS)
        for grade in company().grades
        for zone in company().zones
        for found in compared(ladder, bands(), company().parity, grade=grade.key, zone=zone.key)
    }

    assert len(verdicts) == 2 * 4 * 2
    assert {cell: found for cell, found in verdicts.items() if found != ("equal", True)} == {
        ("marketing", "5", "us-ny"): ("gap", False)
    }


def test_the_planted_gap_pays_individual_contributors_less_at_every_figure() -> None:
    (found,) = compared(ladder_of("marketing"), bands(), company().parity, grade="5", zone="us-ny")
    assert found.ic is not None
    assert found.manager is not None
    ours, theirs = dict(found.ic.amounts()), dict(found.manager.amounts())

    assert {name: f"{ours[name]} {theirs[name]}" for name in ours} == {
        "min": "164000 172000",
        "mid": "186000 195000",
        "max": "208000 218000",
        "steps/entry": "166000 174000",
        "steps/established": "186000 195000",
        "steps/leading": "197000 206000",
    }
    assert list(theirs) == list(ours) == list(found.beyond) == list(found.lower)
    assert [row for row in bands().rows if row.ladder or row.track] == [bands().rows[-1]]


def test_the_waivers_cover_the_gap_alone_until_a_day() -> None:
    assert [
        (waiver.rule, waiver.scope.ladder, waiver.scope.grade, waiver.expires_on) for waiver in company().waivers
    ] == [
        ("DT104", "marketing", "5", date(2027, 6, 30)),
        ("DT108", "marketing", "5", date(2027, 6, 30)),
    ]


@pytest.mark.parametrize(
    ("key", "states"),
    [
        ("engineering", {**dict.fromkeys("4568", "paired"), "7": "unpaired_by_design"}),
        ("marketing", {**dict.fromkeys("4567", "paired"), "8": None}),
    ],
)
def test_the_fork_is_at_grade_four_and_one_grade_is_unpaired_with_a_reason(
    key: str, states: dict[str, str | None]
) -> None:
    ladder, ranks = ladder_of(key), company().ranks
    found = {grade.key: ladder.pairing_at(grade.key, ranks=ranks) for grade in company().grades}

    assert ladder.fork(ranks=ranks) == "4"
    assert {grade: pairing and pairing.state for grade, pairing in found.items()} == {
        **dict.fromkeys("123", None),
        **states,
    }
    assert [grade for grade, pairing in found.items() if pairing and pairing.reason] == (
        ["7"] if key == "engineering" else []
    )
    for grade in [grade for grade, state in states.items() if state == "paired"]:
        assert len(pairs_at(ladder, grade)) == 1


@pytest.mark.parametrize("key", LADDERS)
def test_individual_contributors_from_the_fork_up_have_formal_influence(key: str) -> None:
    above = ladder_of(key).levels_of("ic")[3:]

    assert len(above) == {"engineering": 5, "marketing": 4}[key]
    for level in above:
        assert level.influence is not None
        assert level.influence.scope
        assert level.influence.decision_rights
        assert level.influence.forums
        assert level.influence.value


@pytest.mark.parametrize("key", LADDERS)
def test_every_level_says_what_is_expected_in_every_competency(key: str) -> None:
    ladder = ladder_of(key)
    competencies = [competency.key for competency in ladder.competencies]

    assert {tuple(found.competency for found in level.expectations) for level in ladder.levels} == {tuple(competencies)}
    assert all(found.statements for level in ladder.levels for found in level.expectations)


def test_every_track_switch_that_is_stated_can_be_undone() -> None:
    moves = {
        key: [(move.from_level, move.to_level, move.reversible) for move in ladder_of(key).moves] for key in LADDERS
    }

    assert moves == {"engineering": [("em6", "ic7", True), ("ic7", "em8", True)], "marketing": []}


def test_a_title_with_manager_in_it_stands_on_a_level_for_individual_contributors() -> None:
    ladder = ladder_of("marketing")
    held = {level.key: level for level in ladder.levels_at("7")}

    assert {key: (level.title, level.track) for key, level in held.items()} == {
        "mic7": ("Principal Marketing Manager", "ic"),
        "mm7": ("Marketing Director", "manager"),
    }
    assert held["mic7"].reports is not None
    assert (held["mic7"].reports.least, held["mic7"].reports.most) == (0, 2)
