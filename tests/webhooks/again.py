"""Replays under test: asked for as a use case does, run part by part as the clock does."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.database import Database
from service.webhooks.feed import latest_place
from service.webhooks.replay_work import Replaying
from service.webhooks.replays import Replay, cancel_replay, find_replay, insert_replay
from service.webhooks.selection import Counted, Selection, Target, count_events, find_target
from tests.webhooks.post import Office, take_recorder


def replaying(office: Office) -> Replaying:
    return replaying_on(office.database, office.wake)


def replaying_on(database: Database, wake: Callable[[], None]) -> Replaying:
    async def take(tx: AsyncConnection, events: int) -> tuple[int, int]:
        return await take_recorder(database, tx, events)

    return Replaying(database, take_recorder=take, wake=wake, now_us=lambda: time.time_ns() // 1000)


async def target_of(office: Office, public_id: str = "end_a") -> Target:
    async with office.database.read() as connection:
        found = await find_target(connection, public_id=public_id)
    assert found
    return found


async def counted(office: Office, public_id: str = "end_a", **wanted: Any) -> tuple[Selection, Counted]:
    async with office.database.read() as connection:
        until = (await latest_place(connection)).position
        selection = Selection(**{"after": 0, "until": until, **wanted})
        target = await target_of(office, public_id)
        return selection, await count_events(connection, target, selection)


async def begin(office: Office, replay_id: str = "rep_1", public_id: str = "end_a", **wanted: Any) -> Counted:
    """Ask for a replay of everything up to now, or of what is `wanted` of it."""
    selection, count = await counted(office, public_id, **wanted)
    target = await target_of(office, public_id)
    async with office.database.transaction() as tx:
        await insert_replay(
            tx,
            replay_id=replay_id,
            target=target,
            asked={},
            selection=selection,
            counted=count,
            by="key:a",
            now=1,
        )
    return count


async def shown(office: Office, replay_id: str = "rep_1") -> Replay:
    async with office.database.read() as connection:
        found = await find_replay(connection, replay_id)
    assert found
    return found


async def cancel(office: Office, replay_id: str = "rep_1") -> int:
    async with office.database.transaction() as tx:
        found = await find_replay(tx, replay_id, for_update=True)
        assert found
        return await cancel_replay(tx, found, by="key:b", at=2)
