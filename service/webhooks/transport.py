"""How one attempt reaches the wire: a protocol of one method, and its aiohttp form.

aiohttp, because with 64 requests in flight it sends tens of times as many a second on one core
as httpx, whose pool slows down with the number of requests that wait.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Literal, Protocol

import aiohttp
from aiohttp.connector import Connection
from multidict import CIMultiDict

from service.webhooks.access import OPEN, Access
from service.webhooks.bounds import BoundedConnector, expect, peer_of
from service.webhooks.certificates import Identity, context_of
from service.webhooks.course import CURRENT, HEAD_BYTES, Course, on_handshake, on_lookup, on_secured, open_socket
from service.webhooks.egress import EgressGuard, EgressRefused, GuardedResolver, Target
from service.webhooks.outcomes import Answer, NetworkClass, NoAnswer
from service.webhooks.pools import Pools
from service.webhooks.proxy import Proxy, ProxyFailed
from service.webhooks.tls_timing import timed
from service.webhooks.tunnels import TunnelConnector

BODY_CAP_BYTES = 64 * 1024

# Shorter than the five seconds after which common servers close an idle connection: a POST that
# meets the closing one fails, and it is never sent twice.
_KEEPALIVE_SECONDS = 4.0
_KNOWN_URLS = 4096
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRequest:
    """One request. `timeout_seconds` bounds everything: lookup, connect, TLS, headers and body.

    Headers, be they `extra_headers` or the `access` part's, never override the ones the sender sets itself.
    Without a `message_id` it is no delivery and carries no webhook headers. Of an answer's body `head_bytes` are kept.
    """

    url: str
    timeout_seconds: float
    body: bytes = field(default=b"", repr=False)
    method: Literal["POST", "OPTIONS"] = "POST"
    message_id: str = ""
    timestamp_seconds: int = 0
    signature: str = ""
    content_type: str = "application/json"
    extra_headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    access: Access = OPEN
    head_bytes: int = HEAD_BYTES


class Transport(Protocol):
    async def send(self, request: OutboundRequest) -> Answer | NoAnswer:
        """Send once, never retry, never follow a redirect, never raise for what a receiver does."""
        ...


class AiohttpTransport:
    """Made and closed inside a running event loop. `guard` belongs to its maker.

    `max_connections` must not be below the number of requests in flight, else slow receivers
    make others wait for a connection within their own deadline; 0 is as many as there are.
    `ssl_context` None: the system's trusted authorities, host name checked. With a `proxy` everything goes through it.
    """

    def __init__(
        self,
        *,
        guard: EgressGuard,
        user_agent: str,
        max_connections: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._inspect = lru_cache(_KNOWN_URLS)(guard.inspect)
        context = ssl_context or ssl.create_default_context()

        def opened(identity: Identity | None, must_be_allowed: bool) -> aiohttp.ClientSession:
            own = context_of(identity) if identity else context
            return _session(guard, own, max_connections, proxy, must_be_allowed=must_be_allowed)

        self._pools = Pools(opened)

    async def send(self, request: OutboundRequest) -> Answer | NoAnswer:
        # Not the loop's clock, which stands still while other tasks run.
        trace = Course(time.perf_counter)
        token = CURRENT.set(trace)
        try:
            async with asyncio.timeout(request.timeout_seconds):
                return await self._exchange(request, trace)
        except EgressRefused as refusal:
            return trace.no_answer("egress", str(refusal))
        except ProxyFailed as failed:
            return trace.no_answer("connect" if failed.is_receiver else "proxy", str(failed))
        except TimeoutError:
            if trace.at_proxy:
                return trace.no_answer("proxy", str(ProxyFailed(f"no tunnel within {request.timeout_seconds:g} s")))
            return trace.no_answer("timeout", f"no complete answer within {request.timeout_seconds:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return trace.no_answer(_class_of(error), f"{type(error).__name__}: {error}")
        finally:
            trace.hang_up()
            CURRENT.reset(token)

    async def close(self) -> None:
        await self._pools.close()

    async def _exchange(self, request: OutboundRequest, trace: Course) -> Answer:
        target = self._inspect(request.url)
        identity = request.access.identity
        if identity is None:
            return await self._over(self._pools.common(target.must_be_allowed), target, request, trace)
        async with self._pools.lent(identity, target.must_be_allowed) as session:
            return await self._over(session, target, request, trace)

    async def _over(
        self, session: aiohttp.ClientSession, target: Target, request: OutboundRequest, trace: Course
    ) -> Answer:
        response = await session.request(
            request.method,
            target.url,
            data=request.body or None,
            headers=headers_of(request, self._user_agent),
            allow_redirects=False,
        )
        try:
            trace.first_byte()
            head, truncated = await _read(response.content, request.head_bytes)
            return trace.answer(response, head, truncated)
        finally:
            # After a whole body this does nothing: the connection is back in the pool by then.
            response.close()


class _TracedResponse(aiohttp.ClientResponse):
    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        # The only moment at which the connection is known for certain: a small answer gives it
        # back to the pool before the caller sees the response.
        trace = CURRENT.get()
        trace.connected(connection.transport, peer_of(connection))
        expect(connection, pooled=trace.pooled)
        return await super().start(connection)


def _session(
    guard: EgressGuard, context: ssl.SSLContext, max_connections: int, proxy: Proxy | None, *, must_be_allowed: bool
) -> aiohttp.ClientSession:
    options: dict[str, Any] = {
        "resolver": GuardedResolver(guard, must_be_allowed=must_be_allowed, on_lookup=on_lookup),
        "ssl": timed(context, begun=on_handshake, ended=on_secured),
        "limit": max_connections,
        "keepalive_timeout": _KEEPALIVE_SECONDS,
        "socket_factory": open_socket,
    }
    if proxy is None:
        connector = BoundedConnector(**options)
    else:
        find = partial(guard.addresses_of_ours, proxy.host, proxy.port)
        connector = TunnelConnector(proxy=proxy, find=find, **options)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=_NO_TIMEOUT,
        trust_env=False,
        auto_decompress=False,
        skip_auto_headers=("Accept",),
        response_class=_TracedResponse,
    )


def headers_of(request: OutboundRequest, user_agent: str) -> CIMultiDict[str]:
    """The headers as they are sent, but for those that the connection adds."""
    headers = CIMultiDict(request.access.headers)
    for name, value in request.extra_headers.items():
        headers[name] = value
    if request.message_id:
        headers["webhook-id"] = request.message_id
        headers["webhook-timestamp"] = str(request.timestamp_seconds)
        headers["webhook-signature"] = request.signature
    if request.body:
        headers["Content-Type"] = request.content_type
    headers["Accept-Encoding"] = "identity"
    headers["User-Agent"] = user_agent
    return headers


async def _read(content: aiohttp.StreamReader, most: int) -> tuple[bytes, bool]:
    """The first bytes of the body, and whether it went on after the cap. Raw: never decompressed."""
    head, total = bytearray(), 0
    while chunk := await content.readany():
        head += chunk[: most - len(head)]
        total += len(chunk)
        if total > BODY_CAP_BYTES:
            return bytes(head), True
    return bytes(head), False


def _class_of(error: aiohttp.ClientError | OSError) -> NetworkClass:
    match error:
        case aiohttp.ClientSSLError():
            return "tls"
        case aiohttp.ClientConnectorDNSError():
            return "dns"
        # A refused connection is never reset: this one was open, and broke in the handshake.
        case aiohttp.ClientConnectorError(os_error=ConnectionResetError()):
            return "tls"
        case aiohttp.ClientConnectorError():
            return "connect"
        case _:
            return "protocol"
