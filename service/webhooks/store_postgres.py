"""The store on Postgres: raw statements on asyncpg, each one round trip and its own commit.

Raw, because claim and record run for every delivery: with them a delivery costs a hundredth of a round trip
(docs/decisions: own sender). LATERAL keeps the joins on the index of lanes; joins of CTEs by USING fell to
nested loops over whole tables.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.webhooks.driver import Pool, open_pool
from service.webhooks.entries import Entry, entries_of
from service.webhooks.store import MOST_BYTES, RETURNS, claimed, depth_of, head_from
from service.webhooks.tables import SENDING, TENDED
from service.webhooks.work import BLOCKED_US, Claimed, Group, Look, Owned, Recorded, Result

# now(), not clock_timestamp(): each statement is its own transaction, and a volatile function keeps an index unused.
_NOW = "(extract(epoch FROM now()) * 1000000)::bigint"
_SENDING, _TENDED = (", ".join(f"'{state}'" for state in states) for states in (SENDING, TENDED))

# An open endpoint is due for a probe of whatever lane; opened by one lane alone, another that is new is tried at once.
_PROBED = f"""(e.probe_at <= {_NOW} AND EXISTS (
         SELECT 1 FROM lane l WHERE l.endpoint_id = e.id AND l.visible_at < {BLOCKED_US})
       OR e.state = 'open' AND EXISTS (
         SELECT 1 FROM lane l WHERE l.endpoint_id = e.id AND l.visible_at = 0 AND l.subject_key <> e.outage_lane))"""

_LOOK = f"""
SELECT e.id, e.revision, e.owner = $1 AS mine, e.state IN ({_TENDED}) AS sending,
       e.skip_to > 0 OR e.not_before <= {_NOW} AND CASE WHEN e.state IN ('open', 'half_open') THEN {_PROBED} ELSE
       EXISTS (SELECT 1 FROM lane l WHERE l.endpoint_id = e.id AND l.visible_at <= {_NOW}) END AS due
FROM endpoint e WHERE e.owner = $1 OR e.owner_until < {_NOW}
"""

# How often an event was tried is its lane's to say, unless it may have been tried behind another one, in a batch.
_TRIES = """greatest({first}, CASE WHEN {l}.pos <= {l}.tried_to THEN (SELECT max(d.n) FROM dlog d
      WHERE d.event_seq = {l}.event_seq AND d.endpoint_id = {l}.endpoint_id AND d.replay_id = {l}.replay_id) END)"""

# Lanes that come back from a pause are due since an instant; new ones, whose instant is 0, have waited for less.
# The joins follow the lanes one by one, so what the limits cut off is the end of the last one.
_DUE = "FROM lane l WHERE l.endpoint_id = e.id AND l.subject_key NOT IN (SELECT unnest($3::text[]))"
_CLAIM = f"""
WITH found AS MATERIALIZED (
  SELECT e.rendering, l.endpoint_id, l.subject_key, l.gen, l.tried_to, q.*,
         CASE WHEN q.nth = 1 THEN l.attempts ELSE 0 END AS attempts,
         CASE WHEN q.nth = 1 THEN l.tries ELSE 0 END AS tries
  FROM endpoint e
  CROSS JOIN LATERAL (
    SELECT * FROM (
      (SELECT * {_DUE} AND l.visible_at > 0 AND l.visible_at <= {_NOW} AND {RETURNS} ORDER BY l.visible_at LIMIT $4)
      UNION ALL
      (SELECT * {_DUE} AND l.visible_at = 0 LIMIT $4)
      UNION ALL
      (SELECT * {_DUE} AND l.visible_at > 0 AND l.visible_at <= {_NOW} AND NOT {RETURNS}
         ORDER BY l.visible_at LIMIT $4)) due LIMIT $4) l
  LEFT JOIN LATERAL (
    SELECT q.pos, q.event_seq, q.replay_id, row_number() OVER (ORDER BY q.pos) AS nth FROM queue q
    WHERE q.endpoint_id = e.id AND q.subject_key = l.subject_key ORDER BY q.pos LIMIT $5) q ON true
  WHERE e.id = $2 AND e.owner = $1 AND e.state IN ({_SENDING}) AND e.not_before <= {_NOW}
  LIMIT $4),
