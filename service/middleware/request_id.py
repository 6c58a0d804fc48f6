"""Each request has an id: the caller's if it is one, else a new one. Answers, problems and logs carry it."""

import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs

HEADER = "x-request-id"
_FORM = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestId:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        used = given if _FORM.fullmatch(given) else secrets.token_hex(8)
        token = logs.request_id.set(used)

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = used
            await send(message)

        try:
            await self._app(scope, receive, tagged)
        finally:
            logs.request_id.reset(token)
