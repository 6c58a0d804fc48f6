"""Assignment rows on both time axes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Row, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain import timelines
from service.domain.assignments import FACTS, Facts, Standing
from service.domain.impact import Headcount
from service.storage.pages import By, walked
from service.storage.tables import assignment, employee, job

SORTS: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "employee": (assignment.c.employee_id, job.c.key),
    "effective_from": (assignment.c.effective_from,),
    "recorded_at": (assignment.c.known_from,),
}
"""What a list can be ordered by."""

# Statements of every write are built once: building one takes many times as long as handing it over.
_JOB = select(job.c.id).where(
    job.c.employee_id == bindparam("of_employee"), job.c.key == bindparam("named"), job.c["class"] == "job"
)
_CLOSE = update(assignment).where(
    assignment.c.job_id == bindparam("of_job"),
    assignment.c.known_to.is_(None),
    assignment.c.effective_from.in_(bindparam("begin", expanding=True)),
)
_OPEN = insert(assignment)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRecord:
    """A row as kept: whose, which job, the days, and the instant from which it is known."""

    employee_id: str
    employee_key: str | None
    job: str
    row: timelines.Row
    known_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentFilter:
    """Which assignments of a list are wanted: one of each given tuple. `levels` are (ladder, level) pairs.

    `begins_from` and `begins_before` bound the first day on which exactly these facts hold.
    """

    levels: tuple[tuple[str, str], ...] | None = None
    grades: tuple[str, ...] | None = None
    teams: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    zones: tuple[str, ...] | None = None
    ladders: tuple[str, ...] | None = None
    employee_ids: tuple[str, ...] | None = None
    jobs: tuple[str, ...] | None = None
    begins_from: date | None = None
    begins_before: date | None = None


async def find_job(connection: AsyncConnection, employee_id: str, key: str) -> int | None:
    """The job of that key; None when the person never had one. An overlay is none."""
    return (await connection.execute(_JOB, {"of_employee": employee_id, "named": key})).scalar()


async def insert_job(tx: AsyncConnection, *, employee_id: str, key: str) -> int:
    made = await tx.execute(
        insert(job).values(employee_id=employee_id, key=key, **{"class": "job"}, base_job_id=None).returning(job.c.id)
    )
    return made.scalar_one()


async def assignment_on(
    connection: AsyncConnection, *, employee_id: str, job_key: str, day: date, known_at: int
) -> AssignmentRecord | None:
    """What held on `day` as known at `known_at`; None when nothing did."""
    found = await connection.execute(
        _columns()
        .where(assignment.c.employee_id == employee_id, job.c.key == job_key, _holds(day), _known(known_at))
        .limit(1)
    )
    row = found.first()
    return _record(row) if row else None


async def timeline_of(
    connection: AsyncConnection, *, employee_id: str, job_key: str, known_at: int
) -> tuple[AssignmentRecord, ...]:
    """All rows of a job as known at `known_at`, by day."""
    found = await connection.execute(
        _columns()
        .where(assignment.c.employee_id == employee_id, job.c.key == job_key, _known(known_at))
        .order_by(assignment.c.effective_from)
    )
    return tuple(_record(row) for row in found)


async def assignments_page(
    connection: AsyncConnection,
    *,
    day: date,
    known_at: int,
    wanted: AssignmentFilter,
    limit: int,
    by: Sequence[str] = ("employee",),
    place: tuple[Any, ...] | None = None,
    backward: bool = False,
) -> tuple[AssignmentRecord, ...]:
    """Everybody's assignments on a day, `limit` in the direction of the walk from `place` on (`place_in` an order)."""
    order = [By(column=column, descending=down) for name, down in _order(by) for column in SORTS[name]]
    statement = _columns().where(_holds(day), _known(known_at), *_persons(wanted))
    statement = statement.where(*(_common(connection, condition) for condition in _matches(wanted)))
    if order[0].column is assignment.c.employee_id and wanted.employee_ids is None:
        statement = statement.where(_begins(place, is_down=order[0].descending != backward))
    found = await connection.execute(walked(statement, order, place=place, backward=backward, limit=limit))
    return tuple(_record(row) for row in found)


async def count_assignments(connection: AsyncConnection, *, day: date, known_at: int, wanted: AssignmentFilter) -> int:
    """How many assignments hold on a day."""
    matching = _columns().where(_holds(day), _known(known_at), *_persons(wanted), *_matches(wanted))
    return (await connection.execute(select(func.count()).select_from(matching.subquery()))).scalar_one()


def place_in(by: Sequence[str], record: AssignmentRecord) -> tuple[Any, ...]:
    """Where an assignment stands in an order."""
    values = {
        "employee": (record.employee_id, record.job),
        "effective_from": (record.row.effective_from,),
        "recorded_at": (record.known_from,),
    }
    return tuple(value for name, _ in _order(by) for value in values[name])


def _order(by: Sequence[str]) -> list[tuple[str, bool]]:
    """(name, descending) of each part. Person and job end every order, the way its last part goes: they are unique."""
    parts = [(name.removeprefix("-"), name.startswith("-")) for name in by]
    if "employee" not in [name for name, _ in parts]:
        parts.append(("employee", parts[-1][1]))
    return parts


