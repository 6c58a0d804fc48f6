"""Connections are read by the clock: those that are due, one process at a time, and none holds up another."""

import asyncio
from pathlib import Path

from service.connectors.intake import CURSOR, run
from service.connectors.polling import Polls
from service.connectors.registry import KINDS
from service.usecases.connection_turns import connections_due
from service.usecases.connection_work import cursor_of
from service.usecases.open_connections import open_connection
from tests.connectors.bamboohr.account import account
from tests.connectors.bridge import bridged
from tests.engines import Engine
from tests.stage import HR


async def test_polls(engine: Engine, tmp_path: Path) -> None:
    async with bridged(engine) as bridge, account(poll_minutes=10) as there, account(poll_minutes=10) as other:
        polls = [Polls(bridge.tools, bridge.sending.sealer) for _ in range(2)]
        connections: list[str] = []
        for key, one, person in (("first", there, "1"), ("second", other, "2")):
            one.company.hire(person, "2024-03-01", jobTitle="Engineer")
            system = {"settings": one.settings, "credentials": one.credentials, "entries": one.entries}
            connections.append(await bridge.connect("bamboohr", key=key, **system))
        runtime, sealer = bridge.stage.runtime, bridge.sending.sealer
        # A first load is begun by somebody, never by the clock.
        assert not await polls[0].look()
        assert there.bamboo.requests == other.bamboo.requests == []
        for one in connections:
            opened = await open_connection(runtime, sealer, one)
            source = KINDS["bamboohr"].source(opened, bridge.tools)
            assert source is not None
            assert (await run(bridge.tools, opened, source, caller=HR)).complete
        assert await connections_due(runtime, cursor=CURSOR) == ()
        bridge.stage.clock.us += 10 * 60 * 1_000_000
        assert set(await connections_due(runtime, cursor=CURSOR)) == set(connections)
        # One of them is away. Two processes look at the same time, and the other one is read by one of them.
        there.bamboo.faults.down = True
        other.company.clock.advance(seconds=600)
        other.company.add_row("2", "jobInfo", {"date": "2026-06-01", "jobTitle": "Senior Engineer"})
        asked = len(other.bamboo.requests)
        failed = await asyncio.gather(*(one.look() for one in polls))
        assert any(failed)
        feeds = [path for _, path, _ in other.bamboo.requests[asked:] if path.endswith("/employees/changed")]
        assert len(feeds) == 1
        assert await bridge.held("bamboohr:2", lambda one: one.level) == [("2024-03-01", "e2"), ("2026-06-01", "ic3")]
        assert await connections_due(runtime, cursor=CURSOR) == ()
        # When it is due again the one that was away is read, from where it was.
        there.bamboo.faults.down = False
        before = await cursor_of(runtime, await open_connection(runtime, sealer, "first"), CURSOR)
        bridge.stage.clock.us += 10 * 60 * 1_000_000
        assert not await polls[0].look()
        assert await cursor_of(runtime, await open_connection(runtime, sealer, "first"), CURSOR) == before
