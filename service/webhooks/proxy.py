"""The operator's proxy, by which everything goes out: what is said to it until a tunnel to a receiver stands.

By CONNECT and by SOCKS5 alike, whatever carries the bytes. A receiver on plain http gets a tunnel too: were its
requests handed to the proxy to be forwarded, nobody could tell an answer of the proxy from one of the receiver.

What fails here is the fault of this side and says nothing of the receiver, which has seen nothing. What the proxy
writes into its answers is told to nobody, and neither are its address and the credentials for it.
"""

import base64
import re
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

from service.webhooks.addresses import Network, parse_literal

HEAD_BYTES = 8 * 1024
"""Of an answer to CONNECT. More is none."""
MOST_ADDRESSES = 3
"""Of one receiver that the proxy is asked for one after another."""

_STATUS = re.compile(rb"HTTP/1\.[01] ([2-5][0-9]{2})[ \r]")
_NO_HTTP = "it speaks no HTTP: look at the scheme and the port it is given with"
_NO_SOCKS = "it speaks no SOCKS5: look at the scheme and the port it is given with"
_SOCKS_REFUSALS = {
    1: "a general failure",
    2: "its rules do not allow it",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "the connection is refused",
    6: "it took too long",
    7: "it makes no tunnels",
    8: "it does not take this kind of address",
}
_SOCKS_REFUSED_THERE = 5


class ProxyFailed(Exception):
    """No tunnel. `is_elsewhere` when it is about the address that was asked for, so that another one may fare better;
    `is_receiver` when it says that the receiver itself has refused."""

    def __init__(self, why: str, *, is_elsewhere: bool = False, is_receiver: bool = False) -> None:
        super().__init__(f"the egress proxy of this service: {why}")
        self.is_elsewhere = is_elsewhere
        self.is_receiver = is_receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """`tls` is what a connection to it is secured with, None for a plain one; `given` user and password. Receivers in
    `direct` are reached without it."""

    host: str
    port: int
    socks: bool = False
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    given: tuple[str, str] | None = field(default=None, repr=False)
    direct: tuple[Network, ...] = ()

    def passes(self, hosts: Iterable[str]) -> bool:
        """Whether all these are addresses that are reached without it."""
        return all(
            (address := parse_literal(host)) is not None and any(address in network for network in self.direct)
            for host in hosts
        )


class Line(Protocol):
    """A connection to the proxy. `read` gives what has come, nothing at its end."""

    async def read(self) -> bytes: ...

    async def write(self, data: bytes) -> None: ...


def proxy_of(url: str, *, direct: Sequence[Network] = (), tls: ssl.SSLContext | None = None) -> Proxy:
    """From `http://user:password@host:port`, `https://…` or `socks5://…`, percent-encoded. `tls` is for an `https://`
    one whose certificate others than the system's authorities have signed."""
    parsed = urlsplit(url)
    given = None if parsed.username is None else (unquote(parsed.username), unquote(parsed.password or ""))
    return Proxy(
        host=parsed.hostname or "",
        port=parsed.port or 0,
        socks=parsed.scheme == "socks5",
        tls=(tls or ssl.create_default_context()) if parsed.scheme == "https" else None,
        given=given,
        direct=tuple(direct),
    )


async def lead(line: Line, proxy: Proxy, host: str, port: int) -> None:
    """Have the proxy lead the connection to a receiver, by address or by name. Raises ProxyFailed."""
    taken = _Taken(line)
    await (_by_socks if proxy.socks else _by_connect)(taken, proxy, host, port)
    if taken.left:
        raise ProxyFailed("it sent more than an answer")


class _Taken:
    """What has come of an answer and was not read yet."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.left = b""

    async def exactly(self, count: int) -> bytes:
        while len(self.left) < count:
            await self._more()
        found, self.left = self.left[:count], self.left[count:]
        return found

    async def until(self, mark: bytes, most: int) -> bytes:
        while (end := self.left.find(mark)) < 0 and len(self.left) <= most:
            await self._more()
        if not 0 <= end <= most:
            raise ProxyFailed(f"its answer goes on after {most} bytes")
        return await self.exactly(end + len(mark))

    async def _more(self) -> None:
        came = await self.line.read()
        if not came:
            raise ProxyFailed("it closed the connection without an answer")
        self.left += came


async def _by_connect(taken: _Taken, proxy: Proxy, host: str, port: int) -> None:
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.given is not None:
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(':'.join(proxy.given).encode()).decode()}")
    await taken.line.write("\r\n".join([*lines, "", ""]).encode())
    found = _STATUS.match(await taken.until(b"\r\n\r\n", HEAD_BYTES))
    if found is None:
        raise ProxyFailed(_NO_HTTP)
    status = int(found[1])
    if status == 407:
        raise ProxyFailed("it does not take the credentials (407)")
    if status >= 300:
        raise ProxyFailed(f"it answered {status} when it was asked for the receiver", is_elsewhere=True)


async def _by_socks(taken: _Taken, proxy: Proxy, host: str, port: int) -> None:
    await taken.line.write(b"\x05\x01\x00" if proxy.given is None else b"\x05\x02\x00\x02")
    version, method = await taken.exactly(2)
    if version != 5:
        raise ProxyFailed(_NO_SOCKS)
    if method == 2 and proxy.given is not None:
        user, password = (part.encode() for part in proxy.given)
        await taken.line.write(bytes((1, len(user))) + user + bytes((len(password),)) + password)
        if (await taken.exactly(2))[1]:
            raise ProxyFailed("it does not take the credentials")
    elif method != 0:
        raise ProxyFailed("it asks for other credentials" if proxy.given else "it asks for credentials")
    await taken.line.write(b"\x05\x01\x00" + _socks_host(host) + port.to_bytes(2, "big"))
    version, reply, _, kind = await taken.exactly(4)
    if version != 5:
        raise ProxyFailed(_NO_SOCKS)
    if reply:
        why = f"no tunnel to the receiver: {_SOCKS_REFUSALS.get(reply, f'code {reply}')}"
        raise ProxyFailed(why, is_elsewhere=True, is_receiver=reply == _SOCKS_REFUSED_THERE)
    # From where it connects: of no use, but it has to be read.
    length = {1: 4, 4: 16}.get(kind) or (await taken.exactly(1))[0]
    await taken.exactly(length + 2)


def _socks_host(host: str) -> bytes:
    address = parse_literal(host)
    if address is None:
        return bytes((3, len(host))) + host.encode()
    return bytes((1 if address.version == 4 else 4,)) + address.packed
