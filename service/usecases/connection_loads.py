"""Batches of a first load: noted with the connection as they are stored, until all of them are done."""

import json
from dataclasses import asdict, dataclass, replace

from service.storage import connection_work, connections
from service.usecases.act import Act, Runtime
from service.usecases.batch_decisions import needs_approval
from service.usecases.connection_work import cursor_of, keep_cursor
from service.usecases.open_connections import OpenConnection, no_connection
from service.usecases.reading import reading

LOAD = "load"
"""Under which name it is kept, beside the cursors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedLoad:
    """`whole`: all there was to read is in these batches, or was done before. `refused` counts how often somebody said
    no: what is stored after that is another proposal, however equal."""

    batches: tuple[str, ...] = ()
    whole: bool = False
    refused: int = 0

    @classmethod
    def kept(cls, text: str | None) -> "NotedLoad":
        if not text:
            return cls()
        members = json.loads(text)
        return cls(batches=tuple(members["batches"]), whole=members["whole"], refused=members["refused"])

    def text(self) -> str:
        return json.dumps(asdict(self))


DONE = NotedLoad().text()
"""What is kept once a first load is done."""


async def noted_load(runtime: Runtime, connection: OpenConnection) -> NotedLoad:
    return NotedLoad.kept(await cursor_of(runtime, connection, LOAD))


async def note_load(runtime: Runtime, connection: OpenConnection, load: NotedLoad) -> None:
    await keep_cursor(runtime, connection, LOAD, load.text())


async def note_batch(a: Act, connection: OpenConnection, batch: str) -> None:
    """In the act that stores it. Raises NotFound for a connection that was deleted meanwhile."""
    if await connections.find_connection(a.tx, connection.id, for_update=True) is None:
        raise no_connection(connection.key)
    load = NotedLoad.kept(await connection_work.read_cursor(a.tx, connection.id, LOAD))
    noted = replace(load, batches=(*load.batches, batch))
    await connection_work.set_cursor(a.tx, connection.id, LOAD, noted.text(), at=a.now)


async def is_approved_first(runtime: Runtime) -> bool:
    """Whether the company has somebody else approve what many changes do."""
    async with reading(runtime) as view:
        return needs_approval(view.definitions)
