"""Everybody's timelines, some people at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.assignments import Row
from service.storage.assignments import timeline_row
from service.storage.tables import assignment, employee, job


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Timelines by job of those among some people who have any, by id in the order of the walk.

    `following` is the id to go on with; None at the end.
    """

    timelines: Mapping[str, Mapping[str, tuple[Row, ...]]]
    following: str | None


async def timelines_page(
    connection: AsyncConnection,
    *,
    known_at: int,
    before: date,
    limit: int,
    first: str | None = None,
    backward: bool = False,
) -> People:
    """Timelines as known at `known_at` of `limit` people from the id `first` on, as far as they begin `before`.

    `first` None is where the walk begins. Of employments alone: a role for a time beside one is no move.
    """
    order = employee.c.id.desc() if backward else employee.c.id
    people = select(employee.c.id).order_by(order).limit(limit + 1)
    if first is not None:
        people = people.where(employee.c.id <= first if backward else employee.c.id >= first)
    ids = [row.id for row in await connection.execute(people)]
    if not ids:
        return People(timelines={}, following=None)
    wanted = ids[:limit]
    begun = assignment.c.effective_from < before
    held = await _timelines(connection, begun, known_at=known_at, first=min(wanted), last=max(wanted))
    return People(
        timelines={one: held[one] for one in wanted if one in held},
        following=ids[limit] if len(ids) > limit else None,
    )


async def timelines_between(
    connection: AsyncConnection, *, known_at: int, first: str, last: str
) -> Mapping[str, Mapping[str, tuple[Row, ...]]]:
    """Timelines by employee id and job of those with any, of the people from one id to another, both included."""
    return await _timelines(connection, true(), known_at=known_at, first=first, last=last)


async def _timelines(
    connection: AsyncConnection, wanted: ColumnElement[bool], *, known_at: int, first: str, last: str
) -> dict[str, dict[str, tuple[Row, ...]]]:
    kept = await connection.execute(
        select(assignment, job.c.key.label("job"))
        .join(job, job.c.id == assignment.c.job_id)
        .where(
            assignment.c.employee_id >= first,
            assignment.c.employee_id <= last,
            wanted,
            assignment.c.known_from <= known_at,
            or_(assignment.c.known_to.is_(None), assignment.c.known_to > known_at),
            job.c["class"] == "job",
        )
        .order_by(assignment.c.employee_id, job.c.key, assignment.c.effective_from)
    )
    held: dict[str, dict[str, tuple[Row, ...]]] = {}
    for row in kept:
        jobs = held.setdefault(row.employee_id, {})
        jobs[row.job] = (*jobs.get(row.job, ()), timeline_row(row))
    return held
