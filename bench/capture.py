"""The statements that the service issues for something, to be issued again by hand."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """As the driver gets it. `many`: `parameters` is a list of rows, else one row."""

    text: str
    parameters: Any
    many: bool

    @property
    def rows(self) -> Sequence[Sequence[object]]:
        return self.parameters if self.many else [self.parameters]


@contextmanager
def captured() -> Generator[list[Statement]]:
    """What goes through SQLAlchemy in this process during the block; BEGIN and COMMIT are left out."""
    found: list[Statement] = []

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        if not text.startswith("BEGIN"):
            found.append(Statement(text=text, parameters=parameters, many=many))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)
