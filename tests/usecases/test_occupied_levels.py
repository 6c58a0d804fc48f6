"""A version never moves anybody unasked: levels that people hold stay for them at their grade, track and steps."""

from typing import Any

import pytest

from service.domain.refusals import Conflict
from tests.builders import DESIGN, ENGINEERING
from tests.stage import Stage, publish

PLACE = {"ladder": "engineering", "level": "ic3", "step": "b"}


def next_version(key: str, **changes: Any) -> dict[str, Any]:
    """Version 2 from 2999 on, with one level altered; None in place of a level leaves it out."""
    levels = [{**level, **changes} if level["key"] == key else level for level in ENGINEERING["levels"]]
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
