"""Requests to other firms' systems through the operator's proxy, each by a tunnel to the address that was vetted.

httpx has proxies of its own, but these believe a certificate for the address that the tunnel leads to alone.
"""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any, cast

import httpcore
import httpx

from service.webhooks.egress import EgressGuard
from service.webhooks.proxy import MOST_ADDRESSES, Proxy, ProxyFailed, lead

_PIECE_BYTES = 4096


class Tunnelled(httpx.AsyncHTTPTransport):
    """As without a proxy, but for how a connection is made. Raises ProxyFailed as it is."""

    def __init__(self, guard: EgressGuard, proxy: Proxy, context: ssl.SSLContext, limits: httpx.Limits) -> None:
        super().__init__(verify=context, trust_env=False, limits=limits)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Tunnels(guard, proxy),
        )


class _Tunnels(httpcore.AsyncNetworkBackend):
    """Connections that are tunnels, but to what is reached directly."""

    def __init__(self, guard: EgressGuard, proxy: Proxy) -> None:
        self._plain = cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())
        self._guard = guard
        self._proxy = proxy

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if self._proxy.passes([host]):
            return await self._plain.connect_tcp(host, port, timeout, local_address, socket_options)
        try:
            async with asyncio.timeout(timeout):
                return await self._tunnel(host, port)
        except (TimeoutError, httpcore.TimeoutException):
            raise ProxyFailed(f"no tunnel within {timeout or 0:g} s") from None
        except (httpcore.NetworkError, OSError):
            raise ProxyFailed("it takes no connection, or breaks it off") from None

    async def _tunnel(self, host: str, port: int) -> httpcore.AsyncNetworkStream:
        stream = await self._reached()
        try:
            if self._proxy.tls:
                stream = await stream.start_tls(self._proxy.tls, self._proxy.host)
            await lead(_Stream(stream), self._proxy, host, port)
        except BaseException:
            await stream.aclose()
            raise
        return stream

    async def _reached(self) -> httpcore.AsyncNetworkStream:
        found = await self._guard.addresses_of_ours(self._proxy.host, self._proxy.port)
        addresses = list(dict.fromkeys(info[4][0] for info in found))[:MOST_ADDRESSES]
        for address in addresses[:-1]:
            try:
                return await self._plain.connect_tcp(address, self._proxy.port)
            except httpcore.ConnectError:
                continue
        return await self._plain.connect_tcp(addresses[-1], self._proxy.port)


class _Stream:
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self) -> bytes:
        return await self._stream.read(_PIECE_BYTES)

    async def write(self, data: bytes) -> None:
        await self._stream.write(data)
