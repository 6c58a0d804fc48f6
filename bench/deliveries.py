"""Sustained deliveries in order of each key, every attempt recorded, against the transport alone; and in batches."""

import asyncio
import json
from contextlib import AsyncExitStack

from bench.databases import Shelter
from bench.harness import Goal, Plan, Run, Sample, Size, interleave, report
from bench.machine import REST
from bench.served import Served, listening

EVENTS, KEYS = 20_000, 5_000
"""A round."""
SMOKE_EVENTS, SMOKE_KEYS = 64, 16
IN_FLIGHT = 64

SENDER = "sender: claimed, in order, recorded"
BATCHES = "sender: the same by the hundred"
TRANSPORT = "transport alone"
GOALS = (
    Goal(name="sustained deliveries", target=SENDER, limit=TRANSPORT, value="rate", ratio=0.6),
    Goal(name="sustained events in batches", target=BATCHES, limit=SENDER, value="rate", ratio=4.0),
)


async def measure(plan: Plan, place: Shelter) -> None:
    events, keys = (SMOKE_EVENTS, SMOKE_KEYS) if plan.smoke else (EVENTS, KEYS)
    plan.say(f"sustained deliveries, {place.engine}: one endpoint, {IN_FLIGHT} in flight, 1.25 KB bodies")
    plan.require(Size(what="events a round", count=events, least=EVENTS), Size(what="keys", count=keys, least=KEYS))
    async with AsyncExitStack() as stack:
        sink = stack.enter_context(listening("bench.sink", "quiet", cores=REST))
        database = await stack.enter_async_context(place.database())
        arguments = (database, sink.url, str(events), str(keys), str(IN_FLIGHT))
        sender = stack.enter_context(listening("bench.sender", *arguments))
        contenders = {
            SENDER: contender(sender, "dispatcher", events),
            BATCHES: contender(sender, "batches", events),
            TRANSPORT: contender(sender, "transport", events),
        }
        if not plan.smoke:
            await interleave(contenders, rounds=1)
        report(plan, await interleave(contenders, rounds=plan.rounds), GOALS)


def contender(sender: Served, command: str, events: int) -> Run:
    return lambda: asyncio.to_thread(_round, sender, command, events)


def _round(sender: Served, command: str, events: int) -> Sample:
    process = sender.process
    assert process.stdin and process.stdout
    process.stdin.write(f"{command}\n".encode())
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the sending process ended with {process.wait()} while it did: {command}")
    return Sample(count=events, **json.loads(line))
