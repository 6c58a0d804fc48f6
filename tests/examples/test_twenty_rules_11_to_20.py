"""Twenty things that real ladders do and a model of them has to hold, one test each: rules 11 to 20."""

import copy
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path

from service.domain.assignments import FACTS, Facts, Standing, resolve
from service.domain.dated import held_on
from service.domain.definitions import Definitions, Recorded
from service.domain.expectations import expected
from service.domain.levels import Influence, PointRange, ReportRange, TimeShare
from service.ladderfiles.folder import read_folder
from service.usecases.folders import Folder
from service.usecases.plans import News
from tests.domain.documents import row_document
from tests.examples.rulebook import (
    TODAY,
    bands,
    company,
    drawn,
    example_ladder,
    ladder,
    level_of,
    principles,
    rung,
    structure,
)
from tests.ladderfiles.folders import write_folder

SEAT = {"scope": "Team", "decision_rights": ["Design"], "forums": ["Review"]}


def test_rule_11_inheritance_resolves_and_the_source_form_stays() -> None:
    craft = [{"key": "craft", "title": "Craft"}]
    frame = ladder(rung("b", "2", expectations={"craft": ["Generic."]}), key="frame", competencies=craft)
    document = {
        "extends": "frame",
        "cumulative": True,
        "levels": [
            rung("a", "1", expectations={"craft": ["Below."]}),
            rung("x", "2", "mgr", expectations={"craft": ["Same as."]}),
            rung("b", "2", extends=["x"], expectations={"craft": ["But also."]}),
        ],
    }
    written = copy.deepcopy(document)
    subject = ladder(**document)
    (found,) = expected(level_of(subject, "b"), subject, {"frame": frame})

    assert [statement.text for statement in found.statements] == ["Generic.", "Below.", "Same as.", "But also."]
    assert [statement.text for statement in level_of(subject, "b").expectations[0].statements] == ["But also."]
    assert {name: subject.document[name] for name in written} == written
    assert structure(company(), subject, frame) == []


def test_rule_12_a_level_rule_is_prose_lists_or_points_and_points_leave_no_hole() -> None:
    lists = {"text": "In our words.", "required": ["build/basic"], "optional": ["a", "b"], "optional_needed": 1}

    def points(least: str, below: str | None) -> dict[str, object]:
        return {"points": {"least": least, "below": below}}

    subject = ladder(
        rung("a", "1", rule="Two years."),
        rung("b", "2", rule={**lists, "weights": {"craft": "0.6"}}),
        rung("c", "3", rule=points("0", "1")),
        competencies=[{"key": "craft", "title": "Craft"}],
    )
    prose, listed, counted = (level.rule for level in subject.levels)

    assert prose and listed and counted and counted.points
    assert (prose.text, prose.required, prose.points) == ("Two years.", (), None)
    assert (listed.text, listed.required, listed.optional) == ("In our words.", ("build/basic",), ("a", "b"))
    assert isinstance(counted.points, PointRange)
    assert [(entry.competency, entry.weight) for entry in listed.weights] == [("craft", Decimal("0.6"))]
    for least, found in (
        ("0.94", []),
        ("0.95", ["error DT051 /ladders/0/levels/1/rule/points/least"]),
        ("0.93", ["error DT051 /ladders/0/levels/1/rule/points/least"]),
    ):
        steps = ladder(rung("a", "1", rule=points("0", "0.94")), rung("b", "2", rule=points(least, None)))
        assert structure(company(), steps) == found


def test_rule_13_influence_is_a_part_of_a_level_and_asked_of_individual_contributors_from_the_fork_up() -> None:
    stated = {**SEAT, "influence": "Peers", "autonomy": "Own goals", "complexity": "Open", "value": "Calm"}
    subject = ladder(
        rung("t", "1", "ic", "mgr"),
        rung("b", "2", influence=stated),
        rung("m", "2", "mgr"),
        rung("c", "3", influence={"scope": "Line"}),
        rung("n", "3", "mgr"),
    )

    assert {field.name for field in fields(Influence)} == set(stated)
    found = subject.levels[1].influence
    assert found is not None
    assert {name: getattr(found, name) for name in stated} == {
        **stated,
        "decision_rights": ("Design",),
        "forums": ("Review",),
    }
    assert principles(company(), subject) == ["error DT106 /ladders/0/levels/3/influence"]


