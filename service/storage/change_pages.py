"""Pages of everybody's changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.change_records import ChangeRecord, change_columns, change_record
from service.storage.pages import By, walked
from service.storage.tables import activation, change, change_end, job, scheduled

SORTS: Mapping[str, ColumnElement[Any]] = {"recorded_at": change.c.recorded_at, "effective_on": change.c.effective_on}
"""What a list can be ordered by. The id ends every order, the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Which changes are wanted: one of each given tuple, None asks for all. Ranges are half open, instants in µs."""

    employee_id: str | None = None
    jobs: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    statuses: tuple[str, ...] | None = None
    reasons: tuple[str, ...] | None = None
    effective_from: date | None = None
    effective_before: date | None = None
    recorded_from: int | None = None
    recorded_before: int | None = None


async def changes_page(
    connection: AsyncConnection,
    *,
    known_at: int,
    wanted: ChangeFilter,
    limit: int,
    by: str = "recorded_at",
    place: tuple[Any, ...] | None = None,
    backward: bool = False,
) -> tuple[ChangeRecord, ...]:
    """Changes recorded by `known_at` as they then were, `limit` in the direction of the walk from `place` on."""
    is_down = by.startswith("-")
    order = [By(column=column, descending=is_down) for column in (SORTS[by.removeprefix("-")], change.c.id)]
    statement = change_columns(known_at).where(*_matches(wanted, known_at))
    if place is not None:
        # Said of one column, an index begins there.
        column = order[0].column
        statement = statement.where(column <= place[0] if is_down != backward else column >= place[0])
    found = await connection.execute(walked(statement, order, place=place, backward=backward, limit=limit))
    return tuple(change_record(row) for row in found)


def place_in(by: str, record: ChangeRecord) -> tuple[Any, ...]:
    """Where a change stands in an order."""
    return getattr(record, by.removeprefix("-")), record.id


async def count_changes(connection: AsyncConnection, *, known_at: int, wanted: ChangeFilter) -> int:
    """How many changes are wanted."""
    matching = change_columns(known_at).where(*_matches(wanted, known_at)).subquery()
    return (await connection.execute(select(func.count()).select_from(matching))).scalar_one()


def _matches(wanted: ChangeFilter, known_at: int) -> Iterable[ColumnElement[bool]]:
    yield change.c.recorded_at <= known_at
    if wanted.employee_id is not None:
        # By the jobs, which an index finds; of changes there is none by person.
        yield change.c.job_id.in_(select(job.c.id).where(job.c.employee_id == wanted.employee_id))
    for column, values in ((job.c.key, wanted.jobs), (change.c.kind, wanted.kinds), (change.c.reason, wanted.reasons)):
        if values is not None:
            yield column.in_(values)
    if wanted.statuses is not None:
        yield or_(*(_is(status) for status in wanted.statuses))
        if set(wanted.statuses) == {"scheduled"}:
            yield change.c.id.in_(_scheduled_after(known_at))
    if wanted.effective_from is not None:
        yield change.c.effective_on >= wanted.effective_from
    if wanted.effective_before is not None:
        yield change.c.effective_on < wanted.effective_before
    if wanted.recorded_from is not None:
        yield change.c.recorded_at >= wanted.recorded_from
    if wanted.recorded_before is not None:
        yield change.c.recorded_at < wanted.recorded_before


def _is(status: str) -> ColumnElement[bool]:
    """Said of the joined rows, which know no more than was known then."""
    if status in ("scheduled", "effective"):
        waits = and_(change.c.planned, activation.c.change_id.is_(None))
        return and_(change_end.c.change_id.is_(None), waits if status == "scheduled" else not_(waits))
    return change_end.c.how == status


def _scheduled_after(known_at: int):
    """What can have been scheduled at an instant: what is, and what has taken effect or ended since.

    It is little where changes are many, so that a page of plans does not look through all of them.
    """
    return union_all(
        select(scheduled.c.change_id),
        select(activation.c.change_id).where(activation.c.recorded_at > known_at),
        select(change_end.c.change_id).where(change_end.c.recorded_at > known_at),
    )
