"""While the way out fails nothing is lost or used up and nobody is blamed, and afterwards all goes on in order."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.storage.database import Database
from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard
from service.webhooks.proxy import proxy_of
from service.webhooks.tokens import Courier
from service.webhooks.transport import AiohttpTransport
from tests.engines import Engines
from tests.webhooks.failing import heard, lanes, put, states, subscribe
from tests.webhooks.post import Office, Running, Sink
from tests.webhooks.proxies import ProxyServer, closed_port, proxies

SOON = 0.0005
"""Scale of the schedule: a minute is 30 ms."""


@pytest.fixture
async def database(engines: Engines, tmp_path: Path) -> AsyncGenerator[Database]:
    with engines.fresh("sqlite-truncate", tmp_path) as engine:
        made = engine.open()
        yield made
        await made.close()


@pytest.fixture
async def sinks() -> AsyncGenerator[tuple[Sink, Sink]]:
    made = Sink(), Sink()
    for one in made:
        await one.start()
    yield made
    for one in made:
        await one.stop()


@asynccontextmanager
async def sending(office: Office, proxy: ProxyServer) -> AsyncGenerator[Running]:
    guard = EgressGuard(allow=parse_networks("127.0.0.1/32"))
    transport = AiohttpTransport(guard=guard, user_agent="dualtrack/test", proxy=proxy_of(proxy.url))
    try:
        async with office.dispatching(retry_scale=SOON, around=lambda _: Courier(transport)) as running:
            yield running
    finally:
        await transport.close()
        guard.close()


async def test_events_wait_for_the_proxy_and_arrive_in_order(database: Database, sinks: tuple[Sink, Sink]) -> None:
    office, (sink, owner) = Office(database), sinks
    server, refusing = ProxyServer("http", port=closed_port()), {"127.0.0.1": 503}
    await subscribe(office, sink, owner, retry_schedule=(0.01,), max_in_flight=8)
    async with sending(office, server) as running:
        await office.tell(*(name for name in "abcdef" for _ in range(3)))
        # Away, and then there but unable: more often than there are tries.
        await running.until("unsent", times=3)
        server.refuses = refusing
        async with proxies(server):
            await running.until("unsent", times=4)
            # One request is enough to see whether it works.
            assert 3 <= len(server.asked) <= 5
            assert (sink.got, owner.got) == ([], [])
            shown = await states(office)
            assert {state for state, _ in shown.values()} == {"pending", "retrying"}
            assert set((await lanes(office)).values()) == {0}
            here = await office.endpoint()
            assert (here.state, here.fail_since, here.recent, here.outages) == ("healthy", None, 0, 0)
            server.refuses = {}
            await sink.until(lambda: len(sink.delivered) == 18)
            await running.until("idle")
    for name in "abcdef":
        assert [one for one in sink.delivered if one[0] == name] == [f"{name}-{n}" for n in (1, 2, 3)]
    assert len(sink.got) == 18
    assert heard(owner) == []
    tried = [step for step in running.steps if step[0] == "tried"]
    assert len(await office.attempts()) == len(tried)
    assert {outcome for _, _, _, outcome in await office.attempts()} == {"unsent", "delivered"}
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_a_probe_that_does_not_get_out_is_neither_failure_nor_success(
    database: Database, sinks: tuple[Sink, Sink]
) -> None:
    office, (sink, owner) = Office(database), sinks
    server = ProxyServer("socks5", port=closed_port())
    await subscribe(office, sink, owner)
    await put(office, state="open", state_reason="down", probe_at=1, outages=5, fail_since=1, last_fail_at=1, recent=31)
    async with sending(office, server) as running:
        await office.tell("a", "a", "b")
        await running.until("unsent", times=2)
        here = await office.endpoint()
        assert (here.state, here.outages, here.recent, here.failing_us) == ("half_open", 5, 31, 0)
        assert (sink.got, owner.got) == ([], [])
        async with proxies(server):
            await sink.until(lambda: len(sink.delivered) == 3)
            await running.until("idle")
            assert (await office.endpoint()).state == "healthy"
    assert sink.delivered.index("a-1") < sink.delivered.index("a-2")
    assert await office.left() == {"queue": 0, "lane": 0}
