"""Getting through to a receiver that wants a certificate, headers or a token, over real sockets."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from service.webhooks.access import OPEN, Access, OAuth2, SealedAccess, open_access, sealed_columns, shown_access
from service.webhooks.certificates import CertificateRefused, Identity, check_identity
from service.webhooks.outcomes import Answer, NoAnswer
from service.webhooks.pools import Pools
from service.webhooks.sealer import Unsealable
from service.webhooks.tokens import Courier
from service.webhooks.transport import AiohttpTransport, OutboundRequest
from tests.webhooks.certified import ADDRESS, Tokens, demanding, pair, pem, token_server
from tests.webhooks.post import SEALER
from tests.webhooks.wire import Receiver, Serve, answer, header, request_to, says

OK = answer(200, b"ok")
NOW = datetime.now(UTC).timestamp()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def clients() -> trustme.CA:
    return trustme.CA(organization_name="clients")


@pytest.fixture
async def courier(transport: AiohttpTransport) -> Courier:
    return Courier(transport)


def with_access(url: str, **access: object) -> OutboundRequest:
    return replace(request_to(url), access=Access(**access))  # type: ignore[arg-type]


async def test_a_receiver_that_wants_a_certificate_gets_it_and_nobody_elses_connection(
    transport: AiohttpTransport, authority: trustme.CA, clients: trustme.CA
) -> None:
    receiver = Receiver(says(OK))
    url = f"https://{ADDRESS}:{await receiver.start(tls=demanding(authority, clients))}/hook"
    certificate, key = pair(clients)
    ours = Identity(certificate=certificate, key=key, trusted_ca=pem(authority.cert_pem))
    for _ in range(2):
        result = await transport.send(with_access(url, identity=ours))
        assert isinstance(result, Answer)
        assert result.status == 200
    # Kept open for the one who showed it, and for nobody else.
    assert receiver.connections == 1
    strangers = pair(trustme.CA())
    for other in (
        replace(ours, certificate=None, key=None),
        replace(ours, certificate=strangers[0], key=strangers[1]),
        # Everybody's authorities know nothing of this one.
        replace(ours, trusted_ca=None),
        replace(ours, trusted_ca=pem(clients.cert_pem)),
        None,
    ):
        result = await transport.send(with_access(url, identity=other))
        assert isinstance(result, NoAnswer)
        # The newest TLS lets a client find out only by what comes after the handshake.
        assert result.error_class in {"tls", "protocol"}, result.detail
    assert len(receiver.requests) == 2
    await receiver.stop()


async def test_own_headers_are_sent_as_written_and_override_nothing(serve: Serve, courier: Courier) -> None:
    receiver = Receiver(says(OK))
    own = {"X-TeNaNt": "seven", "Authorization": "Basic abc", "Webhook-Id": "evt_9", "user-agent": "x"}
    await courier.send(with_access(await serve(receiver), headers=own))
    head = receiver.requests[0][0]
    assert b"\r\nX-TeNaNt: seven\r\n" in head
    assert [header(head, name) for name in ("authorization", "webhook-id", "user-agent")] == [
        "Basic abc",
        "evt_1",
        "dualtrack/0.0",
    ]


async def test_a_token_is_fetched_once_for_all_and_again_shortly_before_it_ends(
    serve: Serve, transport: AiohttpTransport
) -> None:
    now = 1000.0
    courier = Courier(transport, clock=lambda: now)
    receiver = Receiver(says(OK))
    url = await serve(receiver)
    async with token_server(Tokens(life=100)) as tokens:
        client = OAuth2(token_url=tokens.url, client_id="a:b c", client_secret="s&cr=t", scope="x y", audience="z")
        request = with_access(url, oauth2=client, headers={"X-Tenant": "seven"})
        await asyncio.gather(*(courier.send(request) for _ in range(5)))
        assert tokens.asked == [
            ({"grant_type": ["client_credentials"], "scope": ["x y"], "audience": ["z"]}, "a%3Ab+c:s%26cr%3Dt")
        ]
        now += 89
        await courier.send(request)
        assert len(tokens.asked) == 1
        now += 2
        await courier.send(request)
        # Another client has a token of its own, and this server takes it from the form.
        await courier.send(with_access(url, oauth2=replace(client, method="post", scope=None, audience=None)))
    assert tokens.asked[2] == (
        {"grant_type": ["client_credentials"], "client_id": ["a:b c"], "client_secret": ["s&cr=t"]},
        "",
    )
    sent = [header(head, "authorization") for head, _ in receiver.requests]
    assert sent == ["Bearer token-1"] * 6 + ["Bearer token-2", "Bearer token-3"]
    assert header(receiver.requests[0][0], "x-tenant") == "seven"


async def test_a_token_that_is_refused_is_fetched_anew_once_within_the_attempt(serve: Serve, courier: Courier) -> None:
    good: set[str] = {"Bearer token-2"}

    async def picky(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        known = header(receiver.requests[-1][0], "authorization") in good
        writer.write(OK if known else answer(401))
        await writer.drain()

    receiver = Receiver(picky)
    url = await serve(receiver)
    async with token_server(Tokens()) as tokens:
        client = OAuth2(token_url=tokens.url, client_id="a", client_secret="b")
        first = await courier.send(with_access(url, oauth2=client))
        assert isinstance(first, Answer)
        assert (first.status, len(receiver.requests), len(tokens.asked)) == (200, 2, 2)
        assert {body for _, body in receiver.requests} == {b'{"a":1}'}
        good.clear()
        second = await courier.send(with_access(url, oauth2=client))
        assert isinstance(second, Answer)
        assert (second.status, len(receiver.requests), len(tokens.asked)) == (401, 4, 3)


@pytest.mark.parametrize(
    ("status", "given", "says_so"),
    [
        (401, {"error": "invalid_client", "error_description": "hush"}, "answered 401 (invalid_client)"),
        (400, {"error": "No Such <b>"}, "answered 400: check"),
        (500, {}, "answered 500: check"),
        (302, {}, "answered 302: check"),
        (200, {"token_type": "Bearer"}, "without a token"),
        (200, {"access_token": "a\r\nb", "token_type": "Bearer"}, "without a token"),
        (200, {"access_token": "abc", "token_type": "mac"}, "another kind than Bearer"),
    ],
)
async def test_without_a_token_nothing_is_sent_and_no_secret_told(
    serve: Serve, courier: Courier, status: int, given: dict[str, object], says_so: str
) -> None:
    receiver = Receiver(says(OK))
    async with token_server(Tokens(status=status, answer=given)) as tokens:
        client = OAuth2(token_url=tokens.url, client_id="a", client_secret="hush")
        result = await courier.send(with_access(await serve(receiver), oauth2=client))
    assert isinstance(result, NoAnswer)
    assert (result.error_class, receiver.requests) == ("token", [])
    assert says_so in result.detail
    assert "hush" not in result.detail + repr(client)


async def test_a_token_servers_time_is_the_attempts_and_its_address_is_guarded(serve: Serve, courier: Courier) -> None:
    receiver = Receiver(says(OK))

    async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)

    url, silent = await serve(receiver), await serve(Receiver(never))
    client = OAuth2(token_url=silent, client_id="a", client_secret="b")
    late = await courier.send(replace(with_access(url, oauth2=client), timeout_seconds=0.2))
    inside = await courier.send(with_access(url, oauth2=replace(client, token_url="https://169.254.169.254/token")))
    for result, why in ((late, "in time|complete answer"), (inside, "forbidden network")):
        assert isinstance(result, NoAnswer)
        assert result.error_class == "token"
        assert any(part in result.detail for part in why.split("|")), result.detail
    assert receiver.requests == []


async def test_own_authorities_are_believed_of_the_token_server_too_but_it_sees_no_certificate(
    serve: Serve, courier: Courier, authority: trustme.CA, clients: trustme.CA
) -> None:
    receiver = Receiver(says(OK))
    certificate, key = pair(clients)
    identity = Identity(certificate=certificate, key=key, trusted_ca=pem(authority.cert_pem))
    async with token_server(Tokens(), tls=demanding(authority)) as tokens:
        client = OAuth2(token_url=tokens.url, client_id="a", client_secret="b")
        result = await courier.send(with_access(await serve(receiver), oauth2=client, identity=identity))
    assert isinstance(result, Answer)
    assert len(tokens.asked) == len(receiver.requests) == 1


class Session:
    """A pool that can only be closed."""

    closed = False

    async def close(self) -> None:
        self.closed = True


async def test_pools_are_bounded_but_none_is_closed_under_its_users() -> None:
    made: list[Session] = []
    now = 0.0

    def make(_identity: Identity | None, _allowed: bool) -> Session:
        made.append(Session())
        return made[-1]

    pools = Pools(make, most=2, clock=lambda: now)  # type: ignore[arg-type]
    one, two, three = (Identity(trusted_ca=str(number)) for number in range(3))
    async with pools.lent(one, False) as kept, pools.lent(two, False), pools.lent(three, False):
        assert pools.count == 3
    assert (pools.count, kept) == (2, made[2])
    assert [session.closed for session in made] == [False, False, False, False, True]
    async with pools.lent(one, False) as again:
        assert again is kept
    now = 400.0
    async with pools.lent(two, True):
        pass
    # The old ones go with their keys; the pools without an identity stay.
    assert (pools.count, [session.closed for session in made[:4]]) == (1, [False, False, True, True])
    await pools.close()
    assert all(session.closed for session in made)


def test_only_what_can_be_used_is_kept(clients: trustme.CA) -> None:
    certificate, key = pair(clients)
    check_identity(Identity(certificate=certificate, key=key, trusted_ca=pem(clients.cert_pem)), now_seconds=NOW)
    expired = clients.issue_cert("a@b.example", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    small = generate_private_key(65537, 2048)
    locked = small.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()
    opened = small.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    cases = [
        (certificate, opened, "key", "not the key of the certificate"),
        (certificate, locked, "key", "is encrypted"),
        (certificate, "nonsense", "key", "cannot be read"),
        (certificate, "", "key", "cannot be read"),
        ("nonsense", key, "certificate", "cannot be read"),
        (key, key, "certificate", "cannot be read"),
        (pem(*expired.cert_chain_pems), pem(expired.private_key_pem), "certificate", "expired on 2020-01-01"),
        (certificate, key * 400, "key", "more than 65536"),
    ]
    for given, private, place, why in cases:
        with pytest.raises(CertificateRefused, match=why) as refused:
            check_identity(Identity(certificate=given, key=private), now_seconds=NOW)
        assert refused.value.place == place
        assert "PRIVATE" not in str(refused.value)
    with pytest.raises(CertificateRefused, match="trusted_ca: it cannot be read"):
        check_identity(Identity(trusted_ca="x"), now_seconds=NOW)
    with pytest.raises(CertificateRefused, match="holds from"):
        check_identity(Identity(trusted_ca=pem(clients.cert_pem)), now_seconds=0)


def test_what_is_sealed_opens_for_its_endpoint_alone_and_only_names_are_in_the_open(clients: trustme.CA) -> None:
    certificate, key = pair(clients)
    access = Access(
        headers={"X-Key": "hush-1"},
        identity=Identity(certificate=certificate, key=key, trusted_ca=pem(clients.cert_pem)),
        oauth2=OAuth2(token_url="https://t.example/", client_id="us", client_secret="hush-2"),
    )
    columns = sealed_columns(access, endpoint="end_a", sealer=SEALER)
    text = str(columns)
    assert "hush" not in text and "PRIVATE" not in text and "hush" not in repr(access)
    kept = SealedAccess(headers=columns["headers_enc"], tls=columns["tls_enc"], oauth2=columns["oauth2_enc"])
    assert open_access(kept, endpoint="end_a", sealer=SEALER) == access
    for other in (kept, SealedAccess(tls=kept.headers)):
        with pytest.raises(Unsealable):
            open_access(other, endpoint="end_b" if other is kept else "end_a", sealer=SEALER)
    shown = shown_access(columns["access_shown"])
    assert (shown.header_names, len(shown.trusted_ca)) == (("X-Key",), 1)
    assert shown.client_certificate and shown.client_certificate.not_after / 1e6 > NOW
    assert shown.oauth2 and shown.oauth2.client_id == "us"
    assert sealed_columns(OPEN, endpoint="end_a", sealer=SEALER) == dict.fromkeys(columns)
    assert open_access(SealedAccess(), endpoint="end_a", sealer=SEALER) == OPEN