placed AS MATERIALIZED (SELECT *, row_number() OVER () AS place FROM found),
sized AS (
  SELECT l.*, ev.id AS event_id, ev.type AS event_type, ev.subject_key AS subject, ev.traceparent, ev.recorded_at,
         ev.bodies,
         sum(octet_length(ev.bodies)) OVER (ORDER BY place) AS total
  FROM placed l LEFT JOIN event ev ON ev.seq = l.event_seq)
SELECT l.subject_key AS lane, l.gen, l.attempts, {_TRIES.format(first="l.tries", l="l")} AS tries, l.pos, l.event_seq,
       l.replay_id, l.event_id, l.event_type, l.subject, l.traceparent, l.recorded_at,
       l.bodies::json ->> l.rendering AS body, l.total
FROM sized l WHERE l.total IS NULL OR l.total - coalesce(octet_length(l.bodies), 0) < $6 ORDER BY l.place
"""

# A lane without a head goes under its `gen`: an append that committed since has raised it, and the row lock
# of the delete makes sure that this is seen.
_DROP_HEADLESS = "DELETE FROM lane WHERE endpoint_id = $1 AND subject_key = $2 AND gen = $3"

# One statement for a group of results of any endpoints: `r` has a row for each lane, `g` one for each event and try.
# `own` is the fence. Endpoints and lanes that a writer holds are skipped and offered again: waiting for one would
# keep all the others. A lane is dropped only if nothing follows and nobody has appended since its head was read.
# What follows comes back, so that a busy lane costs no second read. A head
# that somebody has dropped meanwhile fails for nobody: what follows it begins anew, but was tried with it.
_FAILS = "(rr.here AND l.attempts = rr.failures)"
_RECORD = f"""
WITH r AS MATERIALIZED (
  SELECT * FROM unnest($2::int[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bool[], $8::bool[],
    $9::bool[], $10::bigint[], $11::bigint[], $12::int[], $13::bigint[]) WITH ORDINALITY
    AS t(e, k, pos, gen, epoch, ok, burns, fresh, delay, tried_to, failures, head_pos, i)),
g AS MATERIALIZED (
  SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::bool[], $17::bigint[], $18::text[], $19::int[],
    $20::bigint[], $21::float8[], $22::float8[], $23::float8[], $24::float8[], $25::text[], $26::int[], $27::text[],
    $28::text[], $29::text[], $30::float8[], $31::text[], $32::text[])
    AS t(i, pos, sent, seq, replay, n, started, dur, dns, conn, ttfb, ip, st, outcome, err, head, tls, headers,
         form)),
own AS MATERIALIZED (
  SELECT e.id, e.epoch, e.revision, e.rendering FROM endpoint e
  WHERE e.owner = $1 AND (e.id, e.epoch) IN (SELECT r.e, r.epoch FROM r) FOR SHARE SKIP LOCKED),
rr AS MATERIALIZED (
  SELECT r.*, own.revision, own.rendering, x.gen AS gen2, x.tried_to AS tried2, h.pos AS next_pos,
    h.event_seq AS next_seq, h.replay_id AS next_replay, EXISTS (
    SELECT 1 FROM queue q WHERE q.endpoint_id = r.e AND q.subject_key = r.k AND q.pos = r.head_pos) AS here
  FROM r JOIN own ON own.id = r.e AND own.epoch = r.epoch
  CROSS JOIN LATERAL (
    SELECT l.gen, l.tried_to FROM lane l WHERE l.endpoint_id = r.e AND l.subject_key = r.k
    FOR UPDATE OF l SKIP LOCKED) x
  LEFT JOIN LATERAL (
    SELECT q.pos, q.event_seq, q.replay_id FROM queue q
    WHERE q.endpoint_id = r.e AND q.subject_key = r.k AND q.pos > r.pos ORDER BY q.pos LIMIT 1) h ON true),
