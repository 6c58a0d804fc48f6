"""Whose standing differs between two days, two instants, or both: found in the database, a page at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.assignments import FACTS, Facts, Standing
from service.domain.diffs import Viewpoint
from service.storage.pages import By, walked
from service.storage.tables import assignment, change, change_end, employee, job

_BEFORE, _AFTER = assignment.alias("before"), assignment.alias("after")
_SIDES = (("before", _BEFORE), ("after", _AFTER))
_KEPT = (*FACTS, "grade", "grade_since", "step_since", "effective_from")
_ORDER = (By(column=job.c.employee_id), By(column=job.c.key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Between which viewpoints, and whose: a tuple of None asks for all, a side that fits is enough.

    `moved` are (ladder, level) pairs at which people differ whose facts are the same.
    """

    start: Viewpoint
    end: Viewpoint
    moved: tuple[tuple[str, str], ...] = ()
    employee_id: str | None = None
    teams: tuple[str, ...] | None = None
    ladders: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingRecord:
    """A job whose two sides differ; None where nobody held it."""

    employee_id: str
    employee_key: str | None
    job: str
    before: Standing | None
    after: Standing | None

    @property
    def place(self) -> tuple[str, str]:
        return self.employee_id, self.job


async def differences_page(
    connection: AsyncConnection,
    asked: Question,
    *,
    limit: int,
    place: tuple[Any, ...] | None = None,
    backward: bool = False,
) -> tuple[DifferingRecord, ...]:
    """Those who differ by person and job, `limit` in the direction of the walk from `place` on."""
    sides = [table.c[name].label(f"{side}_{name}") for side, table in _SIDES for name in _KEPT]
    columns = (job.c.employee_id, job.c.key.label("job"), employee.c.key.label("employee_key"), *sides)
    statement = walked(_differing(select(*columns), asked), _ORDER, place=place, backward=backward, limit=limit)
    return tuple(_record(row) for row in await connection.execute(statement))


async def count_differences(connection: AsyncConnection, asked: Question) -> tuple[int, int, int]:
    """How many jobs started, ended, and altered while they were held."""
    kinds = (_BEFORE.c.id.is_(None), _AFTER.c.id.is_(None), and_(_BEFORE.c.id.is_not(None), _AFTER.c.id.is_not(None)))
    counts = (func.coalesce(func.sum(case((kind, 1), else_=0)), 0) for kind in kinds)
    found = tuple(map(int, (await connection.execute(_differing(select(*counts), asked))).one()))
    return found[0], found[1], found[2]


def _differing(chosen: Select[Any], asked: Question) -> Select[Any]:
    jobs = job.join(employee, employee.c.id == job.c.employee_id)
    for (_, table), at in zip(_SIDES, (asked.start, asked.end), strict=True):
        jobs = jobs.outerjoin(table, and_(table.c.job_id == job.c.id, *_seen(table, at)))
    return chosen.select_from(jobs).where(_differ(asked.moved), *_matches(asked))


def _seen(table: Any, at: Viewpoint) -> Iterable[ColumnElement[bool]]:
    """That the row of a job is what is seen of it. The person is said, too: an index begins there."""
    yield table.c.employee_id == job.c.employee_id
    yield table.c.effective_from <= at.day
    yield or_(table.c.effective_to.is_(None), table.c.effective_to > at.day)
    yield table.c.known_from <= at.known_at
    yield or_(table.c.known_to.is_(None), table.c.known_to > at.known_at)


def _differ(moved: tuple[tuple[str, str], ...]) -> ColumnElement[bool]:
    facts = or_(*(_BEFORE.c[name].is_distinct_from(_AFTER.c[name]) for name in (*FACTS, "grade")))
    # The same row on both sides is what nearly everybody has: it needs no comparing.
    differ = and_(_BEFORE.c.id.is_distinct_from(_AFTER.c.id), facts)
    return or_(differ, *(and_(_AFTER.c.ladder == ladder, _AFTER.c.level == level) for ladder, level in moved))


def _matches(asked: Question) -> Iterable[ColumnElement[bool]]:
    if asked.employee_id is not None:
        yield job.c.employee_id == asked.employee_id
    for name, values in (("team", asked.teams), ("ladder", asked.ladders)):
        if values is not None:
            yield or_(_BEFORE.c[name].in_(values), _AFTER.c[name].in_(values))
    if not asked.moved and asked.employee_id is None:
        yield _touched(asked.start, asked.end)


def _touched(start: Viewpoint, end: Viewpoint) -> ColumnElement[bool]:
    """That a job can differ: rows begin and end when a change is recorded or ends, on its day or on that of a map.

    So two instants are compared for those of whom something was recorded in between, and not for everybody.
    """
    made, ended = (
        and_(table.c.recorded_at > start.known_at, table.c.recorded_at <= end.known_at)
        for table in (change, change_end)
    )
    # Asked by id: joined, all changes would be gone through for the few that have ended.
    withdrawn = change.c.id.in_(select(change_end.c.change_id).where(ended))
    between = job.c.id.in_(union_all(*(select(change.c.job_id).where(those) for those in (made, withdrawn))))
    if start.day == end.day:
        return between
    on_days = or_(
        exists().where(
            change.c.job_id == job.c.id, change.c.effective_on > start.day, change.c.effective_on <= end.day
        ),
        _AFTER.c.effective_from > start.day,
    )
    return on_days if start.known_at == end.known_at else or_(on_days, between)


def _record(row: Row[Any]) -> DifferingRecord:
    before, after = (_standing(row, side) for side, _ in _SIDES)
    return DifferingRecord(
        employee_id=row.employee_id, employee_key=row.employee_key, job=row.job, before=before, after=after
    )


def _standing(row: Row[Any], side: str) -> Standing | None:
    kept = {name: getattr(row, f"{side}_{name}") for name in _KEPT}
    if kept["level"] is None:
        return None
    return Standing(
        facts=Facts(**{name: kept[name] for name in FACTS}),
        grade=kept["grade"],
        grade_since=kept["grade_since"],
        step_since=kept["step_since"],
        since=kept["effective_from"],
    )
