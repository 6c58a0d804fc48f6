"""Connected systems through the operator's proxy: the same guard, the same certificates, and its faults are ours."""

import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack

import pytest
import trustme
from pydantic import SecretStr

from service.connectors.wire import Unreachable, Wire, Wires
from service.house import sending
from service.settings import Settings
from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard
from service.webhooks.outcomes import Answer
from service.webhooks.proxy import proxy_of
from tests.engines import SECRET_KEY
from tests.webhooks.certified import pem
from tests.webhooks.proxies import PASSWORD, USER, Kind, ProxyServer, closed_port, proxies
from tests.webhooks.wire import Names, Receiver, Script, answer, header, request_to, says, silence

AUTHORITY = trustme.CA()
KINDS: tuple[Kind, ...] = ("http", "https", "socks5")
Through = Callable[..., Wire]


def presenting(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
async def through() -> AsyncGenerator[Through]:
    names = Names(
        localhost=[["127.0.0.1"]],
        vendor_example=[["127.0.0.1"]],
        other_example=[["127.0.0.1"]],
        twice_example=[["127.0.0.2", "127.0.0.1"]],
        inside_example=[["10.0.0.5"]],
    )
    async with AsyncExitStack() as stack:

        def make(url: str, *, direct: str = "", by_proxy: bool = False) -> Wire:
            allow = parse_networks("127.0.0.1/32,127.0.0.2/32")
            guard = EgressGuard(allow=allow, getaddrinfo=names.getaddrinfo, by_proxy=by_proxy)
            stack.callback(guard.close)
            tls = ssl.create_default_context()
            AUTHORITY.configure_trust(tls)
            proxy = proxy_of(url, direct=parse_networks(direct), tls=tls)
            wires = Wires(guard, agent="dualtrack/0.0", proxy=proxy)
            stack.push_async_callback(wires.close)
            return wires.trusting(pem(AUTHORITY.cert_pem))

        yield make


async def refused(wire: Wire, url: str) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        await wire.call("GET", url)
    for secret in (USER, PASSWORD, "localhost"):
        assert secret not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
async def test_a_system_is_asked_over_its_own_tls_and_by_its_name(through: Through, kind: Kind) -> None:
    receiver = Receiver(says(answer(200)))
    port = await receiver.start(tls=presenting("vendor.example"))
    server = ProxyServer(kind, ports={443: port})
    async with proxies(server, tls=presenting("localhost")):
        wire = through(server.url)
        for _ in range(2):
            assert (await wire.call("GET", f"https://vendor.example:{port}/v1")).ok
        assert server.asked == [("127.0.0.1", port)]
        assert (await refused(wire, f"https://other.example:{port}/")).error_class == "tls"
        before = server.connections
        for url in ("https://169.254.169.254/", "https://inside.example/", "http://inside.example/"):
            assert (await refused(wire, url)).error_class == "egress", url
        assert server.connections == before
        # A name that nobody here has to know.
        assert (await refused(through(server.url, by_proxy=True), "https://nowhere.example/")).error_class == "tls"
        assert server.asked[2:] == [("nowhere.example", 443)]
    assert [header(head, "host") for head, _ in receiver.requests] == [f"vendor.example:{port}"] * 2
    assert [header(head, "proxy-authorization") for head, _ in receiver.requests] == [None, None]
    await receiver.stop()


async def test_plain_http_the_next_address_and_what_is_reached_directly(through: Through) -> None:
    receiver, server = Receiver(says(answer(200))), ProxyServer("http", refuses={"127.0.0.2": 503}, takes_any=True)
    port = await receiver.start()
    async with proxies(server):
        assert (await through(server.url).call("POST", f"http://twice.example:{port}/", body=b"once")).ok
        assert [host for host, _ in server.asked] == ["127.0.0.2", "127.0.0.1"]
        assert (await through(server.url, direct="127.0.0.1/32").call("GET", f"http://vendor.example:{port}/")).ok
    assert (server.connections, len(receiver.requests)) == (2, 2)
    assert receiver.requests[0][0].startswith(b"POST / HTTP/1.1")
    await receiver.stop()


@pytest.mark.parametrize(
    ("kind", "script", "wanted"),
    [
        ("http", silence, "no tunnel within 0.2 s"),
        ("https", silence, "no tunnel within 0.2 s"),
        ("socks5", says(b"\x05\x02\x01\x01"), "does not take the credentials"),
        ("http", says(answer(407)), "(407)"),
        ("http", says(answer(502)), "answered 502"),
        ("http", says(b"HTTP/1.1 200 OK\r\n", close=True), "without an answer"),
        ("https", says(b"HTTP/1.1 400 Bad\r\n\r\n"), "it takes no connection, or breaks it off"),
    ],
)
async def test_what_fails_at_the_proxy_is_our_fault(
    through: Through, monkeypatch: pytest.MonkeyPatch, kind: Kind, script: Script, wanted: str
) -> None:
    monkeypatch.setattr("service.connectors.wire.CONNECT_SECONDS", 0.2)
    server = ProxyServer(kind, script=script)
    async with proxies(server):
        told = await refused(through(server.url), "https://vendor.example/")
    assert (told.error_class, wanted in str(told)) == ("proxy", True), str(told)


async def test_a_proxy_that_is_away_is_our_fault_too(through: Through) -> None:
    told = await refused(through(f"http://localhost:{closed_port()}"), "https://vendor.example/")
    assert told.error_class == "proxy"


async def test_one_setting_leads_everything_out() -> None:
    receiver, server = Receiver(says(answer(200))), ProxyServer("socks5")
    port = await receiver.start()
    async with proxies(server):
        settings = Settings(
            secret_key=SecretStr(SECRET_KEY),
            egress_allow=parse_networks("127.0.0.1/32"),
            egress_proxy=SecretStr(server.url),
        )
        async with sending(settings) as office:
            came = await office.transport.send(request_to(f"http://127.0.0.1:{port}/"))
            assert isinstance(came, Answer), came
            assert (await office.wires.trusting().call("GET", f"http://127.0.0.1:{port}/")).ok
    assert server.asked == [("127.0.0.1", port)] * 2
    assert [head.split(b" ")[0] for head, _ in receiver.requests] == [b"POST", b"GET"]
    await receiver.stop()
