"""The Host header: exactly one, well formed, and one of ours where ours are listed.

Parsers differ on requests without Host and with two of them, and addresses in answers are made from it.
"""

import re
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from service.middleware.refusal import Refusal, refuse

_FORM = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


class Hosts:
    """`allowed` are host names without port; empty allows every well-formed one."""

    def __init__(self, app: ASGIApp, *, allowed: Sequence[str] = ()) -> None:
        self._app = app
        self._allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            # What it says cannot be trusted, so the answer is not made from it.
            kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
            await refuse({**scope, "headers": kept}, send, refusal)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if not given and scope.get("http_version") == "1.0":
            return None
        form = _FORM.fullmatch(given[0]) if len(given) == 1 else None
        if form is None:
            return Refusal("bad-host", "A request has exactly one Host header with a host name. Send it so.")
        if self._allowed and form["name"].lower() not in self._allowed:
            return Refusal("host-refused", "This service answers to other names. Use the one it was published under.")
        return None
