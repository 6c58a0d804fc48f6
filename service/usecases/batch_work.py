"""Applying batches: what the worker does when somebody has asked for it.

What a row does is decided beside the record, and then written in one short transaction in which everybody concerned
is locked; if somebody has moved meanwhile it is decided again in there. So others wait for writing, not for deciding.
Outcomes and the cursor are written with the changes themselves: a process that is killed leaves no row half done,
and whoever goes on begins behind the last one that was.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import IntegrityError

from service.domain.access import Actor
from service.storage import batches
from service.storage.batches import BatchRecord, EntryRecord
from service.usecases.act import Act, Body, Runtime, act
from service.usecases.batch_crowd import Crowd, crowd_of, drafted_crowd
from service.usecases.batch_rows import BatchRow, RowProblem, document_of, row_of
from service.usecases.reading import company_today

CHUNK = 250
"""Rows of a partial batch in one transaction: few enough that everybody else's writes get their turn."""
STRETCH = 8
"""Chunks of a partial batch in one go: few enough that other batches get their turn, and that it soon ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """Rows that are written together, and what was decided about them."""

    rows: Sequence[BatchRow]
    draft: Crowd


class _NotDone(Exception):
    """Rows of an atomic batch that cannot be done: the transaction is left without keeping anything."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__()
        self.problems = problems


class _Overtaken(Exception):
    """Another process is at it, or was."""


async def batches_to_apply(runtime: Runtime) -> tuple[str, ...]:
    """Ids of batches that somebody had applied and that are not done, those waiting longest first."""
    async with runtime.database.read() as connection:
        return tuple(batch.id for batch in await batches.batches_under_way(connection))


async def advance_batch(runtime: Runtime, batch_id: str) -> bool:
    """Do the next part of a batch: a few chunks of a partial one, the whole of an atomic one.

    False when there was nothing to do, or another process is doing it.
    """
    async with runtime.database.read() as connection:
        batch = await batches.find_batch(connection, batch_id)
    if batch is None or batch.state != "applying":
        return False
    try:
        await (_whole(runtime, batch) if batch.mode == "atomic" else _stretch(runtime, batch))
    except _Overtaken:
        return False
    return True


async def _stretch(runtime: Runtime, batch: BatchRecord) -> None:
    """Some chunks of a partial batch: while one is written the next is decided. Raises _Overtaken."""
    chunk = await _chunk(runtime, batch, after=batch.cursor)
    for left in reversed(range(STRETCH)):
        async with asyncio.TaskGroup() as together:
            writing = together.create_task(_written(runtime, batch, chunk))
            deciding = together.create_task(_next(runtime, batch, chunk, writing)) if left else None
        advanced, following = writing.result(), deciding.result() if deciding else None
        if advanced is None:
            raise _Overtaken
        if following is None:
            return
        batch, chunk = advanced, following


async def _chunk(runtime: Runtime, batch: BatchRecord, *, after: int) -> _Chunk:
    rows = await _rows(runtime, batch, after=after, limit=CHUNK)
    return _Chunk(rows=rows, draft=await drafted_crowd(runtime, _actor(batch), rows, is_backfill=batch.backfill))


async def _next(
    runtime: Runtime, batch: BatchRecord, chunk: _Chunk, writing: asyncio.Task[BatchRecord | None]
) -> _Chunk | None:
    """The chunk behind one that is being written; None where that is the last."""
    rows = await _rows(runtime, batch, after=chunk.rows[-1].number, limit=CHUNK) if chunk.rows else ()
    if not rows:
        return None
    names = {name for row in chunk.rows for name in row.references}
    if not names.isdisjoint(name for row in rows for name in row.references):
        # What is decided about somebody who is being written would be decided again, with everybody locked.
        await asyncio.wait({writing})
    return _Chunk(rows=rows, draft=await drafted_crowd(runtime, _actor(batch), rows, is_backfill=batch.backfill))


async def _written(runtime: Runtime, batch: BatchRecord, chunk: _Chunk) -> BatchRecord | None:
    """The batch as it is with a chunk written; None where another process was quicker."""
    advanced = batch

    async def body(a: Act) -> None:
        nonlocal advanced
        crowd = await _settled(a, batch, chunk.rows, chunk.draft)
        await crowd.save(a)
        advanced = await _keep(a, batch, chunk.rows, crowd)

    try:
        await _recorded(runtime, batch, body)
    except _Overtaken:
        return None
    return advanced


