"""How many requests may be under way at once. What comes beyond is told to come again, in the form of every refusal."""

from starlette.types import ASGIApp, Receive, Scope, Send

from service.middleware.refusal import NEVER_REFUSED, Refusal, announces_body, refuse

MOST_IN_FLIGHT = 2_000


class InFlight:
    """Counts requests, not connections: idle ones take nobody's place. Health is told however many there are."""

    def __init__(self, app: ASGIApp, *, most: int = MOST_IN_FLIGHT) -> None:
        self._app = app
        self._most = most
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in NEVER_REFUSED:
            await self._app(scope, receive, send)
            return
        if self._count >= self._most:
            refusal = Refusal(
                "busy",
                "Too many requests are under way. Send this again in a moment.",
                headers={"retry-after": "1"},
                close=announces_body(scope),
            )
            await refuse(scope, send, refusal)
            return
        self._count += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._count -= 1
