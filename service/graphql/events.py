"""The feed of events: read a page at a time, or followed live from any place in it."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import orjson
import strawberry

from service.domain.events import FACETS
from service.graphql.arguments import First
from service.graphql.connections import Slice
from service.graphql.context import Asked
from service.graphql.nodes import root
from service.graphql.scalars import Json
from service.problems import SurfaceProblem
from service.usecases import events
from service.usecases.events import After, EventFilter
from service.webhooks.feed import FeedEvent

From = Annotated[
    str | None,
    strawberry.argument(
        description="Read on behind this: a cursor, the id of an event, or `latest`. From the first event if left out."
    ),
]
Subject = Annotated[
    str | None, strawberry.argument(description="Only events about this person: id, own key, or system:value.")
]


Types = Annotated[list[str] | None, strawberry.argument(description="Only these types.")]
Facet = Annotated[
    list[str] | None,
    strawberry.argument(description="Only events labelled with one of these, before or after: as endpoints filter."),
]


@strawberry.type(description="Something that was told, as webhooks receive it.")
class Event:
    id: strawberry.ID = strawberry.field(description="Its id, which webhooks send as webhook-id.")
    type: str = strawberry.field(description="Its type, such as track.switched.")
    timestamp: str = strawberry.field(description="Instant of recording.")
    sequence: int | None = strawberry.field(description="Place among the events of its person; null for others.")
    data: Json = strawberry.field(description="What happened. Pay is in it for keys that may read it.")
    cursor: str = strawberry.field(description="Its place in the feed: send it as `after` to go on behind it.")


@strawberry.type(description="A stretch of the feed.")
class EventFeed:
    events: list[Event] = strawberry.field(description="Events in the order of the record.")
    end_cursor: str = strawberry.field(description="Where to read on, also when there are no events.")
    has_more: bool = strawberry.field(description="There is more already.")


def _event(found: FeedEvent) -> Event:
    body: dict[str, Any] = orjson.loads(found.body)
    return Event(
        id=strawberry.ID(body["id"]),
        type=body["type"],
        timestamp=body["timestamp"],
        sequence=body.get("sequence"),
        data=body["data"],
        cursor=found.place.text,
    )


def _begin(text: str | None) -> After:
    try:
        return events.after_of(text)
    except ValueError as error:
        raise SurfaceProblem(
            "cursor-invalid",
            "after cannot be read. Use endCursor exactly as it was given, the id of an event, or latest.",
            errors=[{"parameter": "after", "detail": str(error), "code": "cursor-invalid"}],
        ) from None


async def _events(
    info: Asked,
    after: From = None,
    types: Types = None,
    subject: Subject = None,
    kind: Facet = None,
    ladder: Facet = None,
    track: Facet = None,
    level: Facet = None,
    grade: Facet = None,
    team: Facet = None,
    role: Facet = None,
    zone: Facet = None,
    first: First = None,
) -> Any:
    ask = info.context
    wanted = Slice(first=first, after=None, last=None, before=None)
    only = _filter(types, subject, kind, ladder, track, level, grade, team, role, zone)
    page = await events.list_events(ask.office.runtime, ask.actor, only, after=_begin(after), limit=wanted.limit)
    return EventFeed(events=[_event(one) for one in page.events], end_cursor=page.last.text, has_more=page.more)


async def _follow(
    info: Asked,
    after: From = None,
    types: Types = None,
    subject: Subject = None,
    kind: Facet = None,
    ladder: Facet = None,
    track: Facet = None,
    level: Facet = None,
    grade: Facet = None,
    team: Facet = None,
    role: Facet = None,
    zone: Facet = None,
) -> AsyncGenerator[Event]:
    ask = info.context
    only = _filter(types, subject, kind, ladder, track, level, grade, team, role, zone)
    pages = events.follow_events(ask.office.runtime, ask.actor, only, after=_begin(after), still=ask.still)
    try:
        async for page in pages:
            for one in page.events:
                yield _event(one)
    finally:
        await pages.aclose()


async def _one(info: Asked, id: Annotated[str, strawberry.argument(description="Id of the event.")]) -> Any:
    ask = info.context
    return _event(await events.read_event(ask.office.runtime, ask.actor, id))


def _filter(types: list[str] | None, subject: str | None, *facets: list[str] | None) -> EventFilter:
    """`facets` in the order of FACETS."""
    labels = {name: values or () for name, values in zip(FACETS, facets, strict=True)}
    return EventFilter(types=types or (), subject=subject, facets=labels)


QUERIES: dict[str, Any] = {
    "event": root(_one, Event, "An event, as the feed tells it."),
    "events": root(_events, EventFeed, "Everything that was told, in the order of the record."),
}
SUBSCRIPTIONS: dict[str, Any] = {
    "events": strawberry.subscription(
        resolver=_follow, description="Events from a place on, and then as they are committed."
    )
}
