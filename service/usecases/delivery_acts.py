"""What is done about single deliveries: tried now, dropped, or made to forget what their receivers said."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.access import Actor, Scope, require
from service.domain.refusals import Conflict
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.deliveries import ShownDelivery, no_delivery, shown_delivery
from service.usecases.endpoints import no_endpoint
from service.usecases.replay_ranges import ReplayRequest, refuse_uncounted
from service.usecases.replays import asked_of, not_sending
from service.webhooks import letters, replays, retention
from service.webhooks.deliveries import Delivery, DeliveryKey, find_delivery, parse_delivery_id
from service.webhooks.letters import Queued
from service.webhooks.selection import Selection, Target, count_events, find_target, next_events

MOST_EXPUNGED = 10_000
"""Attempts that one request blanks at most: others write meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expunged:
    """What was made to be forgotten."""

    attempts: Annotated[int, Field(description="Attempts whose texts were blanked by this request.")]
    more: Annotated[bool, Field(description="There are more: ask again.")]


async def retry_delivery(
    runtime: Runtime, actor: Actor, delivery: str, *, key: IdempotencyKey | None = None, dry_run: bool = False
) -> Outcome:
    """Try a delivery now; the answer is the ShownDelivery that is tried.

    One that is queued is due at once, behind what its key has before it. One that is over is queued again as a
    delivery of its own, at the end of its key; a dry run shows the one that is over. Raises NotFound
    `no-such-delivery`, Conflict `endpoint-not-sending` and `delivery-state`, Invalid `nothing-to-replay` when the
    endpoint is not subscribed to the event any more, Gone `beyond-retention`.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)

    async def body(a: Act) -> ShownDelivery:
        found = await _found(a.tx, delivery)
        if found.lane is not None:
            # Its lane is locked first, so that it stays queued while it is looked at.
            await letters.lock_lanes(a.tx, [(found.number, found.lane)])
            found = await _found(a.tx, delivery)
        target = await find_target(a.tx, number=found.number, for_share=True)
        if target is None:
            raise no_delivery(delivery)
        if not target.is_tended:
            raise not_sending(target, f"{delivery} waits, since nothing" if found.lane else "Nothing")
        a.audit_detail.update(endpoint=found.endpoint, delivery=delivery, state=found.state)
        if found.lane is not None:
            await letters.hurry(a.tx, found.number, found.lane)
            return shown_delivery(await _found(a.tx, delivery))
        _refuse_unless(found, "dead", "dropped", "skipped", "delivered", what="tried again")
        again = await _queued_again(a, target, found)
        return shown_delivery(await _found(a.tx, again) if again else found)

    return await act(runtime, "deliveries.retry", actor, body, key=key, dry_run=dry_run)


async def drop_delivery(
    runtime: Runtime,
    actor: Actor,
    delivery: str,
    *,
    reason: str,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Send a delivery no more, for a reason that is kept; what waits behind it goes on. The answer is the
    ShownDelivery.

    What is under way already may still arrive, and is then shown as delivered. Raises NotFound `no-such-delivery`,
    Conflict `delivery-state`.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)

    async def body(a: Act) -> ShownDelivery:
        found = await _found(a.tx, delivery)
        a.audit_detail.update(endpoint=found.endpoint, delivery=delivery, state=found.state, reason=reason)
        if not await _dropped(a, found, reason):
            # It ended in the meantime.
            found = await _found(a.tx, delivery)
            if not await _dropped(a, found, reason):
                _refuse_unless(found, what="dropped")
        return shown_delivery(await _found(a.tx, delivery))

    return await act(runtime, "deliveries.drop", actor, body, key=key, dry_run=dry_run)


async def expunge_delivery(
    runtime: Runtime, actor: Actor, delivery: str, *, key: IdempotencyKey | None = None, dry_run: bool = False
) -> Outcome:
    """Blank what the receiver answered to each attempt of a delivery; the answer is what was Expunged.

    Raises NotFound `no-such-delivery`.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)

    async def body(a: Act) -> Expunged:
        found = await _found(a.tx, delivery)
        a.audit_detail.update(endpoint=found.endpoint, delivery=delivery)
        return await _expunged(
            a, DeliveryKey(endpoint=found.number, event_seq=found.position, replay_id=found.replay_id)
        )

    return await act(runtime, "deliveries.expunge", actor, body, key=key, dry_run=dry_run)


