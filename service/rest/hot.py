"""The reads that are asked most, answered before the framework: it would take longer than all the rest of them.

Only the plain good case is answered here, with the same bytes and headers. Everything else goes on to the route of
the same path, which asks anew and refuses as it always does.
"""

import re
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from service.auth import authenticated
from service.domain.assignments import PRIMARY
from service.domain.dates import BadDate, parse_date
from service.problems import SurfaceProblem
from service.rest.answers import sent
from service.rest.media import JSON
from service.rest.negotiation import best_of, varying
from service.rest.parsing import instant_of
from service.usecases.assignment_bytes import assignment_bytes

# Names with an encoded slash or a control character are the route's to read.
_PATH = re.compile(r"/v1/employees/([^/\x00-\x1f]+)/assignment")
_NAMES = {"effective_on", "known_at", "job"}
_MOST_JOB = 64


class HotReads:
    """`GET /v1/employees/{employee}/assignment`. Wraps everything that comes behind."""

    def __init__(self, app: ASGIApp, *, route: BaseRoute) -> None:
        self._app = app
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            found = _PATH.fullmatch(scope["path"])
            if found and await self._answered(scope, receive, send, found[1]):
                return
        await self._app(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive, send: Send, employee: str) -> bool:
        request = Request(scope, receive)
        asked = _asked(request)
        if asked is None:
            return False
        try:
            actor = await authenticated(request)
        except SurfaceProblem:
            return False
        body = await assignment_bytes(request.app.state.office.runtime, actor, employee, **asked)
        if body is None:
            return False
        # What the request log calls it.
        scope["route"] = self._route
        await varying(sent(request, body))(scope, receive, send)
        return True


def install(app: FastAPI, *, routes: Sequence[BaseRoute]) -> None:
    """Put it before the framework's own handling, behind everything of `middleware`."""
    (route,) = (one for one in routes if getattr(one, "operation_id", None) == "read_assignment")
    app.add_middleware(HotReads, route=route)


def _asked(request: Request) -> dict[str, Any] | None:
    """The parameters as the use case takes them; None when they are not plainly right."""
    given = request.query_params.multi_items()
    values = dict(given)
    if best_of(",".join(request.headers.getlist("accept")), (JSON,)) is None:
        return None
    if len(values) != len(given) or not values.keys() <= _NAMES:
        return None
    job = values.get("job", PRIMARY)
    if not 1 <= len(job) <= _MOST_JOB or "\x00" in job:
        return None
    day, instant = values.get("effective_on"), values.get("known_at")
    try:
        return {
            "job": job,
            "effective_on": parse_date(day) if day is not None else None,
            "known_at": instant_of(instant) if instant is not None else None,
        }
    except (BadDate, SurfaceProblem):
        return None
