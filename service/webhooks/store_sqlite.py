"""The store on SQLite: one process, one writer, so a group is recorded in one transaction of set statements."""

import json
import time
from collections.abc import Iterable, Sequence

from sqlalchemy import RowMapping, text

from service.webhooks.entries import Entry, entries_of
from service.webhooks.store import MOST_BYTES, RETURNS, claimed, depth_of, drop_headless, head_from
from service.webhooks.tables import DAY_US, SENDING, TENDED
from service.webhooks.work import BLOCKED_US, Claimed, Connections, Group, Look, Owned, Recorded, Result

_SENDING, _TENDED = (", ".join(f"'{state}'" for state in states) for states in (SENDING, TENDED))

# An open endpoint is due for a probe of whatever lane; opened by one lane alone, another that is new is tried at once.
_PROBED = f"""(e.probe_at <= :now AND EXISTS (
         SELECT 1 FROM lane l WHERE l.endpoint_id = e.id AND l.visible_at < {BLOCKED_US})
       OR e.state = 'open' AND EXISTS (
         SELECT 1 FROM lane l WHERE l.endpoint_id = e.id AND l.visible_at = 0 AND l.subject_key <> e.outage_lane))"""

_LOOK = f"""
SELECT e.id, e.revision, e.owner = :me AS mine, e.state IN ({_TENDED}) AS sending,
       e.skip_to > 0 OR e.not_before <= :now AND CASE WHEN e.state IN ('open', 'half_open') THEN {_PROBED} ELSE
       EXISTS (SELECT 1 FROM lane l WHERE l.endpoint_id = e.id AND l.visible_at <= :now) END AS due
FROM endpoint e
"""

# How often an event was tried is its lane's to say, unless it may have been tried behind another one, in a batch.
_TRIED = """CASE WHEN {l}.pos <= {l}.tried_to THEN coalesce((SELECT max(d.n) FROM dlog d
       WHERE d.event_seq = {l}.event_seq AND d.endpoint_id = {l}.endpoint_id AND d.replay_id = {l}.replay_id), 0)
       ELSE 0 END"""

# Bytes are counted as blobs: `octet_length` came with SQLite 3.43, and systems have older ones.
# Lanes that come back from a pause are due since an instant; new ones, whose instant is 0, have waited for less.
# The join follows the lanes one by one, so what the limits cut off is the end of the last one.
_DUE = "FROM lane WHERE endpoint_id = :id AND subject_key NOT IN (SELECT value FROM json_each(:busy))"
_CLAIM = f"""
WITH due AS (
  SELECT * FROM (SELECT * {_DUE} AND visible_at > 0 AND visible_at <= :now AND {RETURNS}
                 ORDER BY visible_at LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT * {_DUE} AND visible_at = 0 LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT * {_DUE} AND visible_at > 0 AND visible_at <= :now AND NOT {RETURNS}
                           ORDER BY visible_at LIMIT :limit)),
found AS MATERIALIZED (
  SELECT l.endpoint_id, l.subject_key, l.gen, l.attempts, l.tries, l.tried_to, q.pos, q.event_seq, q.replay_id,
         e.rendering
  FROM endpoint e CROSS JOIN (SELECT * FROM due LIMIT :limit) l
  LEFT JOIN queue q ON q.endpoint_id = l.endpoint_id AND q.subject_key = l.subject_key AND q.pos {{which}}
  WHERE e.id = :id AND e.owner = :me AND e.state IN ({_SENDING}) AND e.not_before <= :now
  LIMIT :limit),
placed AS MATERIALIZED (SELECT *, row_number() OVER () AS place FROM found),
sized AS (
  SELECT l.*, ev.id AS event_id, ev.type AS event_type, ev.subject_key AS subject, ev.traceparent, ev.recorded_at,
         ev.bodies,
         sum(length(CAST(ev.bodies AS BLOB))) OVER (ORDER BY place) AS total,
         coalesce(l.pos = min(l.pos) OVER (PARTITION BY l.subject_key), 1) AS leads
  FROM placed l LEFT JOIN event ev ON ev.seq = l.event_seq)
SELECT l.subject_key AS lane, l.gen, l.attempts * l.leads AS attempts,
       max(l.tries * l.leads, {_TRIED.format(l="l")}) AS tries, l.pos, l.event_seq, l.replay_id,
       l.event_id, l.event_type, l.subject, l.traceparent, l.recorded_at, l.total,
       json_extract(l.bodies, '$."' || l.rendering || '"') AS body
FROM sized l WHERE l.total IS NULL OR l.total - coalesce(length(CAST(l.bodies AS BLOB)), 0) < :bytes ORDER BY place
"""
_OF_LANE = "SELECT {what} FROM queue f WHERE f.endpoint_id = l.endpoint_id AND f.subject_key = l.subject_key"
_CLAIM_HEADS = text(_CLAIM.format(which=f"= ({_OF_LANE.format(what='min(f.pos)')})"))
_CLAIM_RUNS = text(_CLAIM.format(which=f"IN ({_OF_LANE.format(what='f.pos')} ORDER BY f.pos LIMIT :depth)"))

