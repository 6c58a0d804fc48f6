"""One line a request: method, route, status, time. Never the path as sent, the query or a body, which name people."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.logs import get_logger
from service.telemetry.book import Book, Counts
from service.telemetry.catalogue import NONE, OTHERS

_LOG = get_logger("dualtrack.request")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestLog:
    """What went well is told at debug level only: at thousands a second a line each costs more than the answer.

    All are counted in the `book`, where there is one.
    """

    def __init__(self, app: ASGIApp, *, book: Book | None = None) -> None:
        self._app = app
        self._book = book
        self._under_way = 0
        if book:
            book.sources.append(self._now)

    def _now(self) -> Counts:
        return {("http_requests_in_flight", ()): self._under_way}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500
        self._under_way += 1

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._under_way -= 1
            route = getattr(scope.get("route"), "path", None)
            note(scope["method"], route, status, began=began)
            if self._book:
                count(self._book, scope["method"], route, status, seconds=time.perf_counter() - began)


def count(book: Book, method: str, route: str | None, status: int, *, seconds: float) -> None:
    """By the template of the route and never by the path, which names people and has no end of values."""
    label = route or NONE
    book.count("http_requests", shown_method(method), label, str(status))
    book.observe("http_request_duration_seconds", seconds, label)


def shown_method(method: str) -> str:
    """A method that there is; anything else, which callers may make up, by one name."""
    return method if method in _METHODS else OTHERS


def note(method: str, route: str | None, status: int, *, began: float) -> None:
    """`began` is of the performance counter."""
    tell = _LOG.warning if status >= 500 else _LOG.info if status >= 400 else _LOG.debug
    duration = round((time.perf_counter() - began) * 1000, 1)
    tell("request", method=method, route=route, status=status, duration_ms=duration)
