"""The small schema on a real socket, over a database of its own, as `serve` would serve it."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import strawberry
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from service.app import create_app
from service.cli.serve import server_over
from service.domain.access import OPERATOR, parse_scopes
from service.graphql.transport import FinishedAnswers, router
from service.graphql.trusted import FOLDER, TrustedDocuments
from service.house import House, opened, sending
from service.settings import Settings
from service.streams import Streams
from service.usecases.access import create_key
from tests.engines import SECRET_KEY, Engine
from tests.graphql.small import schema as small_schema
from tests.listening import bound, calling, running

RESPONSE = "application/graphql-response+json"


@dataclass(slots=True, kw_only=True)
class Small:
    house: House
    app: FastAPI
    url: str
    client: httpx.AsyncClient
    server: uvicorn.Server
    _keys: dict[tuple[str, ...], Any] = field(default_factory=dict[tuple[str, ...], Any])

    async def key(self, *scopes: str) -> str:
        if scopes not in self._keys:
            made = await create_key(self.house.runtime, OPERATOR, name="test", scopes=parse_scopes(list(scopes)))
            self._keys[scopes] = made.answer
        return self._keys[scopes]["key"]

    def key_ids(self) -> list[str]:
        return [answer["id"] for answer in self._keys.values()]

    async def bearer(self, *scopes: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self.key(*(scopes or ('admin',)))}"}

    async def send(
        self, method: str, path: str = "/graphql", *, scopes: tuple[str, ...] = ("admin",), **more: Any
    ) -> httpx.Response:
        headers = {**await self.bearer(*scopes), **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def ask(
        self, query: str, variables: Any = None, *, accept: str = RESPONSE, scopes: tuple[str, ...] = ("admin",)
    ) -> httpx.Response:
        body = {"query": query, "variables": variables}
        return await self.send("POST", json=body, headers={"Accept": accept}, scopes=scopes)


@asynccontextmanager
async def serving_small(
    engine: Engine,
    *,
    production: bool = False,
    trusted: TrustedDocuments | None = None,
    streams: Streams | None = None,
    finished: FinishedAnswers | None = None,
    schema: strawberry.Schema = small_schema,
    seconds: float = 10.0,
) -> AsyncGenerator[Small]:
    settings = Settings(database_url=engine.url, sqlite_journal=engine.journal, secret_key=SecretStr(SECRET_KEY))
    listening, url = bound()
    async with opened(settings) as house, sending(settings) as office:
        streams = streams or Streams()
        made = router(
            schema,
            production=production,
            trusted=trusted or TrustedDocuments(mode="open", folder=FOLDER),
            streams=streams,
            finished=finished,
            seconds=seconds,
        )
        app = create_app(house, office, graph=made)
        app.state.streams = streams
        server = server_over(app, settings)
        async with (
            running(server, listening),
            calling(url, seconds=10) as client,
        ):
            yield Small(house=house, app=app, url=url, client=client, server=server)


def refusal(answer: httpx.Response, code: str, *, status: int = 400) -> dict[str, Any]:
    """The one error of a request that was not carried out, complete and without data."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == f"{RESPONSE}; charset=utf-8"
    body = answer.json()
    assert "data" not in body
    (error, *_) = body["errors"]
    extensions = error["extensions"]
    assert extensions["code"] == code, json.dumps(body)
    assert extensions["type"].endswith(f"/problems/{code}")
    assert extensions["request_id"] == answer.headers["x-request-id"]
    assert extensions["title"] and extensions["status"] >= 400
    assert error["message"][-1] in ".?"
    return error
