"""Reading on both time axes: what is known at an instant, bounded by how far the record has come."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.company import Company
from service.domain.definitions import Definitions
from service.domain.instants import instant_text, moment_of
from service.domain.refusals import FieldError, Invalid, NotFound
from service.storage import employees, recorder
from service.storage.database import Database
from service.storage.definitions import DefinitionsShelf
from service.storage.employees import EmployeeRecord
from service.usecases.act import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One request's view: every statement of it is bounded by `known_at` (µs), so no later write shows in it."""

    connection: AsyncConnection
    known_at: int
    definitions: Definitions
    today: date
    _person: EmployeeRecord | None

    @property
    def person(self) -> EmployeeRecord:
        """Whom the view was opened for."""
        assert self._person is not None
        return self._person


@asynccontextmanager
async def reading(
    runtime: Runtime,
    *,
    known_at: int | None = None,
    employee: str | None = None,
    may_lag: bool = False,
    asked_as: str = "known_at",
) -> AsyncGenerator[Reading]:
    """Open a view as known at an instant; None is everything recorded so far.

    With `employee` the view is of one person, read first and together with the instant: their revision is
    never newer than what is then shown with it. Raises NotFound `no-employee`.

    An instant that the record has not reached is reached first, so that nothing can be recorded before it any
    more and the answer never alters. Raises Invalid `known-at-in-future` beyond now.

    With `may_lag` a replica answers, if there is one: as of what has arrived there, which `known_at` of the view
    says, and by an instant that is asked for only once all of it has arrived. For answers that state `known_at`.
    """
    async with AsyncExitStack() as stack:
        connection, shelf = await _place(runtime, stack, known_at=known_at, may_lag=may_lag, asked_as=asked_as)
        person = await _find(connection, employee, known_at=known_at) if employee is not None else None
        if known_at is not None:
            instant = known_at
            if person:
                # A past answer never alters, its revision included.
                revisions = await employees.revisions_at(connection, [person.id], known_at=known_at)
                person = replace(person, revision=revisions[person.id])
        else:
            instant = person.known_at if person else await recorder.latest(connection)
        definitions = await shelf.load(connection)
        yield Reading(
            connection=connection,
            known_at=instant,
            definitions=definitions,
            today=company_today(definitions, now=runtime.database.now_us()),
            _person=person,
        )


def at_once(runtime: Runtime) -> tuple[Database, DefinitionsShelf] | None:
    """Where one statement can be asked without opening a view, and the definitions that are remembered of there.

    None while a replica has to be looked at first: `reading` does, and asks the primary where it must.
    """
    if runtime.replica is None:
        return runtime.database, runtime.shelf
    ready = runtime.replica.ready
    return (ready, runtime.replica.shelf) if ready else None


async def bounds_now(
    runtime: Runtime, effective_on: date | None, known_at: int | None, *, asked_as: str = "known_at"
) -> tuple[date, int]:
    """The day and the instant (µs) that a question asked now is bounded by. Raises as `reading` does."""
    async with reading(runtime, known_at=known_at, asked_as=asked_as) as view:
        return effective_on or view.today, view.known_at


def company_today(definitions: Definitions, *, now: int) -> date:
    """The date at `now` (µs) where the company is; in UTC before any company is defined."""
    return today_in(definitions.company(), now=now)


def today_in(company: Company | None, *, now: int) -> date:
    """The date at `now` (µs) where a company is; in UTC for None."""
    return moment_of(now).astimezone(ZoneInfo(company.timezone if company else "UTC")).date()


async def _place(
    runtime: Runtime, stack: AsyncExitStack, *, known_at: int | None, may_lag: bool, asked_as: str
) -> tuple[AsyncConnection, DefinitionsShelf]:
    """Where to read, kept open by `stack`, and the definitions that are remembered of there."""

    async def settle() -> None:
        if known_at is not None:
            await _settle(runtime, known_at, asked_as)

    if may_lag and runtime.replica is not None:
        connection = await runtime.replica.enter(stack, known_at=known_at, settle=settle)
        if connection is not None:
            return connection, runtime.replica.shelf
    await settle()
    return await stack.enter_async_context(runtime.database.read()), runtime.shelf


async def _settle(runtime: Runtime, known_at: int, asked_as: str) -> None:
    database = runtime.database
    async with database.read() as connection:
        latest = await recorder.latest(connection)
    if known_at <= latest:
        return
    if known_at > database.now_us():
        raise Invalid(
            "known-at-in-future",
            f"Nothing is known at {instant_text(known_at)} yet. Ask for an instant that has passed.",
            errors=(FieldError(pointer=asked_as, detail="lies in the future", code="known-at-in-future"),),
        )
    await recorder.reach(database, known_at)


async def _find(connection: AsyncConnection, employee: str, *, known_at: int | None) -> EmployeeRecord:
    record = await employees.find_employee(connection, employee, known_at=known_at)
    if record is None:
        raise no_employee(employee)
    return record


def refuse_reversed(parameter: str, start: str | None, end: str | None) -> None:
    """Raises Invalid `range-reversed` for a beginning, sent as `parameter`, behind its end; None bounds nothing.

    Both are days or both are instants, as they are written: then their texts compare as they do.
    """
    if start is None or end is None or start <= end:
        return
    raise Invalid(
        "range-reversed",
        f"{parameter} is {start}, behind the end {end}. Name the earlier one as the beginning.",
        errors=(FieldError(pointer=parameter, detail=f"lies behind {end}", code="range-reversed"),),
    )


def no_employee(reference: str) -> NotFound:
    return NotFound(
        "no-employee",
        f"There is no person {reference}. Use an id (emp_…), your own key, or system:value as it is bound now.",
    )
