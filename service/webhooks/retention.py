"""How long is kept what was sent, and making texts go earlier. Each pass is bounded, each function inside one
transaction of the caller's; what is still to be sent is never touched.

Attempts go by days, on Postgres whole partitions of them. Events stay for ever with their ids and positions; at most
their bodies go.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.feed import place_at
from service.webhooks.selection import EMPTIED
from service.webhooks.tables import DAY_US, dlog, endpoint, event, queue
from service.webhooks.tables_replay import dead_letter, replay

PASS = 1_000
"""Rows that one pass takes at most: deleting keeps everybody else who writes waiting."""
_LOCK_SECONDS = 2
_REWRITTEN_AT_ONCE = 500

ATTEMPT_TEXTS = (dlog.c.response_head, dlog.c.response_headers)
"""What receivers and networks said, in their own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For how many days attempts and the bodies of events are kept; None is for ever."""

    attempt_days: int | None = 90
    body_days: int | None = None

    def attempts_from(self, now: int) -> int | None:
        """The instant (µs) from which on attempts are kept: the beginning of a day."""
        return None if self.attempt_days is None else (now // DAY_US - self.attempt_days) * DAY_US

    def bodies_from(self, now: int) -> int | None:
        """The instant (µs) from which on bodies are kept."""
        return None if self.body_days is None else now - self.body_days * DAY_US


KEPT = Retention()


async def drop_days(tx: AsyncConnection, *, before: int) -> int:
    """Drop one partition of attempts of a day before the instant (µs), the oldest; returns how many were dropped.

    Attempts of what is still queued move on to where attempts without a partition are. Gives up rather than keep the
    sender waiting behind somebody who reads for long.
    """
    if tx.dialect.name != "postgresql":
        return 0
    names = await tx.execute(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'dlog'::regclass"
        )
    )
    days = [int(number) for name in names.scalars() if (number := name.removeprefix("dlog_")).isdigit()]
    old = sorted(day for day in days if (day + 1) * DAY_US <= before)
    if not old:
        return 0
    await tx.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'"))
    await tx.execute(text(f"ALTER TABLE dlog DETACH PARTITION dlog_{old[0]}"))
    await tx.execute(text(f"INSERT INTO dlog SELECT d.* FROM dlog_{old[0]} d WHERE EXISTS ({_QUEUED_STILL})"))
    await tx.execute(text(f"DROP TABLE dlog_{old[0]}"))
    return 1


_QUEUED_STILL = """SELECT 1 FROM queue q WHERE q.endpoint_id = d.endpoint_id AND q.event_seq = d.event_seq
                   AND q.replay_id = d.replay_id"""
_FORGET = {
    "sqlite": f"""DELETE FROM dlog WHERE rowid IN (
                  SELECT d.rowid FROM dlog d WHERE d.day < :day AND NOT EXISTS ({_QUEUED_STILL}) LIMIT :limit)""",
    "postgresql": f"""DELETE FROM dlog_other WHERE ctid IN (
                      SELECT d.ctid FROM dlog_other d
                      WHERE d.day < :day AND NOT EXISTS ({_QUEUED_STILL}) LIMIT :limit)""",
}


async def forget_attempts(tx: AsyncConnection, *, before: int, limit: int = PASS) -> int:
    """Delete attempts of days before the instant (µs) that have no partition of their own; returns how many."""
    done = await tx.execute(text(_FORGET[tx.dialect.name]), {"day": before // DAY_US, "limit": limit})
    return done.rowcount


async def forget_endings(tx: AsyncConnection, *, before: int, limit: int = PASS) -> int:
    """Delete what is said of deliveries dropped or taken up, and of replays done, before the instant (µs).

    What is dead stays until somebody retries or drops it, a replay as long as anything of it is queued.
    """
    letter = dead_letter.c
    key = (letter.endpoint_id, letter.event_seq, letter.replay_id)
    over = select(*key).where(letter.state.in_(("dropped", "retried")), letter.ended_at < before).limit(limit)
    letters = await tx.execute(delete(dead_letter).where(tuple_(*key).in_(over)))
    waits = exists().where(
        queue.c.endpoint_id == replay.c.endpoint_id, queue.c.replay_id == replay.c.id, queue.c.replay_id != ""
    )
    done = select(replay.c.id).where(replay.c.state != "running", replay.c.created_at < before, ~waits).limit(limit)
    replays = await tx.execute(delete(replay).where(replay.c.id.in_(done)))
    return max(letters.rowcount, replays.rowcount)


async def bodies_to_empty(
    connection: AsyncConnection, *, before: int, after: int = 0, limit: int = PASS
) -> tuple[int, ...]:
    """Positions of events recorded before the instant (µs) whose bodies nobody waits for, from behind `after` on."""
    last = await place_at(connection, before - 1)
    found = await connection.execute(
        select(event.c.seq)
        .where(event.c.seq > after, event.c.seq <= last.position, event.c.bodies != EMPTIED, ~_is_awaited())
        .order_by(event.c.seq)
        .limit(limit)
    )
    return tuple(found.scalars())


async def empty_bodies(tx: AsyncConnection, positions: Sequence[int]) -> int:
    """Let the bodies of these events go, unless somebody waits for them by now; returns how many went."""
    if tx.dialect.name == "postgresql":
        # Whoever queues an old event again writes to this table first, so nobody does meanwhile.
        await tx.execute(text("LOCK TABLE replay IN EXCLUSIVE MODE"))
    done = await tx.execute(update(event).where(event.c.seq.in_(positions), ~_is_awaited()).values(bodies=EMPTIED))
    return done.rowcount


async def expunge_attempts(
    tx: AsyncConnection, number: int, *, event_seq: int | None = None, replay_id: str = "", limit: int
) -> int:
    """Blank the texts of attempts of one delivery, or of a whole endpoint; returns how many had any."""
    key = (dlog.c.day, dlog.c.endpoint_id, dlog.c.event_seq, dlog.c.replay_id, dlog.c.n)
    wanted = select(*key).where(dlog.c.endpoint_id == number, _has_text()).limit(limit)
    if event_seq is not None:
        wanted = wanted.where(dlog.c.event_seq == event_seq, dlog.c.replay_id == replay_id)
    done = await tx.execute(update(dlog).where(tuple_(*key).in_(wanted)).values(_BLANK))
    return done.rowcount


async def rewrite(tx: AsyncConnection, key: str, function: Callable[[str, bytes], bytes]) -> int:
    """Replace every stored body of a subject by what `function` makes of (rendering, body), and blank the texts of
    its attempts; returns how many events it has.

    Ids, positions, versions and facets stay, so nobody's place in the feed is lost and nothing is sent again. What a
    dispatcher has read already is sent as it was: at most what is under way or about to be.
    """
    count, last = 0, 0
    while True:
        found = await tx.execute(
            select(event.c.seq, event.c.bodies)
            .where(event.c.subject_key == key, event.c.seq > last)
            .order_by(event.c.seq)
            .limit(_REWRITTEN_AT_ONCE)
        )
        rows = found.all()
        if not rows:
            return count
        for row in rows:
            bodies = {name: function(name, body.encode()).decode() for name, body in json.loads(row.bodies).items()}
            kept = json.dumps(bodies, ensure_ascii=False)
            await tx.execute(update(event).where(event.c.seq == row.seq).values(bodies=kept))
        await _blank(tx, [row.seq for row in rows])
        count, last = count + len(rows), rows[-1].seq


async def _blank(tx: AsyncConnection, positions: Sequence[int]) -> None:
    numbers = list((await tx.execute(select(endpoint.c.id))).scalars())
    # By endpoint, as the index wants it. Attempts of endpoints that are gone are found by day and go with it.
    await tx.execute(
        update(dlog).where(dlog.c.endpoint_id.in_(numbers), dlog.c.event_seq.in_(positions), _has_text()).values(_BLANK)
    )


def _is_awaited() -> Any:
    """Queued somewhere, or dead and so to be looked after."""
    queued = exists().where(queue.c.event_seq == event.c.seq, queue.c.endpoint_id == endpoint.c.id)
    dead = exists().where(
        dead_letter.c.event_seq == event.c.seq,
        dead_letter.c.endpoint_id == endpoint.c.id,
        dead_letter.c.state == "dead",
    )
    either = or_(queued.correlate(event, endpoint), dead.correlate(event, endpoint))
    return exists(select(endpoint.c.id).where(either).correlate(event))


_BLANK: dict[Any, Any] = dict.fromkeys(ATTEMPT_TEXTS)


def _has_text() -> Any:
    return or_(*(column.is_not(None) for column in ATTEMPT_TEXTS))
