"""One trace from the caller over the request to the receiver, as a collector is told of it by OTLP."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from service.settings import Settings, SettingsError
from service.telemetry import spans
from service.telemetry.otlp import OtlpSpans
from tests.engines import Engine
from tests.rest.served import Served, serving
from tests.rest.test_access import pay_in
from tests.rest.test_endpoints import HIRE, worker_and_sink
from tests.webhooks.post import Sink

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


LAST = ("2026-03-01", {"team": "core"})


@dataclass(slots=True)
class Collector:
    """Takes spans on 127.0.0.1."""

    got: list[Any] = field(default_factory=list[Any])
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        sent = ExportTraceServiceRequest.FromString(await request.read())
        self.got += [span for one in sent.resource_spans for scope in one.scope_spans for span in scope.spans]
        return web.Response(body=b"", content_type="application/x-protobuf")

    def named(self, name: str) -> list[Any]:
        return [span for span in self.got if span.name == name]


@pytest.fixture
async def collector() -> AsyncGenerator[Collector]:
    made = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", made.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


@asynccontextmanager
async def traced(engine: Engine, collector: Collector, sink: Sink, **more: Any) -> AsyncGenerator[Served]:
    async with serving(engine, otlp_endpoint=collector.url, **more) as served:
        async with worker_and_sink(served, sink):
            yield served


async def test_a_trace_leads_from_the_request_to_each_attempt(one_engine: Engine, collector: Collector) -> None:
    sink = Sink()
    sink.answer = lambda event, times: (503 if times == 0 else 200, {"Retry-After": "0"} if times == 0 else {})
    async with traced(one_engine, collector, sink, otlp_sample=0) as served:
        made = (await served.call("POST", "/v1/endpoints", json={"url": f"{sink.url}?token=s3cret"})).json()
        await served.person()
        for flags, on, to in (("01", "2026-01-01", HIRE), ("00", "2026-02-01", {"level": "ic5"}), (None, *LAST)):
            given = {"traceparent": f"00-{TRACE}-{PARENT}-{flags}"} if flags else {}
            change = {"effective_on": on, "to": to, "reason": "private-reason"}
            done = await served.call(
                "POST", "/v1/employees/ada/changes", json=change, headers={"If-Match": "*", **given}
            )
            assert done.status_code == 201
        await served.client.get("/v1/nothing", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        await sink.until(lambda: len(sink.delivered) == 3)

    (request,) = collector.named("POST /v1/employees/{employee}/changes")
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    assert attributes(request) == {
        "http.request.method": "POST",
        "http.route": "/v1/employees/{employee}/changes",
        "http.response.status_code": 201,
    }
    attempts = collector.named("deliver assignment.started")
    assert [attributes(one)["dualtrack.outcome"] for one in attempts] == ["throttled", "delivered"]
    received = [{name.lower(): value for name, value in headers.items()} for headers, _ in sink.requests]
    for number, (span, headers) in enumerate(zip(attempts, received, strict=False), start=1):
        # What the receiver was sent is the attempt's own span, whose parent is the request.
        assert headers["traceparent"] == f"00-{TRACE}-{span.span_id.hex()}-01"
        assert (span.trace_id.hex(), span.parent_span_id) == (TRACE, request.span_id)
        assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 60_000_000_000
        told = attributes(span)
        assert (told["dualtrack.attempt"], told["dualtrack.endpoint"]) == (number, made["id"])
        assert told["dualtrack.first_byte_ms"] > 0 and told["network.peer.address"] == "127.0.0.1"
    assert attempts[0].status.code == 2 and "error.type" not in attributes(attempts[1])

    # Nobody asked for a trace of the others: one caller said no, one said nothing.
    assert {span.name for span in collector.got} == {request.name, attempts[0].name, "GET"}
    (unrouted,) = collector.named("GET")
    assert attributes(unrouted) == {"http.request.method": "GET", "http.response.status_code": 404}
    unasked = [headers.get("traceparent", "") for headers in received[2:]]
    assert [(one[:35], one[-3:]) for one in unasked[:2]] == [(f"00-{TRACE}", "-00")] * 2
    assert unasked[2:] == ["", ""]
    ids = {"dualtrack.endpoint", "dualtrack.event.id"}
    text = str([(span.name, attributes(span) | dict.fromkeys(ids)) for span in collector.got])
    assert pay_in(text) == []
    for word in ("s3cret", "private-reason", "ada", "ic4", "Bearer", "whsec_", "token", "busy"):
        assert word not in text, word


async def test_a_request_without_a_trace_begins_one_where_that_is_wished(
    one_engine: Engine, collector: Collector
) -> None:
    sink = Sink()
    async with traced(one_engine, collector, sink) as served:
        await served.call("POST", "/v1/endpoints", json={"url": sink.url})
        await served.person()
        await served.change(HIRE, "2026-01-01")
        await sink.until(lambda: len(sink.delivered) == 1)
    (request,) = collector.named("POST /v1/employees/{employee}/changes")
    (attempt,) = collector.named("deliver assignment.started")
    assert request.parent_span_id == b"" and attempt.parent_span_id == request.span_id
    assert attempt.trace_id == request.trace_id != b""


async def test_a_collector_that_is_away_holds_nothing_up() -> None:
    made = OtlpSpans("http://127.0.0.1:9", sample=1)
    own = made.begin(None)
    assert own is not None
    made.request(own, None, method="GET", route=None, status=200, began_ns=1, ended_ns=2)
    await made.close()


def test_without_a_collector_there_are_no_spans_and_without_packages_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert spans.spans_of(Settings()) is None
    monkeypatch.setattr(spans, "NEEDED", ("opentelemetry_that_is_not_there.sdk",))
    with pytest.raises(SettingsError, match=r"pip install 'dualtrack\[telemetry\]'"):
        spans.spans_of(Settings(otlp_endpoint="http://127.0.0.1:4318"))
