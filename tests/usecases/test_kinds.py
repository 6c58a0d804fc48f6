"""What a change is called, and how it is told: the first rule that fits what differs."""

from datetime import date

from tests.builders import COMPANY, DESIGN, ENGINEERING, level
from tests.stage import Stage, publish
from tests.usecases.amending import HIRE, PAST, TODAY, exactly

TWO_FIVES = {
    **ENGINEERING,
    "version": "2",
    "effective_from": "2020-01-01",
    "levels": [*ENGINEERING["levels"], level("ic5b", ["ic"], "5")],
}
# (what held, what is to hold, kind, event, grade delta, what is told to differ)
CASES: tuple[tuple[dict[str, str | None], dict[str, str | None], str, str, int, list[str]], ...] = (
    ({}, {"level": "em3", "team": "web"}, "track_switch", "track.switched", 0, ["track", "level", "team"]),
    ({}, {"level": "ic4", "team": "web"}, "promotion", "level.changed", 1, ["level", "grade", "step", "team"]),
    ({"level": "ic4"}, {"level": "e2"}, "demotion", "level.changed", -2, ["track", "level", "grade"]),
    ({}, {"ladder": "design", "level": "d3"}, "transfer", "assignment.changed", 0, ["ladder", "level"]),
    ({}, {"role": None, "step": "b"}, "transfer", "assignment.changed", 0, ["step", "role"]),
    ({}, {"zone": "nyc"}, "transfer", "assignment.changed", 0, ["zone"]),
    ({"level": "ic5"}, {"level": "ic5b", "title": "T"}, "lateral", "level.changed", 0, ["level", "title"]),
    ({}, {"step": "b", "title": "T"}, "step", "step.changed", 0, ["step", "title"]),
    ({}, {"title": "T"}, "update", "assignment.changed", 0, ["title"]),
    ({}, {"band_set": "2000"}, "update", "assignment.changed", 0, ["band_set"]),
)


async def test_the_first_rule_that_fits_names_it(stage: Stage) -> None:
    await publish(stage, company=COMPANY, ladders=[TWO_FIVES, DESIGN])
    for number, (held, to, kind, event, delta, changed) in enumerate(CASES):
        person = f"p{number}"
        await stage.create(person)
        await stage.change({**HIRE, **held}, PAST, employee=person)
        answer = await stage.change(to, TODAY, employee=person)
        assert (answer["kind"], answer["grade_delta"]) == (kind, delta), to
        assert (await exactly(stage, answer))[0] == event, to
        assert (await stage.events())[-1]["data"]["changed"] == changed, to


async def test_time_at_a_grade_and_at_a_step_go_on_until_they_differ(stage: Stage) -> None:
    await stage.change(HIRE, "2020-01-01")
    await stage.change({"step": "b"}, "2021-01-01")
    await stage.change({"level": "em3", "team": "web"}, "2022-01-01")
    # Twice on one day, back and forth, is no break.
    await stage.change({"step": "a"}, "2023-01-01")
    await stage.change({"step": "b"}, "2023-01-01")
    held = await stage.assignment("2024-01-01")
    assert (held.grade_since, held.step_since, held.step) == (date(2020, 1, 1), date(2021, 1, 1), "b")
    await stage.change({"level": "em4"}, "2024-06-01")
    await stage.change({"level": "em3", "step": "b"}, "2024-07-01")
    held = await stage.assignment("2025-01-01")
    assert (held.grade_since, held.step_since) == (date(2024, 7, 1), date(2024, 7, 1))
