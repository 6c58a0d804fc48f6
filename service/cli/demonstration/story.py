"""The story: somebody becomes a manager and comes back, at the same grade and pay, and payroll is told each time."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
from rich.console import Console

from service.cli.demonstration import drawing, receiver

PERSON = "ada"
ARRIVAL_SECONDS = 15


@asynccontextmanager
async def receiving() -> AsyncGenerator[asyncio.subprocess.Process]:
    """A receiver in a process of its own; it waits for its secret."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        receiver.__name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1024 * 1024,
    )
    try:
        yield process
    finally:
        # Whoever ends all processes of the demo at once may have ended it already.
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@dataclass(slots=True, kw_only=True)
class Story:
    """`client` speaks to the service as an administrator; `arrivals` is what the receiver has seen, in order."""

    client: httpx.AsyncClient
    console: Console
    receiver: asyncio.subprocess.Process
    arrivals: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    expected: list[str] = field(default_factory=list[str])
    checks: dict[str, bool] = field(default_factory=dict[str, bool])
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _shown: int = 0

    async def tell(self) -> None:
        await self._show_chart()
        async with self._subscribed():
            today = date.fromisoformat((await self._assignment())["effective_on"])
            first = today - timedelta(days=30)
            before = await self._assignment()
            self.console.print(
                f"\n{PERSON} is {before['title']} ({before['level']}). Switching tracks, and back:", style="bold"
            )
            to_manager = await self._switch("em5", first, before)
            await self._switch("ic5", today, before)
            await self._ask_twice(first, before, to_manager)

    @property
    def succeeded(self) -> bool:
        """Every expected event arrived, verified and in order, and every promise of the switch was kept."""
        accepted = [line["webhook_id"] for line in self.arrivals if 200 <= line["status"] < 300]
        retried = [line["webhook_id"] for line in self.arrivals if line["status"] == 503]
        return (
            accepted == self.expected
            and retried == self.expected[:1]
            and all(line["verified"] for line in self.arrivals)
            and all(self.checks.values())
        )

    def report(self) -> dict[str, Any]:
        shown = ("webhook_id", "type", "sequence", "verified", "status")
        return {
            "succeeded": self.succeeded,
            "expected": self.expected,
            "arrivals": [{name: line[name] for name in shown} for line in self.arrivals],
            "checks": self.checks,
        }

    async def _show_chart(self) -> None:
        found = await self._get("/v1/ladders/engineering/chart")
        self.console.print(drawing.chart(found, {"ic": "Individual contributor", "manager": "Manager"}))

    async def _switch(self, level: str, on: date, before: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.post(
            f"/v1/employees/{PERSON}/changes",
            json={"effective_on": on.isoformat(), "to": {"level": level}, "reason": "demo"},
            headers={"If-Match": f'"{(await self._get(f"/v1/employees/{PERSON}"))["revision"]}"'},
        )
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        held = await self._assignment(effective_on=on.isoformat())
        drawing.switch(self.console, told, held)
        kept = all(held[name] == before[name] for name in ("grade", "band", "step", "grade_since"))
        self.checks[f"{told['kind']} to {level} keeps grade, band, step and tenure"] = kept
        self.expected += [event["id"] for event in told["events"]]
        await self._until_arrived()
        return told

    async def _ask_twice(self, day: date, before: dict[str, Any], to_manager: dict[str, Any]) -> None:
        self.console.print(f"\nWho was {PERSON} on {day}?", style="bold")
        for known_at, expected in ((before["known_at"], before["level"]), (to_manager["known_at"], "em5")):
            held = await self._assignment(effective_on=day.isoformat(), known_at=known_at)
            self.console.print(f"    as known at {known_at}: {held['title']} ({held['level']})", highlight=False)
            self.checks[f"on {day} as known at {known_at} it is {expected}"] = held["level"] == expected

    async def _assignment(self, **asked: str) -> dict[str, Any]:
        return await self._get(f"/v1/employees/{PERSON}/assignment", **asked)

    async def _get(self, path: str, **asked: str) -> dict[str, Any]:
        answer = await self.client.get(path, params=asked)
        answer.raise_for_status()
        return answer.json()

    async def _until_arrived(self) -> None:
        """Until the receiver has accepted all that was told, or long enough."""
        try:
            async with asyncio.timeout(ARRIVAL_SECONDS):
                while not set(self.expected) <= {
                    line["webhook_id"] for line in self.arrivals if 200 <= line["status"] < 300
                }:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            self.checks["every event arrives in time"] = False
        for line in self.arrivals[self._shown :]:
            drawing.arrival(self.console, line)
        self._shown = len(self.arrivals)

    @asynccontextmanager
    async def _subscribed(self) -> AsyncGenerator[None]:
        assert self.receiver.stdin and self.receiver.stdout
        port = asyncio.get_running_loop().create_future()
        listening = asyncio.create_task(self._listen(self.receiver.stdout, port))
        try:
            made = await self.client.post(
                "/v1/endpoints",
                json={"url": f"http://127.0.0.1:{await port}/payroll", "event_types": ["track.switched"]},
            )
            made.raise_for_status()
            self.receiver.stdin.write(f"{made.json()['secret']}\n".encode())
            await self.receiver.stdin.drain()
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, lines: asyncio.StreamReader, port: "asyncio.Future[int]") -> None:
        async for text in lines:
            line = json.loads(text)
            if not port.done():
                port.set_result(line["port"])
                continue
            self.arrivals.append(line)
            self._arrived.set()
