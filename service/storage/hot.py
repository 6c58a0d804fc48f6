"""The hot statements: each with its reason, its benchmark, and the ordinary functions it must agree with.

Text for both engines: nothing is compiled for a request. Each is one statement, so one snapshot: what it reads
belongs together.

`assignment_held`
    Reason: asked by every tool that wants to know where somebody stands. The ordinary way takes four statements
    through SQLAlchemy, by which it reached a twentieth of the rate of a bare route.
    Benchmark: `python -m bench point-read`.
    Agrees with: `employees.find_employee`, `revisions_at` and `external_ids`, `recorder.latest`,
    `assignments.assignment_on`.

`assignments_held`
    Reason: whole companies are read a page at a time. The ordinary way takes five statements and spent most of an
    answer's time in building them.
    Benchmark: `python -m bench graphql`.
    Agrees with: `assignments.assignments_page` in the order of people, and what `assignment_held` agrees with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

import orjson

from service.domain.assignments import FACTS
from service.storage.assignments import AssignmentFilter
from service.storage.database import Database, Dialect

By = Literal["id", "key", "external"]


class HeldRow(NamedTuple):
    """An assignment and all that is said with it, as of one snapshot; days as written on the wire.

    `facts` in the order of FACTS. `generation` tells which definitions go with it, `reached` (µs) how far the record
    had come. A named tuple, since a dataclass takes several times as long to make.
    """

    employee_id: str
    employee_key: str | None
    names: Mapping[str, str]
    revision: int
    reached: int
    generation: int
    effective_from: str
    effective_to: str | None
    known_from: int
    grade: str
    grade_since: str
    step_since: str
    facts: tuple[str | None, ...]
    job: str


async def assignment_held(
    database: Database, reference: str, *, job: str, day: date, known_at: int | None
) -> HeldRow | None:
    """What a person holds on a day as known at an instant (µs, None = all that is recorded).

    None when nobody or nothing is found, and when the record has not reached the instant. Raises Unready.
    """
    by, who = _named(reference)
    sqlite = database.dialect == "sqlite"
    values: list[object] = [*who, job, day.isoformat() if sqlite else day]
    if known_at is not None:
        values.append(known_at)
    row = await database.raw.row(_HELD[database.dialect, by, known_at is not None], *values)
    return None if row is None else _row(row, sqlite=sqlite)


async def assignments_held(
    database: Database,
    *,
    wanted: AssignmentFilter,
    day: date,
    known_at: int | None,
    place: tuple[Any, ...] | None,
    backward: bool,
    limit: int,
) -> list[HeldRow]:
    """Everybody's assignments on a day by person and job, `limit` of them in the direction of the walk.

    As known at an instant (µs, None = all that is recorded); none at all when the record has not reached it.
    Raises Unready, on SQLite also when finding them takes long.
    """
    sqlite = database.dialect == "sqlite"
    asked = _Question(values=[limit, day.isoformat() if sqlite else day], sqlite=sqlite)
    at = "r.at"
    if known_at is not None:
        at = asked.value(known_at)
        asked.conditions.append(f"r.at >= {at}")
    asked.choose(wanted)
    if place is not None:
        person, job = asked.value(place[0]), asked.value(place[1])
        sense = "<" if backward else ">"
        # Said of one column, an index begins there.
        asked.conditions.append(f"a.employee_id {sense}= {person} AND (a.employee_id, j.key) {sense} ({person}, {job})")
    conditions = asked.conditions
    statement = _page(database.dialect, at, then=known_at is not None, backward=backward, conditions=conditions)
    return [_row(row, sqlite=sqlite) for row in await database.raw.rows(statement, *asked.values)]


def _row(row: Sequence[Any], *, sqlite: bool) -> HeldRow:
    employee_id, key, names, revision, reached, generation, start, end, known_from, grade, graded, stepped = row[:12]
    named: dict[str, str] = orjson.loads(names) if names else {}
    if sqlite:
        # Gathered in any order; the order of its texts is that of their code points.
        named = dict(sorted(named.items()))
    else:
        start, graded, stepped = start.isoformat(), graded.isoformat(), stepped.isoformat()
        end = end.isoformat() if end else None
    return HeldRow(
        employee_id,
        key,
        named,
        revision,
        reached,
        generation,
        start,
        end,
        known_from,
        grade,
        graded,
        stepped,
        tuple(row[12:-1]),
        row[-1],
    )


@dataclass(slots=True, kw_only=True)
class _Question:
    """Parameters in their order, and conditions that name them."""

    values: list[object]
    sqlite: bool
    conditions: list[str] = field(default_factory=list[str])

    def value(self, one: object) -> str:
        self.values.append(one)
        return f"{'?' if self.sqlite else '$'}{len(self.values)}"

    def choose(self, wanted: AssignmentFilter) -> None:
        # Taking a condition for one that few meet, SQLite would read and sort everybody for a page: the sign forbids.
        sign = "+" if self.sqlite else ""
        # No key has a slash.
        levels = None if wanted.levels is None else ["/".join(level) for level in wanted.levels]
        for column, chosen in (
            (f"{sign}a.ladder", wanted.ladders),
            (f"{sign}a.grade", wanted.grades),
            (f"{sign}a.team", wanted.teams),
            (f"{sign}a.role", wanted.roles),
            (f"{sign}a.zone", wanted.zones),
            (f"{sign}j.key", wanted.jobs),
            ("a.employee_id", wanted.employee_ids),
            ("a.ladder || '/' || a.level", levels),
        ):
            if chosen is not None:
                self.conditions.append(self._among(column, chosen))
        for sense, bound in ((">=", wanted.begins_from), ("<", wanted.begins_before)):
            if bound is not None:
                shown = self.value(bound.isoformat() if self.sqlite else bound)
                self.conditions.append(f"a.effective_from {sense} {shown}")

    def _among(self, column: str, chosen: Sequence[str]) -> str:
        if self.sqlite:
            return f"{column} IN (SELECT value FROM json_each({self.value(orjson.dumps(chosen).decode())}))"
        return f"{column} = ANY({self.value(list(chosen))}::text[])"


def _named(reference: str) -> tuple[By, tuple[str, ...]]:
    """How a person is named, and by which values."""
    system, colon, value = reference.partition(":")
    if colon:
        return "external", (system, value)
    return ("id" if reference.startswith("emp_") else "key"), (reference,)


_WHO: Mapping[By, tuple[str, ...]] = {
    "id": ("e.id = ", ""),
    "key": ("e.key = ", ""),
    "external": ("e.id IN (SELECT o.employee_id FROM external_id o WHERE o.system = ", " AND o.value = ", ""),
}
_NAMES: Mapping[Dialect, str] = {
    "sqlite": "json_group_object(x.system, x.value)",
    "postgresql": "json_object_agg(x.system, x.value ORDER BY x.system)",
}
# LIMIT 1 tells Postgres what a table without statistics does not: that there is one row.
_ONES = "(SELECT at FROM recorder LIMIT 1) r CROSS JOIN (SELECT value FROM generation LIMIT 1) g"
# How many acts on a person were recorded by an instant. Changes are found by the person's jobs, which have an index.
_REVISION_AT = """
    (SELECT count(*) FROM job w JOIN change c ON c.job_id = w.id WHERE w.employee_id = e.id AND c.recorded_at <= {at})
  + (SELECT count(*) FROM job w JOIN change c ON c.job_id = w.id JOIN change_end d ON d.change_id = c.id
      WHERE w.employee_id = e.id AND d.how <> 'superseded' AND d.recorded_at <= {at})
  + (SELECT count(*) FROM (
      SELECT b.known_from AS at FROM external_id b WHERE b.employee_id = e.id AND b.known_from <= {at}
      UNION SELECT b.known_to FROM external_id b WHERE b.employee_id = e.id AND b.known_to <= {at}
    ) n WHERE n.at > e.recorded_at)"""


def _held(dialect: Dialect, by: By, then: bool) -> str:
    """`then`: as known at an instant that is the last parameter, else as far as the record has come."""
    mark = "$" if dialect == "postgresql" else "?"
    count = len(_WHO[by]) - 1
    job, day, instant = (f"{mark}{count + place}" for place in (1, 2, 3))
    who = "".join(part + (f"{mark}{place}" if place <= count else "") for place, part in enumerate(_WHO[by], start=1))
    at = instant if then else "r.at"
    if by == "external":
        bound = _known("o", at) if then else "o.known_to IS NULL"
        who += f" AND {bound})"
    return f"""
