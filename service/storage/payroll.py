"""What payroll files are made of: acts by the days they are about, and what became of changes by an instant."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import and_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.change_records import change_columns, change_record
from service.storage.tables import change, change_end

_AT_ONCE = 1_000


async def acts_ahead(
    connection: AsyncConnection, *, recorded_by: int, first: date, before: date
) -> frozenset[tuple[str, int]]:
    """(person, instant in µs) of everything recorded by an instant about changes of days from `first` to `before`."""
    days = and_(change.c.effective_on >= first, change.c.effective_on < before)
    recorded = select(change.c.employee_id, change.c.recorded_at).where(days, change.c.recorded_at <= recorded_by)
    ended = (
        select(change.c.employee_id, change_end.c.recorded_at)
        .join(change_end, change_end.c.change_id == change.c.id)
        .where(days, change_end.c.recorded_at <= recorded_by)
    )
    found = await connection.execute(union(recorded, ended))
    return frozenset((row.employee_id, row.recorded_at) for row in found)


async def fates(
    connection: AsyncConnection, change_ids: Collection[str], *, known_at: int
) -> Mapping[str, tuple[str, str | None]]:
    """(status, change in its place) of changes as they were at an instant (µs), by id."""
    ids = sorted(change_ids)
    found: dict[str, tuple[str, str | None]] = {}
    for begin in range(0, len(ids), _AT_ONCE):
        rows = await connection.execute(change_columns(known_at).where(change.c.id.in_(ids[begin : begin + _AT_ONCE])))
        for record in map(change_record, rows):
            found[record.id] = (record.status, record.ended_by)
    return found
