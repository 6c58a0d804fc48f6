"""The parent of `serve --processes`: it starts servers and one worker, starts those again that end, and ends all.

It opens no database. The first server goes ahead: what keeps it from starting is told once, by it, and ends the
parent. After that a process that ends by itself is started again, later each time while it does not last.
"""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress

import structlog

from service.cli.processes.ending import told_to_end

_LOG = structlog.get_logger("dualtrack.serve")
FIRST_PAUSE_SECONDS = 0.5
MOST_PAUSE_SECONDS = 30.0
LASTING_SECONDS = 60.0
"""A process that has lived so long is started again after the first pause."""


class Parent:
    """Runs once, by `run`. `patience_seconds` is how long processes may take to end before they are killed."""

    def __init__(
        self,
        listening: socket.socket,
        *,
        servers: int,
        with_worker: bool,
        patience_seconds: float,
        spool: str | None = None,
        metrics: socket.socket | None = None,
    ) -> None:
        """`spool` is the folder in which processes share their figures, None where they do not; `metrics` the socket on
        which servers tell them without a key."""
        self._listening = listening
        self._sharing = ["--spool", spool] if spool else []
        self._metrics = metrics
        self._servers = servers
        self._with_worker = with_worker
        self._patience_seconds = patience_seconds
        # Children hold the end that is read: it closes with us, however we end.
        self._held, self._alive = os.pipe()
        self._running: set[Process] = set()

    async def run(self, *, served: Callable[[], None]) -> int:
        """Until a signal comes; returns the exit code. `served` is called once, when the first server answers."""
        self._ending = asyncio.Event()
        with told_to_end(self._end):
            first = await self._start(self._serve(), stdout=PIPE)
            assert first.stdout
            if not await first.stdout.readline():
                code = await first.wait()
                return 0 if self._ending.is_set() else max(code, 1)
            if not self._ending.is_set():
                served()
            keepers = [self._keep(self._serve(), first)]
            keepers += [self._keep(self._serve()) for _ in range(self._servers - 1)]
            if self._with_worker:
                keepers.append(self._keep(self._dispatch()))
            kept = asyncio.gather(*keepers)
            await self._ending.wait()
            await self._killed_in_the_end(kept)
        return 0

    def _end(self, number: signal.Signals) -> None:
        if not self._ending.is_set():
            _LOG.info("ending", signal=number.name, count=len(self._running))
            self._ending.set()
            # Nobody waits in vain: ours is the last hold on the socket once the servers have let go of it.
            self._listening.close()
            os.close(self._alive)
            # Those that are still starting have nothing to finish, and a signal ends them at once.
            self._signal_all(signal.SIGTERM)

    async def _keep(self, arguments: list[str], process: Process | None = None) -> None:
        """Keep one process running, `process` if it runs already."""
        now = asyncio.get_running_loop().time
        pause = FIRST_PAUSE_SECONDS
        while not self._ending.is_set():
            begun = now()
            process = process or await self._start(arguments)
            code = await process.wait()
            self._running.discard(process)
            if self._ending.is_set():
                return
            if now() - begun >= LASTING_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            _LOG.warning(
                "a process ended and is started again",
                worker=arguments[0],
                pid=process.pid,
                status=code,
                delay_seconds=pause,
            )
            process = None
            await self._ending_within(pause)
            pause = min(2 * pause, MOST_PAUSE_SECONDS)

    async def _ending_within(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._ending.wait()
        except TimeoutError:
            return

    async def _killed_in_the_end(self, kept: "asyncio.Future[list[None]]") -> None:
        try:
            async with asyncio.timeout(self._patience_seconds):
                await asyncio.shield(kept)
        except TimeoutError:
            _LOG.warning("processes do not end and are killed", count=len(self._running))
            self._signal_all(signal.SIGKILL)
            await kept

    def _signal_all(self, number: signal.Signals) -> None:
        for process in self._running:
            # Not by the process's own method, which may take the exit code from who waits for it.
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)

    async def _start(self, arguments: list[str], *, stdout: int = DEVNULL) -> Process:
        process = await asyncio.create_subprocess_exec(
            *_ourselves(),
            *arguments,
            stdin=DEVNULL,
            stdout=stdout,
            pass_fds=(self._listening.fileno(), self._held, *([self._metrics.fileno()] if self._metrics else [])),
            # A key pressed in the terminal is for us alone: a second signal would cut off what a server drains.
            start_new_session=True,
        )
        self._running.add(process)
        return process

    def _serve(self) -> list[str]:
        inherited = ["--socket", str(self._listening.fileno()), "--parent", str(self._held)]
        told = ["--metrics-socket", str(self._metrics.fileno())] if self._metrics else []
        return ["serve", "--no-dispatcher", *inherited, *self._sharing, *told]

    def _dispatch(self) -> list[str]:
        return ["dispatch", "--parent", str(self._held), *self._sharing]


def _ourselves() -> list[str]:
    """This program as it was started, up to its first argument: by its script or as a module."""
    return [sys.executable, *sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]]
