"""Answers of a route that is on its way out say so, and the log says who still uses it."""

from collections import Counter

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.logs import get_logger
from service.rest.retirement import EXTENSION

_LOG = get_logger("dualtrack.retiring")


class Retiring:
    """Uses are counted by route and caller since the start of the process, and told at each doubling."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._uses: Counter[tuple[str, str | None]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            extra: dict[str, dict[str, str]] = getattr(scope.get("route"), "openapi_extra", None) or {}
            if message["type"] == "http.response.start" and EXTENSION in extra:
                headers = MutableHeaders(scope=message)
                for name, value in extra[EXTENSION].items():
                    # A page has links of its own.
                    headers.append(name, value)
                self._count(scope)
            await send(message)

        await self._app(scope, receive, marked)

    def _count(self, scope: Scope) -> None:
        actor = scope.get("state", {}).get("actor")
        used = (scope["route"].path, actor.id if actor else None)
        self._uses[used] += 1
        count = self._uses[used]
        if count & (count - 1) == 0:
            _LOG.warning("deprecated route used", route=used[0], actor=used[1], method=scope["method"], count=count)
