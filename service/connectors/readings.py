"""Readings of connected systems that are under way in this process: asked for once, waited for by whoever asks again.

A first load takes longer than a request may. So it goes on by itself, each request waits for a while, and the same
request again joins it. A process that is killed leaves nothing half done: the next reading finds done what was done.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import structlog

from service.connectors import intake
from service.connectors.kinds import Source, Tools, kind_of
from service.connectors.wire import Unreachable
from service.domain.access import Actor
from service.domain.intake_reports import IntakeReport
from service.domain.refusals import Conflict, Refused
from service.usecases.connection_syncs import ALIVE_SECONDS, ShownSync, SyncNote, note_sync
from service.usecases.open_connections import OpenConnection

NOTE_SECONDS = ALIVE_SECONDS / 4
"""How often it is noted how far a reading has come."""
_LOG = structlog.get_logger("dualtrack")
Progress = Callable[[IntakeReport], None]


def source_of(tools: Tools, connection: OpenConnection) -> Source:
    """Raises Conflict `nothing-to-read` for a kind of system that nothing comes from."""
    source = kind_of(tools.kinds, connection.kind).source(connection, tools)
    if source is None:
        raise Conflict(
            "nothing-to-read",
            f"Nothing is read from {connection.key}, a {connection.kind}: events only flow to it. There is nothing "
            "to be done.",
        )
    return source


class Reading:
    """One reading of a connection, from its beginning to its end."""

    def __init__(
        self, tools: Tools, connection: OpenConnection, caller: Actor, *, dry_run: bool, everything: bool
    ) -> None:
        self._tools = tools
        self._connection = connection
        self._caller = caller
        self.dry_run = dry_run
        self.everything = everything
        self.note = SyncNote(state="running", started_at=self._now())

    @property
    def shown(self) -> ShownSync:
        return self.note.shown(self._connection.id, dry_run=self.dry_run)

    async def run(self, on_progress: Progress = lambda _report: None) -> None:
        """To its end, which `note` tells; raises nothing for what comes of it, and CancelledError."""

        def progress(report: IntakeReport) -> None:
            self.note = replace(self.note, report=report)
            on_progress(report)

        work = asyncio.ensure_future(self._read(progress))
        try:
            await self._keep(self._caller)
            while not (await asyncio.wait({work}, timeout=NOTE_SECONDS))[0]:
                await self._keep(self._connection.actor)
            self._over("done", report=work.result())
        except Refused as refused:
            self._over("failed", code=refused.code, detail=refused.detail)
        except Unreachable as error:
            detail = f"Their system cannot be reached: {error}. Check it, then ask again."
            self._over("failed", code="unreachable", detail=detail)
        except asyncio.CancelledError:
            self._over("interrupted")
            await _cancelled(work)
            await self._keep(self._connection.actor)
            raise
        except Exception as error:  # noqa: BLE001 - whoever asks is told, and the next reading begins anew
            _LOG.error("a reading failed", connection=self._connection.id, error=type(error).__name__)
            self._over("failed", code="internal-error", detail="Something went wrong here. Try again.")
        await _cancelled(work)
        await self._keep(self._connection.actor)

    async def _read(self, on_progress: Progress) -> IntakeReport:
        source = source_of(self._tools, self._connection)
        return await intake.run(
            self._tools,
            self._connection,
            source,
            caller=self._caller,
            dry_run=self.dry_run,
            everything=self.everything,
            on_progress=on_progress,
        )

    def _over(
        self, state: str, *, report: IntakeReport | None = None, code: str | None = None, detail: str | None = None
    ) -> None:
        self.note = replace(
            self.note,
            state=state,
            ended_at=self._now(),
            report=report or self.note.report,
            code=code,
            detail=detail,
        )

    async def _keep(self, caller: Actor) -> None:
        if not self.dry_run:
            await note_sync(self._tools.runtime, self._connection, self.note, caller=caller)

    def _now(self) -> int:
        return self._tools.runtime.database.now_us()


async def _cancelled(work: "asyncio.Future[IntakeReport]") -> None:
    work.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await work


class Readings:
    """Those of one process. `close` ends them, before what they work with is closed."""

    def __init__(self) -> None:
        self._under_way: dict[str, tuple[Reading, asyncio.Task[None]]] = {}

    async def sync(
        self,
        tools: Tools,
        connection: OpenConnection,
        caller: Actor,
        *,
        dry_run: bool,
        everything: bool,
        seconds: float,
    ) -> ShownSync:
        """Begin one, or join the one that was asked for alike, and wait at most so many seconds for its end.

        An end that nobody was told of yet is told instead. Raises Conflict `intake-running` when another kind of
        reading is under way here, and `nothing-to-read`.
        """
        source_of(tools, connection)
        found = self._under_way.get(connection.id)
        if found and (found[0].dry_run, found[0].everything) != (dry_run, everything):
            if not found[1].done():
                raise Conflict(
                    "intake-running",
                    f"{connection.key} is being read in another way. Ask for that one again until it is over.",
                )
            found = None
        if found is None:
            reading = Reading(tools, connection, caller, dry_run=dry_run, everything=everything)
            found = reading, asyncio.create_task(reading.run())
            self._under_way[connection.id] = found
        await asyncio.wait({found[1]}, timeout=seconds)
        if found[1].done():
            # Whoever asks after this wants another one.
            if self._under_way.get(connection.id) is found:
                del self._under_way[connection.id]
            if not found[1].cancelled():
                found[1].result()
        return found[0].shown

    async def close(self) -> None:
        tasks = [task for _, task in self._under_way.values()]
        self._under_way.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
