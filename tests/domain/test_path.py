"""The ways on from a level: up, over, along stated moves; what they ask for and what they keep."""

from typing import Any

from service.domain.assignments import Facts, Row, Standing
from service.domain.path import NextStep, StepCondition, next_steps
from tests.builders import DESIGN, ENGINEERING, day, definitions, level

ON = day("2026-06-15")


def standing(key: str, grade: str, since: str = "2026-01-01", **more: str) -> Standing:
    facts = Facts(**{"ladder": "engineering", "level": key, "zone": "berlin", **more})
    first = day(since)
    return Standing(facts=facts, grade=grade, grade_since=first, step_since=first, since=first)


def rows_of(*held: tuple[str, str | None, Standing]) -> list[Row]:
    days = [(day(start), day(end) if end else None, one) for start, end, one in held]
    return [Row(effective_from=start, effective_to=end, standing=one) for start, end, one in days]


def steps(one: Standing, *, rows: list[Row] | None = None, **altered: Any) -> list[NextStep]:
    ladder = {**ENGINEERING, **altered}
    held = rows if rows is not None else rows_of(("2026-01-01", None, one))
    return list(next_steps(one, held, day=ON, definitions=definitions(ladders=(ladder, DESIGN))))


def ways(one: Standing, **altered: Any) -> list[tuple[str, str, int | None, bool, bool | None]]:
    return [(step.to.level, step.kind, step.grade_delta, step.allowed, step.way_back) for step in steps(one, **altered)]


def test_up_and_over_and_along_a_stated_move() -> None:
    assert ways(standing("e1", "1")) == [("e2", "promotion", 1, True, None)]
    # A level that both tracks share leads up both, and switches none.
    assert ways(standing("e2", "2")) == [("ic3", "promotion", 1, True, None), ("em3", "promotion", 1, True, None)]
    assert ways(standing("ic4", "4")) == [("ic5", "promotion", 1, True, None), ("em4", "track_switch", 0, True, True)]
    assert ways(standing("em4", "4")) == [("ic4", "track_switch", 0, True, True)]
    (down,) = steps(standing("ic5", "5"))
    assert (down.to.level, down.kind, down.move, down.grade_delta, down.way_back) == (
        *("em4", "track_switch", "track_switch", -1),
        False,
    )
    assert ways(standing("d4", "4", ladder="design")) == []
    assert ways(standing("gone", "4")) == ways(standing("ic4", "4", ladder="none")) == []


def test_levels_at_one_grade_come_together_and_what_nobody_should_come_to_does_not_come() -> None:
    levels = [
        *ENGINEERING["levels"][:2],
        level("ic3", ["ic"], "3"),
        level("ic3s", ["ic"], "3"),
        level("ic4", ["ic"], "4", retired=True),
        {**level("ic4x", ["ic"], "4"), "grade": None},
        level("ic5", ["ic"], "5"),
        level("ic5x", ["ic"], "5"),
        level("ic6", ["ic"], "6"),
    ]
    asked = {"levels": levels, "moves": []}
    assert [way[:2] for way in ways(standing("e2", "2"), **asked)] == [("ic3", "promotion"), ("ic3s", "promotion")]
    assert [way[:2] for way in ways(standing("ic3", "3"), **asked)] == [
        *(("ic3s", "lateral"), ("ic5", "promotion"), ("ic5x", "promotion"))
    ]
    # Nobody goes back along their own track.
    assert [way[0] for way in ways(standing("ic3s", "3"), **asked)] == ["ic5", "ic5x"]
    assert ways(standing("ic6", "6"), **asked) == []


