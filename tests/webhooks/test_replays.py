"""Replays: what is selected and counted, queued part by part, and ended, on every engine."""

from collections.abc import AsyncGenerator
from itertools import product

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.database import Database
from service.webhooks.deliveries import list_deliveries, list_letters
from service.webhooks.letters import keep_dead
from service.webhooks.outbox import _subscriptions  # pyright: ignore[reportPrivateUsage]
from service.webhooks.replay_work import FEWEST, Replaying
from service.webhooks.selection import next_events
from service.webhooks.work import BLOCKED_US
from tests.webhooks.again import begin, cancel, counted, replaying, shown, target_of
from tests.webhooks.depot import Depot, open_depot, result
from tests.webhooks.post import message

TEAMS = ({}, {"team": ["core"]}, {"team": ["web", "core"], "role": ['a"b', "é"]}, {"role": ["x"]})
KINDS = ("thing.happened", "thing.ended", "endpoint.disabled")


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        yield made


async def sent(depot: Depot) -> list[tuple[str, str]]:
    """(event, replay) of everything that is due, in the order in which it is delivered."""
    (mine,) = await depot.own()
    found: list[tuple[str, str]] = []
    while heads := await depot.claim(mine):
        for head in heads:
            found.append((head.event_id, head.replay_id))
            await depot.store.record("d1", [result(head)])
    return found


async def listed(depot: Depot, state: str) -> list[str]:
    async with depot.database.read() as connection:
        return [one.event for one in await list_deliveries(connection, "end_a", state=state, limit=50)]  # type: ignore[arg-type]


async def test_what_is_selected_is_what_the_endpoint_would_be_sent(depot: Depot) -> None:
    for number, (kind, facets) in enumerate(product(KINDS, TEAMS)):
        await depot.office.tell("ab"[number % 2], kind=kind, facets=facets)
    filters = (
        {},
        {"team": ("core",)},
        {"team": ("web", "x"), "role": ("é",)},
        {"role": ('a"b', "x")},
        {'o"dd': ("x",)},
    )
    chosen = [(types, asked) for types in (("*",), KINDS[:2], ("nothing",)) for asked in filters]
    for number, (types, asked) in enumerate(chosen):
        await depot.office.subscribe("http://127.0.0.1:9/", f"end_{number}", event_types=types, filters=asked)
    told = [message("", "", 1, kind, facets) for kind, facets in product(KINDS, TEAMS)]
    async with depot.database.read() as connection:
        for number, subscription in enumerate(await _subscriptions(connection)):
            target = await target_of(depot.office, f"end_{number}")
            selection, count = await counted(depot.office, f"end_{number}")
            found, looked = await next_events(connection, target, selection, cursor=0, limit=100)
            live = [seq for seq, one in enumerate(told, start=1) if subscription.wants(one)]
            assert ([one.seq for one in found], looked) == (live, len(told))
            assert (count.events, count.lanes) == (len(live), len({one.subject for one in found}))
            # Narrowed by the request: both have to be met.
            narrowed, fewer = await counted(
                depot.office, f"end_{number}", types=KINDS[:1], facets={"team": ("core",)}, subject="b"
            )
            found, _ = await next_events(connection, target, narrowed, cursor=0, limit=100)
            both = [
                seq
                for seq in live
                if told[seq - 1].type == KINDS[0] and "core" in told[seq - 1].facets.get("team", ()) and seq % 2 == 0
            ]
            assert [one.seq for one in found] == both
            assert fewer.events == len(both)


async def test_a_replay_goes_on_in_parts_behind_what_is_live(depot: Depot) -> None:
    await depot.office.subscribe("http://127.0.0.1:9/", max_in_flight=1)
    told = await depot.office.tell(*[f"s{number % 5}" for number in range(40)])
    assert len(await sent(depot)) == 40
    count = await begin(depot.office)
    assert (count.events, count.lanes, count.emptied) == (40, 5, 0)
    work = replaying(depot.office)
    assert await work.running() == ("rep_1",)

    assert await work.advance("rep_1") is True
    first = await shown(depot.office)
    assert (first.state, first.queued, first.waiting, first.events) == ("running", FEWEST, FEWEST, 40)
    # As much waits as may: nothing more is queued, whoever looks.
    assert await work.advance("rep_1") is False
    assert await replaying(depot.office).advance("rep_1") is False
    (live,) = await depot.office.tell("live")
    (mine,) = await depot.own()
    claimed = await depot.claim(mine, limit=1)
    assert [head.event_id for head in claimed] == [live]
    got = await sent(depot)
    while await replaying(depot.office).advance("rep_1"):
        got += await sent(depot)

    again = [event for event, replay in got if replay == "rep_1"]
    assert sorted(again) == sorted(told)
    for subject in {event.partition("-")[0] for event in told}:
        assert [event for event in again if event.startswith(f"{subject}-")] == [
            event for event in told if event.startswith(f"{subject}-")
        ]
    done = await shown(depot.office)
    assert (done.state, done.queued, done.waiting) == ("done", 40, 0)
    assert await work.running() == ()
    assert await depot.office.left() == {"queue": 0, "lane": 0}


async def test_many_replays_of_one_endpoint_keep_back_none_of_another(depot: Depot) -> None:
    """Whoever sets a hundred ids right in a connected system has a hundred of them made."""
    for endpoint in ("end_a", "end_b"):
        await depot.office.subscribe("http://127.0.0.1:9/", endpoint)
    await depot.office.tell("a")
    for number in range(101):
        await begin(depot.office, f"rep_{number:03}")
    await begin(depot.office, "rep_last", "end_b")
    running = await replaying(depot.office).running()
    assert running == (*(f"rep_{number:03}" for number in range(20)), "rep_last")


