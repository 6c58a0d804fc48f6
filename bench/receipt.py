"""From a change to payroll's receipt while nothing else happens: how much the service adds to what must be done."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import date
from typing import Any

import orjson

from bench.by_hand import Writer, event_of, open_writer
from bench.capture import Statement, captured
from bench.company import employee_id, furnish, settings_for
from bench.databases import Shelter
from bench.harness import Goal, Plan, Run, Sample, Size, interleave, report, timed
from bench.load import Unanswered
from bench.machine import REST, SERVING, cpu_seconds, pin
from bench.served import Served, listening, service
from bench.wire import connect, post
from service.domain.access import OPERATOR
from service.domain.assignments import PRIMARY
from service.house import opened, sending
from service.usecases.changes import ChangeRequest, record_change
from service.usecases.endpoints import create_endpoint
from service.usecases.subscriptions import EndpointRequest

PEOPLE = 1_000
CHANGES = 40
SMOKE_PEOPLE, SMOKE_CHANGES = 32, 2
WARM_UP_ROUNDS = 1
IDLE_SECONDS = 0.02
"""Between two changes, so that each begins with nothing under way."""
ARRIVAL_SECONDS = 10
DAY = date(2025, 3, 1)
TO: dict[str, str | None] = {"title": "Keeper of the figures"}

SERVED = "service: POST change to receipt"
HAND = "by hand: its statements, then the POST"
GOALS = (Goal(name="first statement to receipt, p50", target=SERVED, limit=HAND, value="p50_ms", ratio=2.0),)

Step = Callable[[int], Any]


async def measure(plan: Plan, place: Shelter) -> None:
    plan.say(f"first statement to receipt, idle, {place.engine}: one change at a time, one endpoint")
    people, each = (SMOKE_PEOPLE, SMOKE_CHANGES) if plan.smoke else (PEOPLE, CHANGES)
    changes = each * (plan.rounds + WARM_UP_ROUNDS)
    async with AsyncExitStack() as stack:
        sink = stack.enter_context(listening("bench.sink", "each", cores=REST))
        arrivals = await _lines(sink)
        template = await stack.enter_async_context(place.database())
        key = await furnish(template, people=people)
        await _subscribe(template, sink.url)
        scratch, served_on, hand_on = [await stack.enter_async_context(place.database(like=template)) for _ in range(3)]
        plan.require(
            Size(what="people", count=people, least=PEOPLE),
            Size(what="changes a round", count=each, least=CHANGES),
        )
        writes = await _issued(scratch, changes)
        plan.say(f"the service issues {len(writes[-1])} statements a change, without BEGIN and COMMIT")
        writer = await open_writer(hand_on)
        stack.push_async_callback(writer.close)
        serving = stack.enter_context(service(served_on, worker=True))
        contenders = {
            SERVED: _contender(await _through(serving, key, arrivals), each, pid=serving.pid),
            HAND: _contender(await _by_hand(writer, writes, sink.url, arrivals), each, pid=os.getpid()),
        }
        await interleave(contenders, rounds=WARM_UP_ROUNDS)
        report(plan, await interleave(contenders, rounds=plan.rounds), GOALS)


def _contender(step: Step, each: int, *, pid: int) -> Run:
    """Takes the next `each` people in each round."""
    numbers: Iterator[int] = iter(range(10**9))

    async def run() -> Sample:
        # What is done by hand is done here, so it takes the place that the service has in its rounds.
        pin(SERVING if pid == os.getpid() else REST)
        used, begun = cpu_seconds(pid), time.monotonic()
        durations: list[float] = []
        for _ in range(each):
            async with asyncio.timeout(ARRIVAL_SECONDS):
                durations.append(await step(next(numbers)))
            await asyncio.sleep(IDLE_SECONDS)
        return timed(durations, seconds=time.monotonic() - begun, cpu_seconds=cpu_seconds(pid) - used)

    return run


async def _through(served: Served, key: str, arrivals: asyncio.StreamReader) -> Step:
    answers: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
    caller = await connect(served.url, lambda _caller, status, body: answers.put_nowait((status, body)))
    body = orjson.dumps({"effective_on": DAY.isoformat(), "to": TO})

    async def step(number: int) -> float:
        path = f"/v1/employees/{employee_id(number)}/changes"
        request = post(path, body, Authorization=f"Bearer {key}", Content_Type="application/json", If_Match="*")
        begun = time.monotonic()
        caller.ask(request)
        status, answer = await answers.get()
        if status != 201:
            raise Unanswered(f"status {status}: {answer[:300]!r}")
        return await _arrival(arrivals, orjson.loads(answer)["events"][0]["id"]) - begun

    return step


async def _by_hand(
    writer: Writer, writes: Sequence[Sequence[Statement]], url: str, arrivals: asyncio.StreamReader
) -> Step:
    answers: asyncio.Queue[int] = asyncio.Queue()
    caller = await connect(url, lambda _caller, status, _body: answers.put_nowait(status))

    async def step(number: int) -> float:
        event, body = event_of(writes[number])
        request = post("/hook", body, webhook_id=event, Content_Type="application/json")
        begun = time.monotonic()
        await writer.write(writes[number])
        caller.ask(request)
        if await answers.get() != 204:
            raise Unanswered("the sink did not take the event")
        return await _arrival(arrivals, event) - begun

    return step


async def _arrival(arrivals: asyncio.StreamReader, event: str) -> float:
    """When the event came, by the machine's monotonic clock."""
    line = json.loads(await arrivals.readline())
    if line["id"] != event:
        raise Unanswered(f"{line['id']} came instead of {event}")
    return line["at"]


async def _lines(served: Served) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), served.process.stdout
    )
    return reader


async def _subscribe(url: str, sink: str) -> None:
    settings = settings_for(url)
    async with opened(settings) as house, sending(settings) as office:
        await create_endpoint(house.runtime, office, OPERATOR, EndpointRequest(url=sink))


async def _issued(url: str, changes: int) -> list[list[Statement]]:
    """What the service issues for each change, in order: the same can be done by hand to an equal database."""
    found: list[list[Statement]] = []
    request = ChangeRequest(effective_on=DAY, job=PRIMARY, to=TO, reason=None, comment=None, override=None)
    async with opened(settings_for(url)) as house:
        for number in range(changes):
            with captured() as statements:
                await record_change(house.runtime, OPERATOR, employee_id(number), request, expected="*")
            found.append(statements)
    return found
