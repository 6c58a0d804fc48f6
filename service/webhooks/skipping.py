"""Passing events by: what a resume leaves out ends as `skipped`, where everybody can see it, and never silently.

A resume marks the endpoint with the position up to which nothing is sent any more; its owner ends that in parts before
it sends anything. Killed in between, the next owner goes on.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.tables import DAY_US, TENDED, UNTRIED, dlog, endpoint, lane, queue
from service.webhooks.tables_replay import dead_letter
from service.webhooks.work import Connections, Owned

AT_ONCE = 200
"""Deliveries ended by one transaction: on SQLite it keeps every other writer waiting."""
REASON = "the endpoint was resumed without it"


class Skipping:
    def __init__(self, connections: Connections, *, me: str, now_us: Callable[[], Awaitable[int]]) -> None:
        self._connections = connections
        self._me = me
        self._now_us = now_us

    async def advance(self, owned: Owned, skip_to: int, *, busy: Collection[str]) -> int | None:
        """End some of the deliveries up to a position, but none of lanes that are `busy`: one of theirs is under way.

        Returns how many; None when none is left, or when the endpoint is no longer ours as we know it.
        """
        now = await self._now_us()
        async with self._connections.transaction() as tx:
            mine = (
                endpoint.c.id == owned.id,
                endpoint.c.owner == self._me,
                endpoint.c.epoch == owned.epoch,
                endpoint.c.revision == owned.revision,
                endpoint.c.state.in_(TENDED),
            )
            if (await tx.execute(select(endpoint.c.id).where(*mine).with_for_update(key_share=True))).first() is None:
                return None
            rows = await self._some(tx, owned, skip_to, busy=busy)
            if rows:
                await self._end(tx, rows, now=now)
                return len(rows)
            left = select(queue.c.pos).where(queue.c.endpoint_id == owned.id, queue.c.pos <= skip_to).limit(1)
            if (await tx.execute(left)).first() is not None:
                return 0
            await tx.execute(update(endpoint).where(endpoint.c.id == owned.id).values(skip_to=0))
        return None

    async def _some(self, tx: AsyncConnection, owned: Owned, skip_to: int, *, busy: Collection[str]) -> list[Row[Any]]:
        """Their lanes locked, without waiting for anybody who appends to one."""
        found = await tx.execute(
            select(queue, lane.c.tries, lane.c.tried_to)
            .join(lane, (lane.c.endpoint_id == queue.c.endpoint_id) & (lane.c.subject_key == queue.c.subject_key))
            .where(queue.c.endpoint_id == owned.id, queue.c.pos <= skip_to, queue.c.subject_key.not_in(list(busy)))
            .order_by(queue.c.subject_key, queue.c.pos)
            .limit(AT_ONCE)
            .with_for_update(of=lane, skip_locked=True)
        )
        return list(found)

    async def _end(self, tx: AsyncConnection, rows: list[Row[Any]], *, now: int) -> None:
        entries: list[dict[str, Any]] = []
        seen: set[str] = set()
        logged = await _logged(tx, [row for row in rows if row.pos <= row.tried_to])
        for row in rows:
            # What was tried of a lane was tried of its head, but for what went with it in a batch.
            tries = max(0 if row.subject_key in seen else row.tries, logged.get((row.event_seq, row.replay_id), 0))
            seen.add(row.subject_key)
            entries.append(_entry(row, n=tries + 1, now=now, me=self._me))
        await tx.execute(insert(dlog), entries)
        await tx.execute(insert(dead_letter), [_letter(entry) for entry in entries])
        number = rows[0].endpoint_id
        gone = [(row.subject_key, row.pos) for row in rows]
        await tx.execute(
            delete(queue).where(queue.c.endpoint_id == number, tuple_(queue.c.subject_key, queue.c.pos).in_(gone))
        )
        # They stay for what follows; found without a head at the next claim, they go.
        await tx.execute(
            update(lane).where(lane.c.endpoint_id == number, lane.c.subject_key.in_(sorted(seen))).values(**UNTRIED)
        )


async def counted(connection: AsyncConnection, public_id: str, *, skip_to: int) -> tuple[int, int]:
    """How many deliveries wait for an endpoint beyond a position, and how many up to it."""
    beyond = queue.c.pos > skip_to
    found = await connection.execute(
        select(func.count().filter(beyond), func.count().filter(~beyond))
        .select_from(queue.join(endpoint, endpoint.c.id == queue.c.endpoint_id))
        .where(endpoint.c.public_id == public_id)
    )
    sent, skipped = found.one()
    return sent, skipped


async def last_queued(connection: AsyncConnection, public_id: str) -> int:
    """The position of the last delivery that waits for an endpoint; 0 when none does."""
    found = await connection.execute(
        select(func.coalesce(func.max(queue.c.pos), 0))
        .select_from(queue.join(endpoint, endpoint.c.id == queue.c.endpoint_id))
        .where(endpoint.c.public_id == public_id)
    )
    return found.scalar_one()


async def _logged(tx: AsyncConnection, rows: list[Row[Any]]) -> dict[tuple[int, str], int]:
    """How often each of these was tried, as the log has it."""
    if not rows:
        return {}
    found = await tx.execute(
        select(dlog.c.event_seq, dlog.c.replay_id, func.max(dlog.c.n).label("n"))
        .where(dlog.c.endpoint_id == rows[0].endpoint_id, dlog.c.event_seq.in_([row.event_seq for row in rows]))
        .group_by(dlog.c.event_seq, dlog.c.replay_id)
    )
    return {(row.event_seq, row.replay_id): row.n for row in found}


def _letter(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "endpoint_id": entry["endpoint_id"],
        "event_seq": entry["event_seq"],
        "replay_id": entry["replay_id"],
        "state": "skipped",
        "attempts": entry["n"] - 1,
        "reason": REASON,
        "ended_at": entry["started_at"],
    }


def _entry(row: Row[Any], *, n: int, now: int, me: str) -> dict[str, Any]:
    return {
        "day": now // DAY_US,
        "endpoint_id": row.endpoint_id,
        "event_seq": row.event_seq,
        "replay_id": row.replay_id,
        "n": n,
        "started_at": now,
        "duration_ms": 0.0,
        "outcome": "skipped",
        "response_head": REASON,
        "worker": me,
    }