async def test_nothing_is_queued_for_who_takes_nothing_or_has_enough(depot: Depot) -> None:
    await depot.office.subscribe("http://127.0.0.1:9/", max_in_flight=1)
    await depot.office.tell("a")
    await sent(depot)
    await begin(depot.office)
    work = replaying(depot.office)
    for away in ({"state": "paused"}, {"state": "open"}, {"not_before": BLOCKED_US}):
        await depot.set_endpoint(**away)
        assert await work.advance("rep_1") is False
        # However many wait for one that is away, they keep back none of another endpoint's.
        assert await work.running() == (() if "state" in away else ("rep_1",))
        await depot.set_endpoint(state="healthy", not_before=0)
    await depot.office.tell(*[f"busy{number}" for number in range(FEWEST)])
    assert await work.advance("rep_1") is False
    await sent(depot)
    assert await work.advance("rep_1") is True
    assert await sent(depot) == [("a-1", "rep_1")]


async def test_a_part_is_whole_or_not_at_all(depot: Depot) -> None:
    await depot.office.subscribe("http://127.0.0.1:9/")
    await depot.office.tell("a", "b")
    await sent(depot)
    await begin(depot.office)

    async def torn(_tx: AsyncConnection, _events: int) -> tuple[int, int]:
        raise ZeroDivisionError

    work = Replaying(depot.database, take_recorder=torn, wake=depot.office.wake, now_us=lambda: 1)
    with pytest.raises(ZeroDivisionError):
        await work.advance("rep_1")
    found = await shown(depot.office)
    assert (found.cursor, found.queued, found.waiting, found.state) == (0, 0, 0, "running")
    assert await depot.office.left() == {"queue": 0, "lane": 0}
    # An endpoint that has changed since it was looked at is looked at again.
    assert await replaying(depot.office).advance("rep_1") is True
    assert sorted(await sent(depot)) == [("a-1", "rep_1"), ("b-1", "rep_1")]


async def test_a_window_without_events_only_moves_the_cursor(depot: Depot) -> None:
    await depot.office.subscribe("http://127.0.0.1:9/")
    await depot.office.tell("a", "b", "c")
    target = await target_of(depot.office)
    selection, _ = await counted(depot.office, types=("none",))
    async with depot.database.read() as connection:
        assert await next_events(connection, target, selection, cursor=0, limit=9, window=2) == ((), 2)
        assert await next_events(connection, target, selection, cursor=2, limit=9, window=2) == ((), 3)
    await begin(depot.office, types=("none",))
    before = await depot.rows("recorder", "position")
    assert await replaying(depot.office).advance("rep_1") is True
    assert (await shown(depot.office)).state == "done"
    assert await depot.rows("recorder", "position") == before


async def test_cancelled_it_drops_what_waits_and_its_lanes_go_on(depot: Depot) -> None:
    await depot.office.subscribe("http://127.0.0.1:9/")
    await depot.office.tell("a", "b")
    await sent(depot)
    await begin(depot.office)
    await replaying(depot.office).advance("rep_1")
    (mine,) = await depot.own()
    a, _ = sorted(await depot.claim(mine), key=lambda head: head.lane)
    await depot.store.record("d1", [result(a, ok=False)])
    await depot.office.tell("a")
    assert await cancel(depot.office) == 2
    assert await cancel(depot.office) == 0
    ended = await shown(depot.office)
    assert (ended.state, ended.waiting, ended.ended_by, ended.finished_at) == ("cancelled", 0, "key:b", 2)
    assert sorted(await depot.rows("dead_letter", "event_seq, replay_id, state, attempts, ended_by")) == [
        (1, "rep_1", "dropped", 1, "key:b"),
        (2, "rep_1", "dropped", 0, "key:b"),
    ]
    # What was behind it is tried at once, as if for the first time.
    head = await depot.only_head(mine)
    assert (head.event_id, head.attempts, head.tries) == ("a-2", 0, 0)
    assert await replaying(depot.office).advance("rep_1") is False


async def test_all_dead_are_sent_once_more_and_are_dead_no_longer(depot: Depot) -> None:
    await depot.office.subscribe("http://127.0.0.1:9/")
    await depot.office.tell("a", "b", "c", "a")
    async with depot.database.transaction() as tx:
        for seq in (1, 3):
            await tx.execute(text("DELETE FROM queue WHERE pos = :pos"), {"pos": seq})
            await keep_dead(tx, endpoint=1, event_seq=seq, replay_id="", attempts=10, reason="exhausted", at=5)
    assert await listed(depot, "dead") == ["c-1", "a-1"]
    async with depot.database.read() as connection:
        everywhere = await list_letters(connection, state="dead", limit=10)
        assert [(one.event, one.endpoint, one.reason, one.attempts) for one in everywhere] == [
            ("c-1", "end_a", "exhausted", 10),
            ("a-1", "end_a", "exhausted", 10),
        ]
        behind = await list_letters(connection, state="dead", limit=10, place=(3, "", 1))
        assert [one.event for one in behind] == ["a-1"]
    count = await begin(depot.office, state="dead")
    assert (count.events, count.lanes) == (2, 2)
    await replaying(depot.office).advance("rep_1")
    assert await listed(depot, "dead") == []
    assert await listed(depot, "retried") == ["c-1", "a-1"]
    assert (await begin(depot.office, "rep_2", state="dead")).events == 0
    assert sorted(await sent(depot)) == [("a-1", "rep_1"), ("a-2", ""), ("b-1", ""), ("c-1", "rep_1")]
    assert await listed(depot, "delivered") == ["a-2", "c-1", "b-1", "a-1"]
    assert (await begin(depot.office, "rep_3", state="delivered")).events == 4
