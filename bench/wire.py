"""Just enough HTTP/1.1 to load a server and to be an instant receiver, so that neither is what is measured."""

import asyncio
import re
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Messages:
    """Cuts a stream of requests or answers with Content-Length into (head, body)."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        rest = self._rest + data
        found: list[tuple[bytes, bytes]] = []
        while (end := rest.find(b"\r\n\r\n")) >= 0:
            head = rest[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(rest) < whole:
                break
            found.append((head, rest[end + 4 : whole]))
            rest = rest[whole:]
        self._rest = rest
        return found


class Caller(asyncio.Protocol):
    """One connection that asks for one thing after another. `on_answer` gets status and body."""

    def __init__(self, on_answer: Callable[["Caller", int, bytes], None]) -> None:
        self._messages = Messages()
        self._on_answer = on_answer
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, request: bytes) -> None:
        assert self._transport
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        for head, body in self._messages.feed(data):
            self._on_answer(self, int(head[9:12]), body)

    def connection_lost(self, exc: Exception | None) -> None:
        # An answer that never comes would leave a run waiting for ever.
        self._on_answer(self, 0, b"")

    def close(self) -> None:
        assert self._transport
        self._on_answer = lambda _caller, _status, _body: None
        self._transport.close()


class Receiver(asyncio.Protocol):
    """Answers every request with 204 at once; `on_request` gets its head and body."""

    def __init__(self, on_request: Callable[[bytes, bytes], None]) -> None:
        self._messages = Messages()
        self._on_request = on_request

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        for head, body in self._messages.feed(data):
            self._on_request(head, body)
            self._transport.write(NO_CONTENT)


def get(path: str, *, key: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n".encode()


def post(path: str, body: bytes, **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def connect(url: str, on_answer: Callable[[Caller, int, bytes], None]) -> Caller:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, caller = await loop.create_connection(lambda: Caller(on_answer), parts.hostname or "", parts.port or 80)
    return caller


async def exchange(url: str, request: bytes) -> tuple[int, bytes]:
    """Status and body of one answer, over a connection of its own."""
    answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()

    def answered(_caller: Caller, status: int, body: bytes) -> None:
        if not answer.done():
            answer.set_result((status, body))

    caller = await connect(url, answered)
    caller.ask(request)
    found = await answer
    caller.close()
    return found
