"""How one attempt reaches the wire: a protocol of one method, and its aiohttp form.

aiohttp, because with 64 requests in flight it sends tens of times as many a second on one core
as httpx, whose pool slows down with the number of requests that wait.
"""

import asyncio
import contextvars
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol

import aiohttp
from aiohttp.connector import Connection
from multidict import CIMultiDict

from service.webhooks.access import OPEN, Access
from service.webhooks.bounds import BoundedConnector, expect
from service.webhooks.certificates import Identity, context_of
from service.webhooks.egress import EgressGuard, EgressRefused, GuardedResolver, Target
from service.webhooks.outcomes import Answer, NetworkClass, NoAnswer, Phases
from service.webhooks.pools import Pools
from service.webhooks.printing import printable
from service.webhooks.tls_timing import timed

BODY_CAP_BYTES = 64 * 1024
HEAD_BYTES = 2048
DETAIL_CHARS = 300

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
    `ssl_context` None: the system's trusted authorities, host name checked.
    """

    def __init__(
        self,
        *,
        guard: EgressGuard,
        user_agent: str,
        max_connections: int = 0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._inspect = lru_cache(_KNOWN_URLS)(guard.inspect)
        context = ssl_context or ssl.create_default_context()

        def opened(identity: Identity | None, must_be_allowed: bool) -> aiohttp.ClientSession:
            own = context_of(identity) if identity else context
            return _session(guard, own, max_connections, must_be_allowed=must_be_allowed)

        self._pools = Pools(opened)

    async def send(self, request: OutboundRequest) -> Answer | NoAnswer:
        # Not the loop's clock, which stands still while other tasks run.
        trace = _Trace(time.perf_counter)
        token = _current.set(trace)
        try:
            async with asyncio.timeout(request.timeout_seconds):
                return await self._exchange(request, trace)
        except EgressRefused as refusal:
            return trace.no_answer("egress", str(refusal))
        except TimeoutError:
            return trace.no_answer("timeout", f"no complete answer within {request.timeout_seconds:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return trace.no_answer(_class_of(error), f"{type(error).__name__}: {error}")
        finally:
            trace.hang_up()
            _current.reset(token)

    async def close(self) -> None:
        await self._pools.close()

    async def _exchange(self, request: OutboundRequest, trace: "_Trace") -> Answer:
        target = self._inspect(request.url)
        identity = request.access.identity
        if identity is None:
            return await self._over(self._pools.common(target.must_be_allowed), target, request, trace)
        async with self._pools.lent(identity, target.must_be_allowed) as session:
            return await self._over(session, target, request, trace)

    async def _over(
        self, session: aiohttp.ClientSession, target: Target, request: OutboundRequest, trace: "_Trace"
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


class _Trace:
    """What one attempt has seen so far. Reached through the context, since lookups run in their own tasks."""

    __slots__ = (
        *("_connect_ms", "_connect_started", "_dns_ms", "_first_byte_ms"),
        *("_peer_ip", "_started", "_time", "_tls_ms", "_tls_started", "_transport"),
    )

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._started = time()
        self._connect_started: float | None = None
        self._dns_ms: float | None = None
        self._connect_ms: float | None = None
        self._tls_started: float | None = None
        self._tls_ms: float | None = None
        self._first_byte_ms: float | None = None
        self._peer_ip: str | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def pooled(self) -> bool:
        """No connection was made for this attempt."""
        return self._connect_started is None

    def looked_up(self, milliseconds: float) -> None:
        self._dns_ms = milliseconds

    def connecting(self) -> None:
        # With several addresses raced, the first try counts.
        if self._connect_started is None:
            self._connect_started = self._time()

    def securing(self) -> None:
        """The connection stands and the handshake begins."""
        self._note_connected()
        self._tls_started = self._time()

    def secured(self) -> None:
        if self._tls_started is not None:
            self._tls_ms = (self._time() - self._tls_started) * 1000

    def connected(self, transport: asyncio.Transport | None) -> None:
        self._transport = transport
        peer = transport.get_extra_info("peername") if transport else None
        self._peer_ip = peer[0] if peer else None
        self._note_connected()

    def _note_connected(self) -> None:
        if self._connect_ms is None and self._connect_started is not None:
            self._connect_ms = (self._time() - self._connect_started) * 1000

    def hang_up(self) -> None:
        """A connection that is being closed goes now: a receiver that reads nothing could keep it open for ever."""
        if self._transport is not None and self._transport.is_closing():
            self._transport.abort()

    def first_byte(self) -> None:
        self._first_byte_ms = self._elapsed_ms()

    def answer(self, response: aiohttp.ClientResponse, body: bytes, truncated: bool) -> Answer:
        return Answer(
            status=response.status,
            headers=response.headers,
            body_head=_printable_body(response, body[:HEAD_BYTES]),
            body=body,
            duration_ms=self._elapsed_ms(),
            truncated=truncated,
            peer_ip=self._peer_ip,
            phases=self._phases(),
        )

    def no_answer(self, error_class: NetworkClass, detail: str) -> NoAnswer:
        return NoAnswer(
            error_class=error_class,
            detail=printable(detail.replace("\n", " "))[:DETAIL_CHARS],
            duration_ms=self._elapsed_ms(),
            peer_ip=self._peer_ip,
            phases=self._phases(),
        )

    def _phases(self) -> Phases:
        return Phases(
            dns_ms=self._dns_ms, connect_ms=self._connect_ms, tls_ms=self._tls_ms, first_byte_ms=self._first_byte_ms
        )

    def _elapsed_ms(self) -> float:
        return (self._time() - self._started) * 1000


_current: contextvars.ContextVar[_Trace] = contextvars.ContextVar("dualtrack_attempt")


class _TracedResponse(aiohttp.ClientResponse):
    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        # The only moment at which the connection is known for certain: a small answer gives it
        # back to the pool before the caller sees the response.
        trace = _current.get()
        trace.connected(connection.transport)
        expect(connection, pooled=trace.pooled)
        return await super().start(connection)


def _session(
    guard: EgressGuard, context: ssl.SSLContext, max_connections: int, *, must_be_allowed: bool
) -> aiohttp.ClientSession:
    connector = BoundedConnector(
        resolver=GuardedResolver(guard, must_be_allowed=must_be_allowed, on_lookup=_on_lookup),
        ssl=timed(context, begun=_on_handshake, ended=_on_secured),
        limit=max_connections,
        keepalive_timeout=_KEEPALIVE_SECONDS,
        socket_factory=_open_socket,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=_NO_TIMEOUT,
        trust_env=False,
        auto_decompress=False,
        skip_auto_headers=("Accept",),
        response_class=_TracedResponse,
    )


def _on_lookup(milliseconds: float) -> None:
    _current.get().looked_up(milliseconds)


def _on_handshake() -> None:
    _current.get().securing()


def _on_secured() -> None:
    _current.get().secured()


def _open_socket(info: tuple[Any, ...]) -> socket.socket:
    _current.get().connecting()
    return socket.socket(family=info[0], type=info[1], proto=info[2])


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


def _printable_body(response: aiohttp.ClientResponse, head: bytes) -> str:
    if not head:
        return ""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        return printable(f"[body not decoded: content-encoding {encoding[:40]}]")
    return printable(head.decode("utf-8", errors="replace"))


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
