import asyncio
import gzip

import pytest

from service.webhooks.outcomes import Answer, NoAnswer, Throttled, decide
from service.webhooks.transport import AiohttpTransport
from tests.webhooks.wire import Receiver, Script, Serve, answer, header, request_to, says, silence

DEADLINE = 0.3
OK = answer(200, b"ok")


async def test_the_exact_bytes_and_headers_arrive(serve: Serve, transport: AiohttpTransport):
    receiver = Receiver(says(OK))
    url = await serve(receiver)
    body = '{"name":"Ä","n":1.0}'.encode()
    result = await transport.send(request_to(url + "?a=b%20c", body=body, traceparent="00-1-2-01"))
    assert isinstance(result, Answer)
    assert (result.status, result.body_head, result.truncated, result.peer_ip) == (200, "ok", False, "127.0.0.1")
    [(head, received)] = receiver.requests
    assert received == body
    assert head.startswith(b"POST /hook?a=b%20c HTTP/1.1\r\n")
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:] if line]
    assert {name.decode(): header(head, name.decode()) for name in names} == {
        "host": url.removeprefix("http://").removesuffix("/hook"),
        "webhook-id": "evt_1",
        "webhook-timestamp": "1800000000",
        "webhook-signature": "v1,c2lnbmF0dXJl",
        "content-type": "application/json",
        "content-length": str(len(body)),
        "accept-encoding": "identity",
        "user-agent": "dualtrack/0.0",
        "traceparent": "00-1-2-01",
    }


async def test_extra_headers_override_nothing(serve: Serve, transport: AiohttpTransport):
    receiver = Receiver(says(OK))
    url = await serve(receiver)
    await transport.send(request_to(url, WEBHOOK_ID="evt_2", User_Agent="x", content_type="text/plain"))
    head = receiver.requests[0][0]
    assert [header(head, name) for name in ("webhook-id", "user-agent", "content-type")] == [
        "evt_1",
        "dualtrack/0.0",
        "application/json",
    ]


async def test_a_connection_is_used_again_and_its_peer_still_known(serve: Serve, transport: AiohttpTransport):
    receiver = Receiver(says(OK))
    url = await serve(receiver)
    first, second = [await transport.send(request_to(url)) for _ in range(2)]
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (receiver.connections, len(receiver.requests)) == (1, 2)
    assert first.phases.connect_ms is not None
    assert (first.phases.dns_ms, first.phases.tls_ms) == (None, None)
    assert (second.phases.connect_ms, second.phases.dns_ms, second.peer_ip) == (None, None, "127.0.0.1")
    assert second.phases.first_byte_ms is not None
    assert 0 < second.phases.first_byte_ms <= second.duration_ms


async def test_cookies_are_not_kept(serve: Serve, transport: AiohttpTransport):
    receiver = Receiver(says(answer(200, set_cookie="a=b; Path=/")))
    url = await serve(receiver)
    for _ in range(2):
        await transport.send(request_to(url))
    assert [header(head, "cookie") for head, _ in receiver.requests] == [None, None]


async def test_the_environments_proxy_is_ignored(
    serve: Serve, transport: AiohttpTransport, monkeypatch: pytest.MonkeyPatch
):
    proxy, receiver = Receiver(says(answer(502))), Receiver(says(OK))
    proxy_url, url = await serve(proxy), await serve(receiver)
    monkeypatch.setenv("HTTP_PROXY", proxy_url)
    monkeypatch.setenv("http_proxy", proxy_url)
    result = await transport.send(request_to(url))
    assert isinstance(result, Answer)
    assert (result.status, proxy.connections, len(receiver.requests)) == (200, 0, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_its_target_hears_nothing(
    serve: Serve, transport: AiohttpTransport, status: int
):
    target = Receiver(says(OK))
    target_url = await serve(target)
    receiver = Receiver(says(answer(status, location=target_url)))
    result = await transport.send(request_to(await serve(receiver)))
    assert isinstance(result, Answer)
    assert (result.status, result.headers["Location"]) == (status, target_url)
    assert (target.connections, len(receiver.requests)) == (0, 1)


async def drip(writer: asyncio.StreamWriter, start: bytes, piece: bytes) -> None:
    """One piece every 20 ms for ever: well within any timeout that starts again with each read."""
    writer.write(start)
    loop = asyncio.get_running_loop()
    while True:
        writer.write(piece)
        await writer.drain()
        tick = loop.create_future()
        loop.call_later(0.02, tick.set_result, None)
        await tick


async def slow_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, b"HTTP/1.1 200 OK\r\n", b"x: y\r\n")


