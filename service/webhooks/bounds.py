"""How much of an answer is taken in: what the HTTP client itself sets no bound to.

It bounds headers and lines. A receiver can still send interim answers, tiny chunks or chunk extensions until the
deadline, and parsing them would take the time of everybody else's deliveries; and it can send an answer to a
connection that waits in the pool, which would pass for that of the next request.
"""

import functools
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from service.webhooks.addresses import parse_literal

WIRE_CAP_BYTES = 512 * 1024
"""Of one answer with everything around it. Above what one read of a socket brings, so that a body that goes on after
its own cap is still an answer."""
INTERIM_CAP = 100
"""Answers with 1xx before the final one."""
_PIECE_BYTES = 4096


class TooMuch(aiohttp.ClientError):
    """The receiver sends more than an answer."""


class BoundedConnector(aiohttp.TCPConnector):
    """A TCPConnector whose connections take in a bounded amount for each request."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType]
        self._factory = functools.partial(BoundedHandler, loop=self._loop)


class BoundedHandler(ResponseHandler):
    """One connection. `expect` begins each answer. `led_to` is the host that a proxy led to, None without one."""

    led_to: str | None = None
    _taken = 0
    _interim = 0
    _final = False

    def expect(self) -> None:
        self._taken = self._interim = 0
        self._final = False

    def data_received(self, data: bytes) -> None:
        self._taken += len(data)
        if self._taken > WIRE_CAP_BYTES:
            self._give_up(f"the answer goes on after {WIRE_CAP_BYTES} bytes")
        elif self._final or len(data) <= _PIECE_BYTES:
            super().data_received(data)
        else:
            self._in_pieces(data)
        self._pass_on()

    def feed_data(self, data: Any, size: int = 0) -> None:
        self._final = not 100 <= data[0].code <= 199 or data[0].code == 101
        self._interim += not self._final
        if self._interim > INTERIM_CAP:
            self._give_up(f"more than {INTERIM_CAP} answers with 1xx before the final one")
        else:
            super().feed_data(data, size)

    def _in_pieces(self, data: bytes) -> None:
        """Before the headers are complete, a piece may hold hundreds of interim answers: stop when it is clear."""
        for first in range(0, len(data), _PIECE_BYTES):
            if self.transport is None or self.exception() is not None:
                return
            super().data_received(data[first : first + _PIECE_BYTES])

    def _pass_on(self) -> None:
        """Whoever reads the body hears that it is broken: he would wait for the rest of it until the deadline."""
        error, payload = self.exception(), self._payload
        if error is not None and payload is not None and not payload.is_eof() and payload.exception() is None:
            payload.set_exception(
                error if isinstance(error, aiohttp.ClientError) else aiohttp.ClientPayloadError(str(error))
            )

    def _give_up(self, reason: str) -> None:
        if self.exception() is None:
            transport = self.transport
            self.set_exception(TooMuch(reason))
            if transport is not None:
                transport.abort()


def peer_of(connection: Connection) -> str | None:
    """The address at its other end; None where a proxy was given a name."""
    handler, transport = connection.protocol, connection.transport
    if isinstance(handler, BoundedHandler) and handler.led_to is not None:
        return handler.led_to if parse_literal(handler.led_to) else None
    peer = transport.get_extra_info("peername") if transport else None
    return peer[0] if peer else None


def expect(connection: Connection, *, pooled: bool) -> None:
    """Begin to take in the answer of a request that was just written.

    Raises: TooMuch if a pooled connection has brought something since its last answer: that is no answer to this.
    """
    handler = connection.protocol
    if pooled and handler is not None and handler.should_close:
        raise TooMuch("the receiver had sent an answer before it was asked")
    if isinstance(handler, BoundedHandler):
        handler.expect()
