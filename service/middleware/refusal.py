"""A refusal from before any route: the same problem document as everywhere, written without a framework."""

import orjson
from starlette.datastructures import Headers
from starlette.types import Scope, Send

from service.logs import request_id
from service.problems import PROBLEMS, problem_body


class Refusal(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


async def refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    """Answer and close: what is left of the request would be read as the next one."""
    status = PROBLEMS[refusal.code].status
    body = problem_body(
        refusal.code,
        refusal.detail,
        status=status,
        base=f"{scope['scheme']}://{Headers(scope=scope).get('host') or 'localhost'}",
        instance=scope["path"],
        request_id=request_id.get(),
    )
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(body)})
