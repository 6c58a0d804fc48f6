"""Bounds on what a caller may make the service hold: how much it reads, and for how long it waits for it."""

import asyncio
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.middleware.refusal import Refusal, refuse

MOST_BODY_BYTES = 1024 * 1024
ROOMY: Mapping[str, int] = {
    "/v1/definitions": 16 * 1024 * 1024,
    "/v1/change-batches": 8 * 1024 * 1024,
    "/v1/reconciliations": 16 * 1024 * 1024,
}
"""Paths that take more, with those below them: a company folder of files of up to 5 MB each, rows of a batch, an
extract of another system."""
BODY_SECONDS = 20.0


class Bounds:
    """Reads bodies up to `most_bytes` within `seconds`; what is longer or slower is refused before any route runs."""

    def __init__(self, app: ASGIApp, *, most_bytes: int = MOST_BODY_BYTES, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._whole_body(scope, receive)
        except Refusal as refusal:
            await refuse(scope, send, refusal)
            return
        given = False

        async def once() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, once, send)

    async def _whole_body(self, scope: Scope, receive: Receive) -> bytes:
        path: str = scope["path"]
        roomy = (size for above, size in ROOMY.items() if path == above or path.startswith(f"{above}/"))
        most = max(self._most_bytes, next(roomy, 0))
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > most:
            raise self._too_large(most)
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    part = message.get("body", b"")
                    size += len(part)
                    if size > most:
                        raise self._too_large(most)
                    parts.append(part)
                    if message["type"] == "http.disconnect" or not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise Refusal(
                "request-timeout", f"The body did not arrive within {self._seconds:g} seconds. Send it in one go."
            ) from None

    def _too_large(self, most: int) -> Refusal:
        return Refusal("body-too-large", f"A body has at most {most} bytes here. Send less at once.")
