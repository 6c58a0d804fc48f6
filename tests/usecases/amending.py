"""What becomes of changes that are recorded: acts on them, their refusals, and what is told."""

from collections.abc import Awaitable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from service.domain.access import Actor
from service.domain.refusals import Refused
from service.domain.statements import Override
from service.storage import tables
from service.usecases.amendments import (
    CorrectionRequest,
    WithdrawalRequest,
    Withdrawing,
    correct_change,
    withdraw_change,
)
from service.usecases.changes import ChangeRequest
from service.usecases.revisions import Expected
from tests.stage import HR, Stage

PAST, TODAY, FUTURE, LATER = "2026-03-01", "2026-06-15", "2026-09-01", "2026-11-01"
HIRE = {"ladder": "engineering", "level": "ic3", "role": "engineer", "team": "core", "zone": "berlin"}
UNSAID: Any = object()


async def withdraw(
    stage: Stage,
    how: Withdrawing,
    change: dict[str, Any],
    *,
    expected: Expected = "*",
    dry_run: bool = False,
    override: Override | None = None,
    actor: Actor = HR,
) -> dict[str, Any]:
    done = await withdraw_change(
        stage.runtime,
        actor,
        change["id"],
        how,
        WithdrawalRequest(reason="mistake", override=override),
        expected=expected,
        dry_run=dry_run,
    )
    return done.answer


async def correct(
    stage: Stage,
    change: dict[str, Any],
    *,
    on: str | None = None,
    to: Any = UNSAID,
    expected: Expected = "*",
    override: Override | None = None,
    actor: Actor = HR,
    reason: str | None = "mistake",
) -> dict[str, Any]:
    request = CorrectionRequest(
        change=ChangeRequest(
            effective_on=date.fromisoformat(on) if on else None,
            job="primary",
            to=None if to is UNSAID else to,
            reason=reason,
            comment=None,
            override=override,
        ),
        restated=to is not UNSAID,
    )
    done = await correct_change(stage.runtime, actor, change["id"], request, expected=expected)
    return done.answer


async def refused(stage: Stage, kind: type[Refused], code: str, doing: Awaitable[Any]) -> Refused:
    """It is refused with the code, and nothing whatever was kept."""
    before = await stage.counts()
    with pytest.raises(kind) as caught:
        await doing
    assert caught.value.code == code
    assert await stage.counts() == before
    return caught.value


async def clock_list(stage: Stage) -> list[str]:
    async with stage.database.read() as connection:
        return [row.change_id for row in await connection.execute(select(tables.scheduled.c.change_id))]


def told_of(event: dict[str, Any]) -> tuple[Any, ...]:
    data = event["data"]
    sides = [side and side["level"] for side in (data["previous"], data["current"])]
    return (event["type"], data["announces"], data["change"]["id"], data["change"]["effective_on"], *sides)


async def exactly(stage: Stage, answer: dict[str, Any]) -> tuple[Any, ...]:
    """What an act was told as, by its one event, which says what the answer does.

    (type, announced type, level before, level after, day, retroactive, revision, days altered)
    """
    told = (await stage.events())[-1]
    data, change = told["data"], told["data"]["change"]
    assert [(one["id"], one["type"]) for one in answer["events"]] == [(told["id"], told["type"])]
    assert (answer["from"], answer["to"]) == (data["previous"], data["current"])
    for name in ("id", "kind", "grade_delta", "effective_on", "recorded_at", "retroactive"):
        assert answer[name] == change[name], name
    sides = [side and side["level"] for side in (data["previous"], data["current"])]
    days = (data["affected"]["from"], data["affected"]["to"])
    about = (told["type"], data.get("announces"), *sides, change["effective_on"], change["retroactive"])
    return (*about, answer["revision"], days)
