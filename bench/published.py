"""A published ladder, sent whole and told to be unchanged, with the key checked."""

from contextlib import AsyncExitStack

import httpx

from bench.company import furnish
from bench.databases import Shelter
from bench.harness import Goal, Plan, Run, Size, interleave, report
from bench.load import Load, fetch
from bench.served import Served, listening, service
from bench.wire import get

PATH = "/v1/ladders/marketing"
CONNECTIONS = 32
LEAST_BYTES = 17_000

SERVED = "service, 200"
UNCHANGED = "service, 304"
BODY = "bare ASGI, the same body"
WHOLE = "bare ASGI, the same body and headers"
GOALS = (
    Goal(name="200 to a bare application, the same body", target=SERVED, limit=BODY, value="rate", ratio=0.8),
    Goal(name="200 to one with the same headers too", target=SERVED, limit=WHOLE, value="rate", ratio=0.8),
    Goal(name="304 to a bare application, the same body", target=UNCHANGED, limit=BODY, value="rate", ratio=1.3),
)


async def measure(plan: Plan, place: Shelter) -> None:
    plan.say(f"published ladder, {place.engine}: GET {PATH}, {CONNECTIONS} connections")
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(place.database())
        key = await furnish(database, people=1)
        serving = stack.enter_context(service(database, worker=False))
        bare = {
            name: stack.enter_context(listening("bench.bare_answer", f"{serving.url}{PATH}", key, mode))
            for name, mode in ((BODY, "body"), (WHOLE, "whole"))
        }
        asking = get(PATH, key=key)
        tag = await _tag(serving, key)
        body = await fetch(serving.url, asking)
        assert {await fetch(other.url, asking) for other in bare.values()} == {body}
        plan.require(Size(what="bytes of the ladder", count=len(body), least=LEAST_BYTES))
        conditional = asking.replace(b"\r\n\r\n", b"\r\nIf-None-Match: " + tag.encode() + b"\r\n\r\n")
        contenders = {
            SERVED: _contender(plan, serving, asking, status=200),
            BODY: _contender(plan, bare[BODY], asking, status=200),
            UNCHANGED: _contender(plan, serving, conditional, status=304),
            WHOLE: _contender(plan, bare[WHOLE], asking, status=200),
        }
        await interleave(contenders, rounds=1)
        report(plan, await interleave(contenders, rounds=plan.rounds), GOALS)


async def _tag(served: Served, key: str) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(
            f"{served.url}{PATH}", headers={"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
        )
    return answer.headers["etag"]


def _contender(plan: Plan, served: Served, request: bytes, *, status: int) -> Run:
    load = Load(served.url, connections=CONNECTIONS, next_request=lambda: request, status=status)
    return lambda: load.run(seconds=plan.seconds, pid=served.pid)
