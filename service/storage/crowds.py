"""Many people at once: found, locked, read and written by a handful of statements however many they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import bindparam, insert, select, tuple_, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.timelines import LiveChange, difference
from service.domain.timelines import Row as TimelineRow
from service.storage import assignments, change_records, changes, employees
from service.storage.change_records import ChangeRecord
from service.storage.employee_statements import columns
from service.storage.employees import EmployeeRecord
from service.storage.tables import assignment, change, change_end, employee, external_id, job, scheduled

Item = TypeVar("Item")
_AT_ONCE = 1_000
"""Values of one list of a statement, and rows written by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReference:
    """One of a person's jobs."""

    id: int
    employee_id: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldJob:
    """A job of somebody with its live changes, in the order of the fold."""

    id: int
    employee_id: str
    key: str
    live: tuple[LiveChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewrittenJob:
    """What becomes of a job: changes recorded, rows closed and opened. `id` is None for one that is made."""

    id: int | None
    employee_id: str
    key: str
    recorded: Sequence[ChangeRecord]
    closes: Sequence[TimelineRow]
    opens: Sequence[TimelineRow]

    @classmethod
    def between(
        cls,
        place: tuple[int | None, str, str],
        recorded: Sequence[ChangeRecord],
        before: Sequence[TimelineRow],
        after: Sequence[TimelineRow],
    ) -> "RewrittenJob":
        """What leads from one timeline of the job (id, employee id, key) to the other."""
        number, employee_id, key = place
        closes, opens = difference(before, after)
        return cls(id=number, employee_id=employee_id, key=key, recorded=recorded, closes=closes, opens=opens)


async def ids_of(connection: AsyncConnection, references: Iterable[str]) -> dict[str, str]:
    """The id of each person who is found by an id, an own key or `system:value` as it is bound now."""
    found: dict[str, str] = {}
    for part in _parts(sorted(set(references))):
        ids = [one for one in part if one.startswith("emp_")]
        names = [tuple(one.split(":", 1)) for one in part if ":" in one and not one.startswith("emp_")]
        keys = [one for one in part if ":" not in one and not one.startswith("emp_")]
        if ids:
            rows = await connection.execute(select(employee.c.id).where(employee.c.id.in_(ids)))
            found |= {row.id: row.id for row in rows}
        if keys:
            rows = await connection.execute(select(employee.c.id, employee.c.key).where(employee.c.key.in_(keys)))
            found |= {row.key: row.id for row in rows}
        if names:
            rows = await connection.execute(
                select(external_id.c.employee_id, external_id.c.system, external_id.c.value).where(
                    external_id.c.known_to.is_(None), tuple_(external_id.c.system, external_id.c.value).in_(names)
                )
            )
            found |= {f"{row.system}:{row.value}": row.employee_id for row in rows}
    return found


async def read_people(
    connection: AsyncConnection, employee_ids: Iterable[str], *, lock: bool
) -> dict[str, EmployeeRecord]:
    """Those of the people that there are; with `lock` theirs until the transaction ends, taken by id."""
    found: dict[str, EmployeeRecord] = {}
    for part in _parts(sorted(employee_ids)):
        statement = columns().where(employee.c.id.in_(part)).order_by(employee.c.id)
        if lock:
            statement = statement.with_for_update(of=employee, key_share=True)
        found |= {row.id: employees.record_of(row) for row in await connection.execute(statement)}
    return found


async def names_of(connection: AsyncConnection, employee_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Names in other systems as bound now, by employee id; people without any are left out."""
    named: dict[str, dict[str, str]] = {}
    for part in _parts(sorted(employee_ids)):
        named |= await employees.external_ids_of(connection, part, known_at=None)
    return named


async def jobs_of(connection: AsyncConnection, employee_ids: Iterable[str]) -> dict[tuple[str, str], HeldJob]:
    """Jobs by employee id and key."""
    found: dict[tuple[str, str], HeldJob] = {}
    for part in _parts(sorted(employee_ids)):
        jobs = (await connection.execute(select(job).where(job.c.employee_id.in_(part)))).all()
        live: dict[int, list[LiveChange]] = {row.id: [] for row in jobs}
        columns = (change.c.id, change.c.job_id, change.c.effective_on, change.c.ordinal, change.c.form, change.c.trial)
        rows = await connection.execute(
            select(*columns, change.c.states, change.c.recorded_at)
            .select_from(
                job.join(change, change.c.job_id == job.c.id).outerjoin(
                    change_end, change_end.c.change_id == change.c.id
                )
            )
            .where(job.c.employee_id.in_(part), change_end.c.change_id.is_(None))
            .order_by(change.c.effective_on, change.c.ordinal)
        )
        for row in rows:
            if row.job_id in live:
                live[row.job_id].append(change_records.live_of(row))
        found |= {
            (row.employee_id, row.key): HeldJob(
                id=row.id, employee_id=row.employee_id, key=row.key, live=tuple(live[row.id])
            )
            for row in jobs
        }
    return found


async def jobs_on_levels(
    tx: AsyncConnection, ladder: str, levels: Sequence[str], *, since: date, told_of: Sequence[str]
) -> tuple[JobReference, ...]:
    """Jobs in which somebody stands or will stand on one of the levels on `since` or later, or leaves it on that day.

    Also those of which live changes tell that one of the versions `told_of` brought them about. By employee id.
    """
    stand = select(assignment.c.job_id).where(
        assignment.c.ladder == ladder,
        assignment.c.level.in_(levels),
        assignment.c.known_to.is_(None),
        (assignment.c.effective_to.is_(None)) | (assignment.c.effective_to >= since),
    )
    told = (
        select(change.c.job_id)
        .outerjoin(change_end, change_end.c.change_id == change.c.id)
        .where(
            change.c.cause.in_([change_records.cause_text((ladder, version)) for version in told_of]),
            change_end.c.how.is_(None),
        )
    )
    touched = union(stand, told).subquery()
    found = await tx.execute(
        select(job.c.id, job.c.employee_id, job.c.key)
        .where(job.c.id.in_(select(touched.c[0])))
        .order_by(job.c.employee_id, job.c.key)
    )
    return tuple(JobReference(id=row.id, employee_id=row.employee_id, key=row.key) for row in found)


async def due_people(connection: AsyncConnection, employee_ids: Iterable[str], today: date) -> frozenset[str]:
    """Those of the people who have a change whose day has come and that has not taken effect."""
    found: set[str] = set()
    for part in _parts(sorted(employee_ids)):
        rows = await connection.execute(
            select(scheduled.c.employee_id).where(scheduled.c.employee_id.in_(part), scheduled.c.effective_on <= today)
        )
        found |= {row.employee_id for row in rows}
    return frozenset(found)


async def insert_people(
    tx: AsyncConnection,
    people: Sequence[tuple[str, str | None, str | None, Mapping[str, str]]],
    *,
    recorded_at: int,
) -> None:
    """Make people known: (id, key, name, names in other systems)."""
    rows = [
        {"id": one, "key": key, "name": name, "revision": 0, "sequence": 0, "recorded_at": recorded_at}
        for one, key, name, _ in people
    ]
    names = [
        {"employee_id": one, "system": system, "value": value, "known_from": recorded_at, "known_to": None}
        for one, _, _, external in people
        for system, value in external.items()
    ]
    for part in _parts(rows):
        await tx.execute(insert(employee), part)
    for part in _parts(names):
        await tx.execute(insert(external_id), part)


async def rewrite_jobs(tx: AsyncConnection, jobs: Sequence[RewrittenJob], *, recorded_at: int) -> None:
    """Record changes, and close and open rows as they have it. Closing comes first: rows may not overlap."""
    ids = await _job_ids(tx, jobs)
    for rewritten in _parts(jobs):
        kept = [(ids[one.employee_id, one.key], record) for one in rewritten for record in one.recorded]
        await changes.insert_changes(tx, kept, recorded_at=recorded_at)
        closed = [
            {"of_job": ids[one.employee_id, one.key], "on": row.effective_from, "at": recorded_at}
            for one in rewritten
            for row in one.closes
        ]
        if closed:
            await tx.execute(_CLOSE, closed)
        opened = [
            assignments.values_of(
                row, job_id=ids[one.employee_id, one.key], employee_id=one.employee_id, recorded_at=recorded_at
            )
            for one in rewritten
            for row in one.opens
        ]
        if opened:
            await tx.execute(insert(assignment), opened)


async def set_counters(tx: AsyncConnection, counters: Sequence[tuple[str, int, int]]) -> None:
    """Write (id, revision, sequence) of people."""
    for part in _parts(counters):
        await tx.execute(
            _COUNT, [{"who": one, "revised": revision, "told": sequence} for one, revision, sequence in part]
        )


async def _job_ids(tx: AsyncConnection, jobs: Sequence[RewrittenJob]) -> dict[tuple[str, str], int]:
    ids = {(one.employee_id, one.key): one.id for one in jobs if one.id is not None}
    new = [
        {"employee_id": one.employee_id, "key": one.key, "class": "job", "base_job_id": None}
        for one in jobs
        if one.id is None
    ]
    for part in _parts(new):
        made = await tx.execute(insert(job).returning(job.c.id, job.c.employee_id, job.c.key), part)
        ids |= {(row.employee_id, row.key): row.id for row in made}
    return ids


_CLOSE = (
    update(assignment)
    .where(
        assignment.c.job_id == bindparam("of_job"),
        assignment.c.known_to.is_(None),
        assignment.c.effective_from == bindparam("on"),
    )
    .values(known_to=bindparam("at"))
)
_COUNT = (
    update(employee)
    .where(employee.c.id == bindparam("who"))
    .values(revision=bindparam("revised"), sequence=bindparam("told"))
)


def _parts(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    return (items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE))
