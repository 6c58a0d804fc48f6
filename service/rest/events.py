"""The feed of events, for those who ask instead of being sent to: in pages, by waiting, or live."""

from collections.abc import Mapping
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from service.auth import Caller, StillThere
from service.domain.access import Actor
from service.problems import SurfaceProblem
from service.rest.answers import sent
from service.rest.event_streams import event_stream
from service.rest.fields import unusable
from service.rest.media import EVENTS, JSON
from service.rest.negotiation import Forms
from service.rest.office import Desk
from service.rest.parsing import DEFAULT_LIMIT, Limit
from service.rest.strict import StrictRoute
from service.streams import Streams, unless_left
from service.usecases import events
from service.usecases.events import LATEST, After, EventFilter, EventPage
from service.usecases.office import Office

PATH = "/v1/events"
MOST_WAIT_SECONDS = 60

router = APIRouter(tags=["events"], route_class=StrictRoute)

_After = Annotated[
    str | None,
    Query(
        max_length=200,
        description="Read on behind this: next_cursor of the page before, the id of an event, or `latest` for behind "
        "everything. From the first event on when left out.",
        examples=[LATEST],
    ),
]
_Types = Annotated[list[str], Query(max_length=50, description="Only these types; repeat for one of several.")]
_Subject = Annotated[
    str | None, Query(min_length=1, max_length=400, description="Only events about this person: id, key, system:value.")
]
_Facet = Annotated[
    list[str],
    Query(max_length=100, description="Only events labelled so, before or after; repeat for one of several."),
]
_Wait = Annotated[
    int,
    Query(ge=0, le=MOST_WAIT_SECONDS, description="Seconds to wait for an event where there is none: a long poll."),
]
_LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=200,
        description="Of a stream: goes on behind this, whatever `after` says. Browsers send it when they come back.",
    ),
]
_Stream = Annotated[str | None, Depends(Forms(EVENTS))]


async def _facets(
    kind: _Facet = [],  # noqa: B006 - the framework copies defaults
    ladder: _Facet = [],  # noqa: B006
    track: _Facet = [],  # noqa: B006
    level: _Facet = [],  # noqa: B006
    grade: _Facet = [],  # noqa: B006
    team: _Facet = [],  # noqa: B006
    role: _Facet = [],  # noqa: B006
    zone: _Facet = [],  # noqa: B006
) -> Mapping[str, list[str]]:
    return {
        **{"kind": kind, "ladder": ladder, "track": track, "level": level},
        **{"grade": grade, "team": team, "role": role, "zone": zone},
    }


async def _wanted(
    facets: Annotated[Mapping[str, list[str]], Depends(_facets)],
    types: _Types = [],  # noqa: B006
    subject: _Subject = None,
) -> EventFilter:
    return EventFilter(types=tuple(types), subject=subject, facets=facets)


@router.get(PATH, operation_id="list_events", summary="Read the feed of events")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    stream: _Stream,
    wanted: Annotated[EventFilter, Depends(_wanted)],
    after: _After = None,
    limit: Limit = DEFAULT_LIMIT,
    wait: _Wait = 0,
    last_event_id: _LastEventId = None,
) -> Response:
    """Every event once, in the order of the record, byte for byte as webhooks receive it.

    `next_cursor` is always given: keep it and come back with it, whatever the page held; `has_more` tells whether
    that is worth doing at once. With `wait` an empty page is held back until there is an event or the time is over.
    As `text/event-stream` it is all of it from there on and then what is told, at once: `id` is a place to come back
    to, `event` the type, `data` the body. With assignments:read alone it is about people; what is published needs
    ladders:read as well, endpoints webhooks:manage. Events beyond the key's scopes are passed by, asked for by name
    they are refused. Pay is in them with bands:read only.
    """
    if stream:
        for parameter in ("limit", "wait", "fields"):
            if parameter in request.query_params:
                raise unusable(parameter, f"A stream is all events, whole: leave {parameter} out, or accept {JSON}.")
        begin = _begin(last_event_id, "Last-Event-ID") if last_event_id is not None else _begin(after)
        return await event_stream(request, office, actor, wanted, after=begin)
    page = await _page(request, office, actor, wanted, after=_begin(after), limit=limit, wait=wait)
    following = page.last.text
    link = f'<{request.url.include_query_params(after=following)}>; rel="next"'
    return sent(request, _body(page, following, limit), headers={"Link": link} if page.more else {})


@router.get("/v1/events/{event}", operation_id="read_event", summary="Read an event")
async def read(request: Request, office: Desk, actor: Caller, event: str) -> Response:
    """One event, byte for byte as the feed tells it to this key. A thin event leads here."""
    return sent(request, (await events.read_event(office.runtime, actor, event)).body)


async def _page(
    request: Request, office: Office, actor: Actor, wanted: EventFilter, *, after: After, limit: int, wait: int
) -> EventPage:
    """Waiting ends when the caller leaves and when the process does; then, too, a page is answered."""
    page = await events.list_events(office.runtime, actor, wanted, after=after, limit=limit)
    if page.events or not wait:
        return page
    streams: Streams = request.app.state.streams
    with streams.waiting(actor.id):
        waiting = events.await_events(
            office.runtime,
            actor,
            wanted,
            after=page.last,
            limit=limit,
            seconds=wait,
            still=StillThere(request, actor).caller,
        )
        return await unless_left(waiting, request.receive, streams) or page


def _begin(text: str | None, name: str = "after") -> After:
    try:
        return events.after_of(text)
    except ValueError as error:
        where = "parameter" if name == "after" else "header"
        raise SurfaceProblem(
            "cursor-invalid",
            f"{name} cannot be read. Use next_cursor exactly as it was given, the id of an event, or latest.",
            errors=[{where: name, "detail": str(error), "code": "cursor-invalid"}],
        ) from None


def _body(page: EventPage, following: str, limit: int) -> bytes:
    """Bodies are put in as they are kept, so that they stay what was signed."""
    rest = orjson.dumps(
        {"page": {"next_cursor": following, "prev_cursor": None, "limit": limit}, "has_more": page.more}
    )
    return b'{"data":[' + b",".join(one.body for one in page.events) + b"]," + rest[1:]
