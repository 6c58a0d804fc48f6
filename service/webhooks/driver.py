"""asyncpg, where it is installed: a deployment on SQLite has none.

It carries no types of its own, so what the sender uses of it is said here.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

_asyncpg: Any = import_module("asyncpg") if find_spec("asyncpg") else None

# An OSError is a server that cannot be reached, a TimeoutError among them.
AWAY: tuple[type[Exception], ...] = (
    (OSError, _asyncpg.PostgresError, _asyncpg.InterfaceError, _asyncpg.InternalClientError) if _asyncpg else (OSError,)
)
"""What a connection raises whose server is away, refuses it or has dropped it; the last one while it is dropped."""

CONNECT_SECONDS = 5.0


class Pool(Protocol):
    async def fetch(self, query: str, *args: object) -> list[Mapping[str, Any]]: ...

    async def fetchval(self, query: str, *args: object) -> Any: ...

    async def execute(self, query: str, *args: object) -> str: ...

    async def close(self) -> None: ...

    def terminate(self) -> None: ...


async def open_pool(url: str, *, size: int, command_seconds: float) -> Pool:
    """A statement that takes longer than `command_seconds` is given up: it may have been done all the same."""
    return await _driver().create_pool(
        url,
        min_size=1,
        max_size=size,
        timeout=CONNECT_SECONDS,
        command_timeout=command_seconds,
        # Compiling these short statements takes longer than running them.
        server_settings={"jit": "off"},
    )


async def open_reading_pool(url: str, *, size: int, command_seconds: float, keep_statements: bool) -> Pool:
    """Sessions that only read and are never altered, so that none has to be reset by a round trip when it is given
    back. No parameter is sent at connecting that a connection pooler might refuse."""
    return await _driver().create_pool(
        url,
        min_size=1,
        max_size=size,
        timeout=CONNECT_SECONDS,
        command_timeout=command_seconds,
        reset=_as_it_is,
        **({} if keep_statements else {"statement_cache_size": 0}),
    )


async def _as_it_is(_connection: object) -> None:
    """Nothing to reset."""


async def connect(url: str) -> Any:
    return await _driver().connect(url, timeout=CONNECT_SECONDS)


def _driver() -> Any:
    if _asyncpg is None:
        raise RuntimeError("asyncpg is not installed: pip install 'dualtrack[postgres]'")
    return _asyncpg