gone AS (
  DELETE FROM lane l USING rr WHERE rr.ok AND rr.next_pos IS NULL AND rr.gen = rr.gen2
    AND l.endpoint_id = rr.e AND l.subject_key = rr.k),
bad AS (
  UPDATE lane l SET tries = CASE WHEN NOT {_FAILS} THEN l.tries WHEN rr.fresh THEN 1 ELSE l.tries + 1 END,
    attempts = CASE WHEN NOT {_FAILS} THEN l.attempts WHEN rr.fresh THEN rr.burns::int
      ELSE l.attempts + rr.burns::int END,
    visible_at = CASE WHEN NOT {_FAILS} THEN l.visible_at WHEN rr.delay >= {BLOCKED_US} THEN rr.delay
      ELSE {_NOW} + rr.delay END,
    first_fail_at = CASE WHEN NOT {_FAILS} THEN l.first_fail_at WHEN rr.fresh THEN {_NOW}
      ELSE coalesce(l.first_fail_at, {_NOW}) END,
    tried_to = greatest(l.tried_to, rr.tried_to)
  FROM rr WHERE NOT rr.ok AND l.endpoint_id = rr.e AND l.subject_key = rr.k
    AND ({_FAILS} OR rr.tried_to > l.tried_to)),
good AS (
  UPDATE lane l SET attempts = 0, tries = 0, visible_at = 0, first_fail_at = NULL
  FROM rr WHERE rr.ok AND l.tries > 0 AND NOT (rr.next_pos IS NULL AND rr.gen = rr.gen2)
    AND l.endpoint_id = rr.e AND l.subject_key = rr.k),
sent AS (
  DELETE FROM queue q USING rr, g WHERE g.i = rr.i AND g.sent
    AND q.endpoint_id = rr.e AND q.subject_key = rr.k AND q.pos = g.pos),
log AS (
  INSERT INTO dlog (day, endpoint_id, event_seq, replay_id, n, started_at, duration_ms, dns_ms, connect_ms,
    ttfb_ms, ip, status, outcome, error_class, response_head, worker, tls_ms, response_headers, rendering)
  SELECT (started / 86400000000)::int, rr.e, seq, replay, n, started, dur, dns, conn, ttfb, ip, st, outcome, err, head,
    $1, tls, headers, form
  FROM g JOIN rr ON rr.i = g.i ON CONFLICT DO NOTHING),
n AS (
  SELECT rr.i, rr.revision, rr.e AS endpoint_id, rr.k AS lane, rr.gen2 AS gen, rr.rendering, rr.tried2 AS tried_to,
         rr.next_pos AS pos, rr.next_seq AS event_seq, rr.next_replay AS replay_id
  FROM rr)
SELECT n.i, n.revision, n.lane, n.gen, 0 AS attempts, {_TRIES.format(first=0, l="n")} AS tries, n.pos, n.event_seq,
       n.replay_id, ev.id AS event_id, ev.type AS event_type, ev.subject_key AS subject, ev.traceparent, ev.recorded_at,
       ev.bodies::json ->> n.rendering AS body
