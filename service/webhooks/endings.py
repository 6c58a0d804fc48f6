"""When sending stops for good: an event is dead for an endpoint, or an endpoint takes nothing more.

Both are told by an operational event, in the transaction that makes them so. Their subject is the endpoint,
with versions of its own. No operational event is made about the delivery of an operational event, or one dead
endpoint would report on itself for ever.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.letters import keep_dead
from service.webhooks.outbox import Message, Outbox
from service.webhooks.tables import SENDING, dlog, endpoint, lane, queue
from service.webhooks.verdicts import End, Stop
from service.webhooks.work import Connections, Result

TakeRecorder = Callable[[AsyncConnection, int], Awaitable[tuple[int, int]]]
"""Take the record's place for so many events: (instant in µs, last position). The last lock of a transaction."""

ENDPOINT_DISABLED, DELIVERY_DEAD = "endpoint.disabled", "delivery.dead"

OPERATIONAL = "endpoint:"
"""How the subject of an operational event begins."""


class Endings:
    def __init__(
        self,
        connections: Connections,
        *,
        me: str,
        take_recorder: TakeRecorder,
        new_event_id: Callable[[], str],
        now_us: Callable[[], Awaitable[int]],
    ) -> None:
        self._connections = connections
        self._me = me
        self._take_recorder = take_recorder
        self._new_event_id = new_event_id
        self._now_us = now_us

    async def bury(self, result: Result, end: End) -> bool:
        """Record the last attempt of an event and pass its lane on.

        False when the endpoint is no longer ours, or when it was done before: a commit may be heard of too late.
        """
        head = result.head
        here = (lane.c.endpoint_id == head.endpoint_id, lane.c.subject_key == head.lane)
        entry = (queue.c.endpoint_id == head.endpoint_id, queue.c.subject_key == head.lane, queue.c.pos == head.pos)
        async with self._connections.transaction() as tx:
            public_id = await self._fenced(tx, result)
            if public_id is None:
                return False
            await tx.execute(select(lane.c.gen).where(*here).with_for_update())
            if (await tx.execute(select(queue.c.pos).where(*entry))).first() is None:
                return False
            outbox = Outbox(tx)
            if not head.subject.startswith(OPERATIONAL):
                data = {
                    "endpoint": {"id": public_id},
                    "event": {"id": head.event_id, "type": head.event_type},
                    "reason": end,
                    "attempts": head.tries + 1,
                    "last_status": result.status,
                    "last_error": result.error_class,
                }
                outbox.add(await self._message(tx, head.endpoint_id, public_id, DELIVERY_DEAD, data))
            await outbox.lock_lanes()
            at, last = await self._take_recorder(tx, outbox.count)
            await outbox.write(at=at, first_position=last - outbox.count + 1)
            await tx.execute(insert(dlog).values(**_attempt(result, me=self._me, outcome="dead")))
            await keep_dead(
                tx,
                endpoint=head.endpoint_id,
                event_seq=head.event_seq,
                replay_id=head.replay_id,
                attempts=head.tries + 1,
                reason=end,
                at=at,
            )
            await tx.execute(delete(queue).where(*entry))
            # The lane stays for what follows; found without a head at the next claim, it goes.
            await tx.execute(update(lane).where(*here).values(attempts=0, tries=0, visible_at=0, first_fail_at=None))
        return True

    async def stop(self, result: Result, stop: Stop) -> bool:
        """Stop an endpoint: its events are held. False when it takes nothing anyway, or is no longer ours to stop."""
        head = result.head
        now = await self._now_us()
        async with self._connections.transaction() as tx:
            public_id = await self._fenced(tx, result, endpoint.c.state.in_(SENDING))
            if public_id is None:
                return False
            await tx.execute(
                update(endpoint)
                .where(endpoint.c.id == head.endpoint_id)
                .values(
                    state=stop,
                    state_reason=f"the receiver answered so to {head.event_id}",
                    state_since=now,
                    revision=endpoint.c.revision + 1,
                )
            )
            outbox = Outbox(tx)
            if not head.subject.startswith(OPERATIONAL):
                data = {"endpoint": {"id": public_id}, "state": stop, "status": result.status}
                outbox.add(await self._message(tx, head.endpoint_id, public_id, ENDPOINT_DISABLED, data))
            await outbox.lock_lanes()
            at, last = await self._take_recorder(tx, outbox.count)
            await outbox.write(at=at, first_position=last - outbox.count + 1)
        return True

    async def throttle(self, endpoint_id: int, *, seconds: float) -> None:
        """Send nothing to an endpoint for so long, whoever owns it."""
        until = await self._now_us() + int(seconds * 1_000_000)
        async with self._connections.transaction() as tx:
            await tx.execute(
                update(endpoint)
                .where(endpoint.c.id == endpoint_id, endpoint.c.not_before < until)
                .values(not_before=until)
            )

    async def _fenced(self, tx: AsyncConnection, result: Result, *conditions: ColumnElement[bool]) -> str | None:
        """The public id of the endpoint, locked, if this dispatcher still owns it under the same epoch."""
        found = await tx.execute(
            select(endpoint.c.public_id)
            .where(
                endpoint.c.id == result.head.endpoint_id,
                endpoint.c.owner == self._me,
                endpoint.c.epoch == result.epoch,
                *conditions,
            )
            .with_for_update(key_share=True)
        )
        return found.scalar()

    async def _message(
        self, tx: AsyncConnection, number: int, public_id: str, kind: str, data: Mapping[str, object]
    ) -> Message:
        version = (
            await tx.execute(
                update(endpoint)
                .where(endpoint.c.id == number)
                .values(event_ver=endpoint.c.event_ver + 1)
                .returning(endpoint.c.event_ver)
            )
        ).scalar_one()
        event_id = self._new_event_id()

        def render(at: int) -> dict[str, bytes]:
            body = {
                "id": event_id,
                "type": kind,
                "timestamp": _instant_text(at),
                "sequence": version,
                "data": data,
            }
            text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            return {"v1": text, "v1+pay": text}

        return Message(
            id=event_id, type=kind, subject=f"{OPERATIONAL}{public_id}", version=version, facets={}, render=render
        )


def _instant_text(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, 1_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:06d}Z"


def _attempt(result: Result, *, me: str, outcome: str) -> dict[str, object]:
    head = result.head
    return {
        "day": result.started_at // 86_400_000_000,
        "endpoint_id": head.endpoint_id,
        "event_seq": head.event_seq,
        "replay_id": head.replay_id,
        "n": head.tries + 1,
        "started_at": result.started_at,
        "duration_ms": result.duration_ms,
        "dns_ms": result.dns_ms,
        "connect_ms": result.connect_ms,
        "tls_ms": None,
        "ttfb_ms": result.ttfb_ms,
        "ip": result.ip,
        "status": result.status,
        "outcome": outcome,
        "error_class": result.error_class,
        "response_head": result.response_head,
        "worker": me,
    }
