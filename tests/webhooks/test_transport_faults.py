"""Receivers that break the exchange, and TLS that must not be trusted."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
import trustme

from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard
from service.webhooks.outcomes import Answer, NoAnswer
from service.webhooks.transport import AiohttpTransport
from tests.webhooks.wire import Names, Receiver, Script, Serve, answer, request_to, says

OK = answer(200, b"ok")


async def reset_in_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    await writer.drain()
    # Lingering for zero seconds turns the close into a reset.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(reset_in_body, id="reset in the body"),
        pytest.param(says(close=True), id="closed without an answer"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nx: ", close=True), id="closed in the headers"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", close=True), id="length too long"),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe", close=True), id="closed in a chunk"
        ),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", close=True), id="not a chunk"
        ),
        pytest.param(says(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\nok", close=True), id="length no number"),
        pytest.param(says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", close=True), id="not HTTP"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000 + b"\r\n\r\n", close=True), id="huge header"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 2000 + b"\r\n", close=True), id="many headers"),
    ],
)
async def test_a_broken_exchange_is_no_answer_and_is_not_repeated(
    serve: Serve, transport: AiohttpTransport, script: Script
):
    receiver = Receiver(script)
    result = await transport.send(request_to(await serve(receiver)))
    assert isinstance(result, NoAnswer)
    assert (result.error_class, result.peer_ip) == ("protocol", "127.0.0.1")
    assert 0 < len(result.detail) <= 300
    assert "\n" not in result.detail
    assert (receiver.connections, len(receiver.requests)) == (1, 1)


async def test_an_answer_before_the_body_was_read_counts(serve: Serve, transport: AiohttpTransport):
    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(413, b"too long"))
        await reader.read(-1)
        writer.close()

    receiver = Receiver(early, read_body=False)
    result = await transport.send(request_to(await serve(receiver), body=b"a" * 1_000_000))
    assert isinstance(result, Answer)
    assert (result.status, result.body_head, len(receiver.requests)) == (413, "too long", 1)


async def test_a_closed_port_is_a_connect_failure(transport: AiohttpTransport):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        result = await transport.send(request_to(f"http://127.0.0.1:{held.getsockname()[1]}/"))
    assert isinstance(result, NoAnswer)
    assert (result.error_class, result.peer_ip) == ("connect", None)


async def test_a_full_backlog_ends_with_the_deadline(transport: AiohttpTransport):
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        result = await transport.send(request_to(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout=0.3))
    assert isinstance(result, NoAnswer)
    assert (result.error_class, result.phases.first_byte_ms) == ("timeout", None)
    assert 300 <= result.duration_ms < 800


async def test_cancelling_an_attempt_raises_and_closes_its_connection(serve: Serve, transport: AiohttpTransport):
    asked = asyncio.Event()

    async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.readexactly(1)

    receiver = Receiver(never)
    attempt = asyncio.ensure_future(transport.send(request_to(await serve(receiver))))
    await asked.wait()
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    await asyncio.wait_for(receiver.closed.wait(), 5)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


MakeTransport = Callable[[ssl.SSLContext | None], AiohttpTransport]


@pytest.fixture
async def make_transport() -> AsyncIterator[MakeTransport]:
    names = Names(payroll_example=[["127.0.0.1"]])
    guard = EgressGuard(allow=parse_networks("127.0.0.1/32"), getaddrinfo=names.getaddrinfo)
    made: list[AiohttpTransport] = []

    def make(context: ssl.SSLContext | None) -> AiohttpTransport:
        made.append(AiohttpTransport(guard=guard, user_agent="dualtrack/0.0", ssl_context=context))
        return made[-1]

    yield make
    for transport in made:
        await transport.close()
    guard.close()


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def presenting(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def presenting_tls_1_1(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = presenting(certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")
    # The library warns that the version is old, which is what the test is about.
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


async def test_a_trusted_receiver_is_told_over_tls(authority: trustme.CA, make_transport: MakeTransport):
    receiver = Receiver(says(OK))
    port = await receiver.start(tls=presenting(authority.issue_cert("payroll.example")))
    result = await make_transport(trusting(authority)).send(request_to(f"https://payroll.example:{port}/hook"))
    await receiver.stop()
    assert isinstance(result, Answer)
    assert (result.status, result.peer_ip, len(receiver.requests)) == (200, "127.0.0.1", 1)
    phases = result.phases
    each = (phases.dns_ms, phases.connect_ms, phases.tls_ms)
    known = [one for one in each if one is not None]
    assert len(known) == 3 and min(known) > 0
    # The handshake is no part of connecting, and nothing is counted twice.
    assert phases.first_byte_ms is not None
    assert sum(known) < phases.first_byte_ms <= result.duration_ms


@pytest.mark.parametrize("fault", ["unknown authority", "another name", "expired", "TLS 1.1"])
async def test_untrusted_tls_gets_nothing(authority: trustme.CA, make_transport: MakeTransport, fault: str):
    name = "other.example" if fault == "another name" else "payroll.example"
    expires = datetime(2020, 1, 1, tzinfo=UTC) if fault == "expired" else None
    certificate = authority.issue_cert(name, not_after=expires)
    receiver = Receiver(says(OK))
    port = await receiver.start(tls=(presenting_tls_1_1 if fault == "TLS 1.1" else presenting)(certificate))
    trust = None if fault == "unknown authority" else trusting(authority)
    result = await make_transport(trust).send(request_to(f"https://payroll.example:{port}/hook"))
    await receiver.stop()
    assert isinstance(result, NoAnswer)
    assert (result.error_class, receiver.requests) == ("tls", []), result.detail


async def test_a_receiver_silent_in_the_handshake_ends_with_the_deadline(
    serve: Serve, make_transport: MakeTransport, authority: trustme.CA
):
    receiver = Receiver(says(OK), read_body=False)
    url = (await serve(receiver)).replace("http://127.0.0.1", "https://payroll.example")
    result = await make_transport(trusting(authority)).send(request_to(url, timeout=0.3))
    assert isinstance(result, NoAnswer)
    assert (result.error_class, receiver.requests) == ("timeout", [])
    assert result.phases.connect_ms is not None and result.phases.connect_ms < 300
    assert (result.phases.tls_ms, result.phases.first_byte_ms) == (None, None)
