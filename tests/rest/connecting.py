"""What tests of connections begin with: a service that knows binders, connected to one."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select

from service.house import working
from service.storage.connection_tables import connection, connection_cursor, connection_link, connection_mapping
from service.storage.tables import audit, idempotency
from tests.connected import Binder, connecting
from tests.rest.served import Served

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}
MAPPED: list[dict[str, Any]] = [
    {"of": "level", "ours": "engineering/ic3", "theirs": "Engineer"},
    {"of": "level", "ours": "engineering/ic4", "theirs": "Senior Engineer"},
    {"of": "level", "ours": "engineering/em3", "theirs": "Manager"},
]
WIZARD = {"of": "level", "ours": "design/d3", "theirs": "Wizard"}
PATH = "/v1/connections/shelf"
ANY = {"If-Match": "*"}


async def connect(served: Served, binder: Binder, **settings: Any) -> dict[str, Any]:
    made = await served.call("POST", "/v1/connections", json=connecting(binder, **settings))
    assert made.status_code == 201, made.text
    return made.json()


async def map_titles(served: Served, entries: list[dict[str, Any]] = MAPPED) -> None:
    done = await served.call("PUT", f"{PATH}/mapping", json={"entries": entries}, headers=ANY)
    assert done.status_code == 200, done.text


@asynccontextmanager
async def at_work(served: Served) -> AsyncGenerator[None]:
    async with working(served.house, served.office) as worker:
        running = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            worker.stop()
            await running


async def until(served: Served, path: str, wanted: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(20):
        while not wanted(found := (await served.get(path)).json()):
            pass
    return found


async def kept(served: Served) -> str:
    """Every row in which something of a connection could stand, as text."""
    tables = (connection, connection_cursor, connection_link, connection_mapping, audit, idempotency)
    async with served.house.database.read() as reading:
        return str([(await reading.execute(select(table))).all() for table in tables])
