"""Running replays: the clock queues a part of each at a time, as long as little of it waits.

What comes next is looked for beside the record, and then queued in one short transaction together with the cursor:
a process that is killed leaves no part half done, and whoever goes on begins behind the last one that was.

Below live traffic: nothing is queued while the endpoint has as much to send as a part, and the lanes that a replay
makes are claimed after those that have waited longer or were made by something new.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.notices import TakeRecorder
from service.webhooks.replays import MOST_AT_ONCE, Replay, find_replay, prepare_lanes, queue_events
from service.webhooks.selection import Chosen, Target, emptied, find_target, next_events, now_sql
from service.webhooks.tables import SENDING, endpoint, lane, queue
from service.webhooks.tables_replay import replay
from service.webhooks.work import Connections

FEWEST = 16
"""How much may wait at an endpoint, at least; otherwise four times what it takes at once."""
TIMES_IN_FLIGHT = 4
MOST_FAILING = 20
"""Times that: how much may wait together with what fails and is tried again later."""


class _Overtaken(Exception):
    """Another process is at it, or was, or the endpoint is not what it was."""


class Replaying:
    """`wake` tells the dispatchers of work."""

    def __init__(
        self,
        connections: Connections,
        *,
        take_recorder: TakeRecorder,
        wake: Callable[[], None],
        now_us: Callable[[], int],
    ) -> None:
        self._connections = connections
        self._take_recorder = take_recorder
        self._wake = wake
        self._now_us = now_us

    async def running(self) -> tuple[str, ...]:
        """Ids of replays that are not done, of each endpoint the earliest. Many may wait for one that takes nothing or
        little: they keep back none of another one."""
        turn = func.row_number().over(partition_by=replay.c.endpoint_id, order_by=replay.c.id)
        found = (
            select(replay.c.id, turn.label("turn"))
            .join(endpoint, endpoint.c.id == replay.c.endpoint_id)
            .where(replay.c.state == "running", endpoint.c.state.in_(SENDING))
            .subquery()
        )
        first = select(found.c.id).where(found.c.turn <= MOST_AT_ONCE).order_by(found.c.turn, found.c.id).limit(100)
        async with self._connections.read() as connection:
            return tuple(sorted((await connection.execute(first)).scalars()))

    async def advance(self, replay_id: str) -> bool:
        """Do the next part of a replay. False when there is nothing to do now, or another process is doing it."""
        async with self._connections.read() as connection:
            found = await find_replay(connection, replay_id)
            target = await find_target(connection, number=found.number) if found else None
            if found is None or found.state != "running" or target is None:
                return False
            room = await _room(connection, target)
            if room <= 0:
                return False
            chosen, cursor = await next_events(connection, target, found.selection, cursor=found.cursor, limit=room)
        try:
            await self._queue(found, target, chosen, cursor)
        except _Overtaken:
            return False
        if chosen:
            self._wake()
        return True

    async def _queue(self, found: Replay, target: Target, chosen: tuple[Chosen, ...], cursor: int) -> None:
        async with self._connections.transaction() as tx:
            locked = await tx.execute(
                select(replay.c.state, replay.c.cursor).where(replay.c.id == found.id).with_for_update(skip_locked=True)
            )
            row = locked.first()
            if row is None or tuple(row) != ("running", found.cursor):
                raise _Overtaken
            if await find_target(tx, number=target.number, for_share=True) != target:
                raise _Overtaken
            if chosen:
                await self._write(tx, found, target, chosen)
            is_last = cursor >= found.selection.until
            await tx.execute(
                update(replay)
                .where(replay.c.id == found.id)
                .values(
                    cursor=cursor,
                    queued=replay.c.queued + len(chosen),
                    **({"state": "done", "finished_at": self._now_us()} if is_last else {}),
                )
            )

    async def _write(self, tx: AsyncConnection, found: Replay, target: Target, chosen: tuple[Chosen, ...]) -> None:
        if await emptied(tx, [one.seq for one in chosen]):
            raise _Overtaken
        if not await prepare_lanes(tx, target, chosen, found.id):
            raise _Overtaken
        _, last = await self._take_recorder(tx, len(chosen))
        await queue_events(tx, target, chosen, first_pos=last - len(chosen) + 1, replay_id=found.id)


async def _room(connection: AsyncConnection, target: Target) -> int:
    """How many events may be queued again now; none while the endpoint takes nothing or has enough to do."""
    most = max(FEWEST, TIMES_IN_FLIGHT * target.max_in_flight)
    now = now_sql(connection.dialect.name)
    replayed = (queue.c.endpoint_id == target.number) & (queue.c.replay_id != "")
    due = (lane.c.endpoint_id == target.number) & (lane.c.visible_at <= now)
    of_lane = (lane.c.endpoint_id == queue.c.endpoint_id) & (lane.c.subject_key == queue.c.subject_key)
    found = await connection.execute(
        select(
            (now >= target.not_before).label("takes"),
            _up_to(most, select(lane.c.gen).where(due)).label("lanes"),
            _up_to(most, select(queue.c.pos).join(lane, of_lane).where(replayed, due)).label("waiting"),
            _up_to(MOST_FAILING * most, select(queue.c.pos).where(replayed)).label("all"),
        )
    )
    row = found.one()
    if not (target.takes and row.takes) or row.lanes >= most or row.waiting > most // 2:
        return 0
    return min(most - row.waiting, MOST_FAILING * most - row.all)


def _up_to(most: int, rows: Select[*tuple[Any, ...]]) -> ColumnElement[int]:
    return select(func.count()).select_from(rows.limit(most).subquery()).scalar_subquery()
