"""Requests to connected systems, on real sockets of 127.0.0.1: guarded, bounded, and silent about what they carry."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import trustme

from service.connectors.wire import Reply, Unreachable, Wire, Wires
from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard
from tests.webhooks.certified import pem
from tests.webhooks.wire import Names, Receiver, Script, answer, header, says, silence

SECRET = "s3cr3t"
Wired = Callable[..., Wire]
Served = Callable[..., Awaitable[tuple[Receiver, int]]]


@pytest.fixture
def names() -> Names:
    return Names(
        vendor_example=[["127.0.0.1"]],
        other_example=[["127.0.0.1"]],
        twice_example=[["127.0.0.2", "127.0.0.1"]],
        inside_example=[["10.0.0.5"]],
        flips_example=[["127.0.0.1"], ["169.254.169.254"]],
    )


@pytest.fixture
async def wired(names: Names) -> AsyncGenerator[Wired]:
    """Makes a wire that may reach 127.0.0.0/8, or what is `allowed`."""
    async with AsyncExitStack() as stack:

        def make(allowed: str = "127.0.0.1/32,127.0.0.2/32", trusted_ca: str | None = None) -> Wire:
            guard = EgressGuard(allow=parse_networks(allowed), getaddrinfo=names.getaddrinfo)
            stack.callback(guard.close)
            wires = Wires(guard, agent="dualtrack/0.0")
            stack.push_async_callback(wires.close)
            return wires.trusting(trusted_ca)

        yield make


@pytest.fixture
async def served() -> AsyncGenerator[Served]:
    async with AsyncExitStack() as stack:

        async def start(script: Script, *, tls: ssl.SSLContext | None = None) -> tuple[Receiver, int]:
            receiver = Receiver(script)
            port = await receiver.start(tls=tls)
            stack.push_async_callback(receiver.stop)
            return receiver, port

        yield start


async def refused(asking: Awaitable[object]) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        await asking
    assert SECRET not in str(caught.value)
    return caught.value


async def test_what_goes_out_and_what_comes_back(wired: Wired, served: Served) -> None:
    body = b'{"pay":1234567.10,"n":3,"big":1e400}'
    receiver, port = await served(says(answer(302, body, location="http://169.254.169.254/", set_cookie="a=b; Path=/")))
    wire = wired()
    url = f"http://vendor.example:{port}/v1/people"
    asked = {"Authorization": "Bearer t", "host": "evil.example", "Content-Type": "application/json"}
    reply = await wire.call("PUT", url, headers=asked, params={"since": "a b&c"}, body=b'{"x":1}')
    assert (reply.status, reply.ok, reply.headers["Location"]) == (302, False, "http://169.254.169.254/")
    assert reply.json() == {"pay": "1234567.10", "n": 3, "big": "1e400"}, "no number becomes another"
    ((head, sent),) = receiver.requests
    assert head.startswith(b"PUT /v1/people?since=a+b%26c HTTP/1.1\r\n") and sent == b'{"x":1}'
    said = {one: header(head, one) for one in ("host", "authorization", "user-agent", "accept-encoding", "cookie")}
    assert said == {
        "host": f"vendor.example:{port}",
        "authorization": "Bearer t",
        "user-agent": "dualtrack/0.0",
        "accept-encoding": "identity",
        "cookie": None,
    }
    # The connection is kept, a session is not; another name at the same address has a connection of its own.
    await wire.call("GET", url)
    assert (receiver.connections, header(receiver.requests[1][0], "cookie")) == (1, None)
    await wire.call("GET", url.replace("vendor", "other"))
    assert (receiver.connections, len(receiver.requests)) == (2, 3)


@pytest.mark.parametrize("text", [b"", b"<html>", b"\xff\xfe{", b"[NaN]", b"[" * 60_000, b'{"a":Infinity}'])
def test_a_body_that_is_no_json_is_none(text: bytes) -> None:
    reply = Reply(status=200, headers={"x-error": "a" * 400 + "\x1b"}, body=text)
    assert reply.json() is None
    assert "body" not in repr(reply)
    assert reply.said("x-error") == "they answered 200: " + "a" * 200
    assert reply.said("x-none") == reply.said() == "they answered 200"


async def test_inside_addresses_are_refused_unless_allowed_and_names_that_flip_are_caught(
    wired: Wired, served: Served, names: Names
) -> None:
    receiver, port = await served(says(answer(200)))
    shut = wired(allowed="")
    for url in (
        f"http://127.0.0.1:{port}/{SECRET}",
        f"http://vendor.example:{port}/?key={SECRET}",
        f"https://inside.example/{SECRET}",
        f"https://[::1]/{SECRET}",
        f"https://user:{SECRET}@vendor.example/",
        f"ftp://vendor.example/{SECRET}",
        f"https://2130706433/{SECRET}",
        f"https://vendor.example:99999/{SECRET}",
        f"https://vendor.example/{SECRET}\n",
        "",
    ):
        assert (await refused(shut.call("GET", url))).error_class == "egress", url
    open_ = wired(allowed="127.0.0.1/32")
    assert (await refused(open_.call("GET", f"https://inside.example/{SECRET}"))).error_class == "egress"
    assert receiver.connections == 0
    assert (await open_.call("GET", f"http://flips.example:{port}/")).ok
    assert (await refused(open_.call("GET", f"http://flips.example:{port}/"))).error_class == "egress"
    assert len(receiver.requests) == 1, "not even over the connection that is kept"
    assert names.lookups.count("flips.example") == 2
    gone = await refused(open_.call("GET", f"http://nobody.example:{port}/{SECRET}"))
    assert (gone.error_class, str(gone)) == ("dns", "their host cannot be looked up")


async def test_certificates_are_believed_for_their_name_and_by_their_authority_alone(
    wired: Wired, served: Served
) -> None:
    authority, asked = trustme.CA(), list[str | None]()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("vendor.example").configure_cert(context)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    receiver, port = await served(says(answer(200)), tls=context)
    wire = wired(trusted_ca=pem(authority.cert_pem))
    assert (await wire.call("GET", f"https://vendor.example:{port}/")).ok
    assert asked == ["vendor.example"]
    # A kept connection to that address would do for any name, were it not kept for its own.
    for stranger, url in (
        (wire, f"https://other.example:{port}/{SECRET}"),
        (wire, f"https://127.0.0.1:{port}/{SECRET}"),
        (wired(), f"https://vendor.example:{port}/{SECRET}"),
        (wired(trusted_ca=pem(trustme.CA().cert_pem)), f"https://vendor.example:{port}/{SECRET}"),
    ):
        assert (await refused(stranger.call("GET", url, headers={"X-Key": SECRET}))).error_class == "tls"
    assert len(receiver.requests) == 1
    for unreadable in ("no PEM", "-----BEGIN CERTIFICATE-----\n", "ö"):
        with pytest.raises(Unreachable, match="give them as PEM"):
            wired(trusted_ca=unreadable)


async def test_an_answer_ends_whatever_they_do(wired: Wired, served: Served) -> None:
    wire = wired()

    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    async def begins(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx")
        await silence(reader, writer)

    receiver, port = await served(endless)
    over = await refused(wire.call("GET", f"http://vendor.example:{port}/", most_bytes=100_000))
    assert (over.error_class, str(over)) == ("protocol", "their answer is longer than 100000 bytes")
    async with asyncio.timeout(5):
        await receiver.closed.wait()
    for script, wanted in (
        (silence, "timeout"),
        (begins, "timeout"),
        (says(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx", close=True), "protocol"),
        (says(b"\x16\x03 nonsense\r\n\r\n", close=True), "protocol"),
        (says(close=True), "protocol"),
    ):
        receiver, port = await served(script)
        seconds = 0.1 if wanted == "timeout" else 20
        failed = await refused(wire.call("GET", f"http://vendor.example:{port}/{SECRET}", seconds=seconds))
        assert failed.error_class == wanted, str(failed)
    assert str(failed) == "the connection broke before their answer was whole, or it is no HTTP (RemoteProtocolError)"
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        closed = await refused(wire.call("GET", f"http://vendor.example:{held.getsockname()[1]}/{SECRET}"))
    assert (closed.error_class, str(closed)) == ("connect", "they take no connection")


async def test_the_next_address_is_tried_where_one_takes_no_connection(wired: Wired, served: Served) -> None:
    receiver, port = await served(says(answer(204)))
    assert (await wired().call("POST", f"http://twice.example:{port}/", body=b"once")).status == 204
    assert [body for _, body in receiver.requests] == [b"once"]


async def test_what_cannot_be_sent_is_told_without_itself(wired: Wired, served: Served) -> None:
    receiver, port = await served(says(answer(200)))
    for value in (f"{SECRET}\r\nx: y", f"{SECRET}€", f"{SECRET}\x00"):
        told = await refused(
            wired().call("GET", f"http://vendor.example:{port}/", headers={"Authorization": f"Bearer {value}"})
        )
        assert told.error_class == "protocol"
    assert receiver.requests == []


async def test_what_a_reader_of_an_extract_raises_is_its_own(wired: Wired, served: Served) -> None:
    receiver, port = await served(says(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc", close=True))
    wire, read = wired(), bytearray()
    with pytest.raises(FileNotFoundError):
        async with wire.streamed("GET", f"http://vendor.example:{port}/"):
            raise FileNotFoundError

    async def reading() -> None:
        async with wire.streamed("GET", f"http://vendor.example:{port}/") as response:
            async for part in response.aiter_raw():
                read.extend(part)

    assert (await refused(reading())).error_class == "protocol"
    assert (bytes(read), len(receiver.requests)) == (b"abc", 2)
