"""Many people in one write: locked in the order of their ids, read and written by statements in the plural."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, insert, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain import timelines
from service.storage.assignments import row_values
from service.storage.changes import cause_text
from service.storage.employees import EmployeeRecord, locked_records
from service.storage.tables import assignment, change, change_end, employee, job, scheduled

MOST = 500
"""People, jobs or levels named in one statement: databases take some ten thousand parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReference:
    """One of a person's jobs."""

    id: int
    employee_id: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What becomes of one job's rows."""

    job: JobReference
    closes: tuple[timelines.Row, ...]
    opens: tuple[timelines.Row, ...]


async def jobs_on_levels(
    tx: AsyncConnection, ladder: str, levels: Sequence[str], *, since: date, told_of: Sequence[str]
) -> tuple[JobReference, ...]:
    """Jobs in which somebody stands or will stand on one of the levels on `since` or later.

    Also those of which live changes tell that one of the versions `told_of` brought them about. By employee id.
    """
    stand = select(assignment.c.job_id).where(
        assignment.c.ladder == ladder,
        assignment.c.level.in_(levels),
        assignment.c.known_to.is_(None),
        (assignment.c.effective_to.is_(None)) | (assignment.c.effective_to > since),
    )
    told = (
        select(change.c.job_id)
        .outerjoin(change_end, change_end.c.change_id == change.c.id)
        .where(change.c.cause.in_([cause_text((ladder, version)) for version in told_of]), change_end.c.how.is_(None))
    )
    touched = union(stand, told).subquery()
    found = await tx.execute(
        select(job.c.id, job.c.employee_id, job.c.key)
        .where(job.c.id.in_(select(touched.c[0])))
        .order_by(job.c.employee_id, job.c.key)
    )
    return tuple(JobReference(id=row.id, employee_id=row.employee_id, key=row.key) for row in found)


async def lock_employees(tx: AsyncConnection, employee_ids: Sequence[str]) -> tuple[EmployeeRecord, ...]:
    """People, locked in the order of their ids until the transaction ends; ids of nobody are left out."""
    return await locked_records(tx, sorted(employee_ids))


async def employees_due(tx: AsyncConnection, employee_ids: Sequence[str], today: date) -> frozenset[str]:
    """Those of the people who have changes whose day has come and that have not taken effect."""
    found = await tx.execute(
        select(scheduled.c.employee_id)
        .where(scheduled.c.employee_id.in_(employee_ids), scheduled.c.effective_on <= today)
        .distinct()
    )
    return frozenset(found.scalars())


async def replace_all_rows(tx: AsyncConnection, replacements: Sequence[Replacement], *, recorded_at: int) -> None:
    """End what is no longer so and begin what now is, of many jobs; as `assignments.replace_rows` does of one."""
    closes = [{"of_job": one.job.id, "first_day": row.effective_from} for one in replacements for row in one.closes]
    if closes:
        await tx.execute(
            update(assignment)
            .where(
                assignment.c.job_id == bindparam("of_job"),
                assignment.c.effective_from == bindparam("first_day"),
                assignment.c.known_to.is_(None),
            )
            .values(known_to=recorded_at),
            closes,
        )
    opens = [
        row_values(row, job_id=one.job.id, employee_id=one.job.employee_id, recorded_at=recorded_at)
        for one in replacements
        for row in one.opens
    ]
    if opens:
        await tx.execute(insert(assignment), opens)


async def set_all_counters(tx: AsyncConnection, counters: Mapping[str, tuple[int, int]]) -> None:
    """Set (revision, sequence) of many people, by employee id."""
    if counters:
        await tx.execute(
            update(employee)
            .where(employee.c.id == bindparam("of_employee"))
            .values(revision=bindparam("new_revision"), sequence=bindparam("new_sequence")),
            [
                {"of_employee": employee_id, "new_revision": revision, "new_sequence": sequence}
                for employee_id, (revision, sequence) in counters.items()
            ],
        )
