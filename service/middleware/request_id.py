"""Each request has an id: the caller's if it is one, else a new one. Answers, problems and logs carry it."""

import random
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs

HEADER = "x-request-id"
_FORM = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def usable_id(given: bytes | None) -> bytes:
    """The id that was given, else a new one. It names and guards nothing, so a cheap one will do."""
    return given if given and _FORM.fullmatch(given) else b"%016x" % random.getrandbits(64)


class RequestId:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        used = usable_id(Headers(scope=scope).get(HEADER, "").encode("latin-1")).decode("ascii")
        token = logs.request_id.set(used)

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = used
            await send(message)

        try:
            await self._app(scope, receive, tagged)
        finally:
            logs.request_id.reset(token)
