"""What the server itself would answer in plain text: too much at once, and what is no request."""

import asyncio
import json

import httpx
from starlette.types import Receive, Scope, Send

from service.middleware.in_flight import InFlight
from tests.rest.served import Served, assert_problem


async def test_what_comes_beyond_is_told_to_come_again() -> None:
    entered, going_on = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            entered.set()
            await going_on.wait()
        if scope["path"] == "/broken":
            raise RuntimeError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(InFlight(slow, most=1), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        assert (await client.get("/broken")).status_code == 500
        held = asyncio.create_task(client.get("/slow"))
        await entered.wait()
        refused = await client.get("/v1/ladders")
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert (refused.headers["retry-after"], refused.headers["content-type"]) == ("1", "application/problem+json")
        assert "connection" not in refused.headers
        assert (await client.post("/v1/ladders", content=b"x")).headers["connection"] == "close"
        assert (await client.get("/livez")).status_code == 200
        going_on.set()
        assert (await held).status_code == 200
        assert (await client.get("/v1/ladders")).status_code == 200


async def test_what_is_no_request_is_a_problem_too(served_once: Served) -> None:
    for sent in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"NONSENSE\r\n\r\n",
    ):
        head, _, content = (await served_once.raw(sent)).partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        problem = json.loads(content)
        assert status == "HTTP/1.1 400 Bad Request", sent
        assert headers["content-type"] == "application/problem+json"
        assert (headers["connection"], headers["x-content-type-options"]) == ("close", "nosniff")
        assert int(headers["content-length"]) == len(content)
        assert (problem["code"], problem["status"]) == ("malformed-http", 400)
        assert problem["request_id"] == headers["x-request-id"]
        assert "x" not in problem["instance"]
    assert_problem(await served_once.client.get("/v1/nope"), 404, "not-found")
