"""The service on a real socket, with a company published and a clock that the test moves."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from service.cli.serve import http_server
from service.connectors.kinds import Kind
from service.connectors.registry import KINDS
from service.domain.access import OPERATOR, parse_scopes
from service.house import House, Reaching, opened, sending
from service.problems import PROBLEMS
from service.settings import Settings
from service.usecases.access import create_key
from service.webhooks.addresses import parse_networks
from tests.engines import SECRET_KEY, Engine
from tests.listening import bound, calling, running
from tests.stage import Clock, Stage, publish

JSON = {"Content-Type": "application/json"}


@dataclass(slots=True, kw_only=True)
class Served:
    """`client` sends no key of its own; the calls below send that of an administrator unless told otherwise."""

    house: House
    office: Reaching
    clock: Clock
    url: str
    client: httpx.AsyncClient
    _keys: dict[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])

    async def key(self, *scopes: str) -> str:
        if scopes not in self._keys:
            made = await create_key(self.house.runtime, OPERATOR, name="test", scopes=parse_scopes(list(scopes)))
            self._keys[scopes] = made.answer["key"]
        return self._keys[scopes]

    async def call(
        self,
        method: str,
        path: str,
        *,
        scopes: tuple[str, ...] = ("admin",),
        headers: Mapping[str, str] = {},
        **more: Any,
    ) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {await self.key(*scopes)}"}
        return await self.client.request(method, path, headers={**bearer, **headers}, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("GET", path, **more)

    async def raw(self, request: bytes) -> bytes:
        """What comes back for exactly these bytes, until the service closes."""
        port = httpx.URL(self.url).port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        return answer

    async def person(self, key: str = "ada", **external_ids: str) -> str:
        made = await self.call("POST", "/v1/employees", json={"key": key, "external_ids": external_ids})
        assert made.status_code == 201, made.text
        return made.json()["id"]

    async def change(self, to: Mapping[str, str | None] | None, on: str, *, employee: str = "ada") -> dict[str, Any]:
        done = await self.call(
            "POST",
            f"/v1/employees/{employee}/changes",
            json={"effective_on": on, "to": to},
            headers={"If-Match": "*"},
        )
        assert done.status_code == 201, done.text
        return done.json()


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """A problem document of this status and code, complete and without anything that only we may know."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["type"].endswith(PROBLEMS[code].type or f"/problems/{code}")
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["instance"] == answer.request.url.path
    assert body["title"] and body["detail"]
    assert "Traceback" not in answer.text
    return body


@asynccontextmanager
async def serving(
    engine: Engine, *, kinds: Mapping[str, Kind] = KINDS, **settings_given: Any
) -> AsyncGenerator[Served]:
    """`kinds` are the systems that can be connected, `settings_given` settings beyond those every test has."""
    clock = Clock()
    settings = Settings(
        database_url=engine.url,
        sqlite_journal=engine.journal,
        secret_key=SecretStr(SECRET_KEY),
        egress_allow=parse_networks("127.0.0.0/8"),
        **settings_given,
    )
    listening, url = bound()
    async with opened(settings, clock=clock, kinds=kinds) as house, sending(settings) as office:
        await publish(Stage(database=house.database, runtime=house.runtime, clock=clock, woken=[]))
        async with (
            running(http_server(house, office), listening),
            calling(url, seconds=20) as client,
        ):
            yield Served(house=house, office=office, clock=clock, url=url, client=client)
