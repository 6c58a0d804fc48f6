"""Gusto on 127.0.0.1: who may come in, what every answer has in common, and what goes wrong when a test says so.

gusto = Gusto(company=Company(clock=Clock()))
async with running(gusto): gusto.origin ...
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.simulators.gusto import calls
from tests.simulators.gusto.company import Company
from tests.simulators.gusto.hooks import Hooks

API_VERSION = "2025-06-15"
SCOPES = ("companies:read", "employees:read", "jobs:read", "jobs:write", "compensations:read", "payrolls:read")


@dataclass(slots=True, kw_only=True)
class Faults:
    """`second_refused`: a job has one compensation, and another one is refused. `blocked` are people of whom nothing
    is taken. `moved` changes a row just before that many more writes to it. `break_after` breaks the connection after
    that many more writes were carried out, `break_before` before the next ones are. `deaf`: titles are not taken."""

    second_refused: bool = False
    blocked: set[str] = field(default_factory=set[str])
    moved: int = 0
    throttle: list[Literal[429, 503]] = field(default_factory=list[Literal[429, 503]])
    down: bool = False
    break_before: int = 0
    break_after: int = 0
    deaf: bool = False


@dataclass(slots=True, kw_only=True)
class Gusto:
    """`requests` are (method, path, status) of everything that was asked, in order; status 0: no answer was given."""

    company: Company = field(default_factory=Company)
    faults: Faults = field(default_factory=Faults)
    hooks: Hooks = field(default_factory=Hooks)
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    tokens: set[str] = field(default_factory=lambda: {"token-of-a-test"})
    refresh_tokens: set[str] = field(default_factory=lambda: {"refresh-of-a-test"})
    requests: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    origin: str = ""

    def asked(self, method: str, part: str = "") -> list[str]:
        """Paths asked by a method that hold some text."""
        return [path for how, path, _status in self.requests if how == method and part in path]


@asynccontextmanager
async def running(gusto: Gusto) -> AsyncGenerator[Gusto]:
    app = web.Application(middlewares=[_frame(gusto)])
    app.router.add_post("/oauth/token", partial(_token, gusto))
    app.router.add_routes(calls.routes(gusto))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gusto.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield gusto
    finally:
        await runner.cleanup()


def _frame(gusto: Gusto) -> Middleware:
    @web.middleware
    async def frame(request: web.Request, handler: Handler) -> web.StreamResponse:
        entry = len(gusto.requests)
        gusto.requests.append((request.method, request.path, 0))
        answer = await _answered(gusto, request, handler)
        gusto.requests[entry] = (request.method, request.path, answer.status)
        return answer

    return frame


async def _answered(gusto: Gusto, request: web.Request, handler: Handler) -> web.StreamResponse:
    faults = gusto.faults
    if faults.down:
        _break(request)
    if request.path == "/oauth/token":
        return await handler(request)
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or token not in gusto.tokens:
        return calls.refused(401, "unauthorized", "The access token is invalid")
    if request.headers.get("X-Gusto-API-Version") != API_VERSION:
        return calls.refused(406, "invalid_api_version", "This version of the interface is not known")
    if faults.throttle:
        return web.Response(status=faults.throttle.pop(0), headers={"Retry-After": "1"})
    if request.method == "GET":
        return await handler(request)
    if faults.break_before:
        faults.break_before -= 1
        _break(request)
    written = len(gusto.company.written)
    answer = await handler(request)
    if faults.break_after and len(gusto.company.written) > written:
        faults.break_after -= 1
        _break(request)
    return answer


async def _token(gusto: Gusto, request: web.Request) -> web.Response:
    """A refresh token is good once; the answer has the next one."""
    form = await request.json()
    used = form.get("refresh_token")
    if (form.get("client_id"), form.get("client_secret")) != ("client-of-a-test", "secret-of-a-test"):
        return web.json_response({"error": "invalid_client"}, status=401)
    if form.get("grant_type") != "refresh_token" or used not in gusto.refresh_tokens:
        return web.json_response({"error": "invalid_grant"}, status=400)
    gusto.refresh_tokens.remove(used)
    number = len(gusto.tokens) + 1
    gusto.tokens.add(f"token-{number}")
    gusto.refresh_tokens.add(f"refresh-{number}")
    return web.json_response(
        {
            "access_token": f"token-{number}",
            "token_type": "bearer",
            "expires_in": 7200,
            "refresh_token": f"refresh-{number}",
        }
    )


def _break(request: web.Request) -> None:
    """Nothing more comes of this connection."""
    if request.transport:
        request.transport.abort()
    raise ConnectionResetError("broken on purpose")
