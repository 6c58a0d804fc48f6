"""Having events sent to an endpoint once more: counted first, queued by the clock, in order, below live traffic."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.access import Actor, Scope, require
from service.domain.events import FACETS
from service.domain.instants import instant_text, shown_instant
from service.domain.refusals import Conflict, NotFound
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.endpoints import no_endpoint
from service.usecases.paging import Part, Window, part
from service.usecases.reading import refuse_reversed
from service.usecases.replay_ranges import ReplayRequest, refuse_uncounted, selected
from service.usecases.subscriptions import EVENT_TYPES, refuse_unknown
from service.webhooks import replays
from service.webhooks.feed import Place
from service.webhooks.replays import MOST_AT_ONCE, Replay
from service.webhooks.selection import Target, count_events, find_target

STOPPED = ("paused", "disabled", "gone")
"""States in which somebody has to act before an endpoint takes anything."""


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
        target = await _sending_target(connection, endpoint)
        request, selection = await selected(connection, runtime, request)
        counted = await count_events(connection, target, selection)
    refuse_uncounted(counted)

    async def body(a: Act) -> ShownReplay:
        target = await _sending_target(a.tx, endpoint, for_share=True)
        await _refuse_many(a, target)
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
        target = await find_target(connection, public_id=endpoint)
        if target is None:
            raise no_endpoint(endpoint)
        found = await replays.list_replays(
            connection,
            target.number,
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


async def _sending_target(connection: AsyncConnection, endpoint: str, *, for_share: bool = False) -> Target:
    """Raises NotFound `no-such-endpoint`, Conflict `endpoint-not-sending`."""
    target = await find_target(connection, public_id=endpoint, for_share=for_share)
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


async def _refuse_many(a: Act, target: Target) -> None:
    if await replays.count_running(a.tx, target.number) >= MOST_AT_ONCE:
        raise Conflict(
            "too-many-replays",
            f"{MOST_AT_ONCE} replays of {target.public_id} are running. Wait until one is done, or cancel one.",
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