async def _whole(runtime: Runtime, batch: BatchRecord) -> None:
    rows = await _rows(runtime, batch, after=batch.cursor, limit=batch.rows)
    draft = await drafted_crowd(runtime, _actor(batch), rows, is_backfill=batch.backfill)

    async def body(a: Act) -> None:
        crowd = await _settled(a, batch, rows, draft)
        if crowd.problems or batch.failed:
            raise _NotDone(crowd.problems)
        await crowd.save(a)
        await _keep(a, batch, rows, crowd)

    try:
        await _recorded(runtime, batch, body)
    except _NotDone as refused:
        await _give_up(runtime, batch, rows, refused.problems)


async def _recorded(runtime: Runtime, batch: BatchRecord, body: Body) -> None:
    try:
        await act(runtime, "batches.apply_rows", _actor(batch), body)
    except IntegrityError:
        # Whom it would have made known became known meanwhile, by another load or by hand: now they are found.
        await act(runtime, "batches.apply_rows", _actor(batch), body)


async def _rows(runtime: Runtime, batch: BatchRecord, *, after: int, limit: int) -> list[BatchRow]:
    async with runtime.database.read() as connection:
        found = await batches.waiting_entries(connection, batch.id, after=after, limit=limit)
    return [row_of(one.number, one.document or {}) for one in found]


async def _settled(a: Act, batch: BatchRecord, rows: Sequence[BatchRow], draft: Crowd) -> Crowd:
    """The draft if everybody stands as they stood, else the rows decided anew; everybody is locked by now."""
    # Definitions before all other locks, as everywhere.
    definitions = await a.definitions()
    found = await batches.lock_batch(a.tx, batch.id, at_once=True)
    if found is None or (found.state, found.cursor) != (batch.state, batch.cursor):
        raise _Overtaken
    today = company_today(definitions, now=a.now)
    if await draft.still_holds(a, definitions, today):
        a.take_over(draft.a)
        return draft
    return await crowd_of(a, rows, definitions=definitions, today=today, is_backfill=batch.backfill)


async def _keep(a: Act, batch: BatchRecord, rows: Sequence[BatchRow], crowd: Crowd) -> BatchRecord:
    is_last = batch.applied + batch.failed + len(rows) == batch.rows
    done = [
        EntryRecord(
            number=one.row.number, outcome="applied", employee=one.employee_id, document=None, change_id=one.change
        )
        for one in crowd.done
    ]
    refused = _refused(rows, crowd.problems)
    await batches.keep_outcomes(a.tx, batch.id, [*done, *refused])
    counted: dict[str, Any] = {
        "cursor": rows[-1].number if rows else batch.cursor,
        "applied": batch.applied + len(done),
        "failed": batch.failed + len(refused),
    }
    ended = {"state": "applied", "finished_at": a.now} if is_last else {}
    await batches.update_batch(a.tx, batch.id, **counted, **ended)
    a.audit_detail.update(
        batch=batch.id,
        applied=len(done),
        failed=len(refused),
        first=rows[0].number if rows else None,
        last=rows[-1].number if rows else None,
    )
    return replace(batch, **counted, **ended)


async def _give_up(
    runtime: Runtime, batch: BatchRecord, rows: Sequence[BatchRow], problems: Sequence[RowProblem]
) -> None:
    """Say of an atomic batch which rows cannot be done. The others stay as they were: not tried."""

    async def body(a: Act) -> None:
        found = await batches.lock_batch(a.tx, batch.id, at_once=True)
        if found is None or found.state != "applying":
            raise _Overtaken
        refused = _refused(rows, problems)
        await batches.keep_outcomes(a.tx, batch.id, refused)
        await batches.update_batch(
            a.tx, batch.id, state="failed", failed=batch.failed + len(refused), finished_at=a.now
        )
        a.audit_detail.update(batch=batch.id, applied=0, failed=len(refused))

    await act(runtime, "batches.give_up", _actor(batch), body)


def _refused(rows: Sequence[BatchRow], problems: Sequence[RowProblem]) -> list[EntryRecord]:
    by_number = {row.number: row for row in rows}
    return [
        EntryRecord(
            number=one.row,
            outcome="failed",
            employee=by_number[one.row].reference,
            document=document_of(by_number[one.row]),
            problem=one.document,
        )
        for one in problems
    ]


def _actor(batch: BatchRecord) -> Actor:
    """In whose name it is applied. What they may do was asked when they had it applied."""
    return Actor(id=batch.applied_by or batch.created_by, scopes=frozenset())