def test_rule_14_shares_of_time_and_reports_stand_with_a_track_or_a_level_and_decide_no_track() -> None:
    subject = ladder(
        rung("a", "1", time_split={"coding": 60, "mentoring": {"least": 10}}, reports={"least": 0, "most": 2}),
        tracks=[
            {"key": "ic", "kind": "ic", "time_split": {"coding": {"least": 50, "most": 90}}, "reports": {"most": 2}}
        ],
    )
    (level,), (track,) = subject.levels, subject.tracks
    artsy = {level.key: level.reports for level in example_ladder("public/artsy").levels_of("manager")}

    assert level.time_split == (
        TimeShare(activity="coding", about=60, least=None, most=None),
        TimeShare(activity="mentoring", about=None, least=10, most=None),
    )
    assert track.time_split == (TimeShare(activity="coding", about=None, least=50, most=90),)
    assert (level.reports, track.reports) == (ReportRange(least=0, most=2), ReportRange(least=None, most=2))
    assert (artsy["m2"], artsy["m3"]) == (ReportRange(least=2, most=4), ReportRange(least=6, most=None))
    assert (level.track, subject.kinds_of(level)) == ("ic", {"ic"})


def test_rule_15_a_role_for_a_time_is_declared_beside_the_levels_and_no_part_of_an_assignment() -> None:
    lead = {"key": "lead", "title": "Tech Lead", "levels": ["a"], "maximum_months": 12, "high_profile": True}
    subject = ladder(rung("a", "1"), overlays=[lead, {"key": "acting"}])
    first, second = subject.overlays

    assert (first.levels, first.maximum_months, first.high_profile) == (("a",), 12, True)
    assert (second.levels, second.maximum_months, second.high_profile) == ((), None, False)
    assert subject.level("lead") is None
    assert drawn(company(), subject) == {"1": ["ic: a", "mgr: "]}
    # Nothing that an assignment states changes when somebody takes one, so nothing has to be restored.
    assert FACTS == ("ladder", "level", "step", "role", "team", "zone", "title", "band_set")
    wrong = ladder(rung("a", "1"), overlays=[{**lead, "levels": ["b"]}, {"key": "lead"}])
    assert structure(company(), wrong) == [
        "error DT020 /ladders/0/overlays/1/key",
        "error DT027 /ladders/0/overlays/0/levels/0",
    ]


def test_rule_16_moves_are_edges_of_five_kinds_with_conditions_and_the_graph_is_no_tree() -> None:
    conditions = {"minimum_months": 12, "minimum_tenure_months": 24, "approval": "Board", "internal_only": True}
    subject = ladder(
        *(
            rung(key, grade, track)
            for key, grade, track in [("a", "1", "ic"), ("b", "2", "ic"), ("m", "3", "mgr"), ("c", "3", "ic")]
        ),
        moves=[
            {"from_level": "a", "to_level": "b", "kind": "promotion", **conditions},
            {"from_level": "b", "to_level": "m", "kind": "track_switch", "reversible": True},
            {"from_level": "a", "to_level": "m", "kind": "lateral"},
            {"from_level": "m", "to_level": "a", "kind": "return"},
            {"from_level": "c", "to_level": "b", "kind": "demotion"},
            {"from_level": "m", "to_level": "c", "kind": "track_switch", "allowed": False},
        ],
    )
    b, m, c = (level_of(subject, key) for key in "bmc")
    edge = subject.edge("a", "b")

    assert [move.kind for move in subject.moves[:5]] == ["promotion", "track_switch", "lateral", "return", "demotion"]
    assert edge is not None
    assert {name: getattr(edge, name) for name in conditions} == conditions
    assert (subject.edge("b", "a"), subject.edge("m", "b")) == (None, subject.moves[1])
    assert subject.edge("m", "a") is subject.moves[3]
    # The grades differ and an edge allows it, both ways; they are equal and an edge forbids it, one way.
    assert (subject.allows_switch(b, m), subject.allows_switch(m, b)) == (True, True)
    assert (subject.allows_switch(m, c), subject.allows_switch(c, m)) == (False, True)
    assert structure(company(), subject) == []