FROM n LEFT JOIN event ev ON ev.seq = n.event_seq
"""

_STILL_MINE = """
SELECT t.i FROM unnest($2::int[], $3::text[], $4::bigint[]) WITH ORDINALITY AS t(e, k, epoch, i)
JOIN endpoint e ON e.id = t.e AND e.owner = $1 AND e.epoch = t.epoch
JOIN lane l ON l.endpoint_id = t.e AND l.subject_key = t.k
"""

COMMAND_SECONDS = 5.0
"""As long as a lease: what takes longer would be about endpoints that somebody else has taken."""


class PostgresStore:
    """Made by `open`, since its connections are its own: a claim must not wait behind a request."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str) -> "PostgresStore":
        return cls(await open_pool(url, size=4, command_seconds=COMMAND_SECONDS))

    async def now_us(self) -> int:
        return await self._pool.fetchval(f"SELECT {_NOW}")

    async def look(self, me: str) -> Look:
        rows = await self._pool.fetch(_LOOK, me)
        mine = {row["id"]: (row["revision"], row["due"]) for row in rows if row["mine"] and row["sending"]}
        return Look(mine=mine, unowned=not all(row["mine"] for row in rows))

    async def claim(
        self, me: str, owned: Owned, *, busy: Iterable[str], limit: int, most_bytes: int = MOST_BYTES
    ) -> Claimed:
        rows = await self._pool.fetch(_CLAIM, me, owned.id, list(busy), limit, depth_of(owned), most_bytes)
        for row in rows:
            if row["pos"] is None:
                await self._pool.execute(_DROP_HEADLESS, owned.id, row["lane"], row["gen"])
        return claimed(owned.id, rows, limit=limit, most_bytes=most_bytes)

    async def record(self, me: str, results: Sequence[Result]) -> Group:
        ordered = sorted(results, key=lambda result: (result.head.endpoint_id, result.head.lane))
        rows = await self._pool.fetch(_RECORD, me, *_columns(ordered))
        found: dict[int, Mapping[str, Any]] = {row["i"] - 1: row for row in rows}
        missed: list[Result] = [result for i, result in enumerate(ordered) if i not in found]
        return Group(
            recorded=[_recorded(ordered[i], row) for i, row in sorted(found.items())],
            again=await self._still_mine(me, missed) if missed else [],
        )

    async def _still_mine(self, me: str, results: list[Result]) -> list[Result]:
        columns = zip(*((r.head.endpoint_id, r.head.lane, r.epoch) for r in results), strict=True)
        rows = await self._pool.fetch(_STILL_MINE, me, *map(list, columns))
        return [results[row["i"] - 1] for row in rows]

    async def close(self) -> None:
        """At once when it must be: a statement that hangs would keep a stopping process."""
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


def _recorded(result: Result, row: Mapping[str, Any]) -> Recorded:
    follows = result.verdict == "delivered" and row["pos"] is not None
    following = head_from(row, endpoint_id=result.head.endpoint_id) if follows else None
    return Recorded(result=result, following=following, revision=row["revision"])


def _columns(results: Sequence[Result]) -> list[list[Any]]:
    lanes: list[tuple[Any, ...]] = []
    log: list[tuple[Any, ...]] = []
    for number, r in enumerate(results, start=1):
        lanes.append(
            (
                r.head.endpoint_id,
                r.head.lane,
                r.last.pos,
                r.head.gen,
                r.epoch,
                r.verdict == "delivered",
                r.burns,
                bool(r.before),
                BLOCKED_US if r.delay_us is None else r.delay_us,
                r.tried_to,
                r.heads[0].attempts,
                r.head.pos,
            )
        )
        log += [_entry(number, entry) for entry in entries_of(r)]
    return [list(column) for rows in (lanes, log) for column in zip(*rows, strict=True)]


def _entry(number: int, entry: Entry) -> tuple[Any, ...]:
    came = entry.came
    return (
        number,
        entry.head.pos,
        entry.sent,
        entry.head.event_seq,
        entry.head.replay_id,
        entry.n,
        came.started_at,
        came.duration_ms,
        came.dns_ms,
        came.connect_ms,
        came.ttfb_ms,
        came.ip,
        came.status,
        entry.outcome,
        entry.error_class,
        came.response_head,
        came.tls_ms,
        came.response_headers,
        came.rendering,
    )
