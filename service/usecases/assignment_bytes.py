"""Assignments as the bytes of their answer, in one statement.

They say what `assignments.read_assignment` and `list_assignments` say, or nothing: whatever is not the plain good case
is left to those.
What definitions make of somebody's facts is the same for everybody with these facts, and is written once for a day.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

import orjson

from service.domain.access import Actor, Scope, may_read_pay
from service.domain.assignments import PRIMARY, resolve
from service.domain.definitions import Definitions
from service.domain.instants import instant_text
from service.domain.wire import plain
from service.storage.hot import HeldRow, assignment_held
from service.storage.raw import Unready
from service.usecases.act import Runtime
from service.usecases.held import standing_on
from service.usecases.held_rows import listed_at_once
from service.usecases.paging import Listing, Window
from service.usecases.reading import at_once, company_today
from service.usecases.wanted import Wanted

_MOST = 4_096
"""Fragments kept, each about a kilobyte."""


async def assignment_bytes(
    runtime: Runtime,
    actor: Actor,
    employee: str,
    *,
    job: str = PRIMARY,
    effective_on: date | None = None,
    known_at: int | None = None,
) -> bytes | None:
    """The JSON of the HeldAssignment that `read_assignment` answers, or None: then only that can tell.

    None for a caller without the scope, for nobody and for nothing that holds, for an instant that the record has
    not reached, after definitions have changed, and when the database has no time.
    """
    place = at_once(runtime)
    if place is None or not actor.may(Scope.ASSIGNMENTS_READ):
        return None
    database, shelf = place
    generation, definitions = shelf.remembered
    day = effective_on or company_today(definitions, now=runtime.database.now_us())
    try:
        row = await assignment_held(database, employee, job=job, day=day, known_at=known_at)
    except Unready:
        return None
    if row is None or row.generation != generation:
        return None
    instant = row.reached if known_at is None else known_at
    return _written(definitions, day=day, known_at=known_at, instant=instant, pay=may_read_pay(actor))(row)


async def assignments_bytes(
    runtime: Runtime,
    actor: Actor,
    wanted: Wanted,
    *,
    effective_on: date | None,
    known_at: int | None,
    window: Window,
) -> Listing[bytes] | None:
    """The JSON of each HeldAssignment that `list_assignments` answers in the order of people, or None likewise."""
    if not actor.may(Scope.ASSIGNMENTS_READ):
        return None
    return await listed_at_once(
        runtime, actor, wanted, effective_on=effective_on, known_at=known_at, window=window, show=_written
    )


def _written(
    definitions: Definitions, *, day: date, known_at: int | None, instant: int, pay: bool
) -> Callable[[HeldRow], bytes]:
    """Writes a row. `known_at` is what was asked, `instant` what bounds the answer."""
    find = _shown if known_at is None else _shown.__wrapped__
    bound = instant_text(instant)

    def written(row: HeldRow) -> bytes:
        before, after = find(definitions, row.facts, row.grade, day, known_at, pay)
        since = f'"grade_since":"{row.grade_since}","step_since":"{row.step_since}",'
        return b"".join((before, since.encode(), after, _rest(row, day=day, bound=bound)))

    return written


@lru_cache(maxsize=_MOST)
def _shown(
    definitions: Definitions, facts: tuple[str | None, ...], grade: str, day: date, known_at: int | None, pay: bool
) -> tuple[bytes, bytes]:
    """What is written before and after the two days that differ from person to person."""
    assignment = resolve(standing_on(facts, grade, day), day=day, definitions=definitions, known_at=known_at)
    written = list(plain(assignment if pay else assignment.without_pay()).items())
    names = [name for name, _ in written]
    first = names.index("grade_since")
    assert names[first + 1] == "step_since"
    before, after = (orjson.dumps(dict(part)) for part in (written[:first], written[first + 2 :]))
    return before[:-1] + b",", after[1:-1] + b","


def _rest(row: HeldRow, *, day: date, bound: str) -> bytes:
    """From the person on."""
    return orjson.dumps(
        {
            "employee": {"id": row.employee_id, "key": row.employee_key, "external_ids": row.names},
            "job": row.job,
            "effective_on": day,
            "effective_from": row.effective_from,
            "effective_to": row.effective_to,
            "recorded_at": instant_text(row.known_from),
            "revision": row.revision,
            "known_at": bound,
        }
    )[1:]
