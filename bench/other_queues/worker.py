"""Other people's job queues doing the sender's POST: each job sends one body and is done. No order, no signature.

    python worker.py procrastinate|pgqueuer DATABASE_URL SINK_URL JOBS AT_ONCE

For each line on its standard input it queues so many jobs, works them off and says how long that took. It runs in an
environment of its own, in which nothing of the service is installed.
"""

# What it imports is not installed where it is checked.
# pyright: basic, reportMissingImports=false

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp
import asyncpg
import uvloop
from pgqueuer import AsyncpgPoolDriver, PgQueuer, Queries
from pgqueuer.types import QueueExecutionMode
from procrastinate import App, PsycopgConnector

FILLER = "x" * 1_200
QUEUED_AT_ONCE = 500
Post = Callable[[str], Awaitable[None]]
Work = Callable[[], Awaitable[None]]


class Lost(Exception):
    """Not every job was done once."""


def bodies(count: int) -> list[str]:
    return [
        json.dumps({"id": f"evt_{number}", "type": "assignment.updated", "sequence": 1, "data": FILLER})
        for number in range(count)
    ]


async def procrastinate(database: str, jobs: int, at_once: int, post: Post) -> tuple[Work, Work]:
    app = App(connector=PsycopgConnector(conninfo=database, min_size=4, max_size=20))
    await app.open_async()
    await app.schema_manager.apply_schema_async()

    @app.task(name="post")
    async def send(body: str) -> None:
        await post(body)

    async def queue() -> None:
        made = bodies(jobs)
        for first in range(0, jobs, QUEUED_AT_ONCE):
            await send.batch_defer_async(*({"body": body} for body in made[first : first + QUEUED_AT_ONCE]))

    async def work() -> None:
        await app.run_worker_async(
            wait=False,
            concurrency=at_once,
            delete_jobs="successful",
            install_signal_handlers=False,
            listen_notify=False,
        )

    return queue, work


async def pgqueuer(database: str, jobs: int, at_once: int, post: Post) -> tuple[Work, Work]:
    pool = await asyncpg.create_pool(database, min_size=2, max_size=20)
    driver = AsyncpgPoolDriver(pool)
    queries = Queries(driver)
    await queries.install()

    async def queue() -> None:
        made = bodies(jobs)
        for first in range(0, jobs, QUEUED_AT_ONCE):
            part = [body.encode() for body in made[first : first + QUEUED_AT_ONCE]]
            await queries.enqueue(["post"] * len(part), part, [0] * len(part))

    async def work() -> None:
        worker = PgQueuer(driver)

        @worker.entrypoint("post")
        async def send(job) -> None:
            await post(job.payload.decode())

        await worker.run(mode=QueueExecutionMode.drain, batch_size=at_once, max_concurrent_tasks=2 * at_once)

    return queue, work


QUEUES = {"procrastinate": procrastinate, "pgqueuer": pgqueuer}


async def main(name: str, database: str, sink: str, jobs: int, at_once: int) -> None:
    done = 0
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

        async def post(body: str) -> None:
            nonlocal done
            headers = {"Content-Type": "application/json"}
            async with session.post(sink, data=body.encode(), headers=headers) as answer:
                if answer.status != 204:
                    raise Lost(str(answer.status))
            done += 1

        queue, work = await QUEUES[name](database, jobs, at_once, post)
        print(json.dumps({"url": sink}), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            await queue()
            done, used, begun = 0, time.process_time(), time.perf_counter()
            await work()
            took = {"seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - used}
            if done != jobs:
                raise Lost(f"{done} of {jobs}")
            print(json.dumps(took), flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
