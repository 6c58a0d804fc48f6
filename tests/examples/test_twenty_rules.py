"""Twenty things that real ladders do and a model of them has to hold, one test each: rules 1 to 10."""

from datetime import date

import pytest

from service.domain.chart import chart
from service.domain.findings import DocumentRejected
from service.domain.titles import filled
from tests.examples.rulebook import (
    company,
    drawn,
    example_company,
    example_ladder,
    ladder,
    principles,
    rung,
    structure,
)

SEAT = {"scope": "Team", "decision_rights": ["Design"], "forums": ["Review"]}


def test_rule_01_a_level_stands_on_tracks_of_a_version_and_points_to_a_grade_that_no_number_tells() -> None:
    artsy, subject = example_ladder("public/artsy"), ladder(rung("ic9", "2"), rung("ic10", "2"), rung("l1", "3"))

    assert drawn(example_company("public/artsy"), artsy)["4"] == ["ic: ic4", "manager: m2"]
    assert drawn(example_company("public/artsy"), artsy)["8"] == ["ic: ic8", "manager: m6"]
    assert {level.key: level.grade for level in subject.levels} == {"ic9": "2", "ic10": "2", "l1": "3"}
    assert (subject.key, subject.version) == ("engineering", "1")
    assert {role.key: role.ladder for role in example_company("demo").roles} == {
        **dict.fromkeys(["software-engineer", "hardware-engineer"], "engineering"),
        **dict.fromkeys(["content-marketer", "product-marketer", "event-marketer"], "marketing"),
    }


def test_rule_02_order_is_a_rank_and_labels_mean_nothing() -> None:
    firm = company("J060", "J040", "A")
    subject = ladder(rung("z", "J060", "ic", "mgr"), rung("b", "J040", "mgr"), rung("a", "A"))

    assert firm.ranks == {"J060": 1, "J040": 2, "A": 3}
    assert list(drawn(firm, subject)) == ["J060", "J040", "A"]
    assert subject.fork(ranks=firm.ranks) == "J040"
    assert [level.key for level in subject.levels_of("mgr")] == ["z", "b"]
    assert structure(firm, subject) == []
    assert structure(company("A", "J040", "J060"), subject) == [
        "error DT045 /ladders/0/levels/2/grade",
        "error DT045 /ladders/0/levels/1/grade",
    ]


def test_rule_03_a_pairing_has_four_states_and_a_trunk_level_needs_none() -> None:
    firm = company(*"12345")
    subject = ladder(
        rung("t1", "1", "ic", "mgr"),
        *(rung(f"ic{grade}", grade, influence=SEAT) for grade in "2345"),
        rung("em2", "2", "mgr"),
        pairing={
            "grades": [
                {"grade": "3", "state": "unpaired_by_design", "reason": "Nothing to lead."},
                {"grade": "4", "state": "unstated"},
            ]
        },
    )
    rows = {row.grade: (row.pairing, row.verdict) for row in chart(subject, firm, None).rows}

    assert rows == {
        "1": (None, None),
        "2": ("paired", "no_band"),
        "3": ("unpaired_by_design", "unpaired_by_design"),
        "4": ("unstated", "unstated"),
        "5": ("missing", "no_counterpart"),
    }
    # Only what is missing is a gap.
    found = [line for line in principles(firm, subject) if "DT103" in line]
    assert found == ["error DT103 /ladders/0/levels/4/grade"]


def test_rule_04_a_ladder_has_one_track_or_more_of_kinds_that_are_data() -> None:
    kinds = ["ic", "manager", "hybrid", "executive", "support"]
    many = ladder(rung("a", "1", "k4"), tracks=[{"key": f"k{n}", "kind": kind} for n, kind in enumerate(kinds)])
    one = ladder(rung("a", "1", "ic"), tracks=[{"key": "ic", "kind": "ic"}])

    assert [track.kind for track in many.tracks] == kinds
    assert many.kinds_of(many.levels[0]) == {"support"}
    assert structure(company(), many) == structure(company(), one) == []
    assert [track.title for track in example_ladder("public/jorgef").tracks] == [
        "Developer",
        "Tech Lead",
        "Technical Program Manager",
        "Engineering Manager",
    ]
    with pytest.raises(DocumentRejected, match="DT013 'boss' is none of"):
        ladder(tracks=[{"key": "ic", "kind": "boss"}])


def test_rule_05_tracks_share_levels_before_the_fork_and_after_the_merge() -> None:
    name = "public/financial-times"

    assert drawn(example_company(name), example_ladder(name)) == {
        "1": ["ic+people-manager: junior"],
        "2": ["ic+people-manager: engineer"],
        "3": ["ic+people-manager: senior-1"],
        "4": ["ic: senior-2-ic", "people-manager: senior-2-pm"],
        "5": ["ic: principal-ic", "people-manager: principal-pm"],
        "6": ["ic+people-manager: tech-director"],
    }


def test_rule_06_the_fork_differs_by_ladder_and_may_be_absent_which_is_found() -> None:
    firm = company()
    early = ladder(rung("a", "1", "ic", "mgr"), rung("b", "2", influence=SEAT), rung("c", "2", "mgr"), key="early")
    late = ladder(rung("a", "2", "ic", "mgr"), rung("b", "3", influence=SEAT), rung("c", "3", "mgr"), key="engineering")
    never = ladder(rung("a", "1"), rung("b", "2"), key="never")

    assert [subject.fork(ranks=firm.ranks) for subject in (early, late, never)] == ["2", "3", None]
    assert principles(firm, early, late, never) == ["error DT101 /ladders/2/tracks"]


