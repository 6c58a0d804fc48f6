"""Replays as rows: what was asked, how far it has come. Every function works inside the caller's transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.letters import Queued, drop_queued, take_up
from service.webhooks.selection import Chosen, Counted, Selection, Target
from service.webhooks.store_lanes import raise_lanes
from service.webhooks.tables import queue
from service.webhooks.tables_replay import replay

State = Literal["running", "done", "cancelled"]
CANCELLED = "its replay was cancelled"
MOST_AT_ONCE = 20
"""Replays of one endpoint that may run beside each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A replay. Instants are µs. `asked` is shown, `selection` is what it means; both as when it was made.

    `events` and `lanes` were counted then, `queued` is how many have been queued so far, `waiting` how many of those
    are still to be sent.
    """

    id: str
    number: int
    endpoint: str
    asked: Mapping[str, Any]
    selection: Selection
    state: State
    cursor: int
    events: int
    lanes: int
    queued: int
    created_by: str
    created_at: int
    finished_at: int | None
    ended_by: str | None
    waiting: int


async def insert_replay(
    tx: AsyncConnection,
    *,
    replay_id: str,
    target: Target,
    asked: Mapping[str, Any],
    selection: Selection,
    counted: Counted,
    by: str,
    now: int,
    queued: bool = False,
) -> None:
    """Make a replay that runs; or, when all of it is `queued` in the same transaction, one that is done."""
    await tx.execute(
        insert(replay).values(
            id=replay_id,
            endpoint_id=target.number,
            endpoint=target.public_id,
            asked=json.dumps(asked, ensure_ascii=False),
            selection=json.dumps(asdict(selection), ensure_ascii=False),
            state="done" if queued else "running",
            cursor=selection.until if queued else selection.after,
            events=counted.events,
            lanes=counted.lanes,
            queued=counted.events if queued else 0,
            created_by=by,
            created_at=now,
            finished_at=now if queued else None,
        )
    )


async def find_replay(connection: AsyncConnection, replay_id: str, *, for_update: bool = False) -> Replay | None:
    statement = select(replay).where(replay.c.id == replay_id)
    row = (await connection.execute(statement.with_for_update() if for_update else statement)).first()
    return (await _counted(connection, [row]))[0] if row else None


async def find_replays(connection: AsyncConnection, ids: Sequence[str]) -> tuple[Replay, ...]:
    """Those of the replays that there are, in no order."""
    return await _counted(connection, (await connection.execute(select(replay).where(replay.c.id.in_(ids)))).all())


async def list_replays(
    connection: AsyncConnection, number: int, *, limit: int, place: str | None = None, backward: bool = False
) -> tuple[Replay, ...]:
    """Replays of an endpoint, the latest first (ids rise with time), from the one behind `place` on."""
    statement = (
        select(replay)
        .where(replay.c.endpoint_id == number)
        .order_by(replay.c.id.asc() if backward else replay.c.id.desc())
        .limit(limit)
    )
    if place is not None:
        statement = statement.where(replay.c.id > place if backward else replay.c.id < place)
    return await _counted(connection, (await connection.execute(statement)).all())


async def count_running(connection: AsyncConnection, number: int) -> int:
    running = select(func.count()).where(replay.c.endpoint_id == number, replay.c.state == "running")
    return (await connection.execute(running)).scalar_one()


async def cancel_replay(tx: AsyncConnection, found: Replay, *, by: str, at: int) -> int:
    """Queue nothing more of it and drop what waits, however far it has come; returns how many waited."""
    await tx.execute(
        update(replay).where(replay.c.id == found.id).values(state="cancelled", finished_at=at, ended_by=by)
    )
    rows = await tx.execute(
        select(queue.c.subject_key, queue.c.pos).where(
            queue.c.endpoint_id == found.number, queue.c.replay_id == found.id, queue.c.replay_id != ""
        )
    )
    waiting = [Queued(endpoint=found.number, lane=row.subject_key, pos=row.pos) for row in rows]
    return await drop_queued(tx, waiting, reason=CANCELLED, by=by, at=at)


async def prepare_lanes(tx: AsyncConnection, target: Target, events: Sequence[Chosen], replay_id: str) -> bool:
    """Everything that is locked before the recorder is. False when the endpoint is gone."""
    lanes = sorted({(target.number, target.lane_of(one)) for one in events})
    if await raise_lanes(tx, lanes, yielding=True) != set(lanes):
        return False
    await take_up(tx, endpoint=target.number, events=[one.seq for one in events], replay_id=replay_id)
    return True


async def queue_events(
    tx: AsyncConnection, target: Target, events: Sequence[Chosen], *, first_pos: int, replay_id: str
) -> None:
    """Queue events again at positions of their own, from `first_pos` on, behind everything there is."""
    await tx.execute(
        insert(queue),
        [
            {
                "endpoint_id": target.number,
                "subject_key": target.lane_of(one),
                "pos": pos,
                "key_ver": one.version,
                "event_seq": one.seq,
                "replay_id": replay_id,
            }
            for pos, one in enumerate(events, start=first_pos)
        ],
    )


async def _counted(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> tuple[Replay, ...]:
    """With what waits of each. `replay_id` is never empty here, which lets the index of replays be used."""
    if not rows:
        return ()
    found = await connection.execute(
        select(queue.c.replay_id, func.count())
        .where(
            queue.c.endpoint_id.in_({row.endpoint_id for row in rows}),
            queue.c.replay_id.in_([row.id for row in rows]),
            queue.c.replay_id != "",
        )
        .group_by(queue.c.replay_id)
    )
    waiting = {row[0]: row[1] for row in found}
    return tuple(_replay(row, waiting.get(row.id, 0)) for row in rows)


def _replay(row: Row[Any], waiting: int) -> Replay:
    return Replay(
        id=row.id,
        number=row.endpoint_id,
        endpoint=row.endpoint,
        asked=json.loads(row.asked),
        selection=_selection(json.loads(row.selection)),
        state=row.state,
        cursor=row.cursor,
        events=row.events,
        lanes=row.lanes,
        queued=row.queued,
        created_by=row.created_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
        ended_by=row.ended_by,
        waiting=waiting,
    )


def _selection(kept: dict[str, Any]) -> Selection:
    return Selection(
        after=kept["after"],
        until=kept["until"],
        types=None if kept["types"] is None else tuple(kept["types"]),
        facets=None if kept["facets"] is None else {name: tuple(values) for name, values in kept["facets"].items()},
        subject=kept["subject"],
        state=kept["state"],
    )
