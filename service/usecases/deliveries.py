"""What was sent to an endpoint, what is still to be sent, and every try."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.instants import instant_text, shown_instant
from service.domain.refusals import NotFound
from service.usecases.act import Runtime
from service.usecases.endpoints import read_endpoint
from service.usecases.paging import Part, Window, part
from service.usecases.subscriptions import WITHOUT_PAY
from service.webhooks import deliveries
from service.webhooks.deliveries import State, Unarrived


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDelivery:
    """One event for one endpoint."""

    id: Annotated[str, Field(description="Id of the delivery.")]
    endpoint: Annotated[str, Field(description="Id of the endpoint.")]
    event: Annotated[str, Field(description="Id of the event, sent as webhook-id.")]
    event_type: Annotated[str, Field(description="Type of the event.")]
    sequence: Annotated[int, Field(description="Place of the event among those of its subject.")]
    state: Annotated[
        str,
        Field(description="pending, retrying, held, blocked, delivered, dead, dropped, retried, skipped; open-ended."),
    ]
    attempts: Annotated[int, Field(description="How often it was tried.")]
    next_attempt_at: Annotated[str | None, Field(description="When it is due again; null when it is not.")]
    recorded_at: Annotated[str, Field(description="When the event was recorded.")]
    replay: Annotated[str | None, Field(description="Replay that it is part of; null for the first delivery.")]
    reason: Annotated[str | None, Field(description="Why it is dead or was dropped; null otherwise.")]
    ended_at: Annotated[str | None, Field(description="When it was given up or dropped; null otherwise.")]
    ended_by: Annotated[str | None, Field(description="Who dropped it; null otherwise.")]
    taken_up_by: Annotated[str | None, Field(description="Replay by which its event is queued again; null otherwise.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAttempt:
    """One try."""

    n: Annotated[int, Field(description="Which try it was, from 1.")]
    started_at: Annotated[str, Field(description="When it began.")]
    duration_ms: Annotated[int, Field(description="How long it took as a whole, in whole milliseconds.")]
    dns_ms: Annotated[int | None, Field(description="Looking the name up; null for an address and a kept connection.")]
    connect_ms: Annotated[int | None, Field(description="Connecting, without TLS; null on a kept connection.")]
    tls_ms: Annotated[int | None, Field(description="TLS handshake; null without one and on a kept connection.")]
    first_byte_ms: Annotated[int | None, Field(description="From the beginning to the end of the answer's headers.")]
    status: Annotated[int | None, Field(description="HTTP status; null without an answer.")]
    outcome: Annotated[
        str, Field(description="delivered, failed, throttled, postponed, dead, skipped and others; open-ended.")
    ]
    error_class: Annotated[str | None, Field(description="What kind of failure: timeout, connect, rejected …")]
    response_head: Annotated[
        str | None, Field(description="Beginning of the answer's body, 2 KiB at most, or what went wrong.")
    ]
    ip: Annotated[str | None, Field(description="Address connected to.")]
    worker: Annotated[str, Field(description="Process that sent it: host, process id and a random end.")]
    response_headers: Annotated[
        Mapping[str, str],
        Field(description="Headers of the answer that say why, and ids of the request; never cookies."),
    ]
    withheld: Annotated[
        tuple[str, ...],
        Field(description="Members emptied, since pay was sent and the answer may repeat it: needs bands:read."),
    ]


async def list_deliveries(
    runtime: Runtime, actor: Actor, endpoint: str, *, state: State | None, window: Window
) -> Part[ShownDelivery]:
    """Deliveries of an endpoint, latest event first."""
    await read_endpoint(runtime, actor, endpoint)
    async with runtime.database.read() as connection:
        found = await deliveries.list_deliveries(
            connection,
            endpoint,
            state=state,
            limit=window.limit + 1,
            place=(window.place[0], window.place[1]) if window.place else None,
            backward=window.backward,
        )
    return part(found, window, lambda one: (one.position, one.replay_id)).each(shown_delivery)


async def list_unarrived(runtime: Runtime, actor: Actor, *, state: Unarrived, window: Window) -> Part[ShownDelivery]:
    """Deliveries of all endpoints that ended so without arriving, latest event first."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    async with runtime.database.read() as connection:
        found = await deliveries.list_letters(
            connection,
            state=state,
            limit=window.limit + 1,
            place=(window.place[0], window.place[1], window.place[2]) if window.place else None,
            backward=window.backward,
        )
    return part(found, window, lambda one: (one.position, one.replay_id, one.number)).each(shown_delivery)


async def read_delivery(runtime: Runtime, actor: Actor, delivery: str) -> ShownDelivery:
    """Raises NotFound `no-such-delivery`."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    key = deliveries.parse_delivery_id(delivery)
    async with runtime.database.read() as connection:
        found = await deliveries.find_delivery(connection, key) if key else None
    if found is None:
        raise no_delivery(delivery)
    return shown_delivery(found)


async def list_attempts(runtime: Runtime, actor: Actor, delivery: str) -> tuple[ShownAttempt, ...]:
    """Tries of a delivery, first to last. Raises NotFound `no-such-delivery`."""
    await read_delivery(runtime, actor, delivery)
    return (await read_attempts(runtime, actor, [delivery]))[delivery]


async def read_attempts(runtime: Runtime, actor: Actor, ids: list[str]) -> dict[str, tuple[ShownAttempt, ...]]:
    """Tries of each of these deliveries, first to last, by delivery id."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    keys = {one: key for one in ids if (key := deliveries.parse_delivery_id(one))}
    async with runtime.database.read() as connection:
        found = await deliveries.attempts_of(connection, list(keys.values()))
    return {one: tuple(_attempt(tried, actor) for tried in found.get(key, ())) for one, key in keys.items()}


def _attempt(one: deliveries.Attempt, actor: Actor) -> ShownAttempt:
    shown = ShownAttempt(
        n=one.n,
        started_at=instant_text(one.started_at),
        duration_ms=round(one.duration_ms),
        dns_ms=whole_ms(one.dns_ms),
        connect_ms=whole_ms(one.connect_ms),
        tls_ms=whole_ms(one.tls_ms),
        first_byte_ms=whole_ms(one.first_byte_ms),
        status=one.status,
        outcome=one.outcome,
        error_class=one.error_class,
        response_head=one.response_head,
        ip=one.ip,
        worker=one.worker,
        response_headers=one.response_headers,
        withheld=(),
    )
    # A receiver may answer with what it was sent. What went wrong before an answer is in our own words.
    if one.status is None or one.rendering == WITHOUT_PAY or may_read_pay(actor):
        return shown
    return replace(shown, response_head=None, response_headers={}, withheld=("response_head", "response_headers"))


def whole_ms(milliseconds: float | None) -> int | None:
    """As it is shown: a fraction of one says nothing."""
    return None if milliseconds is None else round(milliseconds)


def no_delivery(delivery: str) -> NotFound:
    return NotFound(
        "no-such-delivery", f"There is no delivery {delivery[:200]}. List those of an endpoint to see them."
    )


def shown_delivery(found: deliveries.Delivery) -> ShownDelivery:
    return ShownDelivery(
        id=found.id,
        endpoint=found.endpoint,
        event=found.event,
        event_type=found.event_type,
        sequence=found.sequence,
        state=found.state,
        attempts=found.attempts,
        next_attempt_at=shown_instant(found.next_attempt_at or None),
        recorded_at=instant_text(found.recorded_at),
        replay=found.replay_id or None,
        reason=found.reason,
        ended_at=shown_instant(found.ended_at),
        ended_by=found.ended_by,
        taken_up_by=found.taken_by,
    )
