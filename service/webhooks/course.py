"""What one attempt sees of its connection, phase by phase, from the lookup of the name to the answer."""

import asyncio
import contextvars
import socket
from collections.abc import Callable
from typing import Any

import aiohttp

from service.webhooks.outcomes import Answer, NetworkClass, NoAnswer, Phases
from service.webhooks.printing import printable

HEAD_BYTES = 2048
DETAIL_CHARS = 300


class Course:
    """What one attempt has seen so far. Reached through the context, since lookups run in their own tasks."""

    __slots__ = (
        *("_connect_ms", "_connect_started", "_dns_ms", "_first_byte_ms"),
        *("_peer_ip", "_started", "_time", "_tls_ms", "_tls_started", "_transport", "at_proxy"),
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
        self.at_proxy = False
        """It waits for the operator's proxy, which has not led it to a receiver yet."""

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

    def connected(self, transport: asyncio.Transport | None, peer: str | None) -> None:
        self._transport = transport
        self._peer_ip = peer
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


CURRENT: contextvars.ContextVar[Course] = contextvars.ContextVar("dualtrack_attempt")


def on_lookup(milliseconds: float) -> None:
    CURRENT.get().looked_up(milliseconds)


def on_handshake() -> None:
    CURRENT.get().securing()


def on_secured() -> None:
    CURRENT.get().secured()


def open_socket(info: tuple[Any, ...]) -> socket.socket:
    CURRENT.get().connecting()
    return socket.socket(family=info[0], type=info[1], proto=info[2])


def _printable_body(response: aiohttp.ClientResponse, head: bytes) -> str:
    if not head:
        return ""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        return printable(f"[body not decoded: content-encoding {encoding[:40]}]")
    return printable(head.decode("utf-8", errors="replace"))
