"""A million changes in one batch by request, and how it is meanwhile for whoever asks for something else.

Then the same rows loaded elsewhere by hand, where nothing is decided.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

import httpx
import psutil

from bench.bare import DAY
from bench.company import employee_id, furnish
from bench.databases import Shelter
from bench.harness import Plan, Size, quantile
from bench.loading import Taken, by_hand
from bench.machine import REST, pin
from bench.served import Served, service

CHANGES = int(os.environ.get("BENCH_BATCH", "1000000"))
LEAST, SMOKE_CHANGES = 200_000, 600
SENT_AT_ONCE = 50_000
PARTS = 10
NEIGHBOURS = 500
"""People of whom changes are recorded one by one meanwhile."""
READS_A_SECOND, READS_TO_A_CHANGE = 20, 10
ALONE_SECONDS, SMOKE_ALONE_SECONDS = 10.0, 0.5
FLAT, MOST_MS, LEAST_BY_HAND = 1.25, 250.0, 0.3
"""The most memory of the last part to that of the second; the longest that nineteen of twenty readers wait; the least
rate to that of loading."""


@dataclass(slots=True)
class Waited:
    """Milliseconds of those who asked for something else, since it was last looked."""

    reads: list[float] = field(default_factory=list[float])
    changes: list[float] = field(default_factory=list[float])

    def told(self) -> str:
        return ", ".join(
            f"{name} p50 {quantile(taken, 0.5):.0f} p95 {quantile(taken, 0.95):.0f} max {max(taken):.0f} ms"
            for name, taken in (("reads", self.reads), ("changes", self.changes))
            if taken
        )


async def measure(plan: Plan, place: Shelter) -> None:
    changes, alone = (SMOKE_CHANGES, SMOKE_ALONE_SECONDS) if plan.smoke else (CHANGES, ALONE_SECONDS)
    plan.say(f"batch, {place.engine}: one partial batch by request, {READS_A_SECOND} others a second beside it, once")
    plan.require(Size(what="changes", count=changes, least=LEAST))
    async with AsyncExitStack() as stack:
        template = await stack.enter_async_context(place.database())
        # The last ones are in no row of the batch.
        key = await furnish(template, people=changes + NEIGHBOURS)
        ours, theirs = [await stack.enter_async_context(place.database(like=template)) for _ in range(2)]
        taken, since = Taken(ours, place.folder), time.time_ns() // 1000
        rate = await _served(plan, ours, key, changes, alone)
        await taken.take(since)
        by_us = await by_hand(theirs, changes, taken, lambda: (_CLOSED, _COUNTED))()
    plan.say(f"  by hand, the same rows loaded: {by_us.rate:,.0f} changes per s")
    _judge(plan, "rate to that by hand", rate / by_us.rate, LEAST_BY_HAND, at_least=True)
    plan.say()


async def _served(plan: Plan, database: str, key: str, changes: int, alone: float) -> float:
    """Changes a second, from the request to apply them until the last one is recorded."""
    async with AsyncExitStack() as stack:
        served = stack.enter_context(service(database, worker=True))
        pin(REST)
        headers = {"Authorization": f"Bearer {key}"}
        limits = httpx.Timeout(600.0)
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=served.url, headers=headers, timeout=limits, trust_env=False)
        )
        async with _others(client, changes) as waited:
            await asyncio.sleep(alone)
            plan.say(f"  nothing else: {waited.told()}")
            _begin(waited)
            batch = await _stored(client, changes)
            plan.say(f"  while rows are sent: {waited.told()}, {_megabytes(served):,.0f} MB")
            _begin(waited)
            return await _applied(plan, client, batch, served, waited, changes)


async def _applied(
    plan: Plan, client: httpx.AsyncClient, batch: str, served: Served, waited: Waited, changes: int
) -> float:
    (await client.post(f"/v1/change-batches/{batch}/apply")).raise_for_status()
    begun = at = time.monotonic()
    most, before, reads = [0.0], 0, list[float]()
    while len(most) <= PARTS:
        await asyncio.sleep(0.2)
        found = (await client.get(f"/v1/change-batches/{batch}")).json()
        most[-1] = max(most[-1], _megabytes(served))
        if found["applied"] >= changes * len(most) // PARTS:
            rate = (found["applied"] - before) / (time.monotonic() - at)
            plan.say(f"  part {len(most):>2}: {rate:>7,.0f} changes per s, {most[-1]:>6,.0f} MB; {waited.told()}")
            reads += waited.reads
            at, before = time.monotonic(), found["applied"]
            _begin(waited)
            most.append(0.0)
        elif found["state"] not in ("applying", "approved"):
            raise RuntimeError(f"it ended as {found['state']} after {found['applied']} of {changes} rows")
    rate = changes / (time.monotonic() - begun)
    plan.say(f"  all of it: {rate:,.0f} changes per s")
    _judge(plan, "memory of the last part to that of the second", most[PARTS - 1] / most[1], FLAT)
    _judge(plan, "p95 of reads beside it, ms", quantile(reads, 0.95), MOST_MS)
    return rate


def _judge(plan: Plan, name: str, found: float, limit: float, *, at_least: bool = False) -> None:
    is_met = found >= limit if at_least else found <= limit
    verdict = "worthless: smoke" if plan.smoke else "met" if is_met else "NOT met"
    plan.say(f"  {name}: {found:.2f}, to reach {'>=' if at_least else '<='} {limit:g}: {verdict}")


async def _stored(client: httpx.AsyncClient, changes: int) -> str:
    """The batch, its rows sent in parts as lines. Nothing is done by then."""
    batch = ""
    for begin in range(0, changes, SENT_AT_ONCE):
        end = min(changes, begin + SENT_AT_ONCE)
        asked = {"complete": str(end == changes).lower()} | ({} if batch else {"mode": "partial"})
        answer = await client.post(
            f"/v1/change-batches/{batch}/rows" if batch else "/v1/change-batches",
            params=asked,
            headers={"Content-Type": "application/x-ndjson", "Idempotency-Key": f"bench-{begin}"},
            content="".join(_rows(begin, end)),
        )
        answer.raise_for_status()
        batch = batch or answer.json()["id"]
    return batch


def _rows(begin: int, end: int) -> Iterator[str]:
    day = date(2021, 1, 1).isoformat()
    for number in range(begin, end):
        yield json.dumps({"employee": employee_id(number), "effective_on": day, "to": {"title": "Fellow"}}) + "\n"


@asynccontextmanager
async def _others(client: httpx.AsyncClient, number: int) -> AsyncGenerator[Waited]:
    """Somebody who reads where people stand, and now and then records a change, one thing after another."""
    waited, turns = Waited(), count()

    async def ask() -> None:
        while True:
            turn = next(turns)
            begun = time.monotonic()
            if turn % READS_TO_A_CHANGE:
                path = f"/v1/employees/{employee_id(turn * 7919 % number)}/assignment"
                answer = await client.get(path, params={"effective_on": DAY.isoformat()})
                waited.reads.append((time.monotonic() - begun) * 1000)
            else:
                number_of_change = turn // READS_TO_A_CHANGE
                day = date(2021, 1, 1) + timedelta(days=number_of_change // NEIGHBOURS)
                change = {"effective_on": day.isoformat(), "to": {"title": f"Since {day}"}}
                path = f"/v1/employees/{employee_id(number + number_of_change % NEIGHBOURS)}/changes"
                answer = await client.post(path, json=change, headers={"If-Match": "*"})
                waited.changes.append((time.monotonic() - begun) * 1000)
            answer.raise_for_status()
            await asyncio.sleep(max(0.0, 1 / READS_A_SECOND - (time.monotonic() - begun)))

    asking = asyncio.create_task(ask())
    try:
        yield waited
        if asking.done():
            await asking
    finally:
        asking.cancel()


_CLOSED = "UPDATE assignment SET known_to = known_from + 1 WHERE known_to IS NULL AND effective_to IS NULL"
_COUNTED = "UPDATE employee SET revision = revision + 1, sequence = sequence + 1"


def _begin(waited: Waited) -> None:
    waited.reads, waited.changes = [], []


def _megabytes(served: Served) -> float:
    return psutil.Process(served.pid).memory_info().rss / 1e6
