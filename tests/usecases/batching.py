"""Batches on the stage: stored, worked on, and what became of their rows."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from service.domain.access import Actor
from service.domain.assignments import PRIMARY
from service.domain.batch_places import ActualPay
from service.storage import tables
from service.storage.batches import Mode
from service.usecases.act import Runtime
from service.usecases.batch_decisions import apply_batch
from service.usecases.batch_rows import BatchRow, NewPerson
from service.usecases.batch_views import list_batch_rows, read_batch
from service.usecases.batch_work import advance_batch, batches_to_apply
from service.usecases.batches import BatchRequest, create_batch
from service.usecases.changes import ChangeRequest
from service.usecases.paging import Window
from tests.stage import HR, Stage

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}
Given = Mapping[str, Any]


def row(number: int, given: Given) -> BatchRow:
    """A row of short words: `who`, `to`, `on`, `paid`, and `key`, `external_ids` of somebody to be made known."""
    change = None
    if "to" in given:
        change = ChangeRequest(
            effective_on=date.fromisoformat(given["on"]) if "on" in given else None,
            job=given.get("job", PRIMARY),
            to=given["to"],
            reason=given.get("reason"),
            comment=given.get("comment"),
            override=None,
        )
    person = None
    if "key" in given:
        person = NewPerson(key=given["key"], name=None, external_ids=given.get("external_ids", {}))
    return BatchRow(
        number=number,
        employee=given.get("who"),
        change=change,
        revision=given.get("revision"),
        person=person,
        pay=ActualPay(amount=Decimal(given["paid"]), currency="EUR", period="year") if "paid" in given else None,
    )


def asked(given: Sequence[Given], *, mode: Mode = "partial", backfill: bool = False) -> BatchRequest:
    rows = [row(number, one) for number, one in enumerate(given, start=1)]
    return BatchRequest(mode=mode, backfill=backfill, complete=True, rows=rows)


async def stored(
    stage: Stage, given: Sequence[Given], *, mode: Mode = "partial", actor: Actor = HR, backfill: bool = False
) -> dict[str, Any]:
    """The answer that stores them."""
    request = asked(given, mode=mode, backfill=backfill)
    return (await create_batch(stage.runtime, actor, request, key=None)).answer


async def advance_batches(runtime: Runtime) -> bool:
    """As the worker does it, a part of each; False when there was nothing to do."""
    found = await batches_to_apply(runtime)
    return any([await advance_batch(runtime, batch) for batch in found])


async def worked(stage: Stage, batch: str, *, actor: Actor = HR) -> dict[str, Any]:
    """The batch after it was applied as far as it can be: state, and how many rows were done and were not."""
    await apply_batch(stage.runtime, actor, batch)
    while await advance_batches(stage.runtime):
        pass
    return await state(stage, batch)


async def state(stage: Stage, batch: str) -> dict[str, Any]:
    found = await read_batch(stage.runtime, HR, batch)
    return {"state": found.state, "applied": found.applied, "failed": found.failed, "waiting": found.waiting}


async def outcomes(stage: Stage, batch: str) -> list[tuple[int, str, str | None]]:
    """(row, outcome, code of its problem) of every row."""
    found = await list_batch_rows(stage.runtime, HR, batch, outcome=None, window=Window(limit=10_000))
    return [(one.row, one.outcome, one.problem.code if one.problem else None) for one in found.items]


async def many(stage: Stage, count: int) -> None:
    """`count` people p1, p2 … who stand on ic3."""
    rows = [{"key": f"p{number}", "to": HIRE, "on": "2026-01-01"} for number in range(1, count + 1)]
    made = await stored(stage, rows, backfill=True)
    assert (await worked(stage, made["id"]))["applied"] == count


async def counters(stage: Stage, key: str) -> tuple[int, int]:
    """Revision and sequence of a person."""
    person = tables.employee
    async with stage.database.read() as connection:
        found = await connection.execute(select(person.c.revision, person.c.sequence).where(person.c.key == key))
        return tuple(found.one())


async def instants(stage: Stage) -> int:
    """At how many instants changes were recorded."""
    async with stage.database.read() as connection:
        found = await connection.execute(select(func.count(tables.change.c.recorded_at.distinct())))
        return found.scalar_one()
