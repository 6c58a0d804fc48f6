"""A page of assignments from one statement.

It is what `assignments.list_assignments` reads the ordinary way, or nothing: whatever is not the plain good case is
left to that.
"""

from collections.abc import Callable
from datetime import date
from typing import Protocol, TypeVar

from service.domain.access import Actor, may_read_pay
from service.domain.definitions import Definitions
from service.storage.hot import HeldRow, assignments_held
from service.storage.raw import Unready
from service.usecases.act import Runtime
from service.usecases.paging import Listing, Window, part
from service.usecases.reading import at_once, company_today
from service.usecases.wanted import Wanted

Shown = TypeVar("Shown", covariant=True)


class MakeShow(Protocol[Shown]):
    """Makes what shows a row: `known_at` is what was asked, `instant` what bounds the answer (both µs)."""

    def __call__(
        self, definitions: Definitions, *, day: date, known_at: int | None, instant: int, pay: bool
    ) -> Callable[[HeldRow], Shown]: ...


async def listed_at_once(
    runtime: Runtime,
    actor: Actor,
    wanted: Wanted,
    *,
    effective_on: date | None,
    known_at: int | None,
    window: Window,
    show: MakeShow[Shown],
) -> Listing[Shown] | None:
    """A part of everybody's assignments by person and job, to a caller who may read them.

    None when nobody is found, for an instant that the record has not reached, after definitions have changed, and
    when the database has no time: then only the ordinary way can tell.
    """
    place = at_once(runtime)
    if place is None:
        return None
    database, shelf = place
    generation, definitions = shelf.remembered
    day = effective_on or company_today(definitions, now=runtime.database.now_us())
    try:
        rows = await assignments_held(
            database,
            wanted=wanted.filtered(definitions, day=day, known_at=known_at),
            day=day,
            known_at=known_at,
            place=window.place,
            backward=window.backward,
            limit=window.limit + 1,
        )
    except Unready:
        return None
    if not rows or rows[0].generation != generation:
        return None
    instant = rows[0].reached if known_at is None else known_at
    shown = show(definitions, day=day, known_at=known_at, instant=instant, pay=may_read_pay(actor))
    found = part(rows, window, lambda row: (row.employee_id, row.job))
    return Listing(part=found.each(shown), known_at=instant, effective_on=day)
