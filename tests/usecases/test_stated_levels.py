"""Levels that somebody passes through on one day, without a row of them: another change of that day decides.

Versions are laid over them as over rows: what is kept is always what is folded.
"""

from typing import Any

import pytest

from service.domain.refusals import Conflict
from service.domain.timelines import fold
from service.storage.assignments import find_job, timeline_of
from service.storage.changes import live_changes
from service.usecases.recorded_changes import read_change
from tests.builders import DESIGN, ENGINEERING, level
from tests.stage import HR, Stage, publish
from tests.usecases.amending import correct, refused, withdraw
from tests.usecases.test_level_maps import REGRADED, RENAMED, version

HIRED, TODAY, SOON, LATER = "2026-01-01", "2026-06-15", "2026-09-01", "2026-11-01"
STEPPED = {
    **DESIGN,
    "version": "2",
    "effective_from": "2011-01-01",
    "levels": [*DESIGN["levels"][:2], level("d4", ["ic"], "4", steps=["a"]), DESIGN["levels"][3]],
}


async def passed_through(stage: Stage, day: str) -> dict[str, Any]:
    """On one day ada comes to ic4, and on from there to another ladder; returns the change that decides."""
    await stage.change({"ladder": "engineering", "level": "ic3"}, HIRED)
    await stage.change({"level": "ic4"}, day)
    return await stage.change({"ladder": "design", "level": "d4"}, day)


async def kept_as_folded(stage: Stage) -> None:
    employee = (await stage.assignment(LATER)).employee.id
    async with stage.database.read() as connection:
        rows = await timeline_of(connection, employee_id=employee, job_key="primary", known_at=stage.clock.us + 10**9)
        job = await find_job(connection, employee, "primary")
        assert job is not None
        live = await live_changes(connection, job)
        definitions = await stage.runtime.shelf.load(connection)
    assert tuple(one.row for one in rows) == fold([one.live for one in live], definitions).rows


@pytest.mark.parametrize("day", [TODAY, LATER])
async def test_its_regrade_is_told_where_it_alters_what_comes_after(stage: Stage, day: str) -> None:
    await publish(stage, ladders=[ENGINEERING, STEPPED])
    await passed_through(stage, day)
    # She has come to the grade without a step, so she is without one there.
    assert (await stage.assignment(LATER)).step is None
    published = await publish(stage, ladders=[version("2", day, add=REGRADED, ic4="ic4"), STEPPED])

    assert [(one["from_level"], one["to_level"], one["people"]) for one in published["remaps"]] == [("d4", "d4", 1)]
    told = (await stage.events())[-1]
    assert (told["type"], told["data"]["change"]["kind"], told["data"]["changed"]) == (
        *("level.changed" if day == TODAY else "change.scheduled", "remap", ["step"]),
    )
    assert (await stage.assignment(LATER)).step == "a"
    await kept_as_folded(stage)


async def test_a_map_is_refused_that_leads_it_nowhere(stage: Stage) -> None:
    await publish(stage, ladders=[version("3", LATER), DESIGN])
    await passed_through(stage, LATER)
    # By her day version 3 is in force, which has no such level.
    between = version("2", SOON, drop="ic4", add=RENAMED, ic4="staff")
    await refused(stage, Conflict, "people-unmapped", publish(stage, ladders=[between, DESIGN]))
    await kept_as_folded(stage)


@pytest.mark.parametrize("day", [TODAY, LATER])
async def test_it_may_not_go_unmapped(stage: Stage, day: str) -> None:
    await passed_through(stage, day)
    gone = version("2", day, drop="ic4")
    error = await refused(stage, Conflict, "people-unmapped", publish(stage, ladders=[gone, DESIGN]))
    assert error.extra["levels"] == ["ic4"]


async def test_nor_may_what_it_was_mapped_to(stage: Stage) -> None:
    decides = await passed_through(stage, LATER)
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    gone = version("3", "2026-10-01", drop="ic4")
    error = await refused(stage, Conflict, "people-unmapped", publish(stage, ladders=[gone, DESIGN]))
    assert error.extra["levels"] == ["staff"]
    await withdraw(stage, "cancelled", decides)
    assert (await stage.assignment(LATER)).level == "staff"


async def test_who_leaves_the_level_on_that_day_goes_through_the_map_first(stage: Stage) -> None:
    await publish(stage, ladders=[ENGINEERING, STEPPED])
    await stage.change({"ladder": "engineering", "level": "ic4"}, HIRED)
    await stage.change({"ladder": "design", "level": "d4"}, SOON)
    await publish(stage, ladders=[version("2", SOON, add=REGRADED, ic4="ic4"), STEPPED])

    told = (await stage.events())[-1]["data"]
    assert (told["change"]["kind"], told["previous"]["level"], told["current"]["grade"]) == ("remap", "ic4", "5")
    # She comes from another grade now, so she begins at the first step.
    assert (await stage.assignment(SOON)).step == "a"
    await kept_as_folded(stage)


async def test_a_correction_states_what_differs_from_what_the_map_has_made(stage: Stage) -> None:
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    # Nothing but the fold tells of the map: it was known when they were hired.
    await stage.change({"ladder": "engineering", "level": "ic4"}, HIRED)
    planned = await stage.change({"team": "web"}, LATER)
    corrected = await correct(stage, planned, to={"team": "core"})
    assert (corrected["from"]["level"], corrected["to"]["level"], corrected["to"]["team"]) == ("staff", "staff", "core")
    renamed = await correct(stage, corrected, to={"level": "staff", "title": "Wizard"})
    assert (await read_change(stage.runtime, HR, renamed["id"])).states == {"title": "Wizard"}


async def test_a_correction_knows_of_a_start_on_its_day_behind_a_map_told_later(stage: Stage) -> None:
    await stage.change({"ladder": "engineering", "level": "ic4"}, LATER)
    second = await stage.change({"team": "web"}, LATER)
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    assert (await stage.events())[-1]["data"]["change"]["kind"] == "remap"
    corrected = await correct(stage, second, to={"team": "core"})
    assert (corrected["kind"], corrected["to"]["level"], corrected["to"]["team"]) == ("transfer", "staff", "core")


async def test_a_plan_without_a_step_begins_at_the_first_there_is_by_its_day(stage: Stage) -> None:
    await stage.change({"ladder": "engineering", "level": "e2"}, HIRED)
    await stage.change({"level": "ic3"}, LATER)
    assert (await stage.assignment(LATER)).step == "a"
    await publish(stage, ladders=[version("2", SOON, add=(level("ic3", ["ic"], "3", steps=["b", "a"]),)), DESIGN])
    told = (await stage.events())[-1]["data"]
    assert (told["change"]["kind"], told["change"]["effective_on"], told["changed"]) == ("remap", LATER, ["step"])
    assert (await stage.assignment(LATER)).step == "b"
    await kept_as_folded(stage)
