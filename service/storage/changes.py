"""Changes: inserted once, ended and activated by rows of their own."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.change_records import ChangeRecord, change_columns, change_record, change_values, kept_text
from service.storage.tables import activation, change, change_end, job, scheduled

Ending = Literal["cancelled", "superseded", "rescinded"]
"""How a change stops counting."""
_AT_ONCE = 1_000
"""Jobs named in one statement."""


async def live_changes(connection: AsyncConnection, job_id: int) -> tuple[ChangeRecord, ...]:
    """Changes of a job that count, in the order of the fold."""
    found = await connection.execute(_LIVE, {"of_job": job_id})
    return tuple(change_record(row) for row in found)


async def live_changes_of(
    connection: AsyncConnection, job_ids: Sequence[int]
) -> Mapping[int, tuple[ChangeRecord, ...]]:
    """The same for many jobs, by job; jobs without any are left out."""
    live: dict[int, list[ChangeRecord]] = {}
    for first in range(0, len(job_ids), _AT_ONCE):
        some = change.c.job_id.in_(job_ids[first : first + _AT_ONCE])
        found = await connection.execute(
            change_columns().where(some, change_end.c.change_id.is_(None)).order_by(*_FOLD_ORDER)
        )
        for row in found:
            live.setdefault(row.job_id, []).append(change_record(row))
    return {job_id: tuple(records) for job_id, records in live.items()}


async def find_changes(connection: AsyncConnection, change_ids: list[str]) -> tuple[ChangeRecord, ...]:
    """Those of the changes that there are, in no order."""
    return tuple(
        change_record(row) for row in await connection.execute(change_columns().where(change.c.id.in_(change_ids)))
    )


async def changes_of(connection: AsyncConnection, employee_id: str, *, known_at: int) -> tuple[ChangeRecord, ...]:
    """Every change of a person recorded by `known_at`, ended ones included, by job and in the order of the fold.

    What has ended or taken effect after `known_at` reads as it then was.
    """
    found = await connection.execute(
        change_columns(known_at)
        .where(job.c.employee_id == employee_id, change.c.recorded_at <= known_at)
        # A correction has the place of what it replaced.
        .order_by(job.c.key, *_FOLD_ORDER, change.c.recorded_at, change.c.id)
    )
    return tuple(change_record(row) for row in found)


async def insert_change(tx: AsyncConnection, *, job_id: int, record: ChangeRecord) -> None:
    """A planned change also goes on the clock's list."""
    await insert_changes(tx, [(job_id, record)], recorded_at=record.recorded_at)


async def insert_changes(tx: AsyncConnection, records: Sequence[tuple[int, ChangeRecord]], *, recorded_at: int) -> None:
    """The same of several, each with the id of its job, all recorded at one instant."""
    if records:
        await tx.execute(
            _INSERT,
            [change_values(record, job_id=job_id, recorded_at=recorded_at) for job_id, record in records],
        )
    planned = [
        {"change_id": record.id, "employee_id": record.employee_id, "effective_on": record.effective_on}
        for _, record in records
        if record.planned
    ]
    if planned:
        await tx.execute(insert(scheduled), planned)


async def end_change(
    tx: AsyncConnection,
    change_id: str,
    *,
    how: Ending,
    by: str | None,
    reason: str | None,
    override: Mapping[str, Any] | None,
    actor: str,
    recorded_at: int,
) -> None:
    """Let a change count no more, replaced by the change `by` if it is `superseded`; the clock forgets it too.

    `override` is what its withdrawal passed.
    """
    await tx.execute(
        insert(change_end).values(
            change_id=change_id,
            how=how,
            by=by,
            reason=reason,
            override=kept_text(override) if override else None,
            actor=actor,
            recorded_at=recorded_at,
        )
    )
    await tx.execute(_UNPLAN, {"ended": change_id})


async def supersede_changes(
    tx: AsyncConnection, ended: Sequence[tuple[str, str]], *, actor: str, recorded_at: int
) -> None:
    """Let changes count no more, each with the one in whose place it stands: (old, new)."""
    if not ended:
        return
    same = {"how": "superseded", "reason": None, "override": None, "actor": actor, "recorded_at": recorded_at}
    await tx.execute(insert(change_end), [{"change_id": old, "by": new, **same} for old, new in ended])
    await tx.execute(_UNPLAN, [{"ended": old} for old, _ in ended])


async def due_changes(connection: AsyncConnection, employee_id: str, today: date) -> tuple[ChangeRecord, ...]:
    """Changes of a person whose day has come and that have not taken effect, in the order of the fold."""
    found = await connection.execute(_DUE, {"of_employee": employee_id, "today": today})
    return tuple(change_record(row) for row in found)


async def employees_with_due_changes(connection: AsyncConnection, today: date, *, limit: int) -> tuple[str, ...]:
    """People for whom the clock has something to do, those waiting longest first."""
    found = await connection.execute(
        select(scheduled.c.employee_id)
        .where(scheduled.c.effective_on <= today)
        .order_by(scheduled.c.effective_on, scheduled.c.employee_id)
        .limit(limit)
    )
    return tuple(dict.fromkeys(row.employee_id for row in found))


async def oldest_due(connection: AsyncConnection, today: date) -> date | None:
    """The earliest day whose changes have not taken effect although it has come; None when all have."""
    found = await connection.execute(
        select(scheduled.c.effective_on)
        .where(scheduled.c.effective_on <= today)
        .order_by(scheduled.c.effective_on)
        .limit(1)
    )
    return found.scalar()


async def activate(tx: AsyncConnection, events: Iterable[tuple[str, str]], *, recorded_at: int) -> None:
    """Note for each (change id, event id) that the change took effect, and take it off the clock's list."""
    rows = [{"change_id": changed, "event_id": event, "recorded_at": recorded_at} for changed, event in events]
    if rows:
        await tx.execute(insert(activation), rows)
        await tx.execute(_UNPLAN, [{"ended": row["change_id"]} for row in rows])


_FOLD_ORDER = (change.c.effective_on, change.c.ordinal)
# Built once: building a statement takes many times as long as handing it over.
_LIVE = (
    change_columns()
    .where(change.c.job_id == bindparam("of_job"), change_end.c.change_id.is_(None))
    .order_by(*_FOLD_ORDER)
)
_DUE = (
    change_columns()
    .where(scheduled.c.employee_id == bindparam("of_employee"), scheduled.c.effective_on <= bindparam("today"))
    .order_by(*_FOLD_ORDER)
)
_UNPLAN = delete(scheduled).where(scheduled.c.change_id == bindparam("ended"))
_INSERT = insert(change)
