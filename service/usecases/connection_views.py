"""How a connection is doing: its endpoint, what waits for somebody to act, how far was read, what stands there."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text
from service.storage import connection_work, connections, employees
from service.storage.connection_work import Link
from service.usecases.act import Runtime
from service.usecases.connection_loads import LOAD
from service.usecases.connection_syncs import NAME, ShownSync, last_sync
from service.usecases.connection_turns import TURN
from service.usecases.connection_work import OWED
from service.usecases.connections import ShownConnection, shown_connection
from service.usecases.endpoint_health import EndpointHealth, read_healths
from service.usecases.open_connections import no_connection
from service.usecases.paging import Part, Window, part_of
from service.usecases.reading import no_employee
from service.webhooks.waiting import Waiting, waiting_of

POSTPONED = 423
"""Status by which a connector says that something cannot be written yet."""
MOST_POSTPONED = 100
_OURS = frozenset({LOAD, NAME, TURN})
"""What is kept beside cursors and is none."""
_PERSON = "employee:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """An event that cannot be written there yet: its person waits, and nobody else."""

    employee: Annotated[str | None, Field(description="Id of the person; null for an event about nobody.")]
    event: Annotated[str, Field(description="Id of the event.")]
    event_type: Annotated[str, Field(description="Type of the event.")]
    delivery: Annotated[str, Field(description="Id of the delivery, which may be tried now or dropped.")]
    reason: Annotated[str | None, Field(description="A code, and what has to be done.")]
    since: Annotated[str, Field(description="Instant at which it was put off first.")]
    next_attempt_at: Annotated[str | None, Field(description="When it is tried again; null for as soon as possible.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCursor:
    """How far something was read there."""

    name: Annotated[str, Field(description="What is read.")]
    kept_at: Annotated[str, Field(description="Instant at which all up to there was done.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingConnection(ShownConnection):
    """A connection and how it is doing."""

    health: Annotated[
        EndpointHealth | None,
        Field(description="How writing there goes, and what is still to be written; null where nothing goes out."),
    ]
    postponed: Annotated[
        tuple[Postponed, ...], Field(description="What cannot be written yet, of the 100 latest that are due again.")
    ]
    cursors: Annotated[tuple[ShownCursor, ...], Field(description="How far was read, and when.")]
    last_sync: Annotated[ShownSync | None, Field(description="The last reading that kept anything; null before one.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLink:
    """What of ours stands there as which row."""

    employee: Annotated[str, Field(description="Id of the person.")]
    job: Annotated[str, Field(description="Key of the job.")]
    effective_on: Annotated[date, Field(description="From which day on.")]
    place: Annotated[str, Field(description="Table or record of that system.")]
    remote_id: Annotated[str | None, Field(description="Their id of the row; null while it is not known.")]
    change: Annotated[str | None, Field(description="Change that was written; null where it was none alone.")]
    detail: Annotated[Mapping[str, Any], Field(description="What else is kept of it, in that system's terms.")]


async def read_standing(runtime: Runtime, actor: Actor, connection: str) -> StandingConnection:
    """By id or key. Needs admin. Raises NotFound `no-such-connection`."""
    require(actor, Scope.ADMIN)
    now = runtime.database.now_us()
    async with runtime.database.read() as reading:
        found = await connections.find_connection(reading, connection)
        if found is None:
            raise no_connection(connection)
        end = found.endpoint_id
        waiting = await waiting_of(reading, end, status=POSTPONED, limit=MOST_POSTPONED) if end else ()
        cursors = await connection_work.cursors_of(reading, found.id)
        sync = await last_sync(reading, found.id, now=now)
    health = (await read_healths(runtime, actor, [end])).get(end) if end else None
    shown = shown_connection(found)
    return StandingConnection(
        **{one.name: getattr(shown, one.name) for one in fields(ShownConnection)},
        health=health,
        postponed=tuple(map(_postponed, waiting)),
        cursors=tuple(ShownCursor(name=n, kept_at=instant_text(at)) for n, _, at in cursors if _is_cursor(n)),
        last_sync=sync,
    )


def _is_cursor(name: str) -> bool:
    return name not in _OURS and not name.startswith(OWED)


async def list_links(
    runtime: Runtime, actor: Actor, connection: str, employee: str, *, window: Window
) -> Part[ShownLink]:
    """What stands there of a person, by job, place and day. Needs admin.

    Raises NotFound `no-such-connection` and `no-employee`.
    """
    require(actor, Scope.ADMIN)
    async with runtime.database.read() as reading:
        found = await connections.find_connection(reading, connection)
        if found is None:
            raise no_connection(connection)
        person = await employees.find_employee(reading, employee, known_at=None)
        if person is None:
            raise no_employee(employee)
        links = await connection_work.links_of(reading, found.id, person.id)
    return part_of(tuple(map(_link, links)), window)


def _postponed(one: Waiting) -> Postponed:
    subject, due = one.delivery.subject, one.delivery.next_attempt_at
    return Postponed(
        employee=subject.removeprefix(_PERSON) if subject.startswith(_PERSON) else None,
        event=one.delivery.event,
        event_type=one.delivery.event_type,
        delivery=one.delivery.id,
        reason=one.said,
        since=instant_text(one.since),
        next_attempt_at=instant_text(due) if due else None,
    )


def _link(link: Link) -> ShownLink:
    return ShownLink(
        employee=link.employee_id,
        job=link.job,
        effective_on=link.effective_on,
        place=link.place,
        remote_id=link.remote_id,
        change=link.change_id,
        detail=link.detail,
    )
