"""Raising lanes before something is appended to them."""

import json
import time
from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# `ordering` is compared under the lock that keeps it from being changed: a lane of an order that the endpoint no
# longer has would be overtaken by those it has now.
# DO UPDATE, not DO NOTHING: the latter neither waits for a dispatcher that is dropping the lane nor leaves a mark
# that it would see. KEY SHARE keeps an endpoint from being deleted under what is appended; it bars nothing else.
_POSTGRES = """
INSERT INTO lane (endpoint_id, subject_key, gen, attempts, tries, visible_at)
SELECT x.id, t.k, 1, 0, 0, {visible_at}
FROM unnest(CAST(:numbers AS int[]), CAST(:keys AS text[]), CAST(:orderings AS text[])) AS t(e, k, o)
CROSS JOIN LATERAL (SELECT e.id, e.ordering FROM endpoint e WHERE e.id = t.e FOR KEY SHARE) x
WHERE t.o IS NULL OR t.o = x.ordering
ORDER BY x.id, t.k COLLATE "C"
ON CONFLICT (endpoint_id, subject_key) DO UPDATE SET gen = lane.gen + 1
RETURNING endpoint_id, subject_key
"""
_SQLITE = """
INSERT INTO lane (endpoint_id, subject_key, gen, attempts, tries, visible_at)
SELECT e.id, r.value ->> 1, 1, 0, 0, {visible_at} FROM json_each(:rows) r JOIN endpoint e ON e.id = r.value ->> 0
WHERE r.value ->> 2 IS NULL OR r.value ->> 2 = e.ordering
ON CONFLICT (endpoint_id, subject_key) DO UPDATE SET gen = gen + 1
RETURNING endpoint_id, subject_key
"""
# The longest waiting are claimed first: a new lane is due since ever, one that yields since now.
_RAISE = {
    ("postgresql", False): text(_POSTGRES.format(visible_at="0")),
    ("postgresql", True): text(_POSTGRES.format(visible_at="CAST(extract(epoch FROM now()) * 1000000 AS bigint)")),
    ("sqlite", False): text(_SQLITE.format(visible_at="0")),
    ("sqlite", True): text(_SQLITE.format(visible_at=":now")),
}


async def raise_lanes(
    tx: AsyncConnection,
    lanes: Sequence[tuple[int, str]],
    *,
    orderings: Mapping[int, str] | None = None,
    yielding: bool = False,
) -> set[tuple[int, str]]:
    """Make or mark lanes (endpoint, key), locked until `tx` ends, in an order that is the same for everybody.

    Lanes made `yielding` are claimed after those made otherwise. Returns those whose endpoint is still there and, where
    `orderings` names one for it, still has it.
    """
    rows = [(number, key, orderings[number] if orderings else None) for number, key in lanes]
    statement = _RAISE[tx.dialect.name, yielding]
    if tx.dialect.name == "sqlite":
        now = {"now": time.time_ns() // 1000} if yielding else {}
        found = await tx.execute(statement, {"rows": json.dumps(rows), **now})
    else:
        numbers, keys, asked = zip(*rows, strict=True)
        found = await tx.execute(statement, {"numbers": list(numbers), "keys": list(keys), "orderings": list(asked)})
    return {(row.endpoint_id, row.subject_key) for row in found}
