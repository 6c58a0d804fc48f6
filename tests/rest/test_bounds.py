"""What a request may cost, what an answer may give away, and that each is told where it stands."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator

import pytest
import uvicorn
from sqlalchemy import text
from starlette.types import Message, Receive, Scope, Send

from service.middleware import wrap
from service.middleware.bounds import MOST_BODY_BYTES, Bounds
from service.middleware.deadline import DeadlineProtocol
from tests.rest.logbook import written
from tests.rest.served import JSON, Served, assert_problem


async def test_bodies_above_the_cap_are_refused_announced_or_not(served: Served) -> None:
    big = b'{"name":"' + b"a" * MOST_BODY_BYTES + b'"}'

    async def in_pieces() -> AsyncGenerator[bytes]:
        for start in range(0, len(big), 65_536):
            yield big[start : start + 65_536]

    announced = await served.call("POST", "/v1/employees", content=big, headers=JSON)
    chunked = await served.call("POST", "/v1/employees", content=in_pieces(), headers=JSON)
    lying = await served.raw(b"POST /v1/employees HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n{}")

    for answer in (announced, chunked):
        assert answer.json()["code"] == "body-too-large"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert lying.startswith(b"HTTP/1.1 413 ")
    assert (await served.get("/v1/employees")).json()["data"] == []


async def test_request_ids_are_taken_over_if_they_are_ids(served: Served) -> None:
    given = await served.client.get("/livez", headers={"X-Request-Id": "abc-1.2_Z"})
    assert given.headers["x-request-id"] == "abc-1.2_Z"
    for wrong in ("", "a b", "x" * 65, '"', "a;b"):
        answer = await served.client.get("/v1/nope", headers={"X-Request-Id": wrong})
        minted = answer.headers["x-request-id"]
        assert minted != wrong
        assert len(minted) == 16
        assert answer.json()["request_id"] == minted


async def test_hosts(served: Served) -> None:
    for headers in (
        b"",
        b"Host: a\r\nHost: b\r\n",
        b"Host: x/..?\r\n",
        b"Host: a#b\r\n",
        b"Host: a b\r\n",
        b"Host:\r\n",
    ):
        answer = await served.raw(b"GET /v1/employees HTTP/1.1\r\n" + headers + b"Connection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 "), headers
        assert b'"code":"bad-host"' in answer or b'"code":"malformed-http"' in answer, headers
    for host in (b"localhost:1", b"[::1]:8000", b"a-b.example", b"127.0.0.1"):
        answer = await served.raw(b"GET /livez HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 "), host


async def test_smuggled_requests_are_refused(served: Served) -> None:
    for extra in (
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n",
    ):
        answer = await served.raw(b"POST /v1/employees HTTP/1.1\r\nHost: x\r\n" + extra + b"\r\n{}")
        assert answer.startswith(b"HTTP/1.1 400 "), extra
        assert answer.count(b"HTTP/1.1 ") == 1


async def test_spoofed_forwarding_headers_change_nothing(served: Served) -> None:
    spoofed = {"X-Forwarded-For": "8.8.8.8", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    problem = assert_problem(await served.get("/v1/nope", headers=spoofed), 404, "not-found")
    assert problem["type"] == f"{served.url}/problems/not-found"


async def answered(app: object, scope: Scope, receive: Receive) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)  # pyright: ignore[reportCallIssue, reportGeneralTypeIssues]
    return sent


def scope_of(*headers: tuple[bytes, bytes]) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "path": "/v1/x",
        "raw_path": b"/v1/x",
        "scheme": "http",
        "http_version": "1.1",
        "headers": [(b"host", b"good.example:1"), *headers],
    }


async def never(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("the request must not get this far")


async def test_a_body_that_does_not_arrive_ends_by_the_deadline() -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    start, body = await answered(Bounds(never, seconds=0.05), scope_of(), receive)
    assert start["status"] == 408
    assert json.loads(body["body"])["code"] == "request-timeout"


async def test_only_listed_hosts_are_answered() -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def fine(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    start, body = await answered(wrap(never, hosts=["other.example"]), scope_of(), receive)
    allowed, _ = await answered(wrap(fine, hosts=["Good.Example"]), scope_of(), receive)
    assert (start["status"], json.loads(body["body"])["code"]) == (421, "host-refused")
    assert "good.example" not in body["body"].decode()
    assert allowed["status"] == 204


class Hasty(DeadlineProtocol):
    header_seconds = 0.1


@pytest.mark.parametrize("begun", [b"", b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_request_head_that_does_not_arrive_ends_the_connection(begun: bytes) -> None:
    server = uvicorn.Server(uvicorn.Config(never, http=Hasty, lifespan="off", port=0, log_config=None))
    config = server.config
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    await server.shutdown()


async def test_what_nobody_foresaw_is_a_problem_and_gives_nothing_away(served: Served, logged: io.StringIO) -> None:
    # A table is gone under a running service: the driver's message would quote the statement and what was sent.
    async with served.house.database.transaction() as tx:
        await tx.execute(text("ALTER TABLE employee RENAME TO mislaid"))
    answer = await served.call("POST", "/v1/employees", json={"key": "do-not-tell", "name": "do-not-tell"})
    assert_problem(answer, 500, "internal-error")
    for told in ("do-not-tell", "employee ", "SELECT", "sqlalchemy"):
        assert told not in answer.text.replace("/v1/employees", "")
    assert (await served.client.get("/livez")).status_code == 200
    lines = await asyncio.to_thread(written, logged)
    assert [line["status"] for line in lines if line["event"] == "request"] == [500, 200]
    (failed,) = [line for line in lines if line["event"] == "request failed"]
    assert failed["request_id"] == answer.headers["x-request-id"]
    assert failed["stack"]
    assert "do-not-tell" not in logged.getvalue()
    assert "Authorization" not in logged.getvalue()
