"""One line a request: method, route, status, time. Never the path as sent, the query or a body, which name people."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.logs import get_logger

_LOG = get_logger("dualtrack.request")


class RequestLog:
    """What went well is told at debug level only: at thousands a second a line each costs more than the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            note(scope["method"], getattr(scope.get("route"), "path", None), status, began=began)


def note(method: str, route: str | None, status: int, *, began: float) -> None:
    """`began` is of the performance counter."""
    tell = _LOG.warning if status >= 500 else _LOG.info if status >= 400 else _LOG.debug
    duration = round((time.perf_counter() - began) * 1000, 1)
    tell("request", method=method, route=route, status=status, duration_ms=duration)
