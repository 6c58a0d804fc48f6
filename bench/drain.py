"""A long queue: does a delivery cost at its end what it cost at its beginning, and what does waiting cost."""

import asyncio
import json
import os
from contextlib import AsyncExitStack
from typing import Any

from bench.databases import Shelter
from bench.harness import Plan, Size
from bench.machine import REST
from bench.served import Served, listening

EVENTS = int(os.environ.get("BENCH_DRAIN", "1000000"))
LEAST, SMOKE_EVENTS = 200_000, 200
KEYS_PART = 4
"""One key for so many events."""
IN_FLIGHT = 64
IDLE_SECONDS, SMOKE_IDLE_SECONDS = 10.0, 0.5
FLAT, IDLE_PART = 1.25, 0.05
"""The most that a delivery of the last tenth may cost of one of the second; the most CPU of an idle sender."""


async def measure(plan: Plan, place: Shelter) -> None:
    events, idle = (SMOKE_EVENTS, SMOKE_IDLE_SECONDS) if plan.smoke else (EVENTS, IDLE_SECONDS)
    keys = events // KEYS_PART
    plan.say(f"drain, {place.engine}: all of it queued before, one endpoint, {IN_FLIGHT} in flight, once")
    plan.require(Size(what="deliveries queued", count=events, least=LEAST))
    async with AsyncExitStack() as stack:
        sink = stack.enter_context(listening("bench.sink", "quiet", cores=REST))
        database = await stack.enter_async_context(place.database())
        arguments = (database, sink.url, str(events), str(keys), str(IN_FLIGHT))
        sender = stack.enter_context(listening("bench.sender", *arguments))
        took = await asyncio.to_thread(_ask, sender, f"drain {idle}")
    for number, part in enumerate(took["parts"], 1):
        rate, cpu = part["count"] / part["seconds"], part["cpu_seconds"] * 1_000_000 / part["count"]
        plan.say(f"  part {number:>2} of {len(took['parts'])}: {rate:>8,.0f} per s, {cpu:>6,.0f} us of CPU each")
    # The first one warms up.
    second, last = (part["cpu_seconds"] / part["count"] for part in (took["parts"][1], took["parts"][-1]))
    _judge(plan, "CPU of one in the last part to one in the second", last / second, FLAT)
    _judge(
        plan, f"CPU of the sender with nothing to do, part of {idle:g} s", took["idle_cpu_seconds"] / idle, IDLE_PART
    )
    plan.say()


def _judge(plan: Plan, name: str, found: float, most: float) -> None:
    verdict = "worthless: smoke" if plan.smoke else "met" if found <= most else "NOT met"
    plan.say(f"  {name}: {found:.3f}, to reach <= {most}: {verdict}")


def _ask(sender: Served, command: str) -> dict[str, Any]:
    process = sender.process
    assert process.stdin and process.stdout
    process.stdin.write(f"{command}\n".encode())
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the sending process ended with {process.wait()} while it did: {command}")
    return json.loads(line)
