"""Slashes inside a name: `workday:2%2F1` is one segment, though the server hands the path over decoded."""

from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from service.rest.strict import SLASH


class EncodedSlashes:
    """Writes an encoded slash as `SLASH`, which splits no segment; routes read it as a slash again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: bytes = scope.get("raw_path") or b""
        if scope["type"] == "http" and b"%2f" in raw.lower():
            sent = raw.decode("ascii", errors="replace").partition("?")[0]
            marked = sent.replace("%2f", "%2F").replace("%2F", SLASH)
            scope["path"] = unquote(marked)
        await self._app(scope, receive, send)
