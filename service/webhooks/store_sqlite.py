"""The store on SQLite: one process, one writer, so a group is recorded in one transaction of set statements."""

import json
import time
from collections.abc import Iterable, Sequence

from sqlalchemy import RowMapping, text

from service.webhooks.store import drop_headless, head_from
from service.webhooks.tables import SENDING
from service.webhooks.work import BLOCKED_US, Connections, Group, Head, Look, Owned, Recorded, Result

_SENDING = ", ".join(f"'{state}'" for state in SENDING)

_LOOK = f"""
SELECT e.id, e.revision, e.owner = :me AS mine, e.state IN ({_SENDING}) AS sending,
       e.not_before <= :now
       AND EXISTS (SELECT 1 FROM lane l WHERE l.endpoint_id = e.id AND l.visible_at <= :now) AS due
FROM endpoint e
"""

_EVENT = """ev.id AS event_id, ev.type AS event_type, ev.subject_key AS subject, ev.traceparent,
       json_extract(ev.bodies, '$."' || e.rendering || '"') AS body"""

_CLAIM = f"""
SELECT l.subject_key AS lane, l.gen, l.attempts, l.tries, q.pos, q.event_seq, q.replay_id, {_EVENT}
FROM endpoint e JOIN lane l ON l.endpoint_id = e.id
LEFT JOIN queue q ON q.endpoint_id = e.id AND q.subject_key = l.subject_key AND q.pos = (
  SELECT min(pos) FROM queue f WHERE f.endpoint_id = e.id AND f.subject_key = l.subject_key)
LEFT JOIN event ev ON ev.seq = q.event_seq
WHERE e.id = :id AND e.owner = :me AND e.state IN ({_SENDING}) AND e.not_before <= :now
  AND l.visible_at <= :now AND l.subject_key NOT IN (SELECT value FROM json_each(:busy))
ORDER BY l.visible_at LIMIT :limit
"""

# Each row of the group that this dispatcher may still speak for, with its lane and what follows.
_FOLLOWING = f"""
SELECT r.value ->> 0 AS number, e.revision, l.subject_key AS lane, l.gen, 0 AS attempts, 0 AS tries,
       q.pos, q.event_seq, q.replay_id, {_EVENT}
FROM json_each(?) r
JOIN endpoint e ON e.id = r.value ->> 1 AND e.owner = ? AND e.epoch = r.value ->> 4
JOIN lane l ON l.endpoint_id = e.id AND l.subject_key = r.value ->> 2
LEFT JOIN queue q ON q.endpoint_id = e.id AND q.subject_key = l.subject_key AND q.pos = (
  SELECT min(pos) FROM queue f WHERE f.endpoint_id = e.id AND f.subject_key = l.subject_key AND f.pos > r.value ->> 3)
LEFT JOIN event ev ON ev.seq = q.event_seq
"""

_SENT = "DELETE FROM queue WHERE endpoint_id = ? AND subject_key = ? AND pos = ?"
# The lane's `gen` was raised by any append since its head was read; then it stays, whatever was seen of it.
_DRAINED = "DELETE FROM lane WHERE endpoint_id = ? AND subject_key = ? AND gen = ?"
_GOOD = """UPDATE lane SET attempts = 0, tries = 0, visible_at = 0, first_fail_at = NULL
           WHERE endpoint_id = ? AND subject_key = ?"""
# A head that somebody has dropped meanwhile fails for nobody: what follows it begins anew.
_BAD = """UPDATE lane SET tries = tries + 1, attempts = attempts + ?, visible_at = ?,
          first_fail_at = coalesce(first_fail_at, ?) WHERE endpoint_id = ? AND subject_key = ? AND EXISTS (
          SELECT 1 FROM queue q WHERE q.endpoint_id = ? AND q.subject_key = ? AND q.pos = ?)"""
