"""The statements that the service issues for something, to be issued again by hand."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from service.storage.database import Database
from service.storage.raw import RawReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """As the driver gets it. `many`: `parameters` is a list of rows, else one row."""

    text: str
    parameters: Any
    many: bool

    @property
    def rows(self) -> Sequence[Sequence[object]]:
        return self.parameters if self.many else [self.parameters]


class _Noting:
    """A raw reader that notes what goes through it."""

    def __init__(self, raw: RawReader, found: list[Statement]) -> None:
        self.raw = raw
        self._found = found

    async def row(self, statement: str, *parameters: object) -> Sequence[Any] | None:
        self._found.append(Statement(text=statement, parameters=parameters, many=False))
        return await self.raw.row(statement, *parameters)

    async def rows(self, statement: str, *parameters: object) -> Sequence[Sequence[Any]]:
        self._found.append(Statement(text=statement, parameters=parameters, many=False))
        return await self.raw.rows(statement, *parameters)

    async def close(self) -> None:
        await self.raw.close()


@contextmanager
def captured(database: Database | None = None) -> Generator[list[Statement]]:
    """What goes through SQLAlchemy in this process during the block; BEGIN and COMMIT are left out.

    With a database also what it reads on the bare driver.
    """
    found: list[Statement] = []
    noting = _Noting(database.raw, found) if database else None
    if database and noting:
        database.raw = noting

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        if not text.startswith("BEGIN"):
            found.append(Statement(text=text, parameters=parameters, many=many))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        if database and noting:
            database.raw = noting.raw
