"""BambooHR on 127.0.0.1: TLS, who may come in, and what every answer has in common.

bamboo = Bamboo(company=Company(clock=Clock()))
async with running(bamboo): bamboo.base_url, bamboo.authority (PEM) ...
"""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import trustme
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.simulators.bamboohr import bands as pay_bands
from tests.simulators.bamboohr import employees, meta, rows
from tests.simulators.bamboohr import hooks as webhooks
from tests.simulators.bamboohr.callers import BY_OAUTH, CALLER, caller_of, token
from tests.simulators.bamboohr.company import Company
from tests.simulators.bamboohr.faults import Faults, refused, throttled

ADDRESS = "127.0.0.1"
READS = "GET"
# Today's address and the one of older clients, each also in the version that changed tables only.
PREFIX = r"/{api:api/(?:gateway\.php/[^/]+/)?v1(?:_1)?}"


@dataclass(slots=True, kw_only=True)
class Bamboo:
    """`requests` are (method, path, status) of everything that was asked, in order; status 0: no answer was given."""

    company: Company
    faults: Faults = field(default_factory=Faults)
    api_keys: set[str] = field(default_factory=lambda: {"key-of-a-test"})
    clients: dict[str, str] = field(default_factory=lambda: {"client-of-a-test": "secret-of-a-test"})
    refresh_tokens: set[str] = field(default_factory=lambda: {"refresh-of-a-test"})
    scopes: set[str] = field(
        default_factory=lambda: {"employee:job.write", "employee:compensation.write", "pay_grades_and_bands"}
    )
    bands: pay_bands.PayBands = field(default_factory=pay_bands.PayBands)
    hooks: webhooks.Hooks = field(default_factory=webhooks.Hooks)
    requests: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    """Bearer tokens that are good, each with whose it is."""
    name: str = "acme"
    origin: str = ""
    authority: str = ""

    @property
    def base_url(self) -> str:
        return f"{self.origin}/api/v1"

    @property
    def gateway_url(self) -> str:
        """As older clients write it."""
        return f"{self.origin}/api/gateway.php/{self.name}/v1"

    def asked(self, method: str, part: str = "") -> list[str]:
        """Paths asked by a method that hold some text."""
        return [path for how, path, _status in self.requests if how == method and part in path]

    async def settle(self) -> None:
        """Send every webhook message that is due by the clock, each once."""
        await self.hooks.settle(self.company, self.faults)


@asynccontextmanager
async def running(bamboo: Bamboo) -> AsyncGenerator[Bamboo]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(ADDRESS).configure_cert(context)
    runner = web.AppRunner(_app(bamboo), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, ADDRESS, 0, ssl_context=context).start()
    bamboo.origin = f"https://{ADDRESS}:{runner.addresses[0][1]}"
    bamboo.authority = authority.cert_pem.bytes().decode()
    bamboo.hooks.authority = authority
    try:
        yield bamboo
    finally:
        await bamboo.hooks.close()
        await runner.cleanup()


def _app(bamboo: Bamboo) -> web.Application:
    app = web.Application(middlewares=[_frame(bamboo)])
    app.router.add_post("/token.php", partial(token, bamboo))
    parts = (pay_bands.routes, meta.routes, webhooks.routes, rows.routes, employees.routes)
    app.router.add_routes(
        [web.route(one.method, PREFIX + one.path, one.handler) for part in parts for one in part(bamboo)]
    )
    return app


def _frame(bamboo: Bamboo) -> Middleware:
    @web.middleware
    async def frame(request: web.Request, handler: Handler) -> web.StreamResponse:
        entry = len(bamboo.requests)
        bamboo.requests.append((request.method, request.path, 0))
        answer = await _answered(bamboo, request, handler)
        bamboo.requests[entry] = (request.method, request.path, answer.status)
        return answer

    return frame


async def _answered(bamboo: Bamboo, request: web.Request, handler: Handler) -> web.StreamResponse:
    faults = bamboo.faults
    if faults.down:
        _break(request)
    if request.path.endswith("/token.php"):
        return await handler(request)
    caller = caller_of(bamboo, request)
    if caller is None:
        return refused(401, "Invalid credentials")
    request[CALLER], request[BY_OAUTH] = caller
    if faults.throttle:
        return throttled(faults.throttle.pop(0), faults.retry_after)
    if request.method == READS:
        return await handler(request)
    if faults.break_before:
        faults.break_before -= 1
        _break(request)
    written = len(bamboo.company.written)
    answer = await handler(request)
    if faults.break_after and len(bamboo.company.written) > written:
        faults.break_after -= 1
        _break(request)
    return answer


def _break(request: web.Request) -> None:
    """Nothing more comes of this connection."""
    if request.transport:
        request.transport.abort()
    raise ConnectionResetError("broken on purpose")
