"""What is recorded as it happened but said: conditions of levels and moves, and what is retired."""

from typing import Any

import pytest

from service.domain.refusals import Invalid
from tests.builders import COMPANY, DESIGN, ENGINEERING, level
from tests.stage import Stage, publish

PLACE = {"ladder": "engineering", "level": "ic3"}


def engineering(**more: Any) -> dict[str, Any]:
    levels = [
        level("ic3", ["ic"], "3", steps=["a", "b"]),
        level("em3", ["manager"], "3", steps=["a", "b"], hireable=False),
        level("ic4", ["ic"], "4", internal_only=[{"value": True, "effective_from": "2020-01-01"}]),
        level("ic5", ["ic"], "5", retired=True),
    ]
    moves = [
        {
            "from_level": "ic3",
            "to_level": "em3",
            "kind": "track_switch",
            "reversible": True,
            "minimum_months": 18,
            "minimum_tenure_months": 30,
            "approval": "The head of engineering.",
        }
    ]
    return {**ENGINEERING, "version": "2", "levels": levels, "moves": moves, **more}


async def told(stage: Stage, to: dict[str, Any], day: str, **more: Any) -> list[str]:
    return (await stage.change(to, day, **more))["warnings"]


async def test_levels_that_nobody_is_hired_into_are_recorded_and_said(stage: Stage) -> None:
    await publish(stage, ladders=[engineering(), DESIGN])

    assert await told(stage, {**PLACE, "level": "em3"}, "2024-01-01") == [
        "nobody is hired into level em3 on 2024-01-01"
    ]
    assert (await stage.rows())[-1][2] == "em3"


async def test_an_internal_level_is_for_people_of_the_company_from_its_day_on(stage: Stage) -> None:
    await publish(stage, ladders=[engineering(), DESIGN])

    assert await told(stage, {**PLACE, "level": "ic4"}, "2019-12-31", dry_run=True) == []
    assert await told(stage, {**PLACE, "level": "ic4"}, "2024-01-01") == ["level ic4 is for people of the company only"]


async def test_conditions_of_a_move_are_said_with_what_is_missing(stage: Stage) -> None:
    await publish(stage, ladders=[engineering(), DESIGN])
    await stage.change(PLACE, "2024-01-15")
    await stage.change({"team": "core"}, "2024-06-01")

    early = await told(stage, {"level": "em3"}, "2025-07-14", dry_run=True)
    in_between = await told(stage, {"level": "em3"}, "2025-07-15", dry_run=True)
    late = await told(stage, {"level": "em3"}, "2026-07-15")

    assert early == [
        "17 months on ic3: this move expects 18",
        "17 months in the job: this move expects 30",
        "this move needs approval: The head of engineering.",
    ]
    assert in_between == [
        "18 months in the job: this move expects 30",
        "this move needs approval: The head of engineering.",
    ]
    assert late == ["this move needs approval: The head of engineering."]


async def test_what_is_retired_is_said_when_it_is_new_and_not_when_it_stays(stage: Stage) -> None:
    await publish(stage, ladders=[engineering(), DESIGN])
    await stage.change({**PLACE, "zone": "berlin", "team": "core", "role": "engineer"}, "2024-01-01")
    closing = {
        **COMPANY,
        "zones": [{**zone, "retired": True} for zone in COMPANY["zones"]],
        "teams": [{**team, "retired": True} for team in COMPANY["teams"]],
        "roles": [{**role, "retired": True} for role in COMPANY["roles"]],
    }
    await publish(stage, company=closing, ladders=[engineering(version="3", lifecycle="retired"), DESIGN])

    assert await told(stage, {"step": "b"}, "2026-01-01") == []
    assert await told(stage, {"level": "ic5", "zone": "nyc", "team": "web"}, "2026-02-01") == [
        "team web is retired: nothing new should use it",
        "zone nyc is retired: nothing new should use it",
        "level ic5 is retired: nobody new should come to it",
    ]


async def test_nobody_comes_to_a_retired_ladder_unsaid(stage: Stage) -> None:
    await publish(stage, ladders=[engineering(lifecycle="retired"), DESIGN])

    assert await told(stage, PLACE, "2024-01-01") == ["ladder engineering is retired: nobody new should come to it"]


async def test_nobody_stands_on_a_framework(stage: Stage) -> None:
    await publish(stage, ladders=[engineering(), DESIGN, engineering(key="frame", generic=True)])

    with pytest.raises(Invalid, match="nobody stands on it") as refused:
        await stage.change({**PLACE, "ladder": "frame"}, "2024-01-01")

    assert refused.value.code == "level-not-in-force"
    assert await stage.rows() == []
