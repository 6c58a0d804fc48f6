"""Endpoints by request, and what is told of their deliveries while the worker runs."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import jsonschema_rs
import pytest
from standardwebhooks import Webhook

from service.house import working
from service.rest.contract.events import schema_file
from tests.rest.served import Served, assert_problem
from tests.webhooks.post import Sink

HIRE = {"ladder": "engineering", "level": "ic4", "zone": "berlin"}


@asynccontextmanager
async def worker_and_sink(served: Served, sink: Sink) -> AsyncGenerator[None]:
    await sink.start()
    async with working(served.house, served.office) as worker:
        running = asyncio.create_task(worker.run())
        yield
        worker.stop()
        await running
    await sink.stop()


def assert_valid(body: bytes) -> dict[str, object]:
    event = json.loads(body)
    jsonschema_rs.Draft202012Validator(schema_file(event["type"])).validate(event)
    return event


async def test_a_subscription_through_its_life(served: Served) -> None:
    asked = {"url": "http://127.0.0.1:9/hook", "event_types": ["track.switched"], "filters": {"team": ["core"]}}
    tried = await served.call("POST", "/v1/endpoints?dry_run=true", json=asked)
    assert (tried.status_code, tried.json()["secret"]) == (201, None)
    assert (await served.get("/v1/endpoints")).json()["data"] == []

    made = await served.call("POST", "/v1/endpoints", json=asked, headers={"Idempotency-Key": "e"})
    again = await served.call("POST", "/v1/endpoints", json=asked, headers={"Idempotency-Key": "e"})
    path = made.headers["location"]
    assert made.json()["secret"].startswith("whsec_")
    assert (again.json()["id"], again.json()["secret"]) == (made.json()["id"], None)
    assert path == f"/v1/endpoints/{made.json()['id']}"
    shown = (await served.get(path)).json()
    assert shown == {**made.json(), "secret": None}

    unguarded = await served.call("PATCH", path, json={"state": "paused"})
    paused = await served.call("PATCH", path, json={"state": "paused"}, headers={"If-Match": '"1"'})
    stale = await served.call("PATCH", path, json={"state": "active"}, headers={"If-Match": '"1"'})
    assert_problem(unguarded, 428, "if-match-missing")
    assert (paused.json()["state"], paused.json()["revision"]) == ("paused", 2)
    assert assert_problem(stale, 412, "revision-stale")["revision"] == 2
    assert (await served.get(path)).json()["state"] == "paused"

    assert (await served.call("DELETE", path, headers={"If-Match": "*"})).status_code == 200
    assert_problem(await served.get(path), 404, "no-such-endpoint")


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/x", "https://169.254.169.254/", "ftp://127.0.0.1/", "http://[::1]/", "x", "https://a b/"]
)
async def test_addresses_nothing_may_be_sent_to(served: Served, url: str) -> None:
    refused = await served.call("POST", "/v1/endpoints", json={"url": url})
    assert assert_problem(refused, 422, "endpoint-url-refused")["errors"][0]["pointer"] == "/url"
    assert (await served.get("/v1/endpoints")).json()["data"] == []


async def test_deliveries_and_attempts_are_told_as_they_were(served: Served) -> None:
    sink = Sink()
    sink.answer = lambda event, times: (503 if times == 0 else 200, {"Retry-After": "0"} if times == 0 else {})
    async with worker_and_sink(served, sink):
        made = (await served.call("POST", "/v1/endpoints", json={"url": sink.url})).json()
        await served.person()
        change = await served.change(HIRE, "2026-01-01")
        await sink.until(lambda: len(sink.delivered) == 1)

    event = change["events"][0]
    for headers, body in sink.requests:
        Webhook(made["secret"]).verify(body, {name.lower(): value for name, value in headers.items()})
        assert assert_valid(body)["id"] == event["id"]
    (sent,) = (await served.get(f"/v1/endpoints/{made['id']}/deliveries")).json()["data"]
    assert (sent["event"], sent["event_type"], sent["state"]) == (event["id"], "assignment.started", "delivered")
    assert (await served.get(f"/v1/deliveries/{sent['id']}")).json() == sent
    tries = (await served.get(f"/v1/deliveries/{sent['id']}/attempts")).json()["data"]
    assert [(one["n"], one["status"]) for one in tries] == [(1, 503), (2, 200)]
    assert all(one["ip"] == "127.0.0.1" for one in tries)
    only_dead = await served.get(f"/v1/endpoints/{made['id']}/deliveries?state=dead")
    assert only_dead.json()["data"] == []
    assert_problem(await served.get(f"/v1/endpoints/{made['id']}/deliveries?state=x"), 422, "invalid-parameter")


async def test_operational_events_fit_their_schemas(served: Served) -> None:
    going, other = Sink(), Sink()
    going.answer = lambda event, times: (410, {})
    await going.start()
    async with worker_and_sink(served, other):
        await served.call("POST", "/v1/endpoints", json={"url": other.url, "event_types": ["endpoint.disabled"]})
        gone = (await served.call("POST", "/v1/endpoints", json={"url": going.url})).json()
        await served.person()
        await served.change(HIRE, "2026-01-01")
        await other.until(lambda: len(other.delivered) == 1)
    await going.stop()

    event = assert_valid(other.requests[0][1])
    ended = {"state": "gone", "status": 410, "reason": "asked", "failing_since": None}
    assert event["data"] == {"endpoint": {"id": gone["id"]}, **ended}
    assert (await served.get(f"/v1/endpoints/{gone['id']}")).json()["state"] == "gone"
    assert len(going.got) == 1
