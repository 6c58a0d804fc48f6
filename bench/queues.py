"""The sender, in order and recorded, against job queues on the same Postgres doing the same POST without order."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path

from bench.databases import Shelter
from bench.deliveries import EVENTS, IN_FLIGHT, KEYS, SENDER, SMOKE_EVENTS, SMOKE_KEYS, contender
from bench.graphql import Missing
from bench.harness import Goal, Plan, Size, interleave, report
from bench.machine import REST
from bench.served import listening

HERE = Path(__file__).parent / "other_queues"
PYTHON = Path(os.environ.get("BENCH_QUEUES", HERE.parent.parent / ".venv" / "queues")) / "bin" / "python"
"""In an environment of its own: they want other versions than the service."""
PROCRASTINATE, PGQUEUER = "procrastinate", "pgqueuer"
JOBS = {PROCRASTINATE: 1_000, PGQUEUER: 5_000}
"""A round; they are slower and get fewer, which does not count against them."""
GOALS = (
    Goal(name="to procrastinate", target=SENDER, limit=PROCRASTINATE, value="rate", ratio=15.0),
    Goal(name="to PgQueuer", target=SENDER, limit=PGQUEUER, value="rate", ratio=2.0),
)


async def measure(plan: Plan, place: Shelter) -> None:
    if place.engine == "sqlite":
        plan.say("other queues: they need Postgres")
        return
    if not PYTHON.exists():
        raise Missing(f"{PYTHON} is missing: make bench installs it")
    events, keys = (SMOKE_EVENTS, SMOKE_KEYS) if plan.smoke else (EVENTS, KEYS)
    jobs = dict.fromkeys(JOBS, SMOKE_EVENTS) if plan.smoke else JOBS
    plan.say(f"other queues: the same bodies to the same receiver, {IN_FLIGHT} at once, no order, no signature")
    plan.require(
        Size(what="events a round", count=events, least=EVENTS),
        *(Size(what=f"jobs of {name}", count=count, least=JOBS[name]) for name, count in jobs.items()),
    )
    async with AsyncExitStack() as stack:
        sink = stack.enter_context(listening("bench.sink", "quiet", cores=REST))
        database = await stack.enter_async_context(place.database())
        arguments = (database, sink.url, str(events), str(keys), str(IN_FLIGHT))
        contenders = {
            SENDER: contender(stack.enter_context(listening("bench.sender", *arguments)), "dispatcher", events)
        }
        for name, count in jobs.items():
            theirs = await stack.enter_async_context(place.database())
            worker = listening(
                *(name, theirs, sink.url, str(count), str(IN_FLIGHT)), program=(str(PYTHON), str(HERE / "worker.py"))
            )
            contenders[name] = contender(await asyncio.to_thread(stack.enter_context, worker), "work", count)
        if not plan.smoke:
            await interleave(contenders, rounds=1)
        report(plan, await interleave(contenders, rounds=plan.rounds), GOALS)
