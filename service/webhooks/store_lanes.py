"""Raising lanes before something is appended to them."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# `ordering` is compared under the lock that keeps it from being changed: a lane of an order that the endpoint no
# longer has would be overtaken by those it has now.
# DO UPDATE, not DO NOTHING: the latter neither waits for a dispatcher that is dropping the lane nor leaves a mark
# that it would see. KEY SHARE keeps an endpoint from being deleted under what is appended; it bars nothing else.
_POSTGRES = text("""
INSERT INTO lane (endpoint_id, subject_key, gen, attempts, tries, visible_at)
SELECT x.id, t.k, 1, 0, 0, 0
FROM unnest(CAST(:numbers AS int[]), CAST(:keys AS text[]), CAST(:orderings AS text[])) AS t(e, k, o)
CROSS JOIN LATERAL (SELECT e.id, e.ordering FROM endpoint e WHERE e.id = t.e FOR KEY SHARE) x
WHERE t.o IS NULL OR t.o = x.ordering
ORDER BY x.id, t.k COLLATE "C"
ON CONFLICT (endpoint_id, subject_key) DO UPDATE SET gen = lane.gen + 1
RETURNING endpoint_id, subject_key
""")
_SQLITE = text("""
INSERT INTO lane (endpoint_id, subject_key, gen, attempts, tries, visible_at)
SELECT e.id, r.value ->> 1, 1, 0, 0, 0 FROM json_each(:rows) r JOIN endpoint e ON e.id = r.value ->> 0
WHERE r.value ->> 2 IS NULL OR r.value ->> 2 = e.ordering
ON CONFLICT (endpoint_id, subject_key) DO UPDATE SET gen = gen + 1
RETURNING endpoint_id, subject_key
""")


async def raise_lanes(
    tx: AsyncConnection, lanes: Sequence[tuple[int, str]], *, orderings: Mapping[int, str] | None = None
) -> set[tuple[int, str]]:
    """Make or mark lanes (endpoint, key), locked until `tx` ends, in an order that is the same for everybody.

    Returns those whose endpoint is still there and, where `orderings` names one for it, still has it.
    """
    rows = [(number, key, orderings[number] if orderings else None) for number, key in lanes]
    if tx.dialect.name == "sqlite":
        found = await tx.execute(_SQLITE, {"rows": json.dumps(rows)})
    else:
        numbers, keys, asked = zip(*rows, strict=True)
        found = await tx.execute(_POSTGRES, {"numbers": list(numbers), "keys": list(keys), "orderings": list(asked)})
    return {(row.endpoint_id, row.subject_key) for row in found}
