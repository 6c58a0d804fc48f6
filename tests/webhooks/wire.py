"""Receivers on real sockets of 127.0.0.1 that misbehave to order, and a name server in memory."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from service.webhooks.transport import OutboundRequest

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Names:
    """A name server in memory: each lookup of a name takes its next answer, the last one for ever."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(answer) for name, answer in answers.items()}
        self.lookups: list[str] = []

    def getaddrinfo(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        self.lookups.append(host)
        if host not in self._answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answers = self._answers[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (socket.AF_INET6 if ":" in text else socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))
            for text in found
        ]


class Receiver:
    """Reads one request after another of each connection and lets `script` answer it.

    `requests` holds each request read, headers and body, exactly as it came. `closed` is set
    when the peer has closed a connection or broken it.
    """

    def __init__(self, script: Script, *, read_body: bool = True) -> None:
        self._script = script
        self._read_body = read_body
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.requests: list[tuple[bytes, bytes]] = []
        self.connections = 0
        self.closed = asyncio.Event()

    async def start(self, *, tls: ssl.SSLContext | None = None) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        return self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        await self._server.wait_closed()

    @property
    def open(self) -> int:
        """Connections that neither side has ended."""
        return len(self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while not writer.is_closing():
                self.requests.append(await self._request(reader))
                await self._script(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.closed.set()
        finally:
            self._open.discard(writer)
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(header(head, "content-length") or 0) if self._read_body else 0
        return head, await reader.readexactly(length)


Serve = Callable[[Receiver], Awaitable[str]]


def request_to(url: str, *, body: bytes = b'{"a":1}', timeout: float = 5.0, **extra: str) -> OutboundRequest:
    """`_` in the names of extra headers stands for `-`."""
    return OutboundRequest(
        url=url,
        message_id="evt_1",
        timestamp_seconds=1_800_000_000,
        signature="v1,c2lnbmF0dXJl",
        body=body,
        timeout_seconds=timeout,
        extra_headers={name.replace("_", "-"): value for name, value in extra.items()},
    )


def header(head: bytes, name: str) -> str | None:
    """The value of a header, None when it is absent; fails when it is there twice."""
    lines = [line.split(":", 1) for line in head.decode("latin-1").split("\r\n")[1:] if ":" in line]
    values = [value.strip() for key, value in lines if key.lower() == name]
    assert len(values) <= 1, f"{name} was sent {len(values)} times"
    return values[0] if values else None


def says(*parts: bytes, close: bool = False) -> Script:
    """A script that writes `parts`, then keeps the connection or closes it."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if close:
            writer.close()

    return script


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of one complete answer; `_` in header names stands for `-`."""
    lines = [f"HTTP/1.1 {status} Reason", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """A script that never answers and ends when the peer gives up."""
    await reader.readexactly(1)
