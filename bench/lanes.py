"""Asking what is due, beside lanes that wait for their next try: those must not be looked through each time."""

import time
from contextlib import AsyncExitStack

from sqlalchemy import text

from bench.databases import Shelter
from bench.harness import Goal, Plan, Run, Sample, Size, interleave, report, timed
from bench.sender import SEALER
from service.storage.database import Database
from service.webhooks.desk import WINDOW
from service.webhooks.endpoints import Subscription, create_endpoint
from service.webhooks.store import Ownership, Store
from service.webhooks.store_postgres import PostgresStore
from service.webhooks.store_sqlite import SQLiteStore
from service.webhooks.work import Owned

WAITING, DUE = 100_000, 64
SMOKE_WAITING, SMOKE_DUE = 200, 20
CLAIMS = 40
"""A round."""
LATER_US = 2**60
ME = "bench"
BESIDE = "claim beside lanes that wait"
ALONE = "claim with none"
GOALS = (Goal(name="backed-off lanes, p50", target=BESIDE, limit=ALONE, value="p50_ms", ratio=1.5),)

_NUMBERS = "WITH RECURSIVE t(n) AS (SELECT CAST(:first AS BIGINT) UNION ALL SELECT n + 1 FROM t WHERE n + 1 < :last)"
_STATEMENTS = (
    "INSERT INTO event (seq, id, type, schema_ver, subject_key, key_ver, recorded_at, facets, bodies) {numbers} "
    "SELECT n, 'evt_' || n, 'assignment.updated', 1, 'employee:' || n, 1, 1, '{{}}', CAST(:bodies AS TEXT) FROM t",
    "INSERT INTO queue (endpoint_id, subject_key, pos, key_ver, event_seq, replay_id) {numbers} "
    "SELECT 1, 'employee:' || n, n, 1, n, '' FROM t",
    "INSERT INTO lane (endpoint_id, subject_key, gen, attempts, tries, visible_at) {numbers} "
    "SELECT 1, 'employee:' || n, 1, CAST(:tries AS INT), CAST(:tries AS INT), CAST(:visible AS BIGINT) FROM t",
)
_BODIES = '{"v1": "' + "x" * 1_200 + '", "v1+pay": ""}'


async def measure(plan: Plan, place: Shelter) -> None:
    waiting, due = (SMOKE_WAITING, SMOKE_DUE) if plan.smoke else (WAITING, DUE)
    plan.say(f"what is due, {place.engine}: {due:,} lanes due of one endpoint, {CLAIMS} claims a round")
    plan.require(
        Size(what="lanes that wait", count=waiting, least=WAITING), Size(what="lanes due", count=due, least=DUE)
    )
    async with AsyncExitStack() as stack:
        contenders: dict[str, Run] = {}
        for name, beside in ((BESIDE, waiting), (ALONE, 0)):
            database = Database(url=await stack.enter_async_context(place.database()))
            stack.push_async_callback(database.close)
            await _fill(database, waiting=beside, due=due)
            store = await _store(database)
            stack.push_async_callback(store.close)
            now = await store.now_us()
            (owned,) = await Ownership(database, me=ME, lease_us=10**12).renew(now=now, idle=())
            contenders[name] = _claims(store, owned, expected=due)
        if not plan.smoke:
            await interleave(contenders, rounds=1)
        report(plan, await interleave(contenders, rounds=plan.rounds), GOALS)


def _claims(store: Store, owned: Owned, *, expected: int) -> Run:
    async def run() -> Sample:
        took: list[float] = []
        used, begun = time.process_time(), time.perf_counter()
        for _ in range(CLAIMS):
            at = time.perf_counter()
            look = await store.look(ME)
            heads = (await store.claim(ME, owned, busy=(), limit=WINDOW)).heads
            took.append(time.perf_counter() - at)
            if len(heads) != expected or not look.mine[owned.id][1]:
                raise RuntimeError(f"{len(heads)} heads, {expected} are due")
        return timed(took, seconds=time.perf_counter() - begun, cpu_seconds=time.process_time() - used)

    return run


async def _store(database: Database) -> Store:
    if database.dialect == "postgresql":
        return await PostgresStore.open(database.plain_url)
    return SQLiteStore(database)


async def _fill(database: Database, *, waiting: int, due: int) -> None:
    subscription = Subscription(
        url="http://127.0.0.1:9/", description=None, rendering="v1", event_types=("*",), filters={}
    )
    async with database.transaction() as tx:
        await create_endpoint(
            tx,
            public_id="end_bench",
            secret_id="sec_bench",
            subscription=subscription,
            sealer=SEALER,
            created_by="bench",
            now=1,
        )
    for first, count, tries, visible in ((1, waiting, 3, LATER_US), (waiting + 1, due, 0, 0)):
        for statement in _STATEMENTS if count else ():
            async with database.transaction() as tx:
                values = {"first": first, "last": first + count, "bodies": _BODIES, "tries": tries, "visible": visible}
                wanted = {name: value for name, value in values.items() if f":{name}" in statement + _NUMBERS}
                await tx.execute(text(statement.format(numbers=_NUMBERS)), wanted)
