"""What reading a connected system last came to, kept so that whoever asks later is told, by whichever process."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, cast

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text, shown_instant
from service.domain.intake_reports import IntakeReport
from service.domain.refusals import NotFound
from service.domain.wire import plain
from service.storage import connection_work, connections
from service.usecases.act import Act, Runtime, act
from service.usecases.open_connections import OpenConnection, no_connection

NAME = "sync"
"""Where it is kept, beside how far was read."""
ALIVE_SECONDS = 120
"""A reading of which nothing was heard for so long was killed."""
_US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSync:
    """What reading a connected system came to, or how far it is."""

    connection: Annotated[str, Field(description="Id of the connection.")]
    state: Annotated[
        str,
        Field(
            description="running, done, failed, interrupted; open-ended. While it runs, ask again: what was sent "
            "joins it. One that was interrupted begins anew, and finds done what was done."
        ),
    ]
    dry_run: Annotated[bool, Field(description="Nothing is kept.")]
    started_at: Annotated[str, Field(description="Instant at which it began.")]
    ended_at: Annotated[str | None, Field(description="Instant at which it was over; null while it is not.")]
    report: Annotated[IntakeReport | None, Field(description="What was taken in so far; null before the first person.")]
    code: Annotated[str | None, Field(description="Code of what it failed for; null otherwise.")] = None
    detail: Annotated[str | None, Field(description="What it failed for, and what to do; null otherwise.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncNote:
    """A reading as it is noted. Instants are µs; `ended_at` None while it runs."""

    state: str
    started_at: int
    ended_at: int | None = None
    report: IntakeReport | None = None
    code: str | None = None
    detail: str | None = None

    def shown(self, connection_id: str, *, dry_run: bool) -> ShownSync:
        return ShownSync(
            connection=connection_id,
            state=self.state,
            dry_run=dry_run,
            started_at=instant_text(self.started_at),
            ended_at=shown_instant(self.ended_at),
            report=self.report,
            code=self.code,
            detail=self.detail,
        )


async def note_sync(runtime: Runtime, connection: OpenConnection, note: SyncNote, *, caller: Actor) -> None:
    """Keep how far a reading has come. Not for dry runs, which keep nothing."""

    async def body(a: Act) -> None:
        # Deleted meanwhile: then there is nothing left to be told of it.
        if await connections.find_connection(a.tx, connection.id, for_update=True):
            text = json.dumps({**_members(note), "report": plain(note.report)}, ensure_ascii=False)
            await connection_work.set_cursor(a.tx, connection.id, NAME, text, at=a.now)
        a.audit_detail.update(connection=connection.id, state=note.state)

    await act(runtime, "connections.sync", caller, body)


async def read_sync(runtime: Runtime, actor: Actor, connection: str) -> ShownSync:
    """The last one that was no dry run. Raises NotFound `no-such-connection` and `no-sync`."""
    require(actor, Scope.ADMIN)
    async with runtime.database.read() as reading:
        found = await connections.find_connection(reading, connection)
        if found is None:
            raise no_connection(connection)
        last = await last_sync(reading, found.id, now=runtime.database.now_us())
    if last is None:
        raise NotFound("no-sync", f"{found.key} was not read yet. Ask for a sync that is no dry run.")
    return last


async def last_sync(reading: AsyncConnection, connection_id: str, *, now: int) -> ShownSync | None:
    """None before the first. `now` is µs."""
    for name, value, at in await connection_work.cursors_of(reading, connection_id):
        if name == NAME:
            kept: dict[str, Any] = json.loads(value)
            note = SyncNote(**{**kept, "report": cast(IntakeReport | None, kept["report"])})
            shown = note.shown(connection_id, dry_run=False)
            lost = note.state == "running" and at + ALIVE_SECONDS * _US < now
            return _interrupted(shown) if lost else shown
    return None


def _interrupted(shown: ShownSync) -> ShownSync:
    return ShownSync(**{**_members(shown), "state": "interrupted"})


def _members(one: SyncNote | ShownSync) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}
