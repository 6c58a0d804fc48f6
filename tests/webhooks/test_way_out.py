"""While the way out fails nothing is lost or used up and nobody is blamed, and afterwards all goes on in order."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from service.storage.database import Database
from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard
from service.webhooks.proxy import proxy_of
from service.webhooks.tokens import Courier
from service.webhooks.transport import AiohttpTransport, Transport
from tests.engines import Engines
from tests.webhooks.failing import heard, lanes, states, subscribe
from tests.webhooks.post import Office, Sink
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


async def test_events_wait_for_the_proxy_and_arrive_in_order(database: Database, sinks: tuple[Sink, Sink]) -> None:
    office, (sink, owner) = Office(database), sinks
    server, refusing = ProxyServer("http", port=closed_port()), {"127.0.0.1": 503}
    guard = EgressGuard(allow=parse_networks("127.0.0.1/32"))
    transport = AiohttpTransport(guard=guard, user_agent="dualtrack/test", proxy=proxy_of(server.url))

    def around(_: Transport) -> Transport:
        return Courier(transport)

    await subscribe(office, sink, owner, retry_schedule=(0.01,), max_in_flight=8)
    async with office.dispatching(retry_scale=SOON, around=around) as running:
        await office.tell(*(name for name in "abcdef" for _ in range(3)))
        # Away, and then there but unable: more often than there are tries.
        await running.until("unsent", times=3)
        server.refuses = refusing
        async with proxies(server):
            await running.until("unsent", times=4)
            assert (sink.got, owner.got, len(server.asked) >= 3) == ([], [], True)
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
    # One request is enough to see whether it works.
    waits = [at for at, (step, _) in enumerate(running.steps) if step == "unsent"]
    between = [step for step, _ in running.steps[waits[2] : waits[6]]].count("sent")
    assert between == 4
    assert await office.left() == {"queue": 0, "lane": 0}
    await transport.close()
    guard.close()
