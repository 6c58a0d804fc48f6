"""The feed as server-sent events (HTML, 9.2): from a place on, and then at once whatever is told."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from functools import partial

import orjson
import structlog
from fastapi import Request

from service.auth import StillThere
from service.domain.access import Actor
from service.domain.refusals import Refused
from service.logs import request_id
from service.problems import PROBLEMS, SurfaceProblem, problem_body, status_of
from service.streams import EventStream, Streams
from service.usecases import events
from service.usecases.events import After, EventFilter, EventPage
from service.usecases.office import Office

BACK_AFTER_MS = 1_000
"""How long a browser waits before it comes back."""
_AT_ONCE = 100
"""Events read at once."""
_PIECE_BYTES = 64 * 1024
_LOG = structlog.get_logger("dualtrack.events")


async def event_stream(
    request: Request, office: Office, actor: Actor, wanted: EventFilter, *, after: After
) -> EventStream:
    """What refuses it is told before it begins. Raises what `list_events` raises, and `too-many-subscriptions`."""
    streams: Streams = request.app.state.streams
    streams.enter(actor.id)
    try:
        first = await events.list_events(office.runtime, actor, wanted, after=after, limit=_AT_ONCE)
    except BaseException:
        streams.leave(actor.id)
        raise
    there = StillThere(request, actor)
    return EventStream(
        _pieces(office, actor, wanted, first, there),
        streams,
        still_allowed=there.holds,
        on_end=lambda: streams.leave(actor.id),
        on_failure=partial(_broken, base=str(request.base_url).rstrip("/"), instance=request.url.path),
        hello=b"retry: %d\n\n" % BACK_AFTER_MS,
    )


async def _pieces(
    office: Office, actor: Actor, wanted: EventFilter, first: EventPage, there: StillThere
) -> AsyncGenerator[bytes]:
    for piece in _written(first):
        yield piece
    following = events.follow_events(
        office.runtime, actor, wanted, after=first.last, limit=_AT_ONCE, still=there.caller
    )
    async with aclosing(following):
        async for page in following:
            for piece in _written(page):
                yield piece


def _written(page: EventPage) -> Iterator[bytes]:
    """In pieces of some size: none is large, and few are small.

    Where the page ends is told last, also when nothing passed the filter: whoever comes back begins there.
    """
    parts: list[bytes] = []
    size = 0
    for one in page.events:
        parts.append(b"id: %b\nevent: %b\ndata: %b\n\n" % (one.place.text.encode(), one.type.encode(), one.body))
        size += len(parts[-1])
        if size >= _PIECE_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    if not page.events or page.last != page.events[-1].place:
        parts.append(b"id: %b\n\n" % page.last.text.encode())
    if parts:
        yield b"".join(parts)


def _broken(error: BaseException, *, base: str, instance: str) -> bytes:
    """The last event of a stream whose source ended: why, as a problem document. Its name is no type of event."""
    match error:
        case Refused() as told:
            code, detail, status = told.code, told.detail, status_of(told)
        case SurfaceProblem() as told:
            code, detail, status = told.code, told.detail, PROBLEMS[told.code].status
        case _:
            _LOG.error("a stream of events broke off", exc_info=error)
            code, detail, status = "internal-error", "Something went wrong here. Come back in a moment.", 500
    problem = problem_body(code, detail, status=status, base=base, instance=instance, request_id=request_id.get())
    return b"event: problem\ndata: " + orjson.dumps(problem) + b"\n\n"
