"""Connections of the sender through the operator's proxy: each is a tunnel to one address before anything is sent.

Below the HTTP client, so that everything above is as without a proxy: names are looked up and vetted, connections are
kept for their host, TLS is the receiver's own and checks its name, and what comes back is bounded.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest

from service.webhooks.bounds import BoundedConnector, BoundedHandler
from service.webhooks.course import CURRENT
from service.webhooks.proxy import MOST_ADDRESSES, Proxy, ProxyFailed, lead

AddrInfo = tuple[int, int, int, str, tuple[Any, ...]]


class TunnelConnector(BoundedConnector):
    """`find` looks up the addresses of the proxy."""

    def __init__(self, *, proxy: Proxy, find: Callable[[], Awaitable[list[AddrInfo]]], **options: Any) -> None:
        super().__init__(**options)
        self._proxy = proxy
        self._find = find

    async def _wrap_create_connection(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, *args: Any, addr_infos: list[AddrInfo], req: ClientRequest, timeout: aiohttp.ClientTimeout, **options: Any
    ) -> tuple[asyncio.BaseTransport, ResponseHandler]:
        if self._proxy.passes(info[4][0] for info in addr_infos):
            return await self._opened(*args, addr_infos=addr_infos, req=req, timeout=timeout, **options)
        course = CURRENT.get()
        course.at_proxy = True
        host, transport = await self._tunnel(addr_infos, req, timeout)
        course.at_proxy = False
        if options["ssl"] is None:
            handler, led = self._factory(), transport
            transport.set_protocol(handler)
            handler.connection_made(transport)
        else:
            led, handler = await self._start_tls_connection(transport, req=req, timeout=timeout)
        if isinstance(handler, BoundedHandler):
            handler.led_to = host
        return led, handler

    async def _opened(self, *args: Any, **options: Any) -> tuple[asyncio.Transport, Any]:
        """A connection as every other is made."""
        return await super()._wrap_create_connection(*args, **options)  # pyright: ignore[reportUnknownMemberType]

    async def _tunnel(
        self, addr_infos: list[AddrInfo], req: ClientRequest, timeout: aiohttp.ClientTimeout
    ) -> tuple[str, asyncio.Transport]:
        """To the first address that the proxy leads to."""
        failed = ProxyFailed("it was asked for nothing")
        for info in addr_infos[:MOST_ADDRESSES]:
            host, port = info[4][:2]
            transport, talk = await self._reached(req, timeout)
            try:
                await lead(talk, self._proxy, host, port)
            except BaseException as error:
                transport.abort()
                if not isinstance(error, ProxyFailed) or not error.is_elsewhere:
                    raise
                failed = error
            else:
                return host, transport
        raise failed

    async def _reached(self, req: ClientRequest, timeout: aiohttp.ClientTimeout) -> "tuple[asyncio.Transport, _Talk]":
        tls = self._proxy.tls
        try:
            return await self._opened(
                _Talk,
                addr_infos=await self._find(),
                req=req,
                timeout=timeout,
                ssl=tls,
                server_hostname=self._proxy.host if tls else None,
            )
        except aiohttp.ClientSSLError:
            raise ProxyFailed("its certificate is not believed, or it speaks no TLS") from None
        except (aiohttp.ClientError, OSError):
            raise ProxyFailed("it takes no connection") from None


class _Talk(asyncio.Protocol):
    """The connection to the proxy, until it leads to a receiver and is somebody else's."""

    def __init__(self) -> None:
        self._came = bytearray()
        self._is_over = False
        self._news: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # By what it is told, and not by its class: uvloop's have none of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._came += data
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over = True
        self._wake()

    async def read(self) -> bytes:
        while not self._came and not self._is_over:
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        came = bytes(self._came)
        self._came.clear()
        return came

    async def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
