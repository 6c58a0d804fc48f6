"""Deliveries as they are shown: one event for one endpoint, put together from what is queued and what was tried.

A delivery has no row of its own. Its id is made of endpoint, event and replay, and can be read back.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, and_, case, null, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.tables import TAKING, dlog, endpoint, event, lane, queue
from service.webhooks.work import BLOCKED_US

State = Literal["pending", "retrying", "held", "delivered", "dead", "skipped"]
STATES: tuple[State, ...] = ("pending", "retrying", "held", "delivered", "dead", "skipped")
"""Not tried yet · tried, due again · its endpoint takes nothing · answered 2xx · given up · passed by at a resume."""

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
    """Instants are µs; `next_attempt_at` is None unless the delivery is due again, 0 as soon as possible."""

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
    if not (0 <= number < 2**31 and 0 <= seq < 2**63):
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

    `backward` goes on before it instead, with the nearest first.
    """
    shown = _all().subquery()
    # An event that is replayed has several deliveries.
    order = (shown.c.position, shown.c.replay_id)
    statement = (
        select(shown)
        .where(shown.c.endpoint == public_id)
        .order_by(*(column.asc() if backward else column.desc() for column in order))
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(shown.c.state == state)
    if place is not None:
        here, there = tuple_(*order), tuple_(*place)
        statement = statement.where(here > there if backward else here < there)
    return tuple(_delivery(row) for row in await connection.execute(statement))


async def find_delivery(connection: AsyncConnection, key: DeliveryKey) -> Delivery | None:
    shown = _all().subquery()
    row = (
        await connection.execute(
            select(shown).where(
                shown.c.number == key.endpoint,
                shown.c.event_seq == key.event_seq,
                shown.c.replay_id == key.replay_id,
            )
        )
    ).first()
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


def _all() -> Any:
    """What is queued and what is over, as one. An event is in the queue or over, never both."""
    return union_all(_queued(), _over())


def _queued() -> Any:
    tried = (
        select(dlog.c.n)
        .where(
            dlog.c.endpoint_id == queue.c.endpoint_id,
            dlog.c.event_seq == queue.c.event_seq,
            dlog.c.replay_id == queue.c.replay_id,
        )
        .order_by(dlog.c.n.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(
        *_shared(queue.c.replay_id),
        case(
            (queue.c.pos <= endpoint.c.skip_to, "skipped"),
            (endpoint.c.state.not_in(TAKING), "held"),
            (tried.is_not(None), "retrying"),
            else_="pending",
        ).label("state"),
        case((tried.is_(None), 0), else_=tried).label("attempts"),
        lane.c.visible_at.label("next_attempt_at"),
    ).select_from(
        queue.join(event, event.c.seq == queue.c.event_seq)
        .join(endpoint, endpoint.c.id == queue.c.endpoint_id)
        .join(lane, and_(lane.c.endpoint_id == queue.c.endpoint_id, lane.c.subject_key == queue.c.subject_key))
    )


def _over() -> Any:
    return (
        select(
            *_shared(dlog.c.replay_id),
            dlog.c.outcome.label("state"),
            # That it was passed by stands where the next try would.
            (dlog.c.n - case((dlog.c.outcome == "skipped", 1), else_=0)).label("attempts"),
            null().label("next_attempt_at"),
        )
        .select_from(
            dlog.join(event, event.c.seq == dlog.c.event_seq).join(endpoint, endpoint.c.id == dlog.c.endpoint_id)
        )
        .where(dlog.c.outcome.in_(("delivered", "dead", "skipped")))
    )


def _shared(replay_id: Any) -> tuple[Any, ...]:
    return (
        endpoint.c.id.label("number"),
        endpoint.c.public_id.label("endpoint"),
        event.c.seq.label("event_seq"),
        event.c.seq.label("position"),
        replay_id.label("replay_id"),
        event.c.id.label("event"),
        event.c.type.label("event_type"),
        event.c.subject_key.label("subject"),
        event.c.key_ver.label("sequence"),
        event.c.recorded_at.label("recorded_at"),
    )


def _delivery(row: Row[Any]) -> Delivery:
    key = DeliveryKey(endpoint=row.number, event_seq=row.event_seq, replay_id=row.replay_id)
    is_blocked = row.next_attempt_at is not None and row.next_attempt_at >= BLOCKED_US
    return Delivery(
        id=key.text,
        endpoint=row.endpoint,
        event=row.event,
        event_type=row.event_type,
        subject=row.subject,
        sequence=row.sequence,
        state=row.state,
        attempts=row.attempts,
        next_attempt_at=None if is_blocked else row.next_attempt_at,
        position=row.position,
        replay_id=row.replay_id,
        recorded_at=row.recorded_at,
    )
