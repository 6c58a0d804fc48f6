"""A refusal from before any route: the same problem document as everywhere, written without a framework."""

from collections.abc import Mapping

import orjson
from starlette.datastructures import Headers
from starlette.types import Scope, Send

from service.logs import request_id
from service.problems import PROBLEMS, problem_body

NEVER_REFUSED = frozenset({"/livez", "/readyz"})
"""Health is told however much is going on: who asks would end the process otherwise."""


class Refusal(Exception):
    """`headers` in lower case and `extra` members go with the answer. `close` ends the connection with it."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
        close: bool = True,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
        self.close = close


def announces_body(scope: Scope) -> bool:
    """Whether more of the request is to come: without a look at it the connection is of no further use."""
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    """Answer, and close unless told not to: what is left of the request would be read as the next one."""
    status = PROBLEMS[refusal.code].status
    body = problem_body(
        refusal.code,
        refusal.detail,
        status=status,
        base=f"{scope['scheme']}://{Headers(scope=scope).get('host') or 'localhost'}",
        instance=scope["path"],
        request_id=request_id.get(),
    )
    content = orjson.dumps({**body, **refusal.extra})
    headers = {
        "content-type": "application/problem+json",
        "content-length": str(len(content)),
        "cache-control": "no-store",
        **({"connection": "close"} if refusal.close else {}),
        **refusal.headers,
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})
