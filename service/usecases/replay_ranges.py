"""Which events a replay is to bring: what is asked, and the bounds in the record that it means."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.instants import instant_text
from service.domain.refusals import Gone, Invalid
from service.storage import employees
from service.usecases.act import Runtime
from service.usecases.events import cursor_lost
from service.usecases.reading import no_employee
from service.webhooks import feed
from service.webhooks.feed import START, Place, PlaceLost
from service.webhooks.selection import Counted, Ended, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRequest:
    """What is asked. None bounds nothing. `since` and `before` are instants (µs), the first included, the second not;
    `after` and `until` places or ids of events, the first not included, the second included."""

    since: int | None = None
    before: int | None = None
    after: Place | str | None = None
    until: Place | str | None = None
    event_types: tuple[str, ...] | None = None
    filters: Mapping[str, tuple[str, ...]] | None = None
    subject: str | None = None
    state: Ended | None = None


def refuse_uncounted(counted: Counted) -> None:
    if counted.emptied:
        raise Gone(
            "beyond-retention",
            f"{counted.emptied} of these events are so old that their bodies are not kept. Begin later.",
        )
    if not counted.events:
        raise Invalid(
            "nothing-to-replay",
            "No event of that range is one that the endpoint would be sent. Widen the range, or its subscription.",
        )


async def selected(
    connection: AsyncConnection, runtime: Runtime, request: ReplayRequest
) -> tuple[ReplayRequest, Selection]:
    """The request with the person by id, and what it means.

    Raises Invalid `replay-unbounded`, NotFound `no-employee`, Gone `cursor-lost` and `beyond-retention`.
    """
    is_listed = request.state in {"dead", "dropped"}
    if request.since is None and request.after is None and not is_listed:
        raise Invalid(
            "replay-unbounded",
            "Say where to begin: with `from` or `after`; or which state, dead or dropped, is to be sent again.",
        )
    try:
        after, until = await _bounds(connection, request)
    except PlaceLost:
        raise cursor_lost() from None
    await _refuse_forgotten(runtime, connection, request, after)
    subject = None
    if request.subject is not None:
        person = await employees.find_employee(connection, request.subject, known_at=None)
        if person is None:
            raise no_employee(request.subject)
        request, subject = replace(request, subject=person.id), f"employee:{person.id}"
    return request, Selection(
        after=after,
        until=max(after, until),
        types=request.event_types,
        facets=request.filters,
        subject=subject,
        state=request.state,
    )


async def _bounds(connection: AsyncConnection, request: ReplayRequest) -> tuple[int, int]:
    """The narrower of both ways to say it. Raises PlaceLost."""
    after = (await _stands(connection, request.after)).position if request.after else 0
    if request.since is not None:
        after = max(after, (await feed.place_at(connection, request.since - 1)).position)
    latest = await feed.latest_place(connection)
    until = (await _stands(connection, request.until) if request.until else latest).position
    if request.before is not None:
        until = min(until, (await feed.place_at(connection, request.before - 1)).position)
    return after, until


async def _stands(connection: AsyncConnection, place: Place | str) -> Place:
    if isinstance(place, str):
        return await feed.place_of(connection, place)
    if place != START and await feed.place_of(connection, place.event) != place:
        raise PlaceLost
    return place


async def _refuse_forgotten(runtime: Runtime, connection: AsyncConnection, request: ReplayRequest, after: int) -> None:
    """What was delivered is known for as long as attempts are kept. Raises Gone `beyond-retention`."""
    kept = runtime.retention.attempts_from(runtime.database.now_us())
    if request.state != "delivered" or kept is None:
        return
    first_kept = await feed.place_at(connection, kept - 1)
    if after < first_kept.position:
        raise Gone(
            "beyond-retention",
            f"What was delivered before {instant_text(kept)} is not known any more. Begin then, or ask without state.",
        )
