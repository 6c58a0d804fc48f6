"""The process that sends in the figure of deliveries: through the whole sender, or with the transport alone.

    python -m bench.sender DATABASE_URL SINK_URL EVENTS KEYS IN_FLIGHT

For each line `dispatcher`, `batches` or `transport` on its standard input it sends so many events and says how long it
took: each event by itself, a hundred in a request, or with the transport alone; for `drain SECONDS` also how long each
tenth took, and what CPU that many seconds with nothing to do.
"""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import uvloop
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.company import SECRET_KEY
from bench.progress import Progress
from service.storage import recorder
from service.storage.database import Database
from service.webhooks import tables
from service.webhooks.addresses import parse_networks
from service.webhooks.dispatcher import Dispatcher
from service.webhooks.egress import EgressGuard
from service.webhooks.endpoints import create_endpoint
from service.webhooks.outbox import Message, Outbox
from service.webhooks.outcomes import Answer
from service.webhooks.sealer import AesGcmSealer
from service.webhooks.subscriptions import Mode, Subscription
from service.webhooks.transport import AiohttpTransport, OutboundRequest
from service.webhooks.wake import EmbeddedWake, PostgresWake

A_TRANSACTION = 500
"""Events that are told together while a round is prepared, which is not measured."""
A_BATCH = 100
FILLER = "x" * 1_200
SEALER = AesGcmSealer(SECRET_KEY)
TIMEOUT_SECONDS = 15.0

Took = dict[str, float]


class Lost(Exception):
    """Something was not delivered, so the time it took means nothing."""


@dataclass(slots=True, kw_only=True)
class Sender:
    """Sends `events` at a time, of `keys` subjects in turn."""

    database: Database
    sink: str
    events: int
    keys: int
    in_flight: int
    _told: int = 0

    async def subscribe(self) -> None:
        subscription = Subscription(
            url=self.sink,
            description=None,
            rendering="v1",
            event_types=("*",),
            filters={},
            max_in_flight=self.in_flight,
            batch_max=A_BATCH,
        )
        async with self.database.transaction() as tx:
            await create_endpoint(
                tx,
                public_id="end_bench",
                secret_id="sec_bench",
                subscription=subscription,
                sealer=SEALER,
                created_by="bench",
                now=1,
            )

    async def dispatcher(self, mode: Mode) -> Took:
        """Claim, sign, send, record and remove what waits in the database."""
        progress, _ = await self._send_all(mode, parts=1, idle_seconds=0)
        (took,) = progress.noted
        return {"seconds": took["seconds"], "cpu_seconds": took["cpu_seconds"]}

    async def drain(self, idle_seconds: float) -> dict[str, Any]:
        """The same in ten parts, and then so long with nothing to do."""
        progress, idle = await self._send_all("single", parts=10, idle_seconds=idle_seconds)
        return {"parts": progress.noted, "idle_cpu_seconds": idle}

    async def _send_all(self, mode: Mode, *, parts: int, idle_seconds: float) -> tuple[Progress, float]:
        await self._tell()
        async with self.database.transaction() as tx:
            await tx.execute(update(tables.endpoint).values(mode=mode))
        guard, transport = _transport()
        progress = Progress(self.events, parts)
        running = self._dispatcher(transport, progress.step)
        progress.begin()
        task = asyncio.create_task(running.run())
        await progress.done
        used = time.process_time()
        await asyncio.sleep(idle_seconds)
        idle = time.process_time() - used
        running.stop()
        await task
        await transport.close()
        guard.close()
        await self._check()
        return progress, idle

    async def transport(self) -> Took:
        """The same bodies, as many at once, and nothing else."""
        guard, transport = _transport()
        numbers = iter(range(self.events))
        used, begun = time.process_time(), time.perf_counter()
        await asyncio.gather(*(self._post(transport, numbers) for _ in range(self.in_flight)))
        took = {"seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - used}
        await transport.close()
        guard.close()
        return took

    async def _post(self, transport: AiohttpTransport, numbers: Iterator[int]) -> None:
        for number in numbers:
            answer = await transport.send(
                OutboundRequest(
                    url=self.sink,
                    message_id=f"evt_{number}",
                    timestamp_seconds=1_700_000_000,
                    signature="v1,unsigned",
                    body=_body(number, number),
                    timeout_seconds=TIMEOUT_SECONDS,
                )
            )
            if not isinstance(answer, Answer) or answer.status != 204:
                raise Lost(str(answer))

    async def _tell(self) -> None:
        for first in range(self._told, self._told + self.events, A_TRANSACTION):
            async with self.database.transaction() as tx:
                outbox = Outbox(tx)
                for number in range(first, min(first + A_TRANSACTION, self._told + self.events)):
                    outbox.add(_message(number, keys=self.keys))
                await outbox.lock_lanes()
                at, last = await self._recorder(tx, outbox.count)
                await outbox.write(at=at, first_position=last - outbox.count + 1)
        self._told += self.events

    async def _recorder(self, tx: AsyncConnection, events: int) -> tuple[int, int]:
        taken = await recorder.take(self.database, tx, events=events)
        return taken.at, taken.last_position

    def _dispatcher(self, transport: AiohttpTransport, step: Any) -> Dispatcher:
        embedded = self.database.dialect == "sqlite"
        return Dispatcher(
            connections=self.database,
            transport=transport,
            sealer=SEALER,
            take_recorder=self._recorder,
            new_event_id=lambda: f"evt_{secrets.token_hex(8)}",
            wake=EmbeddedWake() if embedded else PostgresWake(self.database.plain_url),
            name=f"bench-{secrets.token_hex(4)}",
            on_step=step,
        )

    async def _check(self) -> None:
        """Every event so far has one recorded attempt, and none waits."""
        async with self.database.read() as connection:
            counts = [
                (await connection.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (tables.dlog, tables.queue, tables.lane)
            ]
        if counts != [self._told, 0, 0]:
            raise Lost(f"of {self._told} events: attempts, queue rows and lanes are {counts}")


def _transport() -> tuple[EgressGuard, AiohttpTransport]:
    guard = EgressGuard(allow=parse_networks("127.0.0.1/32"))
    return guard, AiohttpTransport(guard=guard, user_agent="dualtrack/bench")


def _message(number: int, *, keys: int) -> Message:
    version = number // keys + 1
    return Message(
        id=f"evt_{number}",
        type="assignment.updated",
        subject=f"employee:{number % keys}",
        version=version,
        facets={},
        render=lambda _at: {"v1": _body(number, version), "v1+pay": b"{}"},
    )


def _body(number: int, version: int) -> bytes:
    return json.dumps(
        {"id": f"evt_{number}", "type": "assignment.updated", "sequence": version, "data": FILLER}
    ).encode()


async def _do(sender: Sender, command: str, idle_seconds: str = "0") -> dict[str, Any]:
    if command == "drain":
        return await sender.drain(float(idle_seconds))
    modes: dict[str, Mode] = {"dispatcher": "single", "batches": "batch"}
    mode = modes.get(command)
    return await (sender.dispatcher(mode) if mode else sender.transport())


async def main(url: str, sink: str, events: int, keys: int, in_flight: int) -> None:
    database = Database(url=url)
    sender = Sender(database=database, sink=sink, events=events, keys=keys, in_flight=in_flight)
    await sender.subscribe()
    print(json.dumps({"url": sink}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await _do(sender, *line.split())), flush=True)
    await database.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])))
