"""Figures for Prometheus on the wire, with and without a key."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from service import __version__
from service.cli.processes.figures import telling_figures
from service.telemetry.catalogue import EVERY, PREFIX
from tests.listening import bound
from tests.rest.served import Served, assert_problem
from tests.rest.test_access import pay_in
from tests.rest.test_endpoints import HIRE, worker_and_sink
from tests.webhooks.post import Sink

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def figures(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Samples by name."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            found.setdefault(one.name.removeprefix(PREFIX), []).append((one.labels, one.value))
    return found


def of(found: dict[str, list[tuple[dict[str, str], float]]], name: str, **labels: str) -> float | None:
    return next((value for given, value in found.get(name, ()) if given.items() >= labels.items()), None)


async def test_figures_of_what_was_asked_sent_and_queued(served: Served) -> None:
    sink = Sink()
    sink.answer = lambda event, times: (503 if times == 0 else 200, {"Retry-After": "0"} if times == 0 else {})
    async with worker_and_sink(served, sink):
        endpoint = (await served.call("POST", "/v1/endpoints", json={"url": sink.url})).json()["id"]
        await served.person()
        await served.change(HIRE, "2026-01-01")
        await sink.until(lambda: len(sink.delivered) == 1)
        during = figures((await served.get("/metrics")).text)
    await served.change({"level": "ic5"}, "2026-02-01")
    await served.get("/v1/employees/nobody/../%00")
    for _ in range(3):
        await served.get("/v1/ladders/engineering")
    with suppress(httpx.HTTPError):
        await served.client.request("BREW", "/v1/ladders")
    served.clock.us += 30_500_000
    page = await served.get("/metrics")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = figures(page.text)

    assert found["build_info"] == [({"version": __version__, "database": served.house.database.dialect}, 1.0)]
    assert of(found, "http_requests_total", method="POST", route="/v1/endpoints", status="201") == 1
    assert of(found, "http_request_duration_seconds_count", route="/v1/endpoints") == 1
    ladder = {"route": "/v1/ladders/{ladder}", "status": "200"}
    assert (of(found, "http_requests_total", **ladder), of(found, "http_answers_from_memory_total", **ladder)) == (1, 2)
    assert {given["method"] for given, _ in found["http_requests_total"]} <= {"GET", "POST", "other"}
    assert of(found, "http_requests_in_flight") == 1

    tried = {"endpoint": endpoint, "outcome": "throttled", "error_class": "unavailable"}
    assert of(found, "delivery_attempts_total", **tried) == 1
    assert of(found, "delivery_attempts_total", endpoint=endpoint, outcome="delivered", error_class="none") == 1
    assert of(found, "delivery_attempt_duration_seconds_count", endpoint=endpoint) == 2
    assert of(found, "delivery_delay_seconds_count", endpoint=endpoint) == 1
    assert (of(during, "deliveries_in_flight", endpoint=endpoint), of(during, "endpoints_owned")) == (0, 1)
    # What is so now ends with who it is so of; what was counted stays.
    assert (of(found, "deliveries_in_flight"), of(found, "sender_claimed_total")) == (None, 2)
    assert (of(found, "worker_looks_total", outcome="done") or 0) >= 1
    assert (of(found, "delivery_backlog", endpoint=endpoint, kind="pending"), of(found, "endpoints", state="open")) == (
        1,
        0,
    )
    assert of(found, "delivery_oldest_seconds", endpoint=endpoint) == pytest.approx(30.5, abs=0.001)
    assert (of(found, "database_up"), of(found, "processes")) == (1, 1)
    assert (of(found, "database_connections", state="most") or 0) >= 1

    assert pay_in(page.text) == []
    assert not [word for word in ("ada", "nobody", "Bearer", "dt_", sink.url) if word in page.text]


async def test_both_forms_have_every_figure(served_once: Served) -> None:
    served = served_once
    page = await served.get("/metrics")
    names = {name.removesuffix("_total") for name in EVERY}
    shown = {family.name.removeprefix(PREFIX) for family in text_string_to_metric_families(page.text)}
    assert shown - {"build_info", "build"} == names
    other = await served.get("/metrics", headers={"Accept": OPENMETRICS})
    assert other.headers["content-type"].startswith("application/openmetrics-text")
    families: list[Any] = list(openmetrics.text_string_to_metric_families(other.text))
    assert len(families) == len(names) + 1


async def test_figures_need_a_right_or_a_port_of_their_own(served_once: Served) -> None:
    served = served_once
    assert_problem(await served.client.get("/metrics"), 401, "missing-key")
    assert_problem(await served.get("/metrics", scopes=("audit:read",)), 403, "missing-scope")
    assert_problem(await served.get("/metrics?name[]=x"), 400, "unknown-parameter")
    assert (await served.get("/metrics", scopes=("webhooks:manage",))).status_code == 200

    listening, url = bound()
    async with telling_figures(served.house, listening), asyncio.timeout(20):
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            page, head = await client.get("/metrics"), await client.head("/metrics")
            assert of(figures(page.text), "database_up") == 1
            assert (head.status_code, head.text) == (200, "")
            for answer, status, code in (
                (await client.get("/v1/employees"), 404, "not-found"),
                (await client.post("/metrics"), 405, "method-not-allowed"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (status, code)
                assert answer.headers["content-type"] == "application/problem+json"
