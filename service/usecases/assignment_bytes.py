"""A person's assignment as the bytes of its answer, in one statement.

It says what `assignments.read_assignment` says, or nothing: whatever is not the plain good case is left to that.
What definitions make of somebody's facts is the same for everybody with these facts, and is written once for a day.
"""

from datetime import date
from functools import lru_cache

import orjson

from service.domain.access import Actor, Scope, may_read_pay
from service.domain.assignments import FACTS, Facts, Standing, resolve
from service.domain.definitions import Definitions
from service.domain.instants import instant_text
from service.domain.wire import plain
from service.storage.hot import HeldRow, assignment_held
from service.storage.raw import Unready
from service.usecases.act import Runtime
from service.usecases.changes import PRIMARY
from service.usecases.reading import company_today

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
    if not actor.may(Scope.ASSIGNMENTS_READ):
        return None
    generation, definitions = runtime.shelf.remembered
    day = effective_on or company_today(definitions, now=runtime.database.now_us())
    try:
        row = await assignment_held(runtime.database, employee, job=job, day=day, known_at=known_at)
    except Unready:
        return None
    if row is None or row.generation != generation:
        return None
    shown = _shown if known_at is None else _shown.__wrapped__
    before, after = shown(definitions, row.facts, row.grade, day, known_at, may_read_pay(actor))
    since = f'"grade_since":"{row.grade_since}","step_since":"{row.step_since}",'
    return b"".join((before, since.encode(), after, _rest(row, job=job, day=day, known_at=known_at)))


@lru_cache(maxsize=_MOST)
def _shown(
    definitions: Definitions, facts: tuple[str | None, ...], grade: str, day: date, known_at: int | None, pay: bool
) -> tuple[bytes, bytes]:
    """What is written before and after the two days that differ from person to person."""
    standing = Standing(
        facts=Facts(**dict(zip(FACTS, facts, strict=True))),  # pyright: ignore[reportArgumentType] - as the table has it
        grade=grade,
        grade_since=day,
        step_since=day,
        since=day,
    )
    assignment = resolve(standing, day=day, definitions=definitions, known_at=known_at)
    written = list(plain(assignment if pay else assignment.without_pay()).items())
    names = [name for name, _ in written]
    first = names.index("grade_since")
    assert names[first + 1] == "step_since"
    before, after = (orjson.dumps(dict(part)) for part in (written[:first], written[first + 2 :]))
    return before[:-1] + b",", after[1:-1] + b","


def _rest(row: HeldRow, *, job: str, day: date, known_at: int | None) -> bytes:
    """From the person on."""
    return orjson.dumps(
        {
            "employee": {"id": row.employee_id, "key": row.employee_key, "external_ids": row.names},
            "job": job,
            "effective_on": day,
            "effective_from": row.effective_from,
            "effective_to": row.effective_to,
            "recorded_at": instant_text(row.known_from),
            "revision": row.revision,
            "known_at": instant_text(row.reached if known_at is None else known_at),
        }
    )[1:]