def test_rule_07_titles_and_grades_meet_many_to_many_change_over_time_and_tell_no_track() -> None:
    firm = company(roles=[{"key": "dba", "words": {"specialist": "Database Specialist"}}], teams=[])
    subject = ladder(
        rung("l1", "1", title="Product Manager I"),
        rung("l2", "2", title="Product Manager I"),
        rung("l3", "2", "mgr", title="Senior {specialist} I"),
        rung("l4", "3", title="Lead", title_aliases=[{"title": "Head", "effective_to": "2023-01-01"}, "Chief"]),
    )
    l1, _, l3, l4 = subject.levels

    assert [level.key for level in subject.levels if level.title == "Product Manager I"] == ["l1", "l2"]
    assert [level.title for level in subject.levels_at("2")] == ["Product Manager I", "Senior {specialist} I"]
    assert filled(l3.title or "", company=firm, role="dba", team=None) == "Senior Database Specialist I"
    assert [alias.title for alias in l4.title_aliases if alias.days.contains(date(2023, 1, 1))] == ["Chief"]
    assert (subject.kinds_of(l1), subject.kinds_of(l3)) == ({"ic"}, {"manager"})
    assert structure(firm, subject) == []


def test_rule_08_places_inside_a_level_say_whether_pay_moves_and_whether_the_level_changes() -> None:
    kinds = [
        {"key": "s", "kind": "step", "moves_pay": True, "changes_level": False, "labels": ["low", "high"]},
        {"key": "m", "kind": "modifier", "moves_pay": True, "changes_level": True, "labels": ["plus"]},
        {"key": "p", "kind": "progress", "moves_pay": False, "changes_level": False, "labels": ["approaching"]},
    ]
    subject = ladder(
        rung("a", "1", steps=["low", "high", "plus"]), rung("b", "2", steps=["middle"]), subpositions=kinds
    )
    gs, posthog = (
        example_ladder("pay/us-gs-2026", "general-schedule"),
        example_ladder("pay/posthog", "product-engineering"),
    )

    assert [(kind.kind, kind.moves_pay, kind.changes_level) for kind in subject.subpositions] == [
        ("step", True, False),
        ("modifier", True, True),
        ("progress", False, False),
    ]
    assert structure(company(), subject) == ["error DT047 /ladders/0/levels/1/steps/0"]
    assert {len(level.steps) for level in gs.levels} == {10}
    assert {level.steps for level in posthog.levels} == {("Learning", "Established", "Thriving", "Expert")}
    for missing in ("moves_pay", "changes_level"):
        with pytest.raises(DocumentRejected, match=f"DT012 `{missing}` is missing"):
            ladder(subpositions=[{name: value for name, value in kinds[0].items() if name != missing}])


def test_rule_09_an_expectation_is_statements_with_examples_what_is_none_a_point_and_where_it_is_from() -> None:
    whole = {"text": "Leads.", "examples": ["A launch."], "anti_examples": ["A meeting."], "source_id": "c-17"}
    craft = {"statements": ["Builds.", whole], "proficiency": "deep"}
    subject = ladder(
        rung("a", "1", expectations={"craft": craft, "people": ["Asks."]}),
        competencies=[{"key": "craft", "title": "Craft", "scale": ["solid", "deep"]}, {"key": "people", "title": "P"}],
    )
    found, plain = subject.levels[0].expectations

    assert (found.competency, found.proficiency, plain.competency, plain.proficiency) == (
        "craft",
        "deep",
        "people",
        None,
    )
    assert [(s.text, s.examples, s.anti_examples, s.source_id) for s in (*found.statements, *plain.statements)] == [
        ("Builds.", (), (), None),
        ("Leads.", ("A launch.",), ("A meeting.",), "c-17"),
        ("Asks.", (), (), None),
    ]
    assert structure(company(), subject) == []


def test_rule_10_competencies_are_of_a_ladder_and_a_track_scales_of_a_competency_and_a_drop_is_only_said() -> None:
    competencies = [
        {"key": "craft", "title": "Craft", "scale": ["applying", "leading"]},
        {"key": "people", "title": "People", "scale": ["n00b", "pr0"], "tracks": ["mgr"]},
    ]
    subject = ladder(
        rung("a", "1", expectations={"craft": {"proficiency": "leading"}}),
        rung("b", "2", expectations={"craft": {"proficiency": "applying"}}),
        rung("m", "2", "mgr", expectations={"craft": [], "people": {"proficiency": "pr0"}}),
        competencies=competencies,
    )
    wrong = ladder(rung("a", "1", expectations={"craft": {"proficiency": "pr0"}}), competencies=competencies)

    assert structure(company(), subject) == ["warning DT048 /ladders/0/levels/1/expectations/craft"]
    assert structure(company(), wrong) == ["error DT049 /ladders/0/levels/0/expectations/craft/proficiency"]
    # People is asked of managers only; the empty cell is legal and said.
    empty = [line for line in principles(company(), subject) if "DT110" in line]
    assert empty == ["warning DT110 /ladders/0/levels/2/expectations"]
