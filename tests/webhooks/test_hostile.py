"""Receivers that mean harm: whatever they send, an attempt ends in time, takes little and leaves nothing behind."""

import asyncio
import gc
import os
import socket
import struct
import time
import tracemalloc
from dataclasses import dataclass

import pytest

from service.webhooks.outcomes import Answer, NoAnswer
from service.webhooks.transport import AiohttpTransport
from tests.webhooks.wire import Receiver, Script, Serve, answer, request_to, says, silence

DEADLINE, AMPLE = 0.4, 20.0
"""Seconds: for what lasts until the deadline, and for what ends before it."""
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
KIB = 1024


def endless(first: bytes, part: bytes) -> Script:
    """As fast as the peer takes it, until it hangs up."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(part)
            await writer.drain()
            # Draining alone gives nobody else a turn while the kernel takes everything.
            turn = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(turn.set_result, None)
            await turn

    return script


async def reset_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def half_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"content-length: 10\r\n\r\nhalf")
    writer.write_eof()
    await reader.readexactly(1)


async def never_ends_what_it_promised(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"content-length: 100\r\n\r\nhalf")
    await silence(reader, writer)


HOSTILE: dict[str, tuple[Script, int | str]] = {
    "hangs": (silence, "timeout"),
    "promises a body": (never_ends_what_it_promised, "timeout"),
    "resets": (reset_at_once, "protocol"),
    "half closes": (half_closed, "protocol"),
    "floods with 1xx": (endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2000), "protocol"),
    "floods with fat 1xx": (endless(b"", b"HTTP/1.1 103 H\r\nx: " + b"y" * 4000 + b"\r\n\r\n"), "protocol"),
    "endless headers": (endless(OK, b"x: y\r\n" * 1000), "protocol"),
    "endless header line": (endless(OK + b"x: ", b"y" * 10_000), "protocol"),
    "endless status line": (endless(b"HTTP/1.1 200 ", b"y" * 10_000), "protocol"),
    "endless body": (endless(OK + b"\r\n", b"y" * 100_000), 200),
    "endless chunks": (endless(CHUNKED, b"fff\r\n" + b"y" * 0xFFF + b"\r\n"), 200),
    "endless tiny chunks": (endless(CHUNKED, b"1\r\ny\r\n" * 5000), 200),
    "endless chunk extension": (endless(CHUNKED + b"5", b";a=b" * 10_000), "protocol"),
    "endless trailers": (endless(CHUNKED + b"0\r\n", b"a: b\r\n" * 10_000), "protocol"),
    "endless trailer line": (endless(CHUNKED + b"0\r\na: ", b"b" * 10_000), "protocol"),
    "chunk of 2^64": (endless(CHUNKED + b"ffffffffffffffff\r\n", b"y" * 10_000), 200),
    "chunk beyond 2^64": (endless(CHUNKED + b"fffffffffffffffff\r\n", b"y" * 10_000), "protocol"),
    "length below what comes": (says(OK + b"content-length: 2\r\n\r\n" + b"y" * 5000), "protocol"),
    "length below zero": (says(OK + b"content-length: -2\r\n\r\nyy"), "protocol"),
    "two lengths": (says(OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nyyy"), "protocol"),
    "length and chunks": (says(OK + b"content-length: 9\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"), "protocol"),
    "a body with 204": (says(b"HTTP/1.1 204 No\r\ncontent-length: 5\r\n\r\nhello"), "protocol"),
    "a NUL in a header": (says(OK + b"x: a\0b\r\ncontent-length: 0\r\n\r\n"), "protocol"),
    "HTTP/2": (says(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "protocol"),
    "four digits": (says(b"HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n"), "protocol"),
    "another protocol": (says(b"HTTP/1.1 101 S\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n" + b"z" * 200_000), 101),
    "zstd": (endless(OK + b"content-encoding: zstd\r\n\r\n", b"\x28\xb5\x2f\xfd" * 10_000), 200),
}


@dataclass(frozen=True, slots=True)
class Seen:
    came: str | int
    seconds: float


async def attempt(transport: AiohttpTransport, url: str, deadline: float) -> Seen:
    begun = time.monotonic()
    came = await transport.send(request_to(url, timeout=deadline))
    assert isinstance(came, NoAnswer) or len(came.body_head) <= 2 * KIB
    return Seen(came.status if isinstance(came, Answer) else came.error_class, time.monotonic() - begun)


async def test_every_attempt_ends_in_time_takes_little_and_leaves_nothing(
    serve: Serve, transport: AiohttpTransport
) -> None:
    receivers = {name: Receiver(script) for name, (script, _) in HOSTILE.items()}
    urls = {name: await serve(receiver) for name, receiver in receivers.items()}
    deadlines = {name: DEADLINE if came == "timeout" else AMPLE for name, (_, came) in HOSTILE.items()}

    async def all_at_once() -> dict[str, Seen]:
        found = await asyncio.gather(*(attempt(transport, urls[name], deadlines[name]) for name in urls))
        return dict(zip(urls, found, strict=True))

    first = await all_at_once()
    await until_closed(receivers)
    tracemalloc.start()
    try:
        before = settled()
        second = await all_at_once()
        await until_closed(receivers)
        peak = tracemalloc.get_traced_memory()[1]
        kept = settled() - before
    finally:
        tracemalloc.stop()
    for seen in (first, second):
        assert {name: one.came for name, one in seen.items()} == {name: came for name, (_, came) in HOSTILE.items()}
        assert {name: one.seconds for name, one in seen.items() if one.seconds > deadlines[name] + 1} == {}
    assert kept < 256 * KIB
    # Both ends of all of them are in this process.
    assert peak - before < len(HOSTILE) * 1024 * KIB
    assert {name: len(receiver.requests) for name, receiver in receivers.items()} == dict.fromkeys(HOSTILE, 2)


def settled() -> int:
    """Bytes that Python holds once what can be freed is freed."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


