"""Change batches and their rows: working data, which is altered as the work goes on."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, cast

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.batch_tables import change_batch, change_batch_row
from service.storage.pages import By, walked

State = Literal["open", "stored", "proposed", "rejected", "applying", "applied", "failed"]
Mode = Literal["atomic", "partial"]
OutcomeName = Literal["waiting", "applied", "failed"]
_AT_ONCE = 1_000
"""Rows written by one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRecord:
    """A batch as kept. Instants are µs."""

    id: str
    state: State
    mode: Mode
    backfill: bool
    overrides: bool
    rows: int
    applied: int
    failed: int
    cursor: int
    created_by: str
    created_at: int
    decided_by: str | None = None
    decided_at: int | None = None
    reason: str | None = None
    applied_by: str | None = None
    started_at: int | None = None
    finished_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRecord:
    """A row as kept. `document` is what is asked, `problem` why it was not done, or is not likely to be."""

    number: int
    outcome: OutcomeName
    employee: str | None
    document: Mapping[str, Any] | None
    change_id: str | None = None
    problem: Mapping[str, Any] | None = None


async def insert_batch(tx: AsyncConnection, record: BatchRecord) -> None:
    values = {name: getattr(record, name) for name in BatchRecord.__dataclass_fields__}
    await tx.execute(insert(change_batch).values(**values))


async def insert_entries(tx: AsyncConnection, batch_id: str, entries: Iterable[EntryRecord]) -> None:
    """Taken a part at a time: making many of them keeps everybody else in the process waiting."""
    rest = iter(entries)
    while part := list(islice(rest, _AT_ONCE)):
        rows = [
            {
                "batch_id": batch_id,
                "number": entry.number,
                "outcome": entry.outcome,
                "employee": entry.employee,
                "document": _text(entry.document),
                "change_id": entry.change_id,
                "problem": _text(entry.problem),
            }
            for entry in part
        ]
        await tx.execute(insert(change_batch_row), rows)


async def find_batch(connection: AsyncConnection, batch_id: str) -> BatchRecord | None:
    row = (await connection.execute(select(change_batch).where(change_batch.c.id == batch_id))).first()
    return _batch(row) if row else None


async def lock_batch(tx: AsyncConnection, batch_id: str, *, at_once: bool = False) -> BatchRecord | None:
    """The same, locked until the transaction ends: before anything else is. None `at_once` when another holds it."""
    statement = select(change_batch).where(change_batch.c.id == batch_id).with_for_update(skip_locked=at_once)
    row = (await tx.execute(statement)).first()
    return _batch(row) if row else None


async def update_batch(tx: AsyncConnection, batch_id: str, **values: Any) -> None:
    """Write what is given of it."""
    await tx.execute(update(change_batch).where(change_batch.c.id == batch_id).values(**values))


async def batches_under_way(connection: AsyncConnection) -> tuple[BatchRecord, ...]:
    """Batches that are being applied, in the order in which they were begun."""
    found = await connection.execute(
        select(change_batch)
        .where(change_batch.c.state == "applying")
        .order_by(change_batch.c.started_at, change_batch.c.id)
        .limit(100)
    )
    return tuple(_batch(row) for row in found)


async def batches_page(
    connection: AsyncConnection,
    *,
    state: str | None,
    limit: int,
    place: tuple[Any, ...] | None,
    backward: bool,
) -> tuple[BatchRecord, ...]:
    """Batches, the latest first: ids rise with time."""
    statement = select(change_batch)
    if state is not None:
        statement = statement.where(change_batch.c.state == state)
    order = [By(column=change_batch.c.id, descending=True)]
    found = await connection.execute(walked(statement, order, place=place, backward=backward, limit=limit))
    return tuple(_batch(row) for row in found)


async def entries_page(
    connection: AsyncConnection,
    batch_id: str,
    *,
    outcome: str | None,
    limit: int,
    place: tuple[Any, ...] | None,
    backward: bool,
) -> tuple[EntryRecord, ...]:
    """Rows of a batch by number."""
    statement = select(change_batch_row).where(change_batch_row.c.batch_id == batch_id)
    if outcome is not None:
        statement = statement.where(change_batch_row.c.outcome == outcome)
    order = [By(column=change_batch_row.c.number)]
    found = await connection.execute(walked(statement, order, place=place, backward=backward, limit=limit))
    return tuple(_entry(row) for row in found)


async def waiting_entries(
    connection: AsyncConnection, batch_id: str, *, after: int, limit: int
) -> tuple[EntryRecord, ...]:
    """The next rows to try, by number."""
    found = await connection.execute(
        select(change_batch_row)
        .where(
            change_batch_row.c.batch_id == batch_id,
            change_batch_row.c.number > after,
            change_batch_row.c.outcome == "waiting",
        )
        .order_by(change_batch_row.c.number)
        .limit(limit)
    )
    return tuple(_entry(row) for row in found)


async def keep_outcomes(tx: AsyncConnection, batch_id: str, entries: Iterable[EntryRecord]) -> None:
    """Write what became of rows. What was asked is forgotten with success: the change says it by then."""
    rest = iter(entries)
    while part := list(islice(rest, _AT_ONCE)):
        await tx.execute(_KEEP, [_kept(batch_id, entry) for entry in part])


def _kept(batch_id: str, entry: EntryRecord) -> dict[str, Any]:
    return {
        "in_batch": batch_id,
        "in_place": entry.number,
        "outcome": entry.outcome,
        "employee": entry.employee,
        "document": _text(entry.document),
        "change_id": entry.change_id,
        "problem": _text(entry.problem),
    }


_KEEP = (
    update(change_batch_row)
    .where(change_batch_row.c.batch_id == bindparam("in_batch"), change_batch_row.c.number == bindparam("in_place"))
    .values(
        {name: bindparam(name) for name in ("outcome", "employee", "document", "change_id", "problem")},
    )
)


def _batch(row: Row[Any]) -> BatchRecord:
    values: dict[str, Any] = {name: getattr(row, name) for name in BatchRecord.__dataclass_fields__}
    values |= {name: bool(values[name]) for name in ("backfill", "overrides")}
    return BatchRecord(**values)


def _entry(row: Row[Any]) -> EntryRecord:
    return EntryRecord(
        number=row.number,
        outcome=cast(OutcomeName, row.outcome),
        employee=row.employee,
        document=json.loads(row.document) if row.document else None,
        change_id=row.change_id,
        problem=json.loads(row.problem) if row.problem else None,
    )


def _text(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
