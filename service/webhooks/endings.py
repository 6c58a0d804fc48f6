"""When sending stops: an event is dead for an endpoint or has to wait there, or an endpoint takes nothing more.

All are told by an operational event, in the transaction that makes them so. Their subject is the endpoint,
with versions of its own. No operational event is made about the delivery of an operational event, or one dead
endpoint would report on itself for ever.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from sqlalchemy import ColumnElement, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.entries import POSTPONED, Entry, entries_of
from service.webhooks.letters import keep_dead
from service.webhooks.notices import (
    DELIVERY_DEAD,
    DELIVERY_POSTPONED,
    ENDPOINT_DISABLED,
    TakeRecorder,
    disabled_data,
    is_operational,
    notice,
    tell,
)
from service.webhooks.outbox import Outbox
from service.webhooks.tables import DAY_US, TENDED, UNTRIED, dlog, endpoint, lane, queue
from service.webhooks.verdicts import End, Stop
from service.webhooks.work import Connections, Head, Result


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
        head, attempts = result.head, result.head.tries + len(result.earlier) + 1
        here = (lane.c.endpoint_id == head.endpoint_id, lane.c.subject_key == head.lane)
        in_lane = (queue.c.endpoint_id == head.endpoint_id, queue.c.subject_key == head.lane)
        async with self._connections.transaction() as tx:
            public_id = await self._fenced(tx, result)
            if public_id is None:
                return False
            await tx.execute(select(lane.c.gen).where(*here).with_for_update())
            sent = [one.pos for one in (*result.before, head)]
            left = set((await tx.execute(select(queue.c.pos).where(*in_lane, queue.c.pos.in_(sent)))).scalars())
            if head.pos not in left:
                # What arrived in front of it has arrived, whoever has dropped it meanwhile.
                if left:
                    await _log(tx, entries_of(result), me=self._me)
                    await _pass_on(tx, result)
                return False
            outbox = Outbox(tx)
            if not is_operational(head.subject):
                data = {
                    "endpoint": {"id": public_id},
                    "event": {"id": head.event_id, "type": head.event_type},
                    "reason": end,
                    "attempts": attempts,
                    "last_status": result.status,
                    "last_error": result.error_class,
                }
                outbox.add(await notice(tx, head.endpoint_id, DELIVERY_DEAD, data, event_id=self._new_event_id()))
            at = await tell(tx, outbox, self._take_recorder)
            await _log(tx, entries_of(replace(result, outcome="dead")), me=self._me)
            await keep_dead(
                tx,
                endpoint=head.endpoint_id,
                event_seq=head.event_seq,
                replay_id=head.replay_id,
                attempts=attempts,
                reason=end,
                at=at,
            )
            await _pass_on(tx, result)
        return True

    async def postpone(self, result: Result, *, reason: str | None) -> bool:
        """Tell that an event has to wait, the first time that it has to; True when it was told.

        The try is logged with it, so that whoever sends the event after a crash sees that it was told. The lane is
        left to whoever records the result.
        """
        head = result.head
        if is_operational(head.subject):
            return False
        async with self._connections.read() as reading:
            if await _is_told(reading, head):
                return False
        async with self._connections.transaction() as tx:
            public_id = await self._fenced(tx, result)
            if public_id is None or await _is_told(tx, head) or not await _is_queued(tx, head):
                return False
            data = {
                "endpoint": {"id": public_id},
                "event": {"id": head.event_id, "type": head.event_type, "subject": head.subject},
                "reason": reason,
                "last_status": result.status,
            }
            outbox = Outbox(tx)
            outbox.add(await notice(tx, head.endpoint_id, DELIVERY_POSTPONED, data, event_id=self._new_event_id()))
            await tell(tx, outbox, self._take_recorder)
            await _log(tx, [one for one in entries_of(result) if one.head is head and one.came is result], me=self._me)
        return True

    async def stop(self, result: Result, stop: Stop) -> bool:
        """Stop an endpoint: its events are held. False when it takes nothing anyway, or is no longer ours to stop."""
        head = result.head
        now = await self._now_us()
        async with self._connections.transaction() as tx:
            public_id = await self._fenced(tx, result, endpoint.c.state.in_(TENDED))
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
            if not is_operational(head.subject):
                data = disabled_data(public_id, state=stop, reason="asked", status=result.status, failing_since=None)
                outbox.add(await notice(tx, head.endpoint_id, ENDPOINT_DISABLED, data, event_id=self._new_event_id()))
            await tell(tx, outbox, self._take_recorder)
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


async def _pass_on(tx: AsyncConnection, result: Result) -> None:
    """Have the lane go on behind the head. Without another one it goes when that is found at the next claim."""
    head = result.head
    gone = [one.pos for one in (*result.before, head)]
    await tx.execute(
        delete(queue).where(
            queue.c.endpoint_id == head.endpoint_id, queue.c.subject_key == head.lane, queue.c.pos.in_(gone)
        )
    )
    tried_to = case((lane.c.tried_to < result.tried_to, result.tried_to), else_=lane.c.tried_to)
    await tx.execute(
        update(lane)
        .where(lane.c.endpoint_id == head.endpoint_id, lane.c.subject_key == head.lane)
        .values(**UNTRIED, tried_to=tried_to)
    )


async def _is_told(connection: AsyncConnection, head: Head) -> bool:
    """Whether the event was postponed at this endpoint before: its own tries, not those behind another event."""
    before = select(dlog.c.n).where(
        dlog.c.endpoint_id == head.endpoint_id,
        dlog.c.event_seq == head.event_seq,
        dlog.c.outcome == POSTPONED,
        dlog.c.error_class == POSTPONED,
    )
    return (await connection.execute(before.limit(1))).first() is not None


async def _is_queued(tx: AsyncConnection, head: Head) -> bool:
    here = (queue.c.endpoint_id == head.endpoint_id, queue.c.subject_key == head.lane, queue.c.pos == head.pos)
    return (await tx.execute(select(queue.c.pos).where(*here))).first() is not None


async def _log(tx: AsyncConnection, entries: Iterable[Entry], *, me: str) -> None:
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    await tx.execute(make(dlog).on_conflict_do_nothing(), [_attempt(entry, me=me) for entry in entries])


def _attempt(entry: Entry, *, me: str) -> dict[str, object]:
    came, head = entry.came, entry.head
    return {
        "day": came.started_at // DAY_US,
        "endpoint_id": head.endpoint_id,
        "event_seq": head.event_seq,
        "replay_id": head.replay_id,
        "n": entry.n,
        "started_at": came.started_at,
        "duration_ms": came.duration_ms,
        "dns_ms": came.dns_ms,
        "connect_ms": came.connect_ms,
        "tls_ms": came.tls_ms,
        "ttfb_ms": came.ttfb_ms,
        "ip": came.ip,
        "status": came.status,
        "outcome": entry.outcome,
        "error_class": entry.error_class,
        "response_head": came.response_head,
        "worker": me,
        "response_headers": came.response_headers,
        "rendering": came.rendering,
    }
