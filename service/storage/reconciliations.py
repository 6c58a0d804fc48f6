"""Reconciliations, and what people stand on that they are held against."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain import timelines
from service.storage.assignments import timeline_row
from service.storage.batch_tables import UNFINISHED, change_batch
from service.storage.pages import By, walked
from service.storage.reconciliation_tables import reconciliation, reconciliation_drift
from service.storage.tables import assignment, employee, job

AT_ONCE = 1_000
"""Rows written, or people asked for, by one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationRecord:
    """A report as kept. Instants are µs."""

    id: str
    system: str
    format: str
    connection_id: str | None
    as_of: date
    known_at: int
    complete: bool
    authority: str
    rows: int
    people: int
    drifts: int
    counts: Mapping[str, int]
    created_by: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRecord:
    """A drift as kept. `document` is JSON as text."""

    number: int
    kind: str
    employee_id: str | None
    person: str
    document: str
    batch_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRecord:
    """Somebody who holds a job on a day."""

    employee_id: str
    employee_key: str | None
    job: str
    row: timelines.Row

    @property
    def place(self) -> tuple[str, str]:
        return self.employee_id, self.job


async def insert_reconciliation(
    tx: AsyncConnection, record: ReconciliationRecord, drifts: Iterable[DriftRecord]
) -> None:
    """Drifts are taken a part at a time: making many of them keeps everybody else in the process waiting."""
    values = {one.name: getattr(record, one.name) for one in fields(ReconciliationRecord)}
    await tx.execute(insert(reconciliation).values(**{**values, "counts": json.dumps(dict(record.counts))}))
    rest = iter(drifts)
    while part := list(islice(rest, AT_ONCE)):
        await tx.execute(
            insert(reconciliation_drift),
            [
                {"reconciliation_id": record.id, **{one.name: getattr(drift, one.name) for one in fields(DriftRecord)}}
                for drift in part
            ],
        )


async def find_reconciliation(
    connection: AsyncConnection, reconciliation_id: str, *, since: int | None, for_update: bool = False
) -> ReconciliationRecord | None:
    """`since` is the instant (µs) from which on reports are kept, None for ever: an older one is there no more, though
    parts of it may still have to be deleted. `for_update`: it stays until the transaction ends, and nobody mends it.
    """
    statement = select(reconciliation).where(reconciliation.c.id == reconciliation_id, _is_kept(since))
    row = (await connection.execute(statement.with_for_update() if for_update else statement)).first()
    return _record(row) if row else None


async def reconciliations_page(
    connection: AsyncConnection,
    *,
    system: str | None,
    since: int | None,
    limit: int,
    place: tuple[Any, ...] | None,
    backward: bool,
) -> tuple[ReconciliationRecord, ...]:
    """Reports, the latest first: ids rise with time."""
    statement = select(reconciliation).where(_is_kept(since))
    if system is not None:
        statement = statement.where(reconciliation.c.system == system)
    order = [By(column=reconciliation.c.id, descending=True)]
    found = await connection.execute(walked(statement, order, place=place, backward=backward, limit=limit))
    return tuple(_record(row) for row in found)


async def drifts_page(
    connection: AsyncConnection,
    reconciliation_id: str,
    *,
    kind: str | None,
    employee_id: str | None,
    person: str | None,
    limit: int,
    place: tuple[Any, ...] | None,
    backward: bool,
) -> tuple[DriftRecord, ...]:
    """Drifts by number: of one kind, and of one of our people or of who is called so there."""
    table = reconciliation_drift
    statement = select(table).where(table.c.reconciliation_id == reconciliation_id)
    for column, value in ((table.c.kind, kind), (table.c.employee_id, employee_id), (table.c.person, person)):
        if value is not None:
            statement = statement.where(column == value)
    found = await connection.execute(
        walked(statement, [By(column=table.c.number)], place=place, backward=backward, limit=limit)
    )
    return tuple(_drift(row) for row in found)


async def drifts_by_number(
    connection: AsyncConnection, reconciliation_id: str, numbers: Sequence[int]
) -> tuple[DriftRecord, ...]:
    """Those of the drifts that there are, by number."""
    table = reconciliation_drift
    found: list[DriftRecord] = []
    for first in range(0, len(numbers), AT_ONCE):
        rows = await connection.execute(
            select(table)
            .where(table.c.reconciliation_id == reconciliation_id, table.c.number.in_(numbers[first : first + AT_ONCE]))
            .order_by(table.c.number)
        )
        found += [_drift(row) for row in rows]
    return tuple(found)


async def mark_taken(tx: AsyncConnection, reconciliation_id: str, numbers: Sequence[int], batch_id: str) -> None:
    """Note into which batch the mends of drifts were taken."""
    table = reconciliation_drift
    for first in range(0, len(numbers), AT_ONCE):
        await tx.execute(
            update(table)
            .where(table.c.reconciliation_id == reconciliation_id, table.c.number.in_(numbers[first : first + AT_ONCE]))
            .values(batch_id=batch_id)
        )


