"""Having events sent to an endpoint once more: counted first, queued by the clock, in order, below live traffic."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.access import Actor, Scope, require
from service.domain.events import FACETS
from service.domain.instants import instant_text, shown_instant
from service.domain.refusals import Conflict, Gone, Invalid, NotFound
from service.storage import employees
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.endpoints import EVENT_TYPES, no_endpoint, refuse_unknown
from service.usecases.events import cursor_lost
from service.usecases.paging import Part, Window, part
from service.usecases.reading import no_employee, refuse_reversed
from service.webhooks import feed, replays
from service.webhooks.feed import START, Place, PlaceLost
from service.webhooks.replays import MOST_AT_ONCE, Replay
from service.webhooks.selection import Counted, Ended, Selection, Target, count_events, find_target

STOPPED = ("paused", "disabled", "gone")
"""States in which somebody has to act before an endpoint takes anything."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedReplay:
    """What was asked of a replay; null where nothing was."""

    from_: Annotated[str | None, Field(alias="from", description="Events recorded at this instant or later.")]
    to: Annotated[str | None, Field(description="Events recorded before this instant.")]
    after: Annotated[str | None, Field(description="Events behind this place or event.")]
    until: Annotated[str | None, Field(description="Events up to this place or event.")]
    event_types: Annotated[tuple[str, ...] | None, Field(description="Types.")]
    filters: Annotated[Mapping[str, tuple[str, ...]], Field(description="By facet, values of which one must occur.")]
    subject: Annotated[str | None, Field(description="Id of the person the events are about.")]
    state: Annotated[str | None, Field(description="How a delivery of the event to the endpoint had ended.")]
    delivery: Annotated[str | None, Field(description="The one delivery that was retried.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReplay:
    """A replay, and how far it has come."""

    id: Annotated[str | None, Field(description="Id of the replay, sent as webhook-replay; null in a dry run.")]
    endpoint: Annotated[str, Field(description="Id of the endpoint.")]
    state: Annotated[str, Field(description="running while it is queued, done, or cancelled; open-ended.")]
    asked: Annotated[AskedReplay, Field(description="What was asked.")]
    events: Annotated[int, Field(description="Events counted when it was made.")]
    lanes: Annotated[int, Field(description="Keys they are about: each is sent in its order.")]
    queued: Annotated[int, Field(description="Events queued so far.")]
    waiting: Annotated[int, Field(description="Of those, how many are still to be sent.")]
    created_by: Annotated[str, Field(description="Who asked for it.")]
    created_at: Annotated[str | None, Field(description="When; null in a dry run.")]
    finished_at: Annotated[str | None, Field(description="When all of it was queued, or it was cancelled.")]
    ended_by: Annotated[str | None, Field(description="Who cancelled it; null when it went with its endpoint.")]


async def create_replay(
    runtime: Runtime,
    actor: Actor,
    endpoint: str,
    request: ReplayRequest,
    *,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Have events sent once more; the answer is the ShownReplay with what was counted.

    Only what the endpoint would be sent if it happened now. Needs webhooks:manage, and assignments:read to name a
    person. Raises NotFound `no-such-endpoint` and `no-employee`, Conflict `endpoint-not-sending` and
    `too-many-replays`, Invalid `replay-unbounded`, `range-reversed` and `nothing-to-replay`, Gone `cursor-lost` and
    `beyond-retention`.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)
    if request.subject is not None:
        require(actor, Scope.ASSIGNMENTS_READ)
    refuse_unknown("event-type", "/event_types", request.event_types or (), EVENT_TYPES)
    refuse_unknown("facet", "/filters", request.filters or (), FACETS)
    refuse_reversed("/from", shown_instant(request.since), shown_instant(request.before))
    # Counted beside the record: nobody who writes waits for it.
    async with runtime.database.read() as connection:
        target = await sending_target(connection, endpoint)
        request, selection = await _selected(runtime, connection, request)
        counted = await count_events(connection, target, selection)
    refuse_uncounted(counted)

    async def body(a: Act) -> ShownReplay:
        target = await sending_target(a.tx, endpoint)
        if await replays.count_running(a.tx, target.number) >= MOST_AT_ONCE:
            raise Conflict(
                "too-many-replays",
                f"{MOST_AT_ONCE} replays of {endpoint} are running. Wait until one is done, or cancel one.",
            )
        replay_id = runtime.new_id("rep")
        a.audit_detail.update(endpoint=endpoint, replay=replay_id, events=counted.events)
        await replays.insert_replay(
            a.tx,
            replay_id=replay_id,
            target=target,
            asked=asked_of(request),
            selection=selection,
            counted=counted,
            by=actor.id,
            now=a.now,
        )
        made = await replays.find_replay(a.tx, replay_id)
        assert made
        shown = shown_replay(made)
        return replace(shown, id=None, created_at=None) if a.dry_run else shown

    return await act(runtime, "replays.create", actor, body, key=key, dry_run=dry_run)


async def cancel_replay(
    runtime: Runtime, actor: Actor, replay: str, *, key: IdempotencyKey | None = None, dry_run: bool = False
) -> Outcome:
    """Send nothing more of a replay: what waits of it is dropped. The answer is the ShownReplay.

    One that was cancelled stays as it is. Raises NotFound `no-such-replay`, Conflict `replay-over` when all of it has
    been sent.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)

    async def body(a: Act) -> ShownReplay:
        found = await replays.find_replay(a.tx, replay, for_update=True)
        if found is None:
            raise no_replay(replay)
        if found.state == "done" and not found.waiting:
            raise Conflict("replay-over", f"All of {replay} has been sent. There is nothing left to cancel.")
        if found.state != "cancelled":
            dropped = await replays.cancel_replay(a.tx, found, by=actor.id, at=a.now)
            a.audit_detail.update(endpoint=found.endpoint, replay=replay, dropped=dropped)
        after = await replays.find_replay(a.tx, replay)
        assert after
        return shown_replay(after)

    return await act(runtime, "replays.cancel", actor, body, key=key, dry_run=dry_run)


async def list_replays(runtime: Runtime, actor: Actor, endpoint: str, *, window: Window) -> Part[ShownReplay]:
    """Replays of an endpoint, the latest first. Raises NotFound `no-such-endpoint`."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    async with runtime.database.read() as connection:
        if await find_target(connection, public_id=endpoint) is None:
            raise no_endpoint(endpoint)
        found = await replays.list_replays(
            connection,
            endpoint,
            limit=window.limit + 1,
            place=window.place[0] if window.place else None,
            backward=window.backward,
        )
    return part(found, window, lambda one: (one.id,)).each(shown_replay)


async def read_replay(runtime: Runtime, actor: Actor, replay: str) -> ShownReplay:
    """Raises NotFound `no-such-replay`."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    async with runtime.database.read() as connection:
        found = await replays.find_replay(connection, replay)
    if found is None:
        raise no_replay(replay)
    return shown_replay(found)


async def sending_target(connection: AsyncConnection, endpoint: str) -> Target:
    """Raises NotFound `no-such-endpoint`, Conflict `endpoint-not-sending`."""
    target = await find_target(connection, public_id=endpoint)
    if target is None:
        raise no_endpoint(endpoint)
    if target.state in STOPPED:
        raise not_sending(target)
    return target


def not_sending(target: Target, what: str = "Nothing") -> Conflict:
    return Conflict(
        "endpoint-not-sending",
        f"{what} is sent to {target.public_id} while it is {target.state}. Set its state to active, then ask again.",
        extra={"state": target.state},
    )


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


def shown_replay(found: Replay) -> ShownReplay:
    return ShownReplay(
        id=found.id,
        endpoint=found.endpoint,
        state=found.state,
        asked=AskedReplay(**found.asked),
        events=found.events,
        lanes=found.lanes,
        queued=found.queued,
        waiting=found.waiting,
        created_by=found.created_by,
        created_at=instant_text(found.created_at),
        finished_at=shown_instant(found.finished_at),
        ended_by=found.ended_by,
    )


def asked_of(request: ReplayRequest, delivery: str | None = None) -> dict[str, Any]:
    """As it is kept, with the names of AskedReplay."""
    return {
        "delivery": delivery,
        "from_": shown_instant(request.since),
        "to": shown_instant(request.before),
        "after": _place_text(request.after),
        "until": _place_text(request.until),
        "event_types": request.event_types,
        "filters": request.filters or {},
        "subject": request.subject,
        "state": request.state,
    }


def no_replay(replay: str) -> NotFound:
    return NotFound("no-such-replay", f"There is no replay {replay[:60]}. List those of an endpoint to see their ids.")


def _place_text(place: Place | str | None) -> str | None:
    return place.text if isinstance(place, Place) else place


async def _selected(
    runtime: Runtime, connection: AsyncConnection, request: ReplayRequest
) -> tuple[ReplayRequest, Selection]:
    """What is meant by the request, with the person by id."""
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