# Each row of the group that this dispatcher may still speak for, with its lane and what follows.
_FOLLOWING = f"""
WITH found AS (
  SELECT r.value ->> 0 AS number, e.revision, e.rendering, e.id AS endpoint_id, l.subject_key AS lane, l.gen,
         l.tried_to, q.pos, q.event_seq, q.replay_id
  FROM json_each(?) r
  JOIN endpoint e ON e.id = r.value ->> 1 AND e.owner = ? AND e.epoch = r.value ->> 4
  JOIN lane l ON l.endpoint_id = e.id AND l.subject_key = r.value ->> 2
  LEFT JOIN queue q ON q.endpoint_id = e.id AND q.subject_key = l.subject_key AND q.pos = (
    SELECT min(pos) FROM queue f
    WHERE f.endpoint_id = e.id AND f.subject_key = l.subject_key AND f.pos > r.value ->> 3))
SELECT n.number, n.revision, n.lane, n.gen, 0 AS attempts, {_TRIED.format(l="n")} AS tries, n.pos, n.event_seq,
       n.replay_id, ev.id AS event_id, ev.type AS event_type, ev.subject_key AS subject, ev.traceparent,
       ev.recorded_at,
       json_extract(ev.bodies, '$."' || n.rendering || '"') AS body
FROM found n LEFT JOIN event ev ON ev.seq = n.event_seq
"""

_SENT = "DELETE FROM queue WHERE endpoint_id = ? AND subject_key = ? AND pos = ?"
# The lane's `gen` was raised by any append since its head was read; then it stays, whatever was seen of it.
_DRAINED = "DELETE FROM lane WHERE endpoint_id = ? AND subject_key = ? AND gen = ?"
_GOOD = """UPDATE lane SET attempts = 0, tries = 0, visible_at = 0, first_fail_at = NULL
           WHERE endpoint_id = ? AND subject_key = ?"""
# A head that somebody has dropped meanwhile fails for nobody: what follows it begins anew.
_BAD = """UPDATE lane SET tries = tries + 1, attempts = attempts + ?, visible_at = ?,
          first_fail_at = coalesce(first_fail_at, ?)
          WHERE endpoint_id = ? AND subject_key = ? AND EXISTS (
          SELECT 1 FROM queue q WHERE q.endpoint_id = ? AND q.subject_key = ? AND q.pos = ?)"""
# But what follows it was tried with it.
_TRIED_TO = "UPDATE lane SET tried_to = max(tried_to, ?) WHERE endpoint_id = ? AND subject_key = ?"
_LOG = """INSERT OR IGNORE INTO dlog (day, endpoint_id, event_seq, replay_id, n, started_at, duration_ms, dns_ms,
          connect_ms, tls_ms, ttfb_ms, ip, status, outcome, error_class, response_head, worker, response_headers,
          rendering) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


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

    async def claim(
        self, me: str, owned: Owned, *, busy: Iterable[str], limit: int, most_bytes: int = MOST_BYTES
    ) -> Claimed:
        asked = {
            "me": me,
            "id": owned.id,
            "now": await self.now_us(),
            "busy": json.dumps(list(busy)),
            "limit": limit,
            "bytes": most_bytes,
        }
        if (depth := depth_of(owned)) > 1:
            asked["depth"] = depth
        async with self._connections.read() as connection:
            found = await connection.execute(_CLAIM_RUNS if depth > 1 else _CLAIM_HEADS, asked)
            rows = found.mappings().all()
        headless = [row for row in rows if row["pos"] is None]
        if headless:
            async with self._connections.transaction() as tx:
                for row in headless:
                    await drop_headless(tx, owned.id, row["lane"], row["gen"])
        return claimed(owned.id, rows, limit=limit, most_bytes=most_bytes)

    async def record(self, me: str, results: Sequence[Result]) -> Group:
        group = [[number, r.head.endpoint_id, r.head.lane, r.last.pos, r.epoch] for number, r in enumerate(results)]
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
    behind: list[tuple[object, ...]] = []
    log: list[tuple[object, ...]] = []
    for one in recorded:
        result = one.result
        lane = (result.head.endpoint_id, result.head.lane)
        for entry in entries_of(result):
            log.append(_row(entry, me))
            if entry.sent:
                sent.append((*lane, entry.head.pos))
        # What failed behind something delivered starts anew.
        if result.heads[0].tries and (result.before or result.verdict == "delivered"):
            good.append(lane)
        if result.verdict == "failed":
            delay = result.delay_us
            until = BLOCKED_US if delay is None else now + delay
            bad.append((int(result.burns), until, now, *lane, *lane, result.head.pos))
            if result.tried_to:
                behind.append((result.tried_to, *lane))
        elif one.following is None:
            drained.append((*lane, result.head.gen))
    return [(_SENT, sent), (_GOOD, good), (_DRAINED, drained), (_BAD, bad), (_TRIED_TO, behind), (_LOG, log)]


def _row(entry: Entry, me: str) -> tuple[object, ...]:
    came = entry.came
    return (
        came.started_at // DAY_US,
        entry.head.endpoint_id,
        entry.head.event_seq,
        entry.head.replay_id,
        entry.n,
        came.started_at,
        came.duration_ms,
        came.dns_ms,
        came.connect_ms,
        came.tls_ms,
        came.ttfb_ms,
        came.ip,
        came.status,
        entry.outcome,
        entry.error_class,
        came.response_head,
        me,
        came.response_headers,
        came.rendering,
    )
