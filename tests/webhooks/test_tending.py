"""Endpoints that fail and come back, on every engine: what is sent to them, what is kept, and who is told."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from service.storage.database import Database
from service.webhooks.health import Notice, Sign, begin_probe
from service.webhooks.pausing import pause_endpoint, resume_endpoint
from service.webhooks.store_health import HealthStore, Told
from tests.webhooks.depot import Depot, open_depot
from tests.webhooks.failing import FAR, heard, lanes, put, states, subscribe
from tests.webhooks.post import Office, Sink, take_recorder


@pytest.fixture
async def office(database: Database) -> Office:
    return Office(database)


@pytest.fixture
async def sink() -> AsyncGenerator[Sink]:
    made = Sink()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def owner() -> AsyncGenerator[Sink]:
    """Whoever wants to know how endpoints are doing."""
    made = Sink()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        await made.office.subscribe("http://127.0.0.1:9/")
        yield made


async def test_outages_stop_everything_but_probes_and_a_success_ends_it(
    office: Office, sink: Sink, owner: Sink
) -> None:
    down = True
    sink.answer = lambda event, times: (500 if down else 200, {})
    await subscribe(office, sink, owner, max_in_flight=4)
    told = [f"p{number:02}" for number in range(20)]
    async with office.dispatching() as running:
        await office.tell(*told)
        await owner.until(lambda: len(owner.got) == 1)
        seen = len(sink.got)
        await sink.until(lambda: len(sink.got) >= seen + 2)
        used = await lanes(office)
        assert sum(used.values()) <= 5 + 3, "the five that opened it, and those that were under way with the first"
        assert (await office.endpoint()).probe_n >= 2
        down = False
        await owner.until(lambda: len(owner.got) == 2)
        await sink.until(lambda: len(sink.delivered) == 20)
        await running.until("idle")
    degraded, recovered = heard(owner)
    assert [degraded["type"], recovered["type"]] == ["endpoint.degraded", "endpoint.recovered"]
    assert [degraded["sequence"], recovered["sequence"]] == [1, 2]
    assert degraded["data"]["failing_since"] == recovered["data"]["failing_since"] < degraded["data"]["disabled_at"]
    del degraded["data"]["failing_since"], degraded["data"]["disabled_at"]
    assert degraded["data"] == {
        "endpoint": {"id": "end_a"},
        "state": "open",
        "reason": "opened",
        "warning": None,
        "event": None,
        "last_status": 500,
        "last_error": "unavailable",
    }
    assert sorted(sink.delivered) == [f"{one}-1" for one in told]
    assert await office.left() == {"queue": 0, "lane": 0}
    kept = await office.endpoint()
    assert (kept.state, kept.state_reason, kept.told, kept.fail_since, kept.probe_at) == ("healthy", None, 0, None, 0)
    assert kept.last_ok_at > kept.state_since - 1 and kept.revision == 1


async def test_a_new_owner_goes_on_where_the_old_one_was(office: Office, sink: Sink, owner: Sink) -> None:
    sink.answer = lambda event, times: (503, {})
    await subscribe(office, sink, owner, max_in_flight=1)
    async with office.dispatching(name="d1", retry_scale=1) as running:
        await office.tell("a", "b", "c", "d", "e", "f")
        await owner.until(lambda: len(owner.got) == 1)
        await running.until("idle")
    assert len(sink.got) == 5, "one at a time, the fifth opens it"
    before = await office.endpoint()
    assert (before.state, before.outages, before.recent, before.owner) == ("open", 5, 0b11111, None)
    assert before.probe_at >= before.state_since + 24_000_000
    await put(office, state="half_open", probe_n=1)
    async with office.dispatching(name="d2", retry_scale=1) as running:
        await running.until("idle", times=2)
        after = await office.endpoint()
        assert (after.state, after.probe_at, after.outages) == ("half_open", before.probe_at, 5)
        assert len(sink.got) == 5, "a probe that was under way is not repeated at once"
        sink.answer = lambda event, times: (200, {})
        await put(office, probe_at=1)
        await sink.until(lambda: len(sink.delivered) == 1)
        await owner.until(lambda: len(owner.got) == 2)
        assert sink.delivered == ["f-1"], "a lane that was not tried goes before those that failed"
        await running.until("idle")
        assert await lanes(office) == {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}
    assert [one["type"] for one in heard(owner)] == ["endpoint.degraded", "endpoint.recovered"]
    assert (await office.endpoint()).state == "healthy"


async def test_it_starts_slowly_after_it_was_away(office: Office, owner: Sink) -> None:
    """Never more at once than the window allows: one, then one more for each round."""
    here, done, over = 0, 0, 0
    rounds: list[int] = []
    full = asyncio.Event()

    async def take(_request: web.Request) -> web.Response:
        nonlocal here, done, over, full
        here += 1
        over = max(over, here - (len(rounds) + 1))
        mine = full
        if here == min(len(rounds) + 1, 6) or done + here == 40:
            rounds.append(here)
            full, waiting = asyncio.Event(), full
            waiting.set()
        await mine.wait()
        here -= 1
        done += 1
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await office.subscribe(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", max_in_flight=6)
    await put(office, easing=True)
    async with office.dispatching() as running:
        await office.tell(*(f"p{number}" for number in range(40)))
        await running.until("idle")
    await runner.cleanup()
    assert done == 40
    assert rounds[:6] == [1, 2, 3, 4, 5, 6]
    assert over <= 0
    assert (await office.endpoint()).easing is False


async def test_somebody_who_fails_alone_neither_opens_nor_delays_for_others(
    office: Office, sink: Sink, owner: Sink
) -> None:
    sink.answer = lambda event, times: (500 if event.startswith("x") else 200, {})
    await subscribe(office, sink, owner, retry_schedule=(0.0,) * 50, on_exhausted="block")
    async with office.dispatching() as running:
        await office.tell("x")
        for number in range(20):
            await office.tell(f"p{number}")
            await sink.until(lambda number=number: f"p{number}-1" in sink.delivered)
        await running.until("idle")
        # Now it alone is there, and has failed so often that the endpoint stands open; nobody else has to wait.
        await put(office, state="open", outages=5, outage_lane="x", probe_at=FAR, told=1)
        await running.until("idle")
        await office.tell("y")
        await sink.until(lambda: "y-1" in sink.delivered)
        await owner.until(lambda: any(one["type"] == "endpoint.recovered" for one in heard(owner)))
    others = [f"p{number}-1" for number in range(20)]
    assert sink.delivered == [*others, "y-1"]
    assert [one for one in await states(office) if one.startswith("x")] == ["x-1"]
    assert {n for event, n, *_ in await office.attempts() if event in others} == {1}


async def test_a_pause_is_stronger_than_a_probe_and_than_whatever_was_found_out(depot: Depot) -> None:
    await depot.office.tell("a", "b")
    (mine,) = await depot.own()

    async def recorder(tx: Any, events: int) -> tuple[int, int]:
        return await take_recorder(depot.database, tx, events)

    store = HealthStore(depot.database, me="d1", take_recorder=recorder, new_event_id=lambda: "evt_1")
    opened = replace(mine.health, state="open", outages=5, probe_at=1)
    sign = Sign(kind="outage", at=9, lanes=("a",), error="timeout")
    told = [Told(notice=Notice(kind="opened", failing_since=9), sign=sign)]
    now = await depot.store.now_us()
    assert await store.move(mine, opened, told) is True
    assert (await depot.store.look("d1")).mine == {1: (1, True)}, "a probe is due"
    async with depot.database.transaction() as tx:
        await pause_endpoint(tx, "end_a", reason="their weekend", now=7)
    begun = begin_probe(opened, at=now, chance=0.5, scale=1.0)
    assert await store.begin_probe(mine, begun, now=now, busy=(), early=False) is False
    assert await store.move(mine, replace(opened, state="healthy"), told) is False
    await store.keep([(mine, replace(opened, recent=1))])
    assert await depot.rows("endpoint", "state, state_reason, recent, outages, probe_at, revision, event_ver") == [
        ("paused", "their weekend", 0, 0, 0, 2, 1)
    ]
    assert [kind for (kind,) in await depot.rows("event", "type") if kind != "thing.happened"] == ["endpoint.degraded"]
    async with depot.database.transaction() as tx:
        await resume_endpoint(tx, "end_a", skip_to=0, now=8)
    (again,) = await depot.own()
    assert (again.health.state, again.health.easing, again.revision) == ("healthy", True, 3)
    assert await store.begin_probe(mine, begun, now=now, busy=(), early=False) is False, "of an older revision"


async def test_a_probe_takes_the_lane_that_waits_least_whenever_it_is_due(depot: Depot) -> None:
    await depot.office.tell("a", "b", "c")
    (mine,) = await depot.own()

    async def recorder(tx: Any, events: int) -> tuple[int, int]:
        return await take_recorder(depot.database, tx, events)

    store = HealthStore(depot.database, me="d1", take_recorder=recorder, new_event_id=lambda: "evt_1")
    now = await depot.store.now_us()
    opened = replace(mine.health, state="open", outages=5, outage_lane="a", probe_at=FAR)
    begun = begin_probe(opened, at=now, chance=0.5, scale=1.0)
    await depot.set_lane(visible_at=FAR)
    await store.keep([(mine, opened)])
    assert (await depot.store.look("d1")).mine == {1: (1, False)}
    assert await store.begin_probe(mine, begun, now=now, busy=(), early=True) is False, "none is untried"
    assert await store.begin_probe(mine, begun, now=now, busy=("a", "b", "c"), early=False) is False
    assert await depot.rows("endpoint", "state") == [("open",)]
    await depot.set_endpoint(probe_at=1)
    assert (await depot.store.look("d1")).mine == {1: (1, True)}
    assert await store.begin_probe(mine, begun, now=now, busy=("a",), early=False) is True
    assert await depot.rows("endpoint", "state, probe_n, probe_at") == [("half_open", 1, begun.probe_at)]
    (head,) = await depot.claim(mine, busy=("a",), limit=1)
    assert head.lane == "b"
    assert await depot.rows("lane", "subject_key, visible_at") == [("a", FAR), ("b", 1), ("c", FAR)]
    await depot.set_lane(visible_at=2**62)
    assert await store.begin_probe(mine, begun, now=now, busy=(), early=False) is False, "what is blocked stays so"
    assert (await depot.store.look("d1")).mine == {1: (1, False)}
