"""The store on Postgres: raw statements on asyncpg, each one round trip and its own commit.

Raw, because claim and record run for every delivery: with them a delivery costs a hundredth of a round trip
(docs/decisions: own sender). LATERAL keeps the joins on the index of lanes; joins of CTEs by USING fell to
nested loops over whole tables.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.webhooks.driver import Pool, open_pool
from service.webhooks.store import head_from
from service.webhooks.tables import SENDING
from service.webhooks.work import BLOCKED_US, Group, Head, Look, Owned, Recorded, Result

# now(), not clock_timestamp(): each statement is its own transaction, and a volatile function keeps an index unused.
_NOW = "(extract(epoch FROM now()) * 1000000)::bigint"
_SENDING = ", ".join(f"'{state}'" for state in SENDING)

_LOOK = f"""
SELECT e.id, e.revision, e.owner = $1 AS mine, e.state IN ({_SENDING}) AS sending,
       e.not_before <= {_NOW}
       AND EXISTS (SELECT 1 FROM lane l WHERE l.endpoint_id = e.id AND l.visible_at <= {_NOW}) AS due
FROM endpoint e WHERE e.owner = $1 OR e.owner_until < {_NOW}
"""

_CLAIM = f"""
SELECT l.subject_key AS lane, l.gen, l.attempts, l.tries, q.pos, q.event_seq, q.replay_id,
       ev.id AS event_id, ev.type AS event_type, ev.subject_key AS subject, ev.traceparent,
       ev.bodies::json ->> e.rendering AS body
FROM endpoint e
CROSS JOIN LATERAL (
  SELECT * FROM lane l WHERE l.endpoint_id = e.id AND l.visible_at <= {_NOW}
    AND l.subject_key NOT IN (SELECT unnest($3::text[]))
  ORDER BY l.visible_at LIMIT $4) l
LEFT JOIN LATERAL (
  SELECT * FROM queue q WHERE q.endpoint_id = e.id AND q.subject_key = l.subject_key ORDER BY q.pos LIMIT 1) q ON true