def test_rule_17_a_version_is_draft_published_superseded_or_retired_and_stays_readable() -> None:
    old, new = ladder(version="1"), ladder(version="2", effective_from="2024-01-01", lifecycle="retired")
    draft = ladder(rung("a", "1", title="TODO", summary="TBD"), version="3", lifecycle="draft")
    known = Definitions(ladders=[Recorded(recorded_at=at, value=found) for at, found in enumerate((old, new), 1)])
    news = News.between(Folder(company=company(), ladders={"/ladders/0": draft}, bandsets={}), Definitions())

    assert [known.ladder("engineering", date(year, 1, 1)) for year in (2019, 2023, 2024)] == [None, old, new]
    assert known.ladder_version("engineering", "1") == old
    assert new.lifecycle == "retired"
    assert (news.ladders, [document.state for document in news.documents()]) == ((), ["new", "draft"])
    assert structure(company(), draft) == [
        "warning DT060 /ladders/0/levels/0/summary",
        "warning DT060 /ladders/0/levels/0/title",
    ]
    assert example_ladder("public/financial-times", "engineering-v1").lifecycle == "retired"


def test_rule_18_an_assignment_has_facts_and_two_times_a_derived_track_and_may_pin_a_band_set() -> None:
    sets = [bands(row_document(min="50000"), key="old"), bands(row_document(), key="new", effective_from="2024-01-01")]
    known = Definitions(
        companies=[Recorded(recorded_at=1, value=company())],
        ladders=[Recorded(recorded_at=1, value=ladder())],
        bandsets=[Recorded(recorded_at=at, value=found) for at, found in enumerate(sets, 1)],
    )
    hired = date(2023, 6, 1)

    def shown(level: str, day: date = TODAY, known_at: int | None = None, **facts: str) -> tuple[object, ...]:
        said = Facts(ladder="engineering", level=level, zone="de", **facts)
        standing = Standing(facts=said, grade="2", grade_since=hired, step_since=hired, since=hired)
        found = resolve(standing, day=day, definitions=known, known_at=known_at)
        return found.track, found.title, found.band and found.band.band_set

    assert shown("ic2", title="Wizard", band_set="old") == ("ic", "Wizard", "old")
    assert shown("em2") == ("mgr", "EM2", "new")
    assert shown("em2", day=date(2023, 12, 31)) == ("mgr", "EM2", "old")
    assert shown("em2", known_at=1) == ("mgr", "EM2", "old")
    assert "track" not in FACTS


def test_rule_19_reading_goes_on_and_lists_every_finding_with_file_and_line(tmp_path: Path) -> None:
    write_folder(
        tmp_path,
        ("company.yaml", "timezone: Europe/Berlin", "timezone: Europe/Berlin\ncolour: blue\nname: Twice"),
        ("ladders/engineering.yaml", 'grade: "3", title: Principal', 'grade: "9", title: Principal'),
        ("ladders/engineering.yaml", "{from_level: em2, to_level: ic3,", "{from_level: em2, to_level: em3,"),
        ("ladders/broken.yaml", "", "people:\n  - ok\n\t- tab\n"),
        ("bands/2026.yaml", 'mid: "55000"', 'mid: 55000, max: "7"'),
    )

    found = read_folder(tmp_path).findings

    assert [f"{one.position.file}:{one.position.line} {one.finding.rule}" for one in found] == [
        "bands/2026.yaml:4 DT011",
        "bands/2026.yaml:4 DT003",
        "company.yaml:3 DT010",
        "company.yaml:4 DT003",
        "ladders/broken.yaml:3 DT002",
        "ladders/engineering.yaml:26 DT027",
    ]


def test_rule_20_what_may_be_done_on_a_level_holds_from_day_to_day() -> None:
    change = "2024-01-01"
    before, after = date(2023, 12, 31), date(2024, 1, 1)

    def turned(first: object, then: object) -> list[dict[str, object]]:
        return [{"value": first, "effective_to": change}, {"value": then, "effective_from": change}]

    level = ladder(
        rung(
            "a",
            "1",
            terminal=turned(True, None),
            hireable=turned(True, False),
            internal_only=turned(False, True),
            maximum_months=turned(None, 48),
        )
    ).levels[0]
    twice = ladder(rung("a", "1", terminal=[True, {"value": False, "effective_from": change}]))

    assert [level.is_terminal(day) for day in (before, after)] == [True, None]
    assert [level.is_hireable(day) for day in (before, after)] == [True, False]
    assert [level.is_internal_only(day) for day in (before, after)] == [False, True]
    assert [level.longest_stay(day) for day in (before, after)] == [None, 48]
    assert held_on(level.terminal, before) == level.terminal[0]
    assert structure(company(), twice) == ["error DT050 /ladders/0/levels/0/terminal/1"]
    m2 = level_of(example_ladder("public/artsy"), "m2")
    assert (m2.is_internal_only(TODAY), m2.is_hireable(TODAY), m2.longest_stay(TODAY)) == (True, False, 18)
