"""What endpoints chose is what the queue sends: the same bytes at every try, and nothing without what it needs."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import text

from service.webhooks.access import Access, OAuth2, sealed_columns
from service.webhooks.endpoints import change_endpoint, find_endpoint
from service.webhooks.sealer import AesGcmSealer, Sealer
from tests.engines import Engines
from tests.webhooks.certified import Tokens, token_server
from tests.webhooks.post import SEALER, Office, Sink


@pytest.fixture
async def office(engines: Engines, tmp_path: Path) -> AsyncGenerator[Office]:
    with engines.fresh("sqlite-wal", tmp_path) as engine:
        database = engine.open()
        yield Office(database)
        await database.close()


@pytest.fixture
async def sink() -> AsyncGenerator[Sink]:
    made = Sink()
    await made.start()
    yield made
    await made.stop()


async def give(office: Office, access: Access, *, sealer: Sealer = SEALER) -> None:
    async with office.database.transaction() as tx:
        found = await find_endpoint(tx, "end_a")
        assert found
        sealed = sealed_columns(access, endpoint="end_a", sealer=sealer)
        await change_endpoint(tx, "end_a", subscription=found, state=found.state, now=2, sealed=sealed)
    office.wake()


def header(sent: tuple[dict[str, str], bytes], name: str) -> str | None:
    return {key.lower(): value for key, value in sent[0].items()}.get(name)


async def test_retries_send_the_same_bytes_and_a_token_server_that_is_away_loses_nothing(
    office: Office, sink: Sink
) -> None:
    sink.answer = lambda event, times: (500 if times < 2 else 200, {})
    await office.subscribe(sink.url, format="cloudevents")
    async with token_server(Tokens(status=503)) as tokens, office.dispatching() as running:
        client = OAuth2(token_url=tokens.url, client_id="a", client_secret="b")
        await give(office, Access(headers={"X-Tenant": "seven"}, oauth2=client))
        await office.tell("a")
        await running.until("recorded", times=2)
        assert sink.got == []
        tokens.status = 200
        await sink.until(lambda: len(sink.delivered) == 1)
        await running.until("idle")
    assert len({body for _, body in sink.requests}) == 1
    assert json.loads(sink.requests[0][1])["sequence"] == "1".zfill(20)
    assert {header(sent, "x-tenant") for sent in sink.requests} == {"seven"}
    tokens_sent = {header(sent, "authorization") for sent in sink.requests}
    assert len(tokens_sent) == 1 and (tokens_sent.pop() or "").startswith("Bearer token-")
    async with office.database.read() as connection:
        tried = (await connection.execute(text("SELECT DISTINCT error_class, response_head FROM dlog"))).all()
    assert ("token", "the token server answered 503: check its address and the client") in [tuple(one) for one in tried]
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_without_what_it_needs_nothing_is_sent_until_it_can_be_opened(office: Office, sink: Sink) -> None:
    await office.subscribe(sink.url)
    stranger = AesGcmSealer("another key for tests only, 32 characters or more")
    async with office.dispatching() as running:
        await give(office, Access(headers={"X-Tenant": "seven"}), sealer=stranger)
        await running.until("unsealable")
        await office.tell("a")
        await running.until("claimed")
        assert (sink.got, await office.attempts()) == ([], [])
        await give(office, Access(headers={"X-Tenant": "eight"}))
        await sink.until(lambda: len(sink.delivered) == 1)
        await running.until("idle")
    assert [header(sent, "x-tenant") for sent in sink.requests] == ["eight"]
    assert await office.left() == {"queue": 0, "lane": 0}
