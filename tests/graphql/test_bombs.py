"""No document makes the service work long, and others are answered meanwhile."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import psutil
import pytest

from tests.engines import Engines
from tests.graphql.bombs import BOMBS
from tests.graphql.served import RESPONSE
from tests.house.sources import ROOT
from tests.listening import calling

MOST_CPU_SECONDS = 0.5
MOST_WAIT_SECONDS = 0.25
TRIES = 5
BODY = 1024 * 1024 - 80


@dataclass(slots=True, kw_only=True)
class Aimed:
    process: psutil.Process
    client: httpx.AsyncClient
    thrown_so_far: int = 0

    def used(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system

    async def thrown(self, body: bytes) -> tuple[httpx.Response, float, float]:
        """The answer, the processor time it took, and how long a neighbour waited at most meanwhile, in seconds."""
        # Never the same text twice: what was read once is remembered.
        self.thrown_so_far += 1
        body = body.replace(b'"query": "', b'"query": "# %d\\n' % self.thrown_so_far, 1)
        before = self.used()
        answering = asyncio.create_task(self.client.post("/graphql", content=body))
        waits = [await self._neighbour()]
        while not answering.done():
            waits.append(await self._neighbour())
        return await answering, self.used() - before, max(waits)

    async def _neighbour(self) -> float:
        began = asyncio.get_running_loop().time()
        answer = await self.client.post("/graphql", json={"query": "{ caller }"})
        assert answer.status_code == 200
        return asyncio.get_running_loop().time() - began

    async def withstands(self, body: bytes) -> httpx.Response:
        """Measured again where it took too long: other programs run on this machine too."""
        for _ in range(TRIES - 1):
            answer, used, waited = await self.thrown(body)
            if used < MOST_CPU_SECONDS and waited < MOST_WAIT_SECONDS:
                return answer
        answer, used, waited = await self.thrown(body)
        assert (used < MOST_CPU_SECONDS, waited < MOST_WAIT_SECONDS) == (True, True), (used, waited)
        return answer


@pytest.fixture(scope="module")
async def aimed(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Aimed]:
    with engines.fresh("sqlite-truncate", tmp_path_factory.mktemp("aimed")) as engine:
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.graphql.process", engine.url, engine.journal),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert running.stdin and running.stdout
        told = json.loads(await running.stdout.readline())
        headers = {
            "Authorization": f"Bearer {told['key']}",
            "Accept": RESPONSE,
            "Content-Type": "application/json",
        }
        async with calling(told["url"], seconds=30) as client:
            client.headers.update(headers)
            await client.post("/graphql", json={"query": "{ caller }"})
            yield Aimed(process=psutil.Process(running.pid), client=client)
        running.stdin.close()
        assert await asyncio.wait_for(running.wait(), 20) == 0


async def test_documents(aimed: Aimed) -> None:
    for name, bomb in BOMBS.items():
        answer = await aimed.withstands(json.dumps({"query": bomb.query, "operationName": None}).encode())
        found = [error["extensions"]["code"] for error in answer.json().get("errors", [])][:1]
        assert found == ([bomb.code] if bomb.code else []), (name, answer.text[:300])
        assert answer.status_code == (400 if bomb.code else 200), name
        assert len(answer.content) < 64 * 1024, name


def body(fill: str) -> bytes:
    repeated = fill * (BODY // len(fill) - 1) + fill.rstrip(",")
    return f'{{"query":"{{ caller }}","variables":{{"x":[{repeated}]}}}}'.encode()


async def test_bodies(aimed: Aimed) -> None:
    """Half a second is for what makes work out of little: here the most that may be sent is sent."""
    bodies: Mapping[str, tuple[bytes, int, str | None]] = {
        "numbers": (body("0,"), 200, None),
        "texts": (body('"",'), 200, None),
        "objects": (body("{},"), 200, None),
        "deep": (b'{"query":' + b"[" * 500_000, 422, "unsafe-json"),
        "many requests": (b"[" + b'{"query":"{ caller }"},' * 1000 + b"{}]", 400, "not-a-graphql-request"),
        "members": (b'{"query":"{ caller }",' + b'"a":1,' * 1000 + b'"b":1}', 422, "unsafe-json"),
    }
    for name, (sent, status, code) in bodies.items():
        answer = await aimed.withstands(sent)
        shown: Any = answer.json()
        assert (answer.status_code, shown.get("code")) == (status, code), (name, answer.text[:300])


async def test_memory_stays_where_it_was(aimed: Aimed) -> None:
    """Documents that are never the same again push each other out."""

    async def ask(number: int) -> None:
        query = f"query q{number} {{{'caller ' * 20}}} # {'x' * 3_000}"
        answer = await aimed.client.post("/graphql", json={"query": query})
        assert answer.status_code == 200

    for number in range(70):
        await ask(number)
    before = aimed.process.memory_info().rss
    for number in range(70, 210):
        await ask(number)
    assert aimed.process.memory_info().rss - before < 8 * 1024 * 1024
