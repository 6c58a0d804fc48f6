"""The W3C trace of a request: logs carry its id, and so do the webhooks that the request leads to.

What is malformed is ignored, as the specification asks. It is not sent back: answers have X-Request-Id.
"""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from service import logs

_FORM = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})-(?P<trace>(?!0{32})[0-9a-f]{32})-(?P<parent>(?!0{16})[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_KNOWN_FLAGS = 0x03
"""Sampled, and whether the id is random."""


class Trace:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = [value for name, value in scope.get("headers", ()) if name == b"traceparent"]
        traceparent = parsed(given[0].decode("latin-1")) if len(given) == 1 else None
        if traceparent is None:
            await self._app(scope, receive, send)
            return
        token = logs.traceparent.set(traceparent)
        try:
            await self._app(scope, receive, send)
        finally:
            logs.traceparent.reset(token)


def parsed(text: str) -> str | None:
    """A traceparent in the form of version 00; None for what is none. Later versions may say more than is kept."""
    found = _FORM.fullmatch(text.strip())
    if found is None or (found["version"] == "00" and found["more"]):
        return None
    return f"00-{found['trace']}-{found['parent']}-{int(found['flags'], 16) & _KNOWN_FLAGS:02x}"
