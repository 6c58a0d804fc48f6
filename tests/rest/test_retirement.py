"""A route on its way out, in a small service made of the same parts: none of ours is."""

import io
from datetime import UTC, datetime
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI, Request, Response

from service.app import contract
from service.domain.access import Actor
from service.middleware import wrap
from service.rest.retirement import EXTENSION, retired
from tests.rest.logbook import written


async def caller(request: Request) -> None:
    request.state.actor = Actor(id=request.headers["authorization"], scopes=frozenset())


async def old(name: str, _actor: Annotated[None, Depends(caller)]) -> Response:
    return Response(name, headers={"Link": '</v1/old?cursor=x>; rel="next"'}, status_code=404 if name == "no" else 200)


async def other() -> str:
    return "other"


def small_app() -> FastAPI:
    app = FastAPI()
    ends = retired(since="2027-01-01", sunset="2027-07-01", successor="/v1/new", about="/changelog")
    app.add_api_route("/v1/old/{name}", old, **ends)
    app.add_api_route("/v1/older", other, **retired(since="2027-01-01", about="/changelog"))
    app.add_api_route("/v1/new", other)
    return app


async def test_answers_say_that_a_route_goes_and_what_comes(logged: io.StringIO) -> None:
    app = small_app()
    operations = {path: methods["get"] for path, methods in app.openapi()["paths"].items()}
    assert [path for path, one in operations.items() if one.get("deprecated")] == ["/v1/old/{name}", "/v1/older"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(wrap(app)), base_url="http://x") as client:
        for name, status in (("yes", 200), ("no", 404)):
            answer = await client.get(f"/v1/old/{name}", headers={"Authorization": "key:a"})
            assert answer.status_code == status
            assert answer.headers["deprecation"] == f"@{int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())}"
            assert answer.headers["sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
            assert answer.headers.get_list("link") == [
                '</v1/old?cursor=x>; rel="next"',
                '</changelog>; rel="deprecation"; type="text/markdown", </v1/new>; rel="successor-version"',
            ]
        head = await client.head("/v1/old/yes", headers={"Authorization": "key:b"})
        assert head.headers["deprecation"] == answer.headers["deprecation"]
        for _ in range(4):
            unplanned = await client.get("/v1/older")
        assert unplanned.headers["deprecation"] == answer.headers["deprecation"]
        assert "sunset" not in unplanned.headers
        for path in ("/v1/new", "/v1/nowhere"):
            staying = await client.get(path)
            assert not {"deprecation", "sunset", "link"} & set(staying.headers)
    uses = [line for line in written(logged) if line["event"] == "deprecated route used"]
    assert [(line["route"], line.get("actor"), line["count"]) for line in uses] == [
        ("/v1/old/{name}", "key:a", 1),
        ("/v1/old/{name}", "key:a", 2),
        ("/v1/old/{name}", "key:b", 1),
        ("/v1/older", None, 1),
        ("/v1/older", None, 2),
        ("/v1/older", None, 4),
    ]


@pytest.mark.parametrize(
    ("since", "sunset"), [("2027-01-02", "2027-01-01"), ("soon", None), ("2027-01-01", "2027-02-30")]
)
def test_days_that_cannot_be(since: str, sunset: str | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        retired(since=since, sunset=sunset, about="/changelog")


def test_no_operation_is_retired_now() -> None:
    operations = [one for methods in contract().document["paths"].values() for one in methods.values()]
    assert [one["operationId"] for one in operations if one.get("deprecated") or EXTENSION in one] == []
