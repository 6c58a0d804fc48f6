"""Server-sent events as a browser reads them."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.rest.served import Served

STREAM = {"Accept": "text/event-stream"}


@dataclass(frozen=True, slots=True)
class Told:
    """An event. `id` is the last one told, which is what a browser sends when it comes back."""

    id: str
    name: str
    data: bytes


async def told(lines: AsyncIterator[bytes]) -> AsyncGenerator[Told]:
    """Events with data, as HTML 9.2.6 has them dispatched."""
    last, name, data = "", "", list[bytes]()
    async for line in lines:
        field, _, value = line.partition(b": ")
        if field == b"id":
            last = value.decode()
        elif field == b"event":
            name = value.decode()
        elif field == b"data":
            data.append(value)
        elif not line:
            if data:
                yield Told(last, name, b"\n".join(data))
            name, data = "", []


async def raw_lines(answer: httpx.Response) -> AsyncGenerator[bytes]:
    """By line feeds only: what httpx splits at besides may stand in a body."""
    rest = b""
    async for piece in answer.aiter_raw():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line


@asynccontextmanager
async def streaming(
    served: Served, query: str = "", *, scopes: tuple[str, ...] = ("admin",), headers: dict[str, str] | None = None
) -> AsyncGenerator[tuple[httpx.Response, AsyncGenerator[bytes]]]:
    """An answer that was not refused, and its lines."""
    bearer = {"Authorization": f"Bearer {await served.key(*scopes)}"}
    asked: Any = {**STREAM, **bearer, **(headers or {})}
    async with served.client.stream("GET", f"/v1/events{query}", headers=asked) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield answer, raw_lines(answer)
