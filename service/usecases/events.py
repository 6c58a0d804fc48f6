"""The feed: everything that was ever told, in the order of the record, for whoever would rather ask than be sent to.

It needs assignments:read, and of what is published and of endpoints it tells only those who may read that, too.
Events that the caller may not see are passed by as if they were not there: the place that a page ends at moves on
all the same.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.refusals import Gone, NotFound
from service.storage import employees
from service.usecases.act import Runtime
from service.usecases.reading import no_employee
from service.usecases.subscriptions import EVENT_TYPES, WITH_PAY, WITHOUT_PAY, refuse_unknown
from service.webhooks import feed
from service.webhooks.feed import START, BodiesGone, FeedEvent, Place, PlaceLost, parse_place

LATEST = "latest"
"""Instead of a place: behind everything that is there now."""
LOOK_SECONDS = 1.0
"""How long a live reader who heard nothing waits before he looks all the same: a wake can be lost, and a command
that runs beside the service wakes nobody."""

EVENT_ID = "evt_"

Facets = Mapping[str, Sequence[str]]
"""By facet, values of which one must occur, before or after: as endpoints filter. One without values asks nothing."""

Still = Callable[[], Awaitable[Actor]]
"""Asks again who the caller is; raises for one who may not go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events are wanted: of some types, about a person, labelled so. What is left out asks nothing."""

    types: Sequence[str] = ()
    subject: str | None = None
    facets: Facets = field(default_factory=dict[str, Sequence[str]])


EVERYTHING = EventFilter()

After = Place | str | None
"""Where to begin: behind a place or the event of an id, behind everything (LATEST), or (None) with the first event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """Events in order. `last` is where to read on, also when the page is empty; `more` when there is more already."""

    events: tuple[FeedEvent, ...]
    last: Place
    more: bool


def after_of(text: str | None) -> After:
    """What a caller wrote: a place's text, an event's id, `latest` or nothing. Raises ValueError for anything else."""
    if text is None or text == LATEST or text.startswith(EVENT_ID):
        return text
    place = parse_place(text)
    if place is None:
        raise ValueError("it names no place in the feed")
    return place


async def list_events(
    runtime: Runtime,
    actor: Actor,
    wanted: EventFilter = EVERYTHING,
    *,
    after: After,
    limit: int,
) -> EventPage:
    """Events behind `after` that the caller may see, `limit` at most.

    Needs assignments:read, and a type that is asked for by name its own scope: Forbidden `missing-scope`. Raises
    Gone `cursor-lost` when the event of the place does not stand there any more and `beyond-retention` when bodies
    behind it are not kept, Invalid `unknown-event-type`, NotFound `no-employee`.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    refuse_unknown("event-type", "types", wanted.types, EVENT_TYPES)
    visible = _visible(actor, wanted.types)
    async with runtime.database.read() as connection:
        person = None
        if wanted.subject is not None:
            found = await employees.find_employee(connection, wanted.subject, known_at=None)
            if found is None:
                raise no_employee(wanted.subject)
            person = f"employee:{found.id}"
        try:
            if after == LATEST:
                return EventPage(events=(), last=await feed.latest_place(connection), more=False)
            stretch = await feed.read_feed(
                connection,
                after=await feed.place_of(connection, after) if isinstance(after, str) else after or START,
                rendering=WITH_PAY if may_read_pay(actor) else WITHOUT_PAY,
                types=visible,
                subject=person,
                facets={name: frozenset(values) for name, values in wanted.facets.items() if values},
                limit=limit,
            )
        except PlaceLost:
            raise cursor_lost() from None
        except BodiesGone:
            raise _not_kept() from None
    return EventPage(events=stretch.events, last=stretch.last, more=stretch.more)


async def read_event(runtime: Runtime, actor: Actor, event: str) -> FeedEvent:
    """One event as the feed tells it, which a thin event leads to. Whoever may not see it there is told of none.

    Needs assignments:read. Raises NotFound `no-such-event`.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    async with runtime.database.read() as connection:
        found = await feed.find_event(connection, event, rendering=WITH_PAY if may_read_pay(actor) else WITHOUT_PAY)
    if found is None or not actor.may(_scope_of(found.type)):
        raise NotFound(
            "no-such-event",
            "There is no such event, or none that this key may see. Ids of events begin with evt_; read the feed.",
        )
    return found


async def await_events(
    runtime: Runtime,
    actor: Actor,
    wanted: EventFilter = EVERYTHING,
    *,
    after: After,
    limit: int,
    seconds: float,
    still: Still,
) -> EventPage:
    """The page behind `after` as soon as it has an event; after `seconds` without any, an empty one.

    `still` is asked before each further look. Raises what `list_events` and `still` raise. Nothing is held while it
    waits, and it may be cancelled at any time.
    """
    now = asyncio.get_running_loop().time
    until = now() + seconds
    with runtime.listen() as signal:
        while True:
            page = await list_events(runtime, actor, wanted, after=after, limit=limit)
            rest = until - now()
            if page.events or rest <= 0:
                return page
            after = page.last
            if not page.more:
                await signal.wait(min(LOOK_SECONDS, rest))
                actor = await still()


async def follow_events(
    runtime: Runtime,
    actor: Actor,
    wanted: EventFilter = EVERYTHING,
    *,
    after: After,
    limit: int = 100,
    still: Still | None = None,
) -> AsyncGenerator[EventPage]:
    """Pages behind `after`, and then, for ever, what is told from now on, as soon as it is committed.

    A page without events only moves the place on. `still` is asked for the caller before each look, so that a
    revoked key ends the stream: by what it raises. Raises what `list_events` raises. Nothing is held while it
    waits, and it may be cancelled or closed at any time.
    """
    with runtime.listen() as signal:
        while True:
            if still is not None:
                actor = await still()
            page = await list_events(runtime, actor, wanted, after=after, limit=limit)
            if page.events or page.last != after:
                yield page
            after = page.last
            if not page.more:
                await signal.wait(LOOK_SECONDS)


def _visible(actor: Actor, types: Sequence[str]) -> frozenset[str] | None:
    """The types to look for; None when they are all. Raises Forbidden for one asked for without its scope."""
    for name in types:
        require(actor, _scope_of(name))
    allowed = frozenset(name for name in EVENT_TYPES if actor.may(_scope_of(name)))
    return frozenset(types) or (None if len(allowed) == len(EVENT_TYPES) else allowed)


def _scope_of(event_type: str) -> Scope:
    if event_type.startswith(("endpoint.", "delivery.")):
        return Scope.WEBHOOKS_MANAGE
    return Scope.LADDERS_READ if event_type.endswith(".published") else Scope.ASSIGNMENTS_READ


def _not_kept() -> Gone:
    return Gone(
        "beyond-retention",
        "The bodies of events behind this place are not kept any more. "
        "Take a snapshot with /v1/snapshots, then read on behind the events_after that it names.",
    )


def cursor_lost() -> Gone:
    return Gone(
        "cursor-lost",
        "The event that this place names does not stand there, so the database was set back or is another one. "
        "Take a snapshot with /v1/snapshots, then read on behind the events_after that it names.",
    )
