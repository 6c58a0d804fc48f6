"""Deliveries that ended without arriving: given up by the sender, dropped by somebody, or queued once more.

Whoever drops what is queued locks its lane first and deletes the row: what a dispatcher has under way by then is
recorded as it ends, and says nothing about the lane any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, collate, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.tables import UNTRIED, lane, queue
from service.webhooks.tables_replay import dead_letter
from service.webhooks.work import FIRST_US

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A row of the queue."""

    endpoint: int
    lane: str
    pos: int


async def keep_dead(
    tx: AsyncConnection, *, endpoint: int, event_seq: int, replay_id: str, attempts: int, reason: str, at: int
) -> None:
    """Say of a delivery that the sender gave it up, at an instant (µs)."""
    await tx.execute(
        insert(dead_letter).values(
            endpoint_id=endpoint,
            event_seq=event_seq,
            replay_id=replay_id,
            state="dead",
            attempts=attempts,
            reason=reason,
            ended_at=at,
        )
    )


async def drop_queued(tx: AsyncConnection, entries: Sequence[Queued], *, reason: str, by: str, at: int) -> int:
    """Drop what is queued and let each lane go on; returns how many rows there still were."""
    count = 0
    ordered = sorted(entries, key=lambda one: (one.endpoint, one.lane, one.pos))
    for first in range(0, len(ordered), _AT_ONCE):
        count += await _drop(tx, ordered[first : first + _AT_ONCE], reason=reason, by=by, at=at)
    return count


async def drop_dead(
    tx: AsyncConnection, *, endpoint: int, event_seq: int, replay_id: str, reason: str, by: str, at: int
) -> bool:
    """Drop what the sender has given up. False when it is not dead (any more)."""
    done = await tx.execute(
        update(dead_letter)
        .where(
            dead_letter.c.endpoint_id == endpoint,
            dead_letter.c.event_seq == event_seq,
            dead_letter.c.replay_id == replay_id,
            dead_letter.c.state == "dead",
        )
        .values(state="dropped", reason=reason, ended_by=by, ended_at=at)
    )
    return bool(done.rowcount)


async def take_up(tx: AsyncConnection, *, endpoint: int, events: Sequence[int], replay_id: str) -> None:
    """What ended of these events is taken up by a replay: it is nobody's to look after any more."""
    await tx.execute(
        update(dead_letter)
        .where(
            dead_letter.c.endpoint_id == endpoint,
            dead_letter.c.event_seq.in_(events),
            dead_letter.c.state.in_(("dead", "dropped", "skipped")),
        )
        .values(state="retried", taken_by=replay_id)
    )


async def hurry(tx: AsyncConnection, endpoint: int, key: str) -> None:
    """Have a lane tried at once. Its head comes first as ever, and keeps count of its failures."""
    await tx.execute(
        update(lane).where(lane.c.endpoint_id == endpoint, lane.c.subject_key == key).values(visible_at=FIRST_US)
    )


async def lock_lanes(tx: AsyncConnection, lanes: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The tries of each lane that there is, locked in the order in which everybody locks them."""
    key: ColumnElement[Any] = lane.c.subject_key
    if tx.dialect.name == "postgresql":
        key = collate(key, "C")
    found = await tx.execute(
        select(lane.c.endpoint_id, lane.c.subject_key, lane.c.tries)
        .where(tuple_(lane.c.endpoint_id, lane.c.subject_key).in_(lanes))
        .order_by(lane.c.endpoint_id, key)
        .with_for_update()
    )
    return {(row.endpoint_id, row.subject_key): row.tries for row in found}


async def _drop(tx: AsyncConnection, entries: Sequence[Queued], *, reason: str, by: str, at: int) -> int:
    lanes = sorted({(one.endpoint, one.lane) for one in entries})
    tries = await lock_lanes(tx, lanes)
    heads = await _heads(tx, lanes)
    rows = await tx.execute(
        delete(queue)
        .where(
            tuple_(queue.c.endpoint_id, queue.c.subject_key, queue.c.pos).in_(
                [(one.endpoint, one.lane, one.pos) for one in entries]
            )
        )
        .returning(queue.c.endpoint_id, queue.c.subject_key, queue.c.pos, queue.c.event_seq, queue.c.replay_id)
    )
    dropped = rows.all()
    if not dropped:
        return 0
    was_head = {(row.endpoint_id, row.subject_key) for row in dropped if heads[row[:2]] == row.pos}
    await tx.execute(
        insert(dead_letter),
        [
            {
                "endpoint_id": row.endpoint_id,
                "event_seq": row.event_seq,
                "replay_id": row.replay_id,
                "state": "dropped",
                "attempts": tries.get(row[:2], 0) if heads[row[:2]] == row.pos else 0,
                "reason": reason,
                "ended_at": at,
                "ended_by": by,
            }
            for row in dropped
        ],
    )
    if was_head:
        # Failures belong to the head that is gone: what follows begins anew, and at once.
        await tx.execute(
            update(lane).where(tuple_(lane.c.endpoint_id, lane.c.subject_key).in_(sorted(was_head))).values(**UNTRIED)
        )
    return len(dropped)


async def _heads(tx: AsyncConnection, lanes: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    found = await tx.execute(
        select(queue.c.endpoint_id, queue.c.subject_key, func.min(queue.c.pos).label("head"))
        .where(tuple_(queue.c.endpoint_id, queue.c.subject_key).in_(lanes))
        .group_by(queue.c.endpoint_id, queue.c.subject_key)
    )
    return {(row.endpoint_id, row.subject_key): row.head for row in found}
