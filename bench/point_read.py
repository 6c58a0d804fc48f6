"""One person's assignment on a day, among a million people."""

import os
import random
from collections.abc import Callable
from contextlib import AsyncExitStack

from bench.bare import DAY
from bench.company import employee_id, furnish, rows_of
from bench.databases import Shelter
from bench.harness import Goal, Plan, Run, Size, interleave, report
from bench.load import Load, fetch
from bench.served import Served, listening, service
from bench.wire import get

PEOPLE = 1_000_000
FEW = 1_000
CHANGES = int(os.environ.get("BENCH_CHANGES_EACH", "1"))
"""Of each person. Ten make nineteen rows of what was known when."""
SMOKE_PEOPLE = {PEOPLE: 64, FEW: 16}
CONNECTIONS = 32
COMPARED = 32
"""For so many people the bytes of all contenders are compared before anything is measured."""

SERVED = "service, 1 000 000 people"
SERVED_FEW = "service, 1 000 people"
ONE = "bare ASGI, one statement"
SAME = "bare ASGI, the service's statements"
GOALS = (
    Goal(name="to a bare route with one statement", target=SERVED, limit=ONE, value="rate", ratio=0.7),
    Goal(name="to a bare route with the same statements", target=SERVED, limit=SAME, value="rate", ratio=0.7),
    Goal(name="growth of p50, 1 000 to 1 000 000 people", target=SERVED, limit=SERVED_FEW, value="p50_ms", ratio=1.3),
)


class Unequal(Exception):
    """A contender does not send what the service sends: its figure would be about something else."""


async def measure(plan: Plan, place: Shelter) -> None:
    plan.say(f"point read, {place.engine}: GET /v1/employees/{{id}}/assignment, {CONNECTIONS} connections")
    plan.say(f"{CHANGES} changes of each person")
    many, few = (SMOKE_PEOPLE[number] if plan.smoke else number for number in (PEOPLE, FEW))
    async with AsyncExitStack() as stack:
        large = await stack.enter_async_context(place.database())
        small = await stack.enter_async_context(place.database())
        keys = [await furnish(url, people=people, changes=CHANGES) for url, people in ((large, many), (small, few))]
        rows = await rows_of(large)
        plan.require(*(Size(what=f"rows of {name}", count=count, least=PEOPLE) for name, count in rows.items()))
        servers = {
            SERVED: stack.enter_context(service(large, worker=False)),
            ONE: stack.enter_context(listening("bench.bare", large, "one")),
            SAME: stack.enter_context(listening("bench.bare", large, "same")),
            SERVED_FEW: stack.enter_context(service(small, worker=False)),
        }
        plan.say(f"the service issues {servers[SAME].said['statements']} statements a read")
        await _compare(servers, keys[0], many)
        contenders = {
            name: _contender(plan, served, people=few if name == SERVED_FEW else many, key=keys[name == SERVED_FEW])
            for name, served in servers.items()
        }
        await interleave(contenders, rounds=1)
        report(plan, await interleave(contenders, rounds=plan.rounds), GOALS)


def _contender(plan: Plan, served: Served, *, people: int, key: str) -> Run:
    load = Load(served.url, connections=CONNECTIONS, next_request=_requests(people, key))
    return lambda: load.run(seconds=plan.seconds, pid=served.pid)


def _requests(people: int, key: str) -> Callable[[], bytes]:
    draw = random.Random(1).randrange
    return lambda: _request(draw(people), key)


def _request(number: int, key: str) -> bytes:
    return get(f"/v1/employees/{employee_id(number)}/assignment?effective_on={DAY.isoformat()}", key=key)


async def _compare(servers: dict[str, Served], key: str, people: int) -> None:
    for number in random.Random(2).sample(range(people), min(COMPARED, people)):
        bodies = {
            name: await fetch(served.url, _request(number, key))
            for name, served in servers.items()
            if name != SERVED_FEW
        }
        if len(set(bodies.values())) != 1:
            raise Unequal(f"person {number}: {bodies}")
