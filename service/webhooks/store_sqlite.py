"""The store on SQLite: one process, one writer, so a group is recorded in one transaction of set statements."""

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text

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
FROM json_each(:group) r
JOIN endpoint e ON e.id = r.value ->> 1 AND e.owner = :me AND e.epoch = r.value ->> 4
JOIN lane l ON l.endpoint_id = e.id AND l.subject_key = r.value ->> 2
LEFT JOIN queue q ON q.endpoint_id = e.id AND q.subject_key = l.subject_key AND q.pos = (
  SELECT min(pos) FROM queue f WHERE f.endpoint_id = e.id AND f.subject_key = l.subject_key AND f.pos > r.value ->> 3)
LEFT JOIN event ev ON ev.seq = q.event_seq
"""

_SENT = "DELETE FROM queue WHERE endpoint_id = :e AND subject_key = :k AND pos = :pos"
# The lane's `gen` was raised by any append since its head was read; then it stays, whatever was seen of it.
_DRAINED = "DELETE FROM lane WHERE endpoint_id = :e AND subject_key = :k AND gen = :gen AND :last"
_GOOD = """UPDATE lane SET attempts = 0, tries = 0, visible_at = 0, first_fail_at = NULL
           WHERE endpoint_id = :e AND subject_key = :k AND tries > 0"""
_BAD = """UPDATE lane SET tries = tries + 1, attempts = attempts + :burns, visible_at = :visible,
          first_fail_at = coalesce(first_fail_at, :now) WHERE endpoint_id = :e AND subject_key = :k"""
_LOG = """INSERT OR IGNORE INTO dlog (day, endpoint_id, event_seq, replay_id, n, started_at, duration_ms, dns_ms,
          connect_ms, ttfb_ms, ip, status, outcome, error_class, response_head, worker)
          VALUES (:day, :e, :seq, :replay, :n, :started, :dur, :dns, :conn, :ttfb, :ip, :st, :outcome, :err,
                  :head, :me)"""


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
        recorded: list[Recorded] = []
        async with self._connections.transaction() as tx:
            now = await self.now_us()
            found = await tx.execute(text(_FOLLOWING), {"group": json.dumps(group), "me": me})
            for row in found.mappings():
                result = results[int(row["number"])]
                follows = result.verdict == "delivered" and row["pos"] is not None
                following = head_from(row, endpoint_id=result.head.endpoint_id) if follows else None
                recorded.append(Recorded(result=result, following=following, revision=row["revision"]))
            delivered = [_values(r, me=me, now=now) for r in recorded if r.result.verdict == "delivered"]
            failed = [_values(r, me=me, now=now) for r in recorded if r.result.verdict == "failed"]
            for statement, rows in ((_SENT, delivered), (_GOOD, delivered), (_DRAINED, delivered), (_BAD, failed)):
                if rows:
                    await tx.execute(text(statement), rows)
            if recorded:
                await tx.execute(text(_LOG), [*delivered, *failed])
        return Group(recorded=recorded, again=[])

    async def close(self) -> None:
        """The connections belong to the process."""


def _values(recorded: Recorded, *, me: str, now: int) -> dict[str, Any]:
    result = recorded.result
    head = result.head
    delay = BLOCKED_US if result.delay_us is None else result.delay_us
    return {
        "me": me,
        "now": now,
        "e": head.endpoint_id,
        "k": head.lane,
        "pos": head.pos,
        "gen": head.gen,
        "last": recorded.following is None,
        "seq": head.event_seq,
        "replay": head.replay_id,
        "burns": int(result.burns),
        "visible": delay if delay >= BLOCKED_US else now + delay,
        "n": head.tries + 1,
        "day": result.started_at // 86_400_000_000,
        "started": result.started_at,
        "dur": result.duration_ms,
        "dns": result.dns_ms,
        "conn": result.connect_ms,
        "ttfb": result.ttfb_ms,
        "ip": result.ip,
        "st": result.status,
        "outcome": result.outcome,
        "err": result.error_class,
        "head": result.response_head,
    }