SELECT {_columns(dialect, at, then=then)}
FROM employee e CROSS JOIN {_ONES}
JOIN job j ON j.employee_id = e.id AND j.key = {job}
JOIN assignment a ON a.job_id = j.id AND a.employee_id = e.id
  AND {_holds(day)} AND {_known("a", at)}
WHERE {who}{f" AND r.at >= {instant}" if then else ""}"""


def _page(dialect: Dialect, at: str, *, then: bool, backward: bool, conditions: Sequence[str]) -> str:
    """The first parameter is the limit, the second the day."""
    limit, day = ("$1", "$2") if dialect == "postgresql" else ("?1", "?2")
    way = "DESC" if backward else "ASC"
    return f"""
SELECT {_columns(dialect, at, then=then)}
FROM assignment a JOIN job j ON j.id = a.job_id JOIN employee e ON e.id = a.employee_id CROSS JOIN {_ONES}
WHERE {" AND ".join((_holds(day), _known("a", at), *conditions))}
ORDER BY a.employee_id {way}, j.key {way} LIMIT {limit}"""


def _columns(dialect: Dialect, at: str, *, then: bool) -> str:
    """Those of a HeldRow."""
    return f"""e.id, e.key,
  (SELECT {_NAMES[dialect]} FROM external_id x WHERE x.employee_id = e.id AND {_known("x", at)}),
  {_REVISION_AT.format(at=at) if then else "e.revision"}, r.at, g.value,
  a.effective_from, a.effective_to, a.known_from, a.grade, a.grade_since, a.step_since,
  {", ".join(f"a.{name}" for name in FACTS)}, j.key"""


def _holds(day: str) -> str:
    return f"a.effective_from <= {day} AND (a.effective_to IS NULL OR a.effective_to > {day})"


def _known(table: str, at: str) -> str:
    return f"{table}.known_from <= {at} AND ({table}.known_to IS NULL OR {table}.known_to > {at})"


_WAYS: tuple[By, ...] = ("id", "key", "external")
_DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql")
_HELD: Mapping[tuple[Any, Any, bool], str] = {
    (dialect, by, then): _held(dialect, by, then) for dialect in _DIALECTS for by in _WAYS for then in (False, True)
}
