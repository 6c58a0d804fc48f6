"""Proxies on real sockets of 127.0.0.1: CONNECT and SOCKS5, honest ones and others."""

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal

from tests.webhooks.wire import Script, header

Kind = Literal["http", "https", "socks5"]
USER, PASSWORD = "pro xy", "hunter2:@/"
GIVEN = "pro%20xy:hunter2%3A%40%2F@"
"""The two as they are written in a URL."""


@dataclass(slots=True)
class ProxyServer:
    """Leads to 127.0.0.1, whatever host it is asked for: to the port it is asked for, or that of `ports`.

    `asked` are the tunnels it was asked for; those to a host in `refuses` are answered by that status or SOCKS code.
    With a `script` it does what that does instead, and then nothing until the peer gives up. `takes_any` asks for no
    credentials.
    """

    kind: Kind
    script: Script | None = None
    ports: dict[int, int] = field(default_factory=dict[int, int])
    refuses: dict[str, int] = field(default_factory=dict[str, int])
    takes_any: bool = False
    asked: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    connections: int = 0
    port: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"{self.kind}://{'' if self.takes_any else GIVEN}localhost:{self.port}"

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            if self.script is not None:
                await self.script(reader, writer)
                if not writer.is_closing():
                    await reader.read(-1)
                return
            place = await (self._by_socks if self.kind == "socks5" else self._by_connect)(reader, writer)
            if place is not None:
                await self._relay(reader, writer, place[1])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _by_connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int] | None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, place, _ = head.split(b"\r\n")[0].decode().split(" ")
        assert (method, header(head, "host")) == ("CONNECT", place)
        host, _, port = place.rpartition(":")
        known = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if not self.takes_any and header(head, "proxy-authorization") != f"Basic {known}":
            writer.write(b"HTTP/1.1 407 Who\r\nproxy-authenticate: Basic\r\n\r\n")
            return None
        self.asked.append((host.strip("[]"), int(port)))
        status = self.refuses.get(host.strip("[]"), 200)
        writer.write(f"HTTP/1.1 {status} Reason\r\nvia: {PASSWORD}\r\n\r\n".encode())
        return self.asked[-1] if status == 200 else None

    async def _by_socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int] | None:
        version, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        assert version == 5 and offered == (b"\x00" if self.takes_any else b"\x00\x02")
        writer.write(b"\x05\x00" if self.takes_any else b"\x05\x02")
        if not self.takes_any:
            assert await reader.readexactly(1) == b"\x01"
            given = [await reader.readexactly((await reader.readexactly(1))[0]) for _ in range(2)]
            is_known = given == [USER.encode(), PASSWORD.encode()]
            writer.write(b"\x01\x00" if is_known else b"\x01\x01")
            if not is_known:
                return None
        *start, kind = await reader.readexactly(4)
        assert start == [5, 1, 0]
        length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        raw = await reader.readexactly(length)
        host = raw.decode() if kind == 3 else str(ip_address(raw))
        self.asked.append((host, int.from_bytes(await reader.readexactly(2), "big")))
        code = self.refuses.get(host, 0)
        writer.write(bytes((5, code, 0, 3, 4)) + b"here" + b"\x00\x01")
        return None if code else self.asked[-1]

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.ports.get(port, port))
        try:
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            back.close()


async def _pump(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        to.write(data)
        await to.drain()
    to.close()


@asynccontextmanager
async def proxies(*servers: ProxyServer, tls: ssl.SSLContext | None = None) -> AsyncGenerator[None]:
    """These, running; what an https:// one shows is `tls`."""
    async with AsyncExitStack() as stack:
        for server in servers:
            await server.start(tls if server.kind == "https" else None)
            stack.push_async_callback(server.stop)
        yield


def closed_port() -> int:
    """One at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]