async def slow_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n", b".")


async def informational_for_ever(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, b"", b"HTTP/1.1 102 Processing\r\n\r\n")


@pytest.mark.parametrize("script", [silence, slow_headers, slow_body, informational_for_ever])
async def test_one_deadline_bounds_every_slowness(serve: Serve, transport: AiohttpTransport, script: Script):
    receiver = Receiver(script)
    url = await serve(receiver)
    result = await transport.send(request_to(url, timeout=DEADLINE))
    assert isinstance(result, NoAnswer)
    assert (result.error_class, result.detail) == ("timeout", "no complete answer within 0.3 s")
    assert DEADLINE * 1000 <= result.duration_ms < DEADLINE * 1000 + 500
    await asyncio.wait_for(receiver.closed.wait(), 5)
    assert len(receiver.requests) == 1


async def test_an_answer_after_the_deadline_is_no_answer(serve: Serve, transport: AiohttpTransport):
    gave_up = asyncio.Event()

    async def late(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gave_up.wait()
        writer.write(OK)

    receiver = Receiver(late)
    url = await serve(receiver)
    result = await transport.send(request_to(url, timeout=DEADLINE))
    gave_up.set()
    assert isinstance(result, NoAnswer)
    assert len(receiver.requests) == 1


async def test_an_endless_body_is_cut_at_the_cap(serve: Serve, transport: AiohttpTransport):
    written = 0

    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"a" * 4096)
            await writer.drain()
            written += 4096

    receiver = Receiver(endless)
    result = await transport.send(request_to(await serve(receiver)))
    assert isinstance(result, Answer)
    assert (result.status, result.truncated, result.body_head) == (200, True, "a" * 2048)
    await asyncio.wait_for(receiver.closed.wait(), 5)
    # What the kernels of both sides buffer comes on top of what was read.
    assert written < 16 * 1024 * 1024


@pytest.mark.parametrize(("size", "truncated"), [(64 * 1024, False), (64 * 1024 + 1, True)])
async def test_the_cap_is_64_kib(serve: Serve, transport: AiohttpTransport, size: int, truncated: bool):
    result = await transport.send(request_to(await serve(Receiver(says(answer(200, b"a" * size))))))
    assert isinstance(result, Answer)
    assert result.truncated is truncated


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "deflate", "br"])
async def test_a_compressed_body_is_not_decoded(serve: Serve, transport: AiohttpTransport, coding: str):
    bomb = gzip.compress(gzip.compress(bytes(20_000_000)))
    assert len(bomb) < 1000
    result = await transport.send(request_to(await serve(Receiver(says(answer(200, bomb, content_encoding=coding))))))
    assert isinstance(result, Answer)
    assert (result.status, result.truncated) == (200, False)
    assert result.body_head == f"[body not decoded: content-encoding {coding}]"


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (b"", ""),
        ("grün ✓\n\tx".encode(), "grün ✓\n\tx"),
        (b"\x1b[31mred\x00\r\n\x7f", "\ufffd[31mred\ufffd\n\ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("\x9b31m\u202e".encode(), "\ufffd31m\ufffd"),
        (b"x" * 5000, "x" * 2048),
    ],
)
async def test_the_kept_text_is_printable(serve: Serve, transport: AiohttpTransport, body: bytes, head: str):
    result = await transport.send(request_to(await serve(Receiver(says(answer(500, body))))))
    assert isinstance(result, Answer)
    assert (result.status, result.body_head) == (500, head)


async def test_headers_reach_the_outcome_whatever_their_case(serve: Serve, transport: AiohttpTransport):
    receiver = Receiver(says(answer(429, RETRY_AFTER="7")))
    result = await transport.send(request_to(await serve(receiver)))
    assert decide(result, now_seconds=0) == Throttled(error_class="throttled", wait_seconds=7.0, burns_attempt=False)