async def batch_under_way(connection: AsyncConnection, reconciliation_id: str) -> str | None:
    """A batch of a report's mends that may still be applied; None where there is none."""
    found = await connection.execute(
        select(change_batch.c.id)
        .where(_mends_under_way(), reconciliation_drift.c.reconciliation_id == reconciliation_id)
        .order_by(change_batch.c.id)
        .limit(1)
    )
    return found.scalar()


async def delete_reconciliation(tx: AsyncConnection, record: ReconciliationRecord) -> None:
    """A part at a time, as it was written."""
    for first in range(1, record.drifts + 1, AT_ONCE):
        await _delete_drifts(tx, record.id, first=first)
    await tx.execute(delete(reconciliation).where(reconciliation.c.id == record.id))


async def oldest_unkept(connection: AsyncConnection, *, before: int) -> str | None:
    """The oldest report made before the instant (µs) of which nothing is being mended; None where there is none."""
    found = await connection.execute(
        select(reconciliation.c.id)
        .where(reconciliation.c.created_at < before, ~_is_being_mended())
        .order_by(reconciliation.c.id)
        .limit(1)
    )
    return found.scalar()


async def forget_drifts(tx: AsyncConnection, reconciliation_id: str) -> int:
    """Delete so many drifts of a report as are written at once, with the last of them the report. Tells how many."""
    number = reconciliation_drift.c.number
    found = await tx.execute(
        select(func.min(number)).where(reconciliation_drift.c.reconciliation_id == reconciliation_id)
    )
    first = found.scalar()
    gone = await _delete_drifts(tx, reconciliation_id, first=first) if first is not None else 0
    if gone < AT_ONCE:
        await tx.execute(delete(reconciliation).where(reconciliation.c.id == reconciliation_id))
    return gone


async def _delete_drifts(tx: AsyncConnection, reconciliation_id: str, *, first: int) -> int:
    """So many as are written at once, from a number on."""
    table = reconciliation_drift
    done = await tx.execute(
        delete(table).where(
            table.c.reconciliation_id == reconciliation_id, table.c.number.between(first, first + AT_ONCE - 1)
        )
    )
    return done.rowcount


async def timelines_of(
    connection: AsyncConnection, employee_ids: Sequence[str], *, known_at: int
) -> dict[str, dict[str, list[timelines.Row]]]:
    """Rows by employee id and job, by day, as known at an instant (µs). Overlays are no jobs."""
    found: dict[str, dict[str, list[timelines.Row]]] = {}
    for first in range(0, len(employee_ids), AT_ONCE):
        rows = await connection.execute(
            _held(known_at)
            .where(assignment.c.employee_id.in_(employee_ids[first : first + AT_ONCE]))
            .order_by(assignment.c.employee_id, assignment.c.effective_from)
        )
        for row in rows:
            found.setdefault(row.employee_id, {}).setdefault(row.job, []).append(timeline_row(row))
    return found


async def holders_page(
    connection: AsyncConnection, *, day: date, known_at: int, after: tuple[str, str] | None, limit: int
) -> tuple[HolderRecord, ...]:
    """Who holds a job on a day, by person and job, from behind a place on."""
    statement = _held(known_at).where(
        assignment.c.effective_from <= day,
        assignment.c.effective_to.is_(None) | (assignment.c.effective_to > day),
    )
    if after is not None:
        # Said of one column, an index begins there.
        statement = statement.where(assignment.c.employee_id >= after[0])
    order = [By(column=assignment.c.employee_id), By(column=job.c.key)]
    found = await connection.execute(walked(statement, order, place=after, backward=False, limit=limit))
    return tuple(
        HolderRecord(employee_id=row.employee_id, employee_key=row.employee_key, job=row.job, row=timeline_row(row))
        for row in found
    )


def _held(known_at: int) -> Any:
    return (
        select(assignment, job.c.key.label("job"), employee.c.key.label("employee_key"))
        .select_from(
            assignment.join(job, job.c.id == assignment.c.job_id).join(
                employee, employee.c.id == assignment.c.employee_id
            )
        )
        .where(
            job.c["class"] == "job",
            assignment.c.known_from <= known_at,
            assignment.c.known_to.is_(None) | (assignment.c.known_to > known_at),
        )
    )


def _is_kept(since: int | None) -> ColumnElement[bool]:
    return true() if since is None else (reconciliation.c.created_at >= since) | _is_being_mended()


def _is_being_mended() -> ColumnElement[bool]:
    return exists().where(_mends_under_way(), reconciliation_drift.c.reconciliation_id == reconciliation.c.id)


def _mends_under_way() -> ColumnElement[bool]:
    return (change_batch.c.id == reconciliation_drift.c.batch_id) & change_batch.c.state.in_(UNFINISHED)


def _record(row: Row[Any]) -> ReconciliationRecord:
    values: dict[str, Any] = {one.name: getattr(row, one.name) for one in fields(ReconciliationRecord)}
    values["counts"] = json.loads(values["counts"])
    values["complete"] = bool(values["complete"])
    return ReconciliationRecord(**values)


def _drift(row: Row[Any]) -> DriftRecord:
    return DriftRecord(**{one.name: getattr(row, one.name) for one in fields(DriftRecord)})
