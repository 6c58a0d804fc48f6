"""Operational events: what the sender itself tells, of endpoints, of deliveries it gave up and of those that wait.

Their subject is the endpoint, with versions of its own, and they are written in the transaction that makes them true.
None is made about the delivery of another one, or a dead endpoint would report on itself for ever.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.outbox import Message, Outbox
from service.webhooks.tables import endpoint

TakeRecorder = Callable[[AsyncConnection, int], Awaitable[tuple[int, int]]]
"""Take the record's place for so many events: (instant in µs, last position). The last lock of a transaction."""

ENDPOINT_DEGRADED, ENDPOINT_RECOVERED = "endpoint.degraded", "endpoint.recovered"
ENDPOINT_DISABLED = "endpoint.disabled"
DELIVERY_DEAD, DELIVERY_POSTPONED = "delivery.dead", "delivery.postponed"
TYPES = (ENDPOINT_DEGRADED, ENDPOINT_RECOVERED, ENDPOINT_DISABLED, DELIVERY_DEAD, DELIVERY_POSTPONED)

_SUBJECT = "endpoint:"


def is_operational(subject: str) -> bool:
    """Whether an event of this subject is one of those told here."""
    return subject.startswith(_SUBJECT)


async def notice(tx: AsyncConnection, number: int, kind: str, data: Mapping[str, object], *, event_id: str) -> Message:
    """An operational event about an endpoint, which is locked by `tx` from here on."""
    row = (
        await tx.execute(
            update(endpoint)
            .where(endpoint.c.id == number)
            .values(event_ver=endpoint.c.event_ver + 1)
            .returning(endpoint.c.public_id, endpoint.c.event_ver)
        )
    ).one()

    def render(at: int) -> dict[str, bytes]:
        body = {
            "id": event_id,
            "type": kind,
            "timestamp": instant_text(at),
            "sequence": row.event_ver,
            "data": data,
        }
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return {"v1": text, "v1+pay": text}

    return Message(
        id=event_id, type=kind, subject=f"{_SUBJECT}{row.public_id}", version=row.event_ver, facets={}, render=render
    )


async def tell(tx: AsyncConnection, outbox: Outbox, take_recorder: TakeRecorder) -> int:
    """Write what is in the outbox: lanes, the recorder, events. The last thing that `tx` locks. Returns the instant."""
    await outbox.lock_lanes()
    at, last = await take_recorder(tx, outbox.count)
    await outbox.write(at=at, first_position=last - outbox.count + 1)
    return at


def disabled_data(
    public_id: str, *, state: str, reason: str, status: int | None, failing_since: int | None
) -> dict[str, object]:
    """`reason` is asked (by the receiver) or failing; `failing_since` is µs."""
    return {
        "endpoint": {"id": public_id},
        "state": state,
        "status": status,
        "reason": reason,
        "failing_since": shown(failing_since),
    }


def shown(instant: int | None) -> str | None:
    """None stays None."""
    return None if instant is None else instant_text(instant)


def instant_text(microseconds: int) -> str:
    """RFC 3339 with microseconds, UTC."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:06d}Z"
