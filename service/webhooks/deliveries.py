"""Deliveries as they are shown: one event for one endpoint, put together from what is queued and what was tried.

A delivery has no row of its own. Its id is made of endpoint, event and replay, and can be read back.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.delivery_rows import Walk, letters_everywhere, listed, one_delivery
from service.webhooks.tables import dlog, endpoint

State = Literal["pending", "retrying", "held", "blocked", "delivered", "dead", "dropped", "retried", "skipped"]
STATES: tuple[State, ...] = get_args(State)
"""Not tried yet · tried, due again · its endpoint takes nothing · given up, and kept for somebody to decide ·
answered 2xx · given up · dropped by somebody · given up or dropped, and queued again as another delivery · passed by
at a resume."""
Unarrived = Literal["dead", "dropped", "retried", "skipped"]

PREFIX = "dlv_"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryKey:
    """What a delivery id stands for. `replay_id` is empty for the first delivery of an event."""

    endpoint: int
    event_seq: int
    replay_id: str

    @property
    def text(self) -> str:
        packed = json.dumps([self.endpoint, self.event_seq, self.replay_id], separators=(",", ":")).encode()
        return PREFIX + base64.urlsafe_b64encode(packed).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Instants are µs; `next_attempt_at` is None unless the delivery is due again, 0 as soon as possible.

    Of one that ended without arriving `reason` says why, `ended_at` when and `ended_by` who dropped it; `taken_by` is
    the replay by which its event is queued again.
    """

    id: str
    endpoint: str
    event: str
    event_type: str
    subject: str
    sequence: int
    state: State
    attempts: int
    next_attempt_at: int | None
    position: int
    replay_id: str
    recorded_at: int
    number: int
    lane: str | None = None
    queue_pos: int | None = None
    reason: str | None = None
    ended_at: int | None = None
    ended_by: str | None = None
    taken_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try. Phases in milliseconds, None where there was none or the connection was kept.

    `rendering` is the form of the body that was sent; None when that was not kept.
    """

    n: int
    started_at: int
    duration_ms: float
    dns_ms: float | None
    connect_ms: float | None
    tls_ms: float | None
    first_byte_ms: float | None
    ip: str | None
    status: int | None
    outcome: str
    error_class: str | None
    response_head: str | None
    response_headers: Mapping[str, str]
    rendering: str | None
    worker: str


def parse_delivery_id(text: str) -> DeliveryKey | None:
    """None for a text that is no delivery id."""
    if not text.startswith(PREFIX):
        return None
    packed = text.removeprefix(PREFIX)
    try:
        number, seq, replay = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (ValueError, TypeError):
        return None
    if not (type(number) is int and type(seq) is int and type(replay) is str):
        return None
    if not (0 <= number < 2**31 and 0 <= seq < 2**63 and replay.isprintable()):
        return None
    key = DeliveryKey(endpoint=number, event_seq=seq, replay_id=replay)
    return key if key.text == text else None


async def list_deliveries(
    connection: AsyncConnection,
    public_id: str,
    *,
    state: State | None,
    limit: int,
    place: tuple[int, str] | None = None,
    backward: bool = False,
) -> tuple[Delivery, ...]:
    """Deliveries of an endpoint, latest event first, from `place` (position and replay) on.

    `backward` goes on before it instead, with the nearest first. Each part of them is read in this order by an index.
    """
    number = (await connection.execute(select(endpoint.c.id).where(endpoint.c.public_id == public_id))).scalar()
    if number is None:
        return ()
    walk = Walk(place=place, backward=backward, limit=limit)
    statement = listed(number, state, walk)
    return tuple(_delivery(row) for row in await connection.execute(statement))


async def list_letters(
    connection: AsyncConnection,
    *,
    state: Unarrived,
    limit: int,
    place: tuple[int, str, int] | None = None,
    backward: bool = False,
) -> tuple[Delivery, ...]:
    """Deliveries of all endpoints that ended so without arriving, latest event first, from `place` on: position,
    replay and number of the endpoint."""
    statement = letters_everywhere(state, Walk(place=place, backward=backward, limit=limit))
    return tuple(_delivery(row) for row in await connection.execute(statement))


async def find_delivery(connection: AsyncConnection, key: DeliveryKey) -> Delivery | None:
    statement = one_delivery(key.endpoint, key.event_seq, key.replay_id)
    row = (await connection.execute(statement)).first()
    return _delivery(row) if row else None


async def attempts_of(
    connection: AsyncConnection, keys: Sequence[DeliveryKey]
) -> dict[DeliveryKey, tuple[Attempt, ...]]:
    """Every try of each of these deliveries, first to last; those never tried are left out."""
    parts = (dlog.c.endpoint_id, dlog.c.event_seq, dlog.c.replay_id)
    wanted = tuple_(*parts).in_([(key.endpoint, key.event_seq, key.replay_id) for key in keys])
    found: dict[DeliveryKey, list[Attempt]] = {}
    for row in await connection.execute(select(dlog).where(wanted).order_by(*parts, dlog.c.n)):
        key = DeliveryKey(endpoint=row.endpoint_id, event_seq=row.event_seq, replay_id=row.replay_id)
        found.setdefault(key, []).append(_attempt(row))
    return {key: tuple(tried) for key, tried in found.items()}


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        n=row.n,
        started_at=row.started_at,
        duration_ms=row.duration_ms,
        dns_ms=row.dns_ms,
        connect_ms=row.connect_ms,
        tls_ms=row.tls_ms,
        first_byte_ms=row.ttfb_ms,
        ip=row.ip,
        status=row.status,
        outcome=row.outcome,
        error_class=row.error_class,
        response_head=row.response_head,
        response_headers=json.loads(row.response_headers) if row.response_headers else {},
        rendering=row.rendering,
        worker=row.worker,
    )


def _delivery(row: Row[Any]) -> Delivery:
    key = DeliveryKey(endpoint=row.number, event_seq=row.event_seq, replay_id=row.replay_id)
    return Delivery(
        id=key.text,
        endpoint=row.endpoint,
        event=row.event,
        event_type=row.event_type,
        subject=row.subject,
        sequence=row.sequence,
        state=row.state,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        position=row.position,
        replay_id=row.replay_id,
        recorded_at=row.recorded_at,
        number=row.number,
        lane=row.lane,
        queue_pos=row.queue_pos,
        reason=row.reason,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        taken_by=row.taken_by,
    )