LEFT JOIN event ev ON ev.seq = q.event_seq
WHERE e.id = $2 AND e.owner = $1 AND e.state IN ({_SENDING}) AND e.not_before <= {_NOW}
"""

# A lane without a head goes under its `gen`: an append that committed since has raised it, and the row lock
# of the delete makes sure that this is seen.
_DROP_HEADLESS = "DELETE FROM lane WHERE endpoint_id = $1 AND subject_key = $2 AND gen = $3"

# One statement for a group of results of any endpoints. `own` is the fence. Endpoints and lanes that a writer
# holds are skipped and offered again: waiting for one would keep all the others. A lane is dropped only if
# nothing follows and nobody has appended since its head was read. What follows comes back, so that a busy lane
# costs no second read. A head that somebody has dropped meanwhile fails for nobody: what follows it begins anew.
_RECORD = f"""
WITH r AS MATERIALIZED (
  SELECT * FROM unnest($2::int[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::bool[],
    $9::bool[], $10::bigint[], $11::int[], $12::bigint[], $13::float8[], $14::float8[], $15::float8[],
    $16::float8[], $17::text[], $18::int[], $19::text[], $20::text[], $21::text[], $22::bigint[]) WITH ORDINALITY
    AS t(e, k, pos, gen, seq, replay, ok, burns, delay, n, started, dur, dns, conn, ttfb, ip, st, outcome, err,
         head, epoch, i)),
own AS MATERIALIZED (
  SELECT e.id, e.epoch, e.revision, e.rendering FROM endpoint e
  WHERE e.owner = $1 AND (e.id, e.epoch) IN (SELECT r.e, r.epoch FROM r) FOR SHARE SKIP LOCKED),
rr AS MATERIALIZED (
  SELECT r.*, own.revision, own.rendering, x.gen AS gen2, h.pos AS next_pos, h.event_seq AS next_seq,
    h.replay_id AS next_replay
  FROM r JOIN own ON own.id = r.e AND own.epoch = r.epoch
  CROSS JOIN LATERAL (
    SELECT l.gen FROM lane l WHERE l.endpoint_id = r.e AND l.subject_key = r.k FOR UPDATE OF l SKIP LOCKED) x
  LEFT JOIN LATERAL (
    SELECT q.pos, q.event_seq, q.replay_id FROM queue q
    WHERE q.endpoint_id = r.e AND q.subject_key = r.k AND q.pos > r.pos ORDER BY q.pos LIMIT 1) h ON true),
gone AS (
  DELETE FROM lane l USING rr WHERE rr.ok AND rr.next_pos IS NULL AND rr.gen = rr.gen2
    AND l.endpoint_id = rr.e AND l.subject_key = rr.k),
bad AS (
  UPDATE lane l SET tries = l.tries + 1, attempts = l.attempts + rr.burns::int,
    visible_at = CASE WHEN rr.delay >= {BLOCKED_US} THEN rr.delay ELSE {_NOW} + rr.delay END,
    first_fail_at = coalesce(l.first_fail_at, {_NOW})
  FROM rr WHERE NOT rr.ok AND l.endpoint_id = rr.e AND l.subject_key = rr.k
    AND l.tries = rr.n - 1 AND EXISTS (
    SELECT 1 FROM queue q WHERE q.endpoint_id = rr.e AND q.subject_key = rr.k AND q.pos = rr.pos)),
good AS (
  UPDATE lane l SET attempts = 0, tries = 0, visible_at = 0, first_fail_at = NULL
  FROM rr WHERE rr.ok AND l.tries > 0 AND NOT (rr.next_pos IS NULL AND rr.gen = rr.gen2)
    AND l.endpoint_id = rr.e AND l.subject_key = rr.k),
sent AS (
  DELETE FROM queue q USING rr WHERE rr.ok AND q.endpoint_id = rr.e AND q.subject_key = rr.k AND q.pos = rr.pos),
log AS (
  INSERT INTO dlog (day, endpoint_id, event_seq, replay_id, n, started_at, duration_ms, dns_ms, connect_ms,
    ttfb_ms, ip, status, outcome, error_class, response_head, worker)
  SELECT (started / 86400000000)::int, e, seq, replay, n, started, dur, dns, conn, ttfb, ip, st, outcome, err, head, $1
  FROM rr ON CONFLICT DO NOTHING)
SELECT rr.i, rr.revision, rr.k AS lane, rr.gen2 AS gen, 0 AS attempts, 0 AS tries, rr.next_pos AS pos,
       rr.next_seq AS event_seq, rr.next_replay AS replay_id, ev.id AS event_id, ev.type AS event_type,
       ev.subject_key AS subject, ev.traceparent, ev.bodies::json ->> rr.rendering AS body
FROM rr LEFT JOIN event ev ON ev.seq = rr.next_seq
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

    async def claim(self, me: str, owned: Owned, *, busy: Iterable[str], limit: int) -> list[Head]:
        heads: list[Head] = []
        for row in await self._pool.fetch(_CLAIM, me, owned.id, list(busy), limit):
            if row["pos"] is None:
                await self._pool.execute(_DROP_HEADLESS, owned.id, row["lane"], row["gen"])
            else:
                heads.append(head_from(row, endpoint_id=owned.id))
        return heads

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
    rows = [
        (
            r.head.endpoint_id,
            r.head.lane,
            r.head.pos,
            r.head.gen,
            r.head.event_seq,
            r.head.replay_id,
            r.verdict == "delivered",
            r.burns,
            BLOCKED_US if r.delay_us is None else r.delay_us,
            r.head.tries + 1,
            r.started_at,
            r.duration_ms,
            r.dns_ms,
            r.connect_ms,
            r.ttfb_ms,
            r.ip,
            r.status,
            r.outcome,
            r.error_class,
            r.response_head,
            r.epoch,
        )
        for r in results
    ]
    return [list(column) for column in zip(*rows, strict=True)]