def test_moves_elsewhere_back_and_denied_ones() -> None:
    moves = [
        {"from_level": "ic3", "to_level": "d3", "to_ladder": "design", "kind": "lateral", "note": "Ask design."},
        {"from_level": "ic3", "to_level": "d9", "to_ladder": "design", "kind": "lateral"},
        {"from_level": "ic3", "to_level": "em3", "kind": "track_switch", "allowed": False, "note": "Secret."},
        {"from_level": "e2", "to_level": "ic3", "kind": "promotion", "reversible": True, "minimum_months": 6},
    ]
    found = {step.to.level: step for step in steps(standing("ic3", "3", step="b"), moves=moves)}
    assert list(found) == ["ic4", "em3", "d3", "e2"]
    assert (found["d3"].to.ladder, found["d3"].kind, found["d3"].move) == ("design", "transfer", "lateral")
    assert (found["d3"].note, found["d3"].way_back) == ("Ask design.", None)
    assert (found["em3"].allowed, found["em3"].note, found["em3"].conditions) == (False, None, ())
    assert (found["e2"].kind, found["e2"].move, found["e2"].allowed) == ("demotion", "demotion", True)
    assert [one.condition for one in found["e2"].conditions] == ["months_on_level"]
    # Grade kept: step, tenure and band stay. Grade left: the first step of the new level, tenure begins.
    kept = found["em3"].to
    assert (kept.step, kept.grade_since, kept.title) == ("b", day("2026-01-01"), "EM3")
    assert (found["ic4"].to.step, found["ic4"].to.grade_since) == (None, ON)
    assert kept.band and found["ic4"].to.band and kept.band.min != found["ic4"].to.band.min
    assert found["ic4"].without_pay().to.band is None
    assert found["ic4"].without_pay().to.redacted == ("band",)


def test_conditions_and_whether_they_are_met_on_the_day() -> None:
    edge = {
        "from_level": "ic4",
        "to_level": "ic5",
        "kind": "promotion",
        "minimum_months": 6,
        "minimum_tenure_months": 12,
        "approval": "The council.",
    }
    levels = [{**one, "internal_only": True} if one["key"] == "ic5" else one for one in ENGINEERING["levels"]]
    junior, now = standing("ic3", "3", "2025-01-10"), standing("ic4", "4", "2025-12-16", title="Chief")
    planned = standing("ic4", "4", "2026-07-01", team="web")
    rows = rows_of(
        ("2025-01-10", "2025-12-16", junior), ("2025-12-16", "2026-07-01", now), ("2026-07-01", None, planned)
    )
    up = steps(now, rows=rows, moves=[edge], levels=levels)[0]
    assert up.conditions == (
        StepCondition(condition="months_on_level", required=6, held=5, who=None, met=False),
        StepCondition(condition="months_in_job", required=12, held=17, who=None, met=True),
        StepCondition(condition="approval", required=None, held=None, who="The council.", met=None),
        StepCondition(condition="internal_only", required=None, held=None, who=None, met=True),
    )
    assert up.to.title == "IC5"


def test_what_is_expected_and_decided_there_and_not_here() -> None:
    says: dict[str, dict[str, Any]] = {
        "ic4": {
            "expectations": {"craft": ["Builds.", "Tests."], "reach": ["Helps."]},
            "influence": {"scope": "A team."},
        },
        "ic5": {
            "expectations": {"craft": ["Builds.", "Designs."], "reach": ["Helps."]},
            "influence": {"scope": "All.", "forums": ["Board"]},
            "rule": "Two years of it.",
        },
    }
    levels = [{**one, **says.get(one["key"], {})} for one in ENGINEERING["levels"]]
    competencies = [{"key": key, "title": key.title()} for key in ("craft", "reach")]
    up = steps(standing("ic4", "4"), levels=levels, competencies=competencies)[0]
    (craft,) = up.expectations
    assert [one.text for one in (*craft.both, *craft.only_a, *craft.only_b)] == ["Builds.", "Tests.", "Designs."]
    assert [(one.attribute, one.a, one.b) for one in up.influence] == [
        ("scope", "A team.", "All."),
        ("forums", [], ["Board"]),
    ]
    assert up.rule is not None and up.rule.text == "Two years of it."
