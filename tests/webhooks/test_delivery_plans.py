"""How deliveries are listed: each part by an index in the order of the list, however long the history is."""

import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.database import Database
from service.webhooks.delivery_rows import Rows, Walk, letters_everywhere, listed
from service.webhooks.store_days import make_days
from tests.webhooks.depot import Depot, open_depot

MANY = 4_000
NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) ",
    "postgresql": "WITH n AS (SELECT i FROM generate_series(1, CAST(:many AS int)) i) ",
}
FILL = (
    "INSERT INTO event SELECT i, 'evt_' || i, 't', 1, 's' || (i % 50), i, i, NULL, NULL, '{}', :body FROM n",
    "INSERT INTO dlog (day, endpoint_id, event_seq, replay_id, n, started_at, duration_ms, outcome, worker) "
    "SELECT 1 + i / 500, 1 + i % 2, i, '', 1, i, 1.0, 'delivered', 'd' FROM n",
    "INSERT INTO dead_letter (endpoint_id, event_seq, replay_id, state, attempts, reason, ended_at) "
    "SELECT 1 + i % 2, i, 'r', CASE WHEN i % 3 = 0 THEN 'dead' ELSE 'retried' END, 1, 'exhausted', i FROM n",
    "INSERT INTO queue SELECT 1 + i % 2, 's' || (i % 50), i, i, i, 'q' FROM n",
    "INSERT INTO lane (endpoint_id, subject_key, gen, attempts, tries, visible_at) "
    "SELECT DISTINCT endpoint_id, subject_key, 1, 0, 0, 0 FROM queue",
)


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        for name in ("end_a", "end_b"):
            await made.office.subscribe("http://127.0.0.1:9/", name)
        async with database.transaction() as tx:
            await make_days(tx, today=0)
            for statement in FILL:
                start, _, rest = statement.partition("SELECT")
                row = f"{start}{NUMBERS[database.dialect]}SELECT{rest}" if "FROM n" in statement else statement
                filled = text(row)
                known = {"many": MANY, "body": "x" * 1_500}
                await tx.execute(filled, {name: known[name] for name in filled.compile().params})
            await tx.execute(text("ANALYZE"))
        yield made


async def plan(connection: AsyncConnection, statement: Rows) -> list[str]:
    dialect: Any = sqlite.dialect() if connection.dialect.name == "sqlite" else postgresql.dialect()
    written = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN ANALYZE"
    rows = (await connection.exec_driver_sql(f"{explain} {written}")).all()
    return [row.detail if connection.dialect.name == "sqlite" else row[0] for row in rows]


def reads_much(step: str) -> bool:
    """A table as a whole, or more rows than a page and what lies beside it."""
    if re.search(r"SCAN (queue|dlog|dead_letter|event)\b|Seq Scan on (queue|dlog|dead_letter|event)", step):
        return True
    found = re.search(r"actual time=\S+ rows=(\d+)\S* loops=(\d+)", step)
    return bool(found) and int(found[1]) * int(found[2]) > 200


async def test_no_history_is_read_or_sorted(depot: Depot) -> None:
    wanted: list[tuple[str, Rows]] = []
    for state in (None, "pending", "delivered", "dead", "retried"):
        for place, backward in ((None, False), ((2_000, ""), False), ((2_000, ""), True)):
            walk = Walk(place=place, backward=backward, limit=20)
            wanted.append((f"{state} {place} {backward}", listed(2, state, walk)))
    for place in (None, (2_000, "r", 1)):
        wanted.append((f"letters {place}", letters_everywhere("dead", Walk(place=place, backward=False, limit=20))))
    async with depot.database.read() as connection:
        for name, statement in wanted:
            steps = await plan(connection, statement)
            assert [step for step in steps if reads_much(step)] == [], (name, steps)
