"""How long a connection may take to say what it wants, and the answer to what is no request.

The server itself waits for ever, and answers in plain text.
"""

import asyncio
import secrets
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.problems import PROBLEMS, problem_body

HEADER_SECONDS = 15.0
_UNREADABLE = "This is no HTTP request that can be read. Check its first line, its headers and the length of its body."


class DeadlineProtocol(HttpToolsProtocol):
    """Closes a connection whose first or next request head is begun and not complete in time.

    Bodies have a deadline of their own in `bounds`, connections between requests the server's keep-alive one.
    """

    header_seconds = HEADER_SECONDS
    # The scope of a head that is begun; the server makes one for each, and gives it a method when the head is complete.
    _unfinished: object = None
    _begun_at: float | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        scope: Any = self.scope  # none until the first head begins, whatever the server declares
        if scope is None:
            return
        if "method" in scope:
            self._unfinished = self._begun_at = None
        elif self._unfinished is not scope:
            self._unfinished = scope
            self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._begun_at = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What was sent has no path and no host to be believed: the problem names neither."""
        code, request_id = "malformed-http", secrets.token_hex(8)
        status = PROBLEMS[code].status
        body = problem_body(
            code, _UNREADABLE, status=status, base="http://localhost", instance="", request_id=request_id
        )
        content = orjson.dumps(body)
        head = [
            f"HTTP/1.1 {status} Bad Request",
            "content-type: application/problem+json",
            f"content-length: {len(content)}",
            *(f"{name.decode()}: {value.decode()}" for name, value in self.server_state.default_headers),
            f"x-request-id: {request_id}",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
            "connection: close",
        ]
        self.transport.write("\r\n".join([*head, "", ""]).encode() + content)
        self.transport.close()

    def _begin(self) -> None:
        self._begun_at = self.loop.time()
        # One timer for as long as it runs, whatever comes meanwhile: one for each request costs more than the rest.
        if self._timer is None:
            self._timer = self.loop.call_later(self.header_seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._begun_at is None:
            return
        left = self._begun_at + self.header_seconds - self.loop.time()
        # Clocks of the loop are coarse: what is due within a millisecond is due.
        if left > 0.001:
            self._timer = self.loop.call_later(left, self._look)
        elif not self.transport.is_closing():
            self.transport.close()