async def expunge_endpoint(
    runtime: Runtime, actor: Actor, endpoint: str, *, key: IdempotencyKey | None = None, dry_run: bool = False
) -> Outcome:
    """The same of all attempts of an endpoint, so many at a time. Raises NotFound `no-such-endpoint`."""
    require(actor, Scope.WEBHOOKS_MANAGE)

    async def body(a: Act) -> Expunged:
        target = await find_target(a.tx, public_id=endpoint, for_share=True)
        if target is None:
            raise no_endpoint(endpoint)
        a.audit_detail.update(endpoint=endpoint)
        return await _expunged(a, target)

    return await act(runtime, "endpoints.expunge", actor, body, key=key, dry_run=dry_run)


async def _expunged(a: Act, what: DeliveryKey | Target) -> Expunged:
    if isinstance(what, Target):
        count = await retention.expunge_attempts(a.tx, what.number, limit=MOST_EXPUNGED)
    else:
        count = await retention.expunge_attempts(
            a.tx, what.endpoint, event_seq=what.event_seq, replay_id=what.replay_id, limit=MOST_EXPUNGED
        )
    a.audit_detail.update(attempts=count)
    return Expunged(attempts=count, more=count == MOST_EXPUNGED)


async def _found(connection: AsyncConnection, delivery: str) -> Delivery:
    key = parse_delivery_id(delivery)
    found = await find_delivery(connection, key) if key else None
    if found is None:
        raise no_delivery(delivery)
    return found


async def _queued_again(a: Act, target: Target, found: Delivery) -> str | None:
    """Id of the delivery that its event is queued again as; None in a dry run."""
    selection = Selection(after=found.position - 1, until=found.position)
    counted = await count_events(a.tx, target, selection)
    refuse_uncounted(counted)
    replay_id = a.new_id("rep")
    if replay_id is None:
        return None
    (event,), _ = await next_events(a.tx, target, selection, cursor=selection.after, limit=1)
    await replays.insert_replay(
        a.tx,
        replay_id=replay_id,
        target=target,
        asked=asked_of(ReplayRequest(), delivery=found.id),
        selection=selection,
        counted=counted,
        by=a.actor.id,
        now=a.now,
        queued=True,
    )
    await replays.prepare_lanes(a.tx, target, [event], replay_id)
    if found.state != "delivered":
        # Somebody may have done the same meanwhile; the lane's lock has let only one of both come first.
        now = await _found(a.tx, found.id)
        if now.taken_by != replay_id:
            _refuse_unless(now, what="tried again")
    pos = await a.positioned()
    await replays.queue_events(a.tx, target, [event], first_pos=pos, replay_id=replay_id)
    a.audit_detail.update(replay=replay_id)
    return DeliveryKey(endpoint=target.number, event_seq=event.seq, replay_id=replay_id).text


async def _dropped(a: Act, found: Delivery, reason: str) -> bool:
    """False when it is not queued or dead (any more)."""
    if found.lane is not None and found.queue_pos is not None:
        entry = Queued(endpoint=found.number, lane=found.lane, pos=found.queue_pos)
        return await letters.drop_queued(a.tx, [entry], reason=reason, by=a.actor.id, at=a.now) > 0
    return found.state == "dead" and await letters.drop_dead(
        a.tx,
        endpoint=found.number,
        event_seq=found.position,
        replay_id=found.replay_id,
        reason=reason,
        by=a.actor.id,
        at=a.now,
    )


def _refuse_unless(found: Delivery, *states: str, what: str) -> None:
    """Raises Conflict `delivery-state`."""
    if found.state in states:
        return
    why = f" Its event was queued again by {found.taken_by}: look at that." if found.taken_by else ""
    raise Conflict(
        "delivery-state",
        f"{found.id} is {found.state}, so it cannot be {what}.{why}",
        extra={"state": found.state},
    )
