"""A trace goes through: from the request to the log, and to the webhook that it leads to."""

import io

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from service import logs
from service.middleware import wrap
from service.middleware.trace import Trace, parsed
from tests.rest.logbook import written
from tests.rest.served import Served
from tests.rest.test_endpoints import HIRE, worker_and_sink
from tests.webhooks.post import Sink

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (f"00-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01"),
        (f" 00-{TRACE}-{PARENT}-00 ", f"00-{TRACE}-{PARENT}-00"),
        (f"00-{TRACE}-{PARENT}-ff", f"00-{TRACE}-{PARENT}-03"),
        (f"cc-{TRACE}-{PARENT}-01-later", f"00-{TRACE}-{PARENT}-01"),
        (f"01-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01"),
        (f"00-{TRACE}-{PARENT}-01-later", None),
        (f"ff-{TRACE}-{PARENT}-01", None),
        (f"00-{'0' * 32}-{PARENT}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{PARENT}-01", None),
        (f"00-{TRACE}-{PARENT}-1", None),
        (f"00-{TRACE}-{PARENT}", None),
        (f"cc-{TRACE}-{PARENT}-01later", None),
        (f"00-{TRACE}-{PARENT}-01\n", f"00-{TRACE}-{PARENT}-01"),
        (f"00-{TRACE}-{PARENT}-0١", None),
        ("", None),
    ],
)
def test_what_is_a_trace(given: str, kept: str | None) -> None:
    assert parsed(given) == kept


@pytest.mark.parametrize(("times", "seen"), [(0, None), (1, f"00-{TRACE}-{PARENT}-01"), (2, None)])
async def test_one_trace_holds_for_the_length_of_a_request(times: int, seen: str | None) -> None:
    found: list[str | None] = []

    async def looking(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(logs.traceparent.get())

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def send(message: Message) -> None:
        raise AssertionError("nothing is sent")

    header = (b"traceparent", f"00-{TRACE}-{PARENT}-01".encode())
    await Trace(looking)({"type": "http", "headers": [header] * times}, receive, send)
    assert (found, logs.traceparent.get()) == ([seen], None)


async def test_log_lines_carry_the_trace(logged: io.StringIO) -> None:
    async def teapot(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(wrap(teapot)), base_url="http://x") as client:
        traced = await client.get("/", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        assert "traceparent" not in traced.headers
        await client.get("/", headers={"traceparent": f"00-{'0' * 32}-{PARENT}-01"})
    lines = [line for line in written(logged) if line["event"] == "request"]
    assert [line.get("trace_id") for line in lines] == [TRACE, None]
    assert lines[0]["request_id"] == traced.headers["x-request-id"]


async def test_a_webhook_is_part_of_the_trace_of_the_request_that_caused_it(served: Served) -> None:
    sink = Sink()
    sink.answer = lambda event, times: (503 if times == 0 else 200, {"Retry-After": "0"} if times == 0 else {})
    async with worker_and_sink(served, sink):
        await served.call("POST", "/v1/endpoints", json={"url": sink.url})
        await served.person()
        given = {"traceparent": f"00-{TRACE}-{PARENT}-01", "If-Match": "*"}
        traced = await served.call(
            "POST", "/v1/employees/ada/changes", json={"effective_on": "2026-01-01", "to": HIRE}, headers=given
        )
        assert traced.status_code == 201
        assert "traceparent" not in traced.headers
        await sink.until(lambda: len(sink.delivered) == 1)
        await served.change({"level": "ic5"}, "2026-02-01")
        await sink.until(lambda: len(sink.delivered) == 2)

    sent = [{name.lower(): value for name, value in headers.items()}.get("traceparent") for headers, _ in sink.requests]
    first, second, *untraced = sent
    assert first and second and set(untraced) == {None}
    spans = {attempt.split("-")[2] for attempt in (first, second)}
    for attempt in (first, second):
        version, trace, _, flags = attempt.split("-")
        assert (version, trace, flags) == ("00", TRACE, "01")
    assert len(spans) == 2 and PARENT not in spans
