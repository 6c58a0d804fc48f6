"""The W3C trace of a request: logs carry its id, and so do the webhooks that the request leads to.

What is malformed is ignored, as the specification asks. It is not sent back: answers have X-Request-Id.
"""

import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs
from service.middleware.request_log import shown_method
from service.telemetry.spans import Spans

_FORM = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})-(?P<trace>(?!0{32})[0-9a-f]{32})-(?P<parent>(?!0{16})[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_KNOWN_FLAGS = 0x03
"""Sampled, and whether the id is random."""


class Trace:
    """With `spans` a request has a span of its own, which what it leads to is a part of."""

    def __init__(self, app: ASGIApp, *, spans: Spans | None = None) -> None:
        self._app = app
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = [value for name, value in scope.get("headers", ()) if name == b"traceparent"]
        traceparent = parsed(given[0].decode("latin-1")) if len(given) == 1 else None
        if self._spans and scope["type"] == "http" and (own := self._spans.begin(traceparent)):
            await self._spanned(self._spans, own, traceparent, scope, receive, send)
            return
        if traceparent is None:
            await self._app(scope, receive, send)
            return
        token = logs.traceparent.set(traceparent)
        try:
            await self._app(scope, receive, send)
        finally:
            logs.traceparent.reset(token)

    async def _spanned(
        self, spans: Spans, own: str, given: str | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        began, status = time.time_ns(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        token = logs.traceparent.set(own)
        try:
            await self._app(scope, receive, noting)
        finally:
            logs.traceparent.reset(token)
            spans.request(
                own,
                given,
                method=shown_method(scope["method"]),
                route=getattr(scope.get("route"), "path", None),
                status=status,
                began_ns=began,
                ended_ns=time.time_ns(),
            )


def parsed(text: str) -> str | None:
    """A traceparent in the form of version 00; None for what is none. Later versions may say more than is kept."""
    found = _FORM.fullmatch(text.strip())
    if found is None or (found["version"] == "00" and found["more"]):
        return None
    return f"00-{found['trace']}-{found['parent']}-{int(found['flags'], 16) & _KNOWN_FLAGS:02x}"
