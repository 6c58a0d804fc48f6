"""What surrounds every answer of every operation: methods, caches, headers that are there and that never are."""

import re
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from service.app import contract
from service.domain.access import Scope
from service.rest.contract.operations import OPERATIONS
from tests.builders import BANDS, DESIGN, ENGINEERING, PAID
from tests.engines import Engine
from tests.rest.served import Served, assert_problem, serving

PATHS: dict[str, Any] = contract().document["paths"]
UNLISTED = (
    *("/", "/docs", "/docs/docs.js", "/openapi.json", "/openapi.yaml"),
    *("/llms.txt", "/changelog", "/.well-known/security.txt"),
)
SHOWS_PEOPLE_OR_PAY = re.compile(r'"(employee|min|external_ids|secret)"')
HIRE = {"ladder": "engineering", "level": "ic4", "zone": "berlin", "team": "core"}
FOR_EVERYBODY = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY"}


@pytest.fixture
async def furnished(one_engine: Engine) -> AsyncGenerator[Served]:
    """Somebody is employed, and somebody else is told of it."""
    async with serving(one_engine, security_contact="mailto:safe@dualtrack.example") as served:
        await served.person("ada", workday="1")
        await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/"})
        await served.change(HIRE, "2026-01-01")
        yield served


async def places(served: Served) -> dict[str, str]:
    """A value for each name in a path, each of something that exists."""
    endpoint = (await served.get("/v1/endpoints")).json()["data"][0]["id"]
    delivery = (await served.get(f"/v1/endpoints/{endpoint}/deliveries")).json()["data"][0]["id"]
    change = (await served.change({"level": "ic5"}, "2026-02-01"))["id"]
    secret = (await served.get(f"/v1/endpoints/{endpoint}/secrets")).json()["data"][0]["id"]
    event = (await served.get("/v1/events")).json()["data"][0]["id"]
    ladder = (await served.get("/v1/ladders/engineering")).json()
    rows = {"rows": [{"employee": "ada", "to": {"team": "web"}}]}
    batch = await served.call("POST", "/v1/change-batches", json=rows, headers={"Idempotency-Key": "batch"})
    body = {"from": "2020-01-01T00:00:00Z"}
    replay = await served.call("POST", f"/v1/endpoints/{endpoint}/replay", json=body)
    rows = {"format": "csv", "extract": "id\n1\n", "columns": {"employee": "id"}}
    report = await served.call("POST", "/v1/reconciliations", json={"system": "workday", **rows})
    # Nobody listens there: that it cannot be read is an answer, too.
    away = {"settings": {"base_url": "https://127.0.0.1:9/v1"}, "credentials": {"api_key": "none"}}
    connected = await served.call("POST", "/v1/connections", json={"kind": "bamboohr", "key": "bamboohr", **away})
    assert connected.status_code == 201, connected.text
    await served.call("POST", "/v1/connections/bamboohr/sync", json={})
    return {
        "batch": batch.json()["id"],
        "connection": connected.json()["id"],
        "reconciliation": report.json()["id"],
        "replay": replay.json()["id"],
        "employee": "ada",
        "key": (await served.get("/v1/keys")).json()["data"][0]["id"],
        "system": "workday",
        "change": change,
        "ladder": "engineering",
        "version": ladder["version"]["version"],
        "level": "ic4",
        "endpoint": endpoint,
        "delivery": delivery,
        "secret": secret,
        "event": event,
        "tenant": "acme",
        "owner": "workday",
        "slug": "not-found",
        "path": "company.schema.json",
    }


QUERIES = {
    "/v1/compare": "?a=engineering/ic4&b=engineering/ic5",
    "/v1/payroll/changes": "?calendar=monthly&period=2026-06-01",
    "/v1/connections/{connection}/links": "?employee=ada",
}


async def test_every_reading_operation(furnished: Served) -> None:
    served = furnished
    paid = {"company": {**PAID}, "ladders": [{**ENGINEERING}, {**DESIGN}], "bands": [{**BANDS}]}
    assert (await served.call("PUT", "/v1/definitions", json=paid, headers={"If-Match": "*"})).status_code == 200
    names = await places(served)
    walked = 0
    for path, methods in PATHS.items():
        if "get" not in methods:
            continue
        known = OPERATIONS[methods["get"]["operationId"]]
        shown = path.format(**names) + QUERIES.get(path, "")
        answer, head = await served.get(shown), await served.call("HEAD", shown)
        assert answer.status_code == 200, (path, answer.text)
        assert_alike(head, answer)
        assert "cache-control" in answer.headers, path
        private = {known.scope, *known.also} - {Scope.LADDERS_READ, None}
        if private or (path.startswith("/v1/") and SHOWS_PEOPLE_OR_PAY.search(answer.text)):
            assert "no-store" in answer.headers["cache-control"], path
        assert_surrounded(answer)
        walked += 1
    assert walked > 30
    for path in UNLISTED:
        answer, head = await served.client.get(path), await served.client.head(path)
        assert answer.status_code == 200, path
        assert_alike(head, answer)
        assert_surrounded(answer)


def assert_alike(head: httpx.Response, answer: httpx.Response) -> None:
    own = {"date", "x-request-id", "ratelimit"}
    assert (head.status_code, head.content) == (answer.status_code, b"")
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in answer.headers.items() if k not in own
    }
    assert "content-length" in head.headers


def assert_surrounded(answer: httpx.Response) -> None:
    for name, value in FOR_EVERYBODY.items():
        assert answer.headers[name] == value
    assert not [name for name in answer.headers if name.startswith(("access-control", "x-ratelimit"))]
    packed = "content-encoding" in answer.headers
    assert ("Accept-Encoding" in answer.headers.get("vary", "")) or not packed
    assert not (packed and answer.headers.get("etag", "W/").startswith('"'))
    assert "set-cookie" not in answer.headers


async def test_options_on_every_path(furnished: Served) -> None:
    served = furnished
    asked = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    for path, methods in PATHS.items():
        # Whether a path exists says nothing of whether what it names does, and needs no key.
        shown = re.sub(r"{\w+}", "x", path)
        answer = await served.client.options(shown, headers=asked)
        expected = {method.upper() for method in methods} | {"OPTIONS"} | ({"HEAD"} if "get" in methods else set())
        assert (answer.status_code, answer.content) == (204, b""), path
        assert answer.headers["allow"] == ", ".join(sorted(expected)), path
        assert_surrounded(answer)
        wrong = await served.client.request("PURGE", shown, headers=asked)
        assert assert_problem(wrong, 405, "method-not-allowed"), path
        assert wrong.headers["allow"] == answer.headers["allow"]
    for path in UNLISTED:
        answer = await served.client.options(path, headers=asked)
        assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    for path in ("/v1/nope", "/v1", "/v1/employees/", "/docs/x/y", "/.well-known/nope"):
        for method in ("OPTIONS", "HEAD", "GET"):
            answer = await served.client.request(method, path, headers=asked)
            assert answer.status_code == 404, (method, path)
            assert "allow" not in answer.headers
            assert_surrounded(answer)
    reading = await served.get("/v1/employees", headers=asked)
    assert_surrounded(reading)
