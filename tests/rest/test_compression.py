"""Compressed answers: for whom, of what, and that tags keep working with what callers send back."""

import gzip
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from service.middleware.compression import Compression
from tests.rest.served import Served, assert_problem

PLAIN = {"Accept-Encoding": "identity"}

VARY = "Authorization, Accept, Accept-Encoding"


async def test_answers_are_compressed_for_who_takes_it(served_once: Served) -> None:
    served = served_once
    plain = await served.get("/v1/definitions", headers=PLAIN)
    packed = await served.get("/v1/definitions", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    assert plain.content == packed.content
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert plain.headers["vary"] == packed.headers["vary"] == VARY
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    for refusing in ("gzip;q=0", "gzip; q=0.000, *", "br"):
        assert (
            "content-encoding"
            not in (await served.get("/v1/definitions", headers={"Accept-Encoding": refusing})).headers
        )
    small = await served.get("/version")
    assert ("content-encoding" in small.headers, small.headers["etag"][0]) == (False, '"')
    for path, kind in (("/openapi.yaml", "application/yaml"), ("/changelog", "text/markdown; charset=utf-8")):
        text = await served.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert (text.headers["content-encoding"], text.headers["content-type"]) == ("gzip", kind)
    head = await served.call("HEAD", "/v1/definitions", headers={"Accept-Encoding": "gzip"})
    assert head.content == b""
    for name in ("content-length", "content-encoding", "etag", "vary"):
        assert head.headers[name] == packed.headers[name]


async def test_both_forms_of_a_tag_are_taken_back(served_once: Served) -> None:
    served = served_once
    packed = await served.get("/v1/definitions", headers={"Accept-Encoding": "gzip"})
    weak = packed.headers["etag"]
    for tag, encoding in (
        (weak, "gzip"),
        (weak.removeprefix("W/"), "gzip"),
        (weak, "identity"),
        (f'"x", {weak}', "gzip"),
    ):
        again = await served.get("/v1/definitions", headers={"If-None-Match": tag, "Accept-Encoding": encoding})
        assert (again.status_code, again.content, again.headers["vary"]) == (304, b"", VARY)
        assert again.headers["etag"].removeprefix("W/") == weak.removeprefix("W/")
    for tag in (weak, weak.removeprefix("W/")):
        same = await served.call("PUT", "/v1/definitions", json=packed.json(), headers={"If-Match": tag})
        assert same.status_code == 200, same.text
    stale = 'W/"' + "0" * 32 + '"'
    assert_problem(
        await served.call("PUT", "/v1/definitions", json=packed.json(), headers={"If-Match": stale}), 412, "plan-stale"
    )


async def test_a_long_record_can_be_written_with_the_tag_it_was_read_with(served_once: Served) -> None:
    served = served_once
    await served.person("ada", **{f"system-{i}": f"{'x' * 40}{i}" for i in range(30)})
    read = await served.get("/v1/employees/ada", headers={"Accept-Encoding": "gzip"})
    assert (read.headers["content-encoding"], read.headers["etag"]) == ("gzip", 'W/"0"')
    change: dict[str, Any] = {
        "effective_on": "2026-01-01",
        "to": {"ladder": "engineering", "level": "ic4", "zone": "berlin"},
    }

    async def hired(tag: str) -> httpx.Response:
        return await served.call("POST", "/v1/employees/ada/changes", json=change, headers={"If-Match": tag})

    for wrong in ("W/7", 'w/"0"', 'W/W/"0"', 'W/ "0"', "W/"):
        assert_problem(await hired(wrong), 400, "invalid-if-match")
    assert_problem(await hired('W/"6"'), 412, "revision-stale")
    assert (await hired(read.headers["etag"])).status_code == 201
    assert (await served.get("/v1/employees/ada", headers=PLAIN)).headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("media", "packs"),
    [("text/event-stream", False), ("text/event-stream; charset=utf-8", False), ("application/json", True)],
)
async def test_streams_of_events_leave_as_they_are_written(media: str, packs: bool) -> None:
    parts = [b"data: 1\n\n" * 200, b"data: 2\n\n"]

    async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", media.encode()), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(Compression(streaming))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    await Compression(streaming)({"type": "http", "headers": [(b"accept-encoding", b"gzip")]}, receive, send)
    bodies = [message["body"] for message in sent[1:]]
    assert (dict(sent[0]["headers"]).get(b"content-encoding") == b"gzip") is packs
    assert dict(sent[0]["headers"])[b"etag"] == (b'W/"1"' if packs else b'"1"')
    assert (bodies == [*parts, b""]) is not packs
    assert (gzip.decompress(b"".join(bodies)) if packs else b"".join(bodies)) == b"".join(parts)
    await transport.aclose()
