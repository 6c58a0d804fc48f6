"""The service as others meet it: `python -m service …` in processes of their own, on a database of the test's."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
from pydantic import SecretStr

from service.domain.access import OPERATOR, Scope
from service.house import House as Inside
from service.house import opened
from service.ladderfiles.folder import read_folder
from service.settings import Settings
from service.usecases.access import create_key
from service.usecases.definitions import apply_definitions
from service.usecases.folders import Folder
from tests.e2e.nursery import Child, nursery
from tests.engines import SECRET_KEY, Engine
from tests.house.sources import ROOT

NEARBY = {"DUALTRACK_EGRESS_ALLOW": "127.0.0.1/32", "DUALTRACK_RETRY_SCALE": "0.001"}
"""Settings with which receivers beside the test are sent to, and soon again."""
DEMO = ROOT / "examples" / "demo"
_NUMBERS = count()
PATIENCE_SECONDS = 60.0
"""Longest wait for anything that is bound to come; nothing is expected to take so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that ran to its end."""

    code: int
    out: str
    err: str


@dataclass(slots=True, kw_only=True)
class Program:
    """A command that runs. `url` is empty unless it serves."""

    process: Child | asyncio.subprocess.Process
    errors: Path
    url: str = ""
    struck: bool = False

    def strike(self) -> None:
        """SIGKILL at once, from wherever the test is; `killed` then takes it off the list of processes."""
        if self.process.returncode is None and not self.struck:
            # Remembered, since a dead process may be off the system's list before anybody here is told.
            self.struck = True
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)

    async def killed(self) -> None:
        self.strike()
        assert (await self.ended()).code == -signal.SIGKILL

    async def stopped(self) -> Ended:
        """After SIGTERM."""
        os.kill(self.process.pid, signal.SIGTERM)
        return await self.ended()

    async def lives_on(self, seconds: float) -> bool:
        """Waits that long, or until it ends."""
        try:
            async with asyncio.timeout(seconds):
                await self.process.wait()
        except TimeoutError:
            return True
        return False

    async def ended(self) -> Ended:
        async with asyncio.timeout(PATIENCE_SECONDS):
            out, _ = await self.process.communicate()
        assert self.process.returncode is not None
        return Ended(code=self.process.returncode, out=out.decode(), err=self.errors.read_text())


@dataclass(slots=True, kw_only=True)
class House:
    """Everything one test starts. `key` is an administrator's once the house is furnished."""

    settings: Mapping[str, str]
    folder: Path
    key: str = ""
    programs: list[Program] = field(default_factory=list[Program])

    async def start(self, *arguments: str, **settings: str) -> Program:
        errors = self.folder / f"errors-{next(_NUMBERS)}.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DUALTRACK_")}
        with errors.open("wb") as handle:
            environment = {**kept, "PYTHONPATH": str(ROOT), **self.settings, **settings}
            process = await self._process(arguments, environment, handle.fileno())
        self.programs.append(Program(process=process, errors=errors))
        return self.programs[-1]

    async def _process(
        self, arguments: Sequence[str], environment: Mapping[str, str], errors: int
    ) -> Child | asyncio.subprocess.Process:
        if "--processes" not in arguments and "DUALTRACK_PROCESSES" not in environment:
            return await nursery().child(arguments, folder=self.folder, environment=environment, errors=errors)
        # It starts others by the command that it was started with itself.
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service", *arguments),
            cwd=self.folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )

    async def run(self, *arguments: str, **settings: str) -> Ended:
        return await (await self.start(*arguments, **settings)).ended()

    async def serve(self, *options: str, **settings: str) -> Program:
        """A server that answers: its line names the address, and the socket listens before the line is written."""
        program = await self.start("serve", "--port", "0", *options, **settings)
        assert program.process.stdout
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await program.process.stdout.readline()
        assert line, program.errors.read_text()
        program.url = json.loads(line)["url"]
        assert json.loads(line) == {"event": "listening", "url": program.url}
        async with httpx.AsyncClient(base_url=program.url, timeout=PATIENCE_SECONDS, trust_env=False) as client:
            ready = await client.get("/readyz")
        assert (ready.status_code, ready.text) == (200, "ready")
        return program

    def client(self, program: Program) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=program.url,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )


@asynccontextmanager
async def a_house(folder: Path, environment: Mapping[str, str]) -> AsyncGenerator[House]:
    """Ends whatever of it still runs, by its own process ids."""
    house = House(settings=environment, folder=folder)
    try:
        yield house
    finally:
        for program in house.programs:
            if program.process.returncode is None:
                program.strike()
                await program.ended()


@asynccontextmanager
async def inside(engine: Engine) -> AsyncGenerator[Inside]:
    """The use cases over the test's database, in this process."""
    settings = Settings(database_url=engine.url, sqlite_journal=engine.journal, secret_key=SecretStr(SECRET_KEY))
    async with opened(settings) as house:
        yield house


async def furnish(engine: Engine) -> str:
    """Publish the example company; returns a new administrator's key."""
    read = read_folder(DEMO)
    assert read.company is not None
    async with inside(engine) as house:
        wanted = Folder(company=read.company, ladders=read.ladders, bandsets=read.bandsets)
        await apply_definitions(house.runtime, OPERATOR, wanted, base="*")
        made = await create_key(house.runtime, OPERATOR, name="tests", scopes=frozenset({Scope.ADMIN}))
    return made.answer["key"]
