"""Through the operator's proxy: the guard, TLS and who is blamed are as without it, and its own faults are ours."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_network

import pytest
import trustme
import uvloop

from service.webhooks.access import Access, OAuth2
from service.webhooks.addresses import parse_networks
from service.webhooks.certificates import Identity
from service.webhooks.egress import EgressGuard
from service.webhooks.handshake import consent_of, handshake
from service.webhooks.outcomes import Answer, NoAnswer
from service.webhooks.proxy import proxy_of
from service.webhooks.tokens import Courier
from service.webhooks.transport import AiohttpTransport
from tests.webhooks.certified import Tokens, demanding, pair, pem, token_server
from tests.webhooks.proxies import PASSWORD, USER, Kind, ProxyServer, closed_port, proxies
from tests.webhooks.wire import Names, Receiver, Script, Serve, answer, header, request_to, says, silence

OK = answer(200, b"ok")
AUTHORITY = trustme.CA()
KINDS: tuple[Kind, ...] = ("http", "https", "socks5")
Made = Callable[..., AiohttpTransport]


def presenting(*names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(*names).configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def made_for(url: str, *, direct: str = "", by_proxy: bool = False) -> tuple[AiohttpTransport, EgressGuard, Names]:
    names = Names(
        localhost=[["127.0.0.1"]],
        payroll_example=[["127.0.0.1"]],
        other_example=[["127.0.0.1"]],
        twice_example=[["127.0.0.2", "127.0.0.1"]],
        inside_example=[["10.0.0.5"]],
    )
    allow = parse_networks("127.0.0.1/32,127.0.0.2/32")
    guard = EgressGuard(allow=allow, getaddrinfo=names.getaddrinfo, by_proxy=by_proxy)
    proxy = proxy_of(url, direct=parse_networks(direct), tls=trusting())
    return AiohttpTransport(guard=guard, user_agent="dualtrack/0.0", ssl_context=trusting(), proxy=proxy), guard, names


@pytest.fixture
async def through() -> AsyncGenerator[Made]:
    async with AsyncExitStack() as stack:

        def make(url: str, **chosen: object) -> AiohttpTransport:
            transport, guard, _ = made_for(url, **chosen)  # type: ignore[arg-type]
            stack.push_async_callback(transport.close)
            stack.callback(guard.close)
            return transport

        yield make


def failed(came: Answer | NoAnswer) -> NoAnswer:
    assert isinstance(came, NoAnswer), came
    for secret in (USER, PASSWORD, "hunter2", "localhost"):
        assert secret not in came.detail
    return came


async def told_through(kind: Kind) -> None:
    async with AsyncExitStack() as stack:
        receiver, stranger, server = Receiver(says(OK)), Receiver(says(OK)), ProxyServer(kind)
        ports = [await one.start(tls=presenting("payroll.example")) for one in (receiver, stranger)]
        stack.push_async_callback(receiver.stop)
        stack.push_async_callback(stranger.stop)
        await stack.enter_async_context(proxies(server, tls=presenting("localhost")))
        transport, guard, names = made_for(server.url)
        stack.callback(guard.close)
        stack.push_async_callback(transport.close)
        for _ in range(2):
            came = await transport.send(request_to(f"https://payroll.example:{ports[0]}/hook"))
            assert isinstance(came, Answer), came
            assert (came.status, came.peer_ip) == (200, "127.0.0.1")
        assert server.asked == [("127.0.0.1", ports[0])], "looked up here, and the tunnel is kept"
        strange = failed(await transport.send(request_to(f"https://other.example:{ports[1]}/hook")))
        assert (strange.error_class, stranger.requests) == ("tls", []), strange.detail
        assert None not in (strange.phases.dns_ms, strange.phases.connect_ms)
        assert sorted(set(names.lookups)) == ["localhost", "other.example", "payroll.example"]
        assert [header(head, "proxy-authorization") for head, _ in receiver.requests] == [None, None]


@pytest.mark.parametrize("kind", KINDS)
def test_a_receiver_is_told_over_its_own_tls_and_by_its_name(kind: Kind) -> None:
    # On the loop that serves: asyncio's own says less of TLS within TLS.
    uvloop.run(told_through(kind))


@pytest.mark.parametrize("kind", KINDS)
async def test_plain_http_is_tunnelled_too_and_a_certificate_of_ours_is_shown_to_the_receiver(
    serve: Serve, through: Made, kind: Kind
) -> None:
    plain, clients, server = Receiver(says(OK)), trustme.CA(), ProxyServer(kind, takes_any=True)
    picky = Receiver(says(OK))
    secure = f"https://127.0.0.1:{await picky.start(tls=demanding(AUTHORITY, clients))}/hook"
    certificate, key = pair(clients)
    identity = Identity(certificate=certificate, key=key, trusted_ca=pem(AUTHORITY.cert_pem))
    async with proxies(server, tls=presenting("localhost")):
        transport = through(server.url)
        for request in (request_to(await serve(plain)), replace(request_to(secure), access=Access(identity=identity))):
            came = await transport.send(request)
            assert isinstance(came, Answer), came
            assert came.status == 200
    assert plain.requests[0][0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert (len(picky.requests), len(server.asked)) == (1, 2)
    await picky.stop()


async def test_what_is_forbidden_is_refused_before_the_proxy_is_asked(through: Made) -> None:
    server = ProxyServer("http")
    async with proxies(server):
        for by_proxy in (False, True):
            transport = through(server.url, by_proxy=by_proxy)
            urls = [
                "https://169.254.169.254/latest/meta-data/",
                "https://[::1]/",
                "https://10.0.0.5/",
                "https://127.1/",
            ]
            urls += ["http://inside.example/", "https://inside.example:6443/"]
            urls += [] if by_proxy else ["https://inside.example/"]
            for url in urls:
                assert failed(await transport.send(request_to(url))).error_class == "egress", url
    assert server.connections == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_names_are_given_to_a_proxy_that_looks_them_up(kind: Kind) -> None:
    receiver = Receiver(says(OK))
    port = await receiver.start(tls=presenting("nowhere.example"))
    server = ProxyServer(kind, ports={443: port})
    async with proxies(server, tls=presenting("localhost")):
        transport, guard, names = made_for(server.url, by_proxy=True)
        assert (await guard.check_url("https://nowhere.example/")).addresses == ()
        came = await transport.send(request_to("https://nowhere.example/"))
        await transport.close()
        guard.close()
    await receiver.stop()
    assert isinstance(came, Answer), came
    assert (came.status, came.peer_ip, server.asked) == (200, None, [("nowhere.example", 443)])
    assert names.lookups == ["localhost"], "the proxy's own"


async def test_what_lies_inside_may_be_reached_without_it(serve: Serve, through: Made) -> None:
    receiver = Receiver(says(OK))
    transport = through(f"http://localhost:{closed_port()}", direct="127.0.0.1/32")
    url = await serve(receiver)
    assert isinstance(await transport.send(request_to(url)), Answer)
    # One of its addresses lies elsewhere.
    assert failed(await transport.send(request_to(url.replace("127.0.0.1", "twice.example")))).error_class == "proxy"
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(("kind", "refusal"), [("http", 503), ("socks5", 4), ("socks5", 5)])
async def test_the_next_address_is_asked_for_where_one_cannot_be_reached(
    serve: Serve, through: Made, kind: Kind, refusal: int
) -> None:
    receiver, server = Receiver(says(OK)), ProxyServer(kind, refuses={"127.0.0.2": refusal})
    url = (await serve(receiver)).replace("127.0.0.1", "twice.example")
    async with proxies(server):
        came = await through(server.url).send(request_to(url))
    assert isinstance(came, Answer), came
    assert [host for host, _ in server.asked] == ["127.0.0.2", "127.0.0.1"]
    assert (came.peer_ip, len(receiver.requests)) == ("127.0.0.1", 1)


async def drips(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x: " + b"y" * 4000 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize(
    ("kind", "script", "says_so"),
    [
        pytest.param("http", silence, "no tunnel within 0.3 s", id="hangs"),
        pytest.param("socks5", silence, "no tunnel within 0.3 s", id="hangs, socks"),
        pytest.param("http", says(b"HTTP/1.1 200 OK\r\nx: "), "no tunnel within 0.3 s", id="hangs in its answer"),
        pytest.param("socks5", says(b"\x05\x00\x05"), "no tunnel within 0.3 s", id="hangs in its answer, socks"),
        pytest.param("http", says(close=True), "without an answer", id="closes"),
        pytest.param("http", drips, "goes on after 8192 bytes", id="endless head"),
        pytest.param("http", says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "speaks no HTTP", id="not HTTP"),
        pytest.param("socks5", says(b"HTTP/1.1 400 Bad\r\n\r\n"), "speaks no SOCKS5", id="not SOCKS"),
        pytest.param("http", says(answer(407)), "credentials (407)", id="other credentials"),
        pytest.param("socks5", says(b"\x05\x02\x01\x01"), "credentials", id="other credentials, socks"),
        pytest.param("socks5", says(b"\x05\xff"), "asks for other credentials", id="another kind of credentials"),
        *(pytest.param("http", says(answer(code)), f"answered {code}", id=str(code)) for code in (301, 502, 503, 504)),
        pytest.param("socks5", says(b"\x05\x00\x05\x03\x00\x01" + bytes(6)), "network cannot", id="socks 3"),
        pytest.param("http", says(OK), "more than an answer", id="a receiver"),
        pytest.param("https", says(b"HTTP/1.1 400 Bad\r\n\r\n"), "speaks no TLS", id="no TLS"),
    ],
)
async def test_what_fails_at_the_proxy_is_our_fault_and_ends_in_time(
    through: Made, kind: Kind, script: Script, says_so: str
) -> None:
    server = ProxyServer(kind, script=script)
    async with proxies(server):
        # Only what is bound to hang is given little time: the others answer, on a busy machine too.
        timeout = 0.3 if "within" in says_so else 10.0
        begun = asyncio.get_running_loop().time()
        came = failed(await through(server.url).send(request_to("http://127.0.0.1:9/", timeout=timeout)))
        assert asyncio.get_running_loop().time() - begun < timeout + 0.7
    assert (came.error_class, came.peer_ip) == ("proxy", None), came.detail
    assert says_so in came.detail


async def test_whom_a_failure_speaks_of(serve: Serve, through: Made) -> None:
    refusing, silent = ProxyServer("socks5", refuses={"127.0.0.1": 5}), Receiver(silence)
    honest, strange = ProxyServer("http"), ProxyServer("https")
    async with proxies(refusing, honest, strange, tls=presenting("elsewhere.example")):
        url = await serve(silent)
        gone = f"http://localhost:{closed_port()}"
        for proxy, wanted in (
            (refusing.url, "connect"),
            (honest.url, "timeout"),
            (strange.url, "proxy"),
            (gone, "proxy"),
        ):
            came = failed(await through(proxy).send(request_to(url, timeout=0.2)))
            assert came.error_class == wanted, came.detail
    assert (strange.asked, len(silent.requests)) == ([], 1)


async def test_tokens_and_consent_go_through_it_and_its_faults_are_not_theirs(serve: Serve, through: Made) -> None:
    receiver, server = Receiver(says(answer(200, webhook_allowed_origin="us.example"))), ProxyServer("http")
    hung = ProxyServer("http", script=silence)
    async with proxies(server, hung), token_server(Tokens()) as tokens:
        url, client = await serve(receiver), OAuth2(token_url=tokens.url, client_id="a", client_secret="b")
        question = handshake(url=url, origin="us.example", rate=None, access=Access(oauth2=client), timeout_ms=2000)
        assert consent_of(await Courier(through(server.url)).send(question), origin="us.example").given
        assert (len(server.asked), len(tokens.asked), len(receiver.requests)) == (2, 1, 1)
        courier = Courier(through(hung.url))
        late = replace(question, timeout_seconds=0.2)
        for came in await asyncio.gather(*(courier.send(late) for _ in range(4))):
            assert failed(came).error_class == "proxy"
            assert "could not be asked" in (consent_of(came, origin="us.example").refused or "")
        assert (len(tokens.asked), len(receiver.requests)) == (1, 1)


def test_a_proxy_says_nothing_of_its_credentials() -> None:
    proxy = proxy_of(f"https://u:{PASSWORD[:7]}@proxy.example:3129", direct=[ip_network("10.0.0.0/8")])
    assert PASSWORD[:7] not in repr(proxy)
    assert (proxy.passes(["10.1.1.1"]), proxy.passes(["10.1.1.1", "11.0.0.1"]), proxy.passes(["a"])) == (
        *(True, False, False),
    )
