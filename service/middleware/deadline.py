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
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._start()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._start()

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
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

    def _start(self) -> None:
        self._end()
        self._deadline = self.loop.call_later(self.header_seconds, self._too_slow)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