_LOG = """INSERT OR IGNORE INTO dlog (day, endpoint_id, event_seq, replay_id, n, started_at, duration_ms, dns_ms,
          connect_ms, ttfb_ms, ip, status, outcome, error_class, response_head, worker)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class SQLiteStore:
    """Reads and writes through the connections of the process: it is the only dispatcher there is."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def now_us(self) -> int:
        # The process is on the machine of its database: they have one clock.
        return time.time_ns() // 1000

    async def look(self, me: str) -> Look:
        async with self._connections.read() as connection:
            rows = (await connection.execute(text(_LOOK), {"me": me, "now": await self.now_us()})).all()
        mine = {row.id: (row.revision, bool(row.due)) for row in rows if row.mine and row.sending}
        return Look(mine=mine, unowned=not all(row.mine for row in rows))

    async def claim(self, me: str, owned: Owned, *, busy: Iterable[str], limit: int) -> list[Head]:
        async with self._connections.read() as connection:
            found = await connection.execute(
                text(_CLAIM),
                {
                    "me": me,
                    "id": owned.id,
                    "now": await self.now_us(),
                    "busy": json.dumps(list(busy)),
                    "limit": limit,
                },
            )
            rows = found.mappings().all()
        headless = [row for row in rows if row["pos"] is None]
        if headless:
            async with self._connections.transaction() as tx:
                for row in headless:
                    await drop_headless(tx, owned.id, row["lane"], row["gen"])
        return [head_from(row, endpoint_id=owned.id) for row in rows if row["pos"] is not None]

    async def record(self, me: str, results: Sequence[Result]) -> Group:
        group = [[number, r.head.endpoint_id, r.head.lane, r.head.pos, r.epoch] for number, r in enumerate(results)]
        async with self._connections.transaction() as tx:
            found = await tx.exec_driver_sql(_FOLLOWING, (json.dumps(group), me))
            recorded = [_recorded(results[int(row["number"])], row) for row in found.mappings()]
            for statement, rows in _writes(recorded, me=me, now=await self.now_us()):
                if rows:
                    await tx.exec_driver_sql(statement, rows)
        return Group(recorded=recorded, again=[])

    async def close(self) -> None:
        """The connections belong to the process."""


def _recorded(result: Result, row: RowMapping) -> Recorded:
    follows = result.verdict == "delivered" and row["pos"] is not None
    following = head_from(row, endpoint_id=result.head.endpoint_id) if follows else None
    return Recorded(result=result, following=following, revision=row["revision"])


def _writes(recorded: Sequence[Recorded], *, me: str, now: int) -> list[tuple[str, list[tuple[object, ...]]]]:
    """Statements with the rows of each, as the driver takes them: this runs for every delivery."""
    sent: list[tuple[object, ...]] = []
    good: list[tuple[object, ...]] = []
    drained: list[tuple[object, ...]] = []
    bad: list[tuple[object, ...]] = []
    log: list[tuple[object, ...]] = []
    for one in recorded:
        head = one.result.head
        lane = (head.endpoint_id, head.lane)
        log.append(_entry(one.result, me))
        if one.result.verdict == "delivered":
            sent.append((*lane, head.pos))
            if head.tries:
                good.append(lane)
            if one.following is None:
                drained.append((*lane, head.gen))
        else:
            delay = one.result.delay_us
            bad.append(
                (int(one.result.burns), BLOCKED_US if delay is None else now + delay, now, *lane, *lane, head.pos)
            )
    return [(_SENT, sent), (_GOOD, good), (_DRAINED, drained), (_BAD, bad), (_LOG, log)]


def _entry(result: Result, me: str) -> tuple[object, ...]:
    head = result.head
    return (
        result.started_at // 86_400_000_000,
        head.endpoint_id,
        head.event_seq,
        head.replay_id,
        head.tries + 1,
        result.started_at,
        result.duration_ms,
        result.dns_ms,
        result.connect_ms,
        result.ttfb_ms,
        result.ip,
        result.status,
        result.outcome,
        result.error_class,
        result.response_head,
        me,
    )