async def replace_rows(
    tx: AsyncConnection,
    *,
    job_id: int,
    employee_id: str,
    closes: Sequence[timelines.Row],
    opens: Sequence[timelines.Row],
    recorded_at: int,
) -> None:
    """End what is no longer so and begin what now is. Closing comes first: rows known together may not overlap."""
    if closes:
        begin = [row.effective_from for row in closes]
        await tx.execute(_CLOSE, {"of_job": job_id, "begin": begin, "known_to": recorded_at})
    if opens:
        await tx.execute(
            _OPEN,
            [values_of(row, job_id=job_id, employee_id=employee_id, recorded_at=recorded_at) for row in opens],
        )


async def headcounts(connection: AsyncConnection, *, day: date, known_at: int | None = None) -> tuple[Headcount, ...]:
    """How many people hold which facts on a day, as known at an instant (µs; None = now).

    Somebody with two jobs counts for each.
    """
    columns = [assignment.c[name] for name in (*FACTS, "grade")]
    found = await connection.execute(
        select(*columns, func.count().label("people"))
        .where(assignment.c.known_to.is_(None) if known_at is None else _known(known_at), _holds(day))
        .group_by(*columns)
    )
    return tuple(
        Headcount(facts=Facts(**{name: getattr(row, name) for name in FACTS}), grade=row.grade, people=row.people)
        for row in found
    )


def values_of(row: timelines.Row, *, job_id: int, employee_id: str, recorded_at: int) -> dict[str, object]:
    """A row as it is inserted."""
    standing = row.standing
    return {
        "job_id": job_id,
        "employee_id": employee_id,
        "effective_from": row.effective_from,
        "effective_to": row.effective_to,
        "known_from": recorded_at,
        "known_to": None,
        "grade": standing.grade,
        "grade_since": standing.grade_since,
        "step_since": standing.step_since,
        **{name: getattr(standing.facts, name) for name in FACTS},
    }


def _columns():
    return select(
        assignment,
        job.c.key.label("job"),
        employee.c.key.label("employee_key"),
    ).select_from(
        assignment.join(job, job.c.id == assignment.c.job_id).join(employee, employee.c.id == assignment.c.employee_id)
    )


def _holds(day: date) -> ColumnElement[bool]:
    return and_(
        assignment.c.effective_from <= day,
        or_(assignment.c.effective_to.is_(None), assignment.c.effective_to > day),
    )


def _known(known_at: int) -> ColumnElement[bool]:
    return and_(
        assignment.c.known_from <= known_at,
        or_(assignment.c.known_to.is_(None), assignment.c.known_to > known_at),
    )


def _begins(place: tuple[Any, ...] | None, *, is_down: bool) -> ColumnElement[bool]:
    """Said of one column, an index begins there: a place is of two tables, and everybody before it would be read."""
    if is_down and place:
        return assignment.c.employee_id <= place[0]
    return assignment.c.employee_id >= (place[0] if place else "")


def _common(connection: AsyncConnection, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition said to be met often: taking it for a rare one, SQLite reads and sorts everybody for a page."""
    return func.likely(condition, type_=Boolean) if connection.dialect.name == "sqlite" else condition


def _persons(wanted: AssignmentFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.employee_ids is not None:
        yield assignment.c.employee_id.in_(wanted.employee_ids)


def _matches(wanted: AssignmentFilter) -> Iterable[ColumnElement[bool]]:
    columns = (
        (assignment.c.ladder, wanted.ladders),
        (assignment.c.grade, wanted.grades),
        (assignment.c.team, wanted.teams),
        (assignment.c.role, wanted.roles),
        (assignment.c.zone, wanted.zones),
        (job.c.key, wanted.jobs),
    )
    for column, values in columns:
        if values is not None:
            yield column.in_(values)
    if wanted.begins_from is not None:
        yield assignment.c.effective_from >= wanted.begins_from
    if wanted.begins_before is not None:
        yield assignment.c.effective_from < wanted.begins_before
    if wanted.levels is not None:
        yield or_(
            *(and_(assignment.c.ladder == ladder, assignment.c.level == level) for ladder, level in wanted.levels),
            # An empty OR would let everything through; nothing is what an empty list of levels asks for.
            assignment.c.id.is_(None),
        )


def timeline_row(row: Row[Any]) -> timelines.Row:
    """What a row of the table, or one with its columns, says of its days."""
    standing = Standing(
        facts=Facts(**{name: getattr(row, name) for name in FACTS}),
        grade=row.grade,
        grade_since=row.grade_since,
        step_since=row.step_since,
        since=row.effective_from,
    )
    return timelines.Row(effective_from=row.effective_from, effective_to=row.effective_to, standing=standing)


def _record(row: Row[Any]) -> AssignmentRecord:
    return AssignmentRecord(
        employee_id=row.employee_id,
        employee_key=row.employee_key,
        job=row.job,
        row=timeline_row(row),
        known_from=row.known_from,
    )
