"""Compressed answers for who takes them, and tags that stay true.

A compressed answer has other bytes than the plain one, so its strong ETag becomes a weak one (`W/"7"`): it still
names the same state. If-None-Match compares weakly as it is, and If-Match takes the weak form too, because it
compares revisions and not bytes.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST_BYTES = 1024
LEVEL = 4
THREAD_BYTES = 32 * 1024
"""From here on it would hold up everybody else; a thread does it."""


class Compression:
    def __init__(self, app: ASGIApp) -> None:
        self._app = GZipMiddleware(app, LEAST_BYTES, LEVEL, THREAD_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        accepted = asked.get("accept-encoding", "")
        if "gzip" in accepted and not _takes_gzip(accepted):
            # `gzip;q=0` refuses it, which the library takes for a wish.
            scope["headers"] = [one for one in scope["headers"] if one[0] != b"accept-encoding"]

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 304:
                    headers = MutableHeaders(scope=message)
                    # What the answer would vary by, whose size nobody knows here.
                    headers.add_vary_header("Accept-Encoding")
                    if f"W/{headers.get('etag')}" in asked.get("if-none-match", ""):
                        _weaken(headers)
                elif any(name == b"content-encoding" for name, _ in message["headers"]):
                    _weaken(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, tagged)


def _weaken(headers: MutableHeaders) -> None:
    tag = headers.get("etag", "")
    if tag.startswith('"'):
        headers["etag"] = f"W/{tag}"


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.split(","):
        name, _, parameters = part.partition(";")
        if name.strip().lower() == "gzip":
            weight = parameters.replace(" ", "").lower()
            return not (weight.startswith("q=0") and not weight.strip("q=0."))
    return False
