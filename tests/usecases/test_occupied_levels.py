"""A version never moves anybody unasked: levels that people hold stay for them at their grade, track and steps."""

from typing import Any

import pytest

from service.domain.refusals import Conflict
from tests.builders import DESIGN, ENGINEERING, level
from tests.stage import Stage, publish

PLACE = {"ladder": "engineering", "level": "ic3", "step": "b"}


def next_version(key: str, **changes: Any) -> dict[str, Any]:
    """Version 2 from 2999 on, with one level altered; None in place of a level leaves it out."""
    levels = [{**one, **changes} if one["key"] == key else one for one in ENGINEERING["levels"]]
    return {**ENGINEERING, "version": "2", "effective_from": "2999-01-01", "levels": levels, "moves": []}


@pytest.mark.parametrize("changes", [{"grade": "4"}, {"tracks": ["manager"]}, {"steps": ["a"]}, {"steps": []}])
async def test_what_would_change_under_somebody_is_refused_and_nothing_is_kept(
    stage: Stage, changes: dict[str, Any]
) -> None:
    ada = await stage.create("grace")
    await stage.change(PLACE, "2026-01-01", employee="grace")
    before = await stage.counts()

    with pytest.raises(Conflict) as refused:
        await publish(stage, ladders=[next_version("ic3", **changes), DESIGN])

    assert refused.value.code == "people-unmapped"
    assert refused.value.extra == {"levels": ["ic3"], "employees": [ada], "employee_count": 1}
    assert await stage.counts() == before
    held = await stage.assignment("2999-06-01", employee="grace")
    assert (held.level, held.track, held.step, held.ladder_version) == ("ic3", "ic", "b", "1")


@pytest.mark.parametrize("changes", [{"title": "Wizard"}, {"steps": ["b", "c"]}, {"summary": "Other words."}])
async def test_what_leaves_people_where_they_are_is_published(stage: Stage, changes: dict[str, Any]) -> None:
    await stage.create("grace")
    await stage.change(PLACE, "2026-01-01", employee="grace")

    published = await publish(stage, ladders=[next_version("ic3", **changes), DESIGN])

    assert published["ladders"] == ["engineering@2"]
    assert (await stage.assignment("2999-06-01", employee="grace")).ladder_version == "2"


async def test_a_level_that_nobody_holds_may_change(stage: Stage) -> None:
    await stage.create("grace")
    await stage.change(PLACE, "2026-01-01", employee="grace")

    published = await publish(stage, ladders=[next_version("ic4", tracks=["manager"]), DESIGN])

    assert published["ladders"] == ["engineering@2"]


async def test_a_step_that_the_level_never_had_is_not_taken_away(stage: Stage) -> None:
    """A switch at an equal grade keeps the step, also where the other track has none of that name."""
    stepless = [{**one, "steps": []} if one["key"] == "em3" else one for one in ENGINEERING["levels"]]
    first = {**ENGINEERING, "version": "1b", "effective_from": "2020-01-01", "levels": stepless}
    await publish(stage, ladders=[first, DESIGN])
    await stage.change(PLACE, "2026-01-01")
    switched = await stage.change({"level": "em3"}, "2026-02-01")
    assert (switched["kind"], switched["to"]["step"]) == ("track_switch", "b")

    texts = {**first, "version": "2", "effective_from": "2999-01-01", "summary": "Other words."}
    assert (await publish(stage, ladders=[texts, DESIGN]))["ladders"] == ["engineering@2"]
    stepped = [{**one, "steps": ["a"]} if one["key"] == "em3" else one for one in ENGINEERING["levels"]]
    other = {**texts, "version": "3", "effective_from": "2999-02-01", "levels": stepped, "maps": {"ic5": "ic5"}}
    assert (await publish(stage, ladders=[other, DESIGN]))["ladders"] == ["engineering@3"]
    assert (await stage.assignment("2999-06-01")).step == "b"
    lead = [level("lead", ["manager"], "3") if one["key"] == "em3" else one for one in stepless]
    renamed = {**texts, "version": "4", "effective_from": "2999-03-01", "levels": lead, "maps": {"em3": "lead"}}
    assert (await publish(stage, ladders=[renamed, DESIGN]))["remaps"][0]["people"] == 1
    held = await stage.assignment("2999-06-01")
    assert (held.level, held.step) == ("lead", "b")