async def until_closed(receivers: dict[str, Receiver]) -> None:
    """Until no receiver has a connection: whoever attempted has hung up on all of them."""
    async with asyncio.timeout(5):
        while any(receiver.open for receiver in receivers.values()):
            await tick()


async def tick() -> None:
    turn = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, turn.set_result, None)
    await turn


async def test_a_flood_keeps_nobody_else_waiting(serve: Serve, transport: AiohttpTransport) -> None:
    """Reading it until the deadline would take the time of all deliveries: they are sent by the same process."""
    floods = [HOSTILE[name][0] for name in ("floods with 1xx", "endless chunk extension", "endless tiny chunks")]
    urls = [await serve(Receiver(flood)) for flood in floods * 4]
    neighbour = await serve(Receiver(says(answer(200, b"ok"))))
    under_way = [asyncio.ensure_future(transport.send(request_to(url, timeout=5))) for url in urls]
    for _ in range(5):
        assert isinstance(await transport.send(request_to(neighbour, timeout=5)), Answer)
    came = await asyncio.gather(*under_way)
    assert [one.error_class if isinstance(one, NoAnswer) else one.status for one in came] == [
        *("protocol", "protocol", 200)
    ] * 4


@pytest.mark.parametrize("body_bytes", [10, 1_000_000])
async def test_a_receiver_that_reads_nothing_keeps_no_connection_open(
    transport: AiohttpTransport, body_bytes: int
) -> None:
    listening = socket.socket()
    # Buffers as small as over a real network, so that the kernel cannot take the whole body in its stead.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/hook"
    before = open_sockets()
    result = await transport.send(request_to(url, body=b"a" * body_bytes, timeout=DEADLINE))
    assert isinstance(result, NoAnswer) and result.error_class == "timeout"
    async with asyncio.timeout(5):
        while open_sockets() - before:
            await tick()
    listening.close()


def open_sockets() -> set[str]:
    found = set[str]()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:
            continue
    return {link for link in found if link.startswith("socket:")}


async def test_an_answer_that_came_before_the_request_is_not_its_answer(
    serve: Serve, transport: AiohttpTransport
) -> None:
    twice = asyncio.Event()

    async def answers_ahead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(200, b"asked"))
        if receiver.connections == 1:
            await writer.drain()
            await twice.wait()
            writer.write(answer(200, b"not asked"))

    receiver = Receiver(answers_ahead)
    url = await serve(receiver)
    first = await transport.send(request_to(url))
    assert isinstance(first, Answer) and first.body_head == "asked"
    twice.set()
    for _ in range(3):
        await tick()
    second, third = [await transport.send(request_to(url)) for _ in range(2)]
    assert isinstance(second, NoAnswer)
    assert second.detail == "TooMuch: the receiver had sent an answer before it was asked"
    assert isinstance(third, Answer) and third.body_head == "asked"
    assert receiver.connections == 2
