"""Batches and paced requests from end to end: real sockets, real databases."""

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import select, text
from standardwebhooks import Webhook

from service.storage.database import Database
from service.webhooks import tables
from service.webhooks.forms import batch_id_of
from service.webhooks.pausing import pause_endpoint, resume_endpoint
from service.webhooks.work import Tried
from tests.e2e.relay import a_relay
from tests.webhooks.crate import Crate
from tests.webhooks.post import Office, Sink


@pytest.fixture
async def office(database: Database) -> Office:
    return Office(database)


@pytest.fixture
async def crate() -> AsyncGenerator[Crate]:
    made = Crate()
    await made.start()
    yield made
    await made.stop()


async def started(office: Office, public_id: str) -> list[float]:
    """When each attempt began, in seconds."""
    log, to = tables.dlog, tables.endpoint
    async with office.database.read() as connection:
        found = await connection.execute(
            select(log.c.started_at)
            .join(to, to.c.id == log.c.endpoint_id)
            .where(to.c.public_id == public_id)
            .order_by(log.c.started_at)
        )
        return [at / 1_000_000 for at in found.scalars()]


async def test_one_poisonous_event_keeps_only_its_lane_waiting(office: Office, crate: Crate) -> None:
    """Sent as one batch, refused whole, divided until it stands alone: the others arrive meanwhile, in order."""
    poisoned = asyncio.Event()
    crate.mood = lambda event, times: 422 if event == "c-2" and not poisoned.is_set() else "ok"
    secret = await office.subscribe(
        crate.url, mode="batch", batch_max=50, retry_schedule=(0.05,) * 40, event_types=("thing.happened",)
    )
    told = await office.tell("a", "b", "c", "c", "c", "d", "e", "a")
    async with office.dispatching(retry_scale=1) as running:
        await crate.until(lambda: set(crate.took) == set(told) - {"c-2", "c-3"})
        # It comes again by itself, and what is new goes past it.
        tried = len([1 for _, ids, _ in crate.batches if ids == ("c-2",)])
        told += await office.tell("a", "c")
        await crate.until(
            lambda: "a-3" in crate.took and len([1 for _, ids, _ in crate.batches if ids == ("c-2",)]) > tried
        )
        poisoned.set()
        await crate.until(lambda: set(crate.took) == set(told))
        await running.until("idle")
    first, whole = crate.batches[0], ("a-1", "a-2", "b-1", "c-1", "c-2", "c-3", "d-1", "e-1")
    assert first == (batch_id_of(whole), whole, 422)
    assert sorted(crate.took) == sorted(told), "each once, none more"
    assert [event for event in crate.took if event[0] == "c"] == ["c-1", "c-2", "c-3", "c-4"]
    # Others came with it only while it was not known: 8 events take a few requests, and none after it stood alone.
    refused = [ids for _, ids, status in crate.batches if status == 422]
    alone = refused.index(("c-2",))
    assert alone <= 4
    assert set(refused[alone:]) == {("c-2",)}
    for headers, body in crate.requests:
        Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
        sent = json.loads(body)
        assert (sent["type"], sent["id"]) == ("batch", headers["webhook-id"])
        assert sent["id"] == batch_id_of([one["id"] for one in sent["events"]])
        assert [one["sequence"] for one in sent["events"]] == [int(one["id"][2:]) for one in sent["events"]]
    # Whoever watches is told of each event and try, and there is a row of it.
    steps = [step for _, step in running.steps if isinstance(step, Tried)]
    for event in told:
        assert [step.n for step in steps if step.head.event_id == event] == list(range(1, crate.seen[event] + 1)), event
    # The rows are counted from 1, delivered by nothing but a 2xx.
    log = await office.attempts()
    for event in told:
        mine = [(n, status, outcome) for name, n, status, outcome in log if name == event]
        assert [n for n, _, _ in mine] == list(range(1, crate.seen[event] + 1)), event
        assert [outcome for _, _, outcome in mine] == ["failed"] * (len(mine) - 1) + ["delivered"]
        assert all((status == 200) == (outcome == "delivered") for _, status, outcome in mine)
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_tries_of_a_batch_that_was_divided_and_then_dropped_are_kept(office: Office, crate: Crate) -> None:
    crate.mood, crate.headers = (lambda event, times: "ok" if times else 422), {"retry-after": "3600"}
    await office.subscribe(crate.url, mode="batch", event_types=("thing.happened",))
    async with office.dispatching() as running:
        told = await office.tell("a", "a", "a", "b")
        await running.until("sent")
        await running.until("idle")
        async with office.database.transaction() as tx:
            await pause_endpoint(tx, "end_a", reason=None, now=5)
        office.wake()
        await running.until("owned")
        await running.until("idle")
        assert [(n, status) for _, n, status, _ in await office.attempts()] == [(1, 422)] * 4
        crate.headers = {}
        async with office.database.transaction() as tx:
            await resume_endpoint(tx, "end_a", skip_to=0, now=6)
        office.wake()
        await crate.until(lambda: len(crate.took) == 4)
        await running.until("idle")
    assert [ids for _, ids, status in crate.batches if status == 200] == [tuple(told)]
    tries = [(event, n, outcome) for event, n, _, outcome in await office.attempts()]
    assert sorted(tries) == sorted((event, n, word) for event in told for n, word in ((1, "failed"), (2, "delivered")))
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_what_the_answer_says_of_single_events_counts(office: Office, crate: Crate) -> None:
    said = {("a-2", 0): "retry", ("a-2", 1): "retry", ("b-1", 0): "reject"}
    crate.mood = lambda event, times: said.get((event, times), "ok")  # type: ignore[arg-type, return-value]
    await office.subscribe(crate.url, mode="batch", event_types=("thing.happened",))
    told = await office.tell("a", "a", "a", "b", "b")
    async with office.dispatching(retry_scale=0.001) as running:
        await crate.until(lambda: len(crate.took) + len(crate.dead) == len(told))
        await running.until("idle")
    assert [ids for _, ids, _ in crate.batches] == [("a-1", "a-2", "a-3", "b-1", "b-2"), ("a-2", "a-3"), ("a-2", "a-3")]
    assert (sorted(crate.took), crate.dead) == (["a-1", "a-2", "a-3", "b-2"], ["b-1"])
    assert [entry for entry in await office.attempts() if entry[0] in told] == [
        ("a-1", 1, 200, "delivered"),
        *(("a-2", n, 200, outcome) for n, outcome in ((1, "failed"), (2, "failed"), (3, "delivered"))),
        *(("a-3", n, 200, outcome) for n, outcome in ((1, "failed"), (2, "failed"), (3, "delivered"))),
        ("b-1", 1, 200, "dead"),
        ("b-2", 1, 200, "delivered"),
    ]
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_a_batch_that_fails_comes_back_whole_under_its_id(office: Office, crate: Crate) -> None:
    crate.mood = lambda event, times: 503 if times < 2 else "ok"
    await office.subscribe(crate.url, mode="batch", batch_max=3, linger_ms=5_000, event_types=("thing.happened",))
    async with office.dispatching(retry_scale=0.001) as running:
        # Told one after the other, they wait for each other until there are enough.
        told = [event for subject in "abc" for event in await office.tell(subject)]
        await crate.until(lambda: len(crate.took) == 3)
        await running.until("idle")
    assert crate.batches == [(batch_id_of(told), tuple(told), status) for status in (503, 503, 200)]
    assert [(event, n) for event, n, _, _ in await office.attempts()] == [
        (event, n) for event in told for n in (1, 2, 3)
    ]
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_requests_keep_their_pace_and_a_paced_endpoint_delays_no_other(office: Office) -> None:
    slow, quick = Sink(), Sink()
    await slow.start()
    await quick.start()
    await office.subscribe(slow.url, "end_slow", rate=40.0, burst=3)
    await office.subscribe(quick.url, "end_quick")
    people = [f"p{number}" for number in range(23)]
    async with office.dispatching() as running:
        await office.tell(*people)
        await quick.until(lambda: len(quick.delivered) == len(people))
        assert len(slow.delivered) < len(people)
        await slow.until(lambda: len(slow.delivered) == len(people))
        await running.until("idle")
    await slow.stop()
    await quick.stop()
    at = await started(office, "end_slow")
    assert len(at) == len(people)
    # A clock that is read twice may be a little apart from itself.
    slack = 0.02
    for first, begin in enumerate(at):
        for last, end in enumerate(at[first:], start=first):
            assert last - first + 1 <= 40 * (end - begin + slack) + 3
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_ownership_moves_within_its_lease_when_its_holder_dies_or_loses_the_database(postgres_url: str) -> None:
    """d0 owned the one endpoint and is dead; d1 sends to the other, and loses its way to the database."""
    database = Database(url=postgres_url)
    office, sinks = Office(database), {"end_a": Sink(), "end_b": Sink()}
    for name, sink in sinks.items():
        await sink.start()
        await office.subscribe(sink.url, name)
    async with a_relay(postgres_url) as relay:
        cut_off = Office(Database(url=relay.url))
        async with cut_off.dispatching(name="d1") as first:
            await first.until("owned")
            async with database.transaction() as tx:
                await tx.execute(text("UPDATE endpoint SET owner = 'd0', epoch = epoch + 1 WHERE public_id = 'end_a'"))
            async with office.dispatching(name="d2"):
                await relay.cut()
                told = await office.tell("a", "b")
                begun = asyncio.get_running_loop().time()
                for sink in sinks.values():
                    await sink.until(lambda sink=sink: len(sink.delivered) == len(told), seconds=15)
                # A lease, and a renewal of whoever takes over.
                assert asyncio.get_running_loop().time() - begun < 5.0 + 1.0 + 2.0
                assert {(await office.endpoint(name)).owner for name in sinks} == {"d2"}
                assert not [step for step in first.steps if step[0] == "sent"]
                await relay.mend()
        await cut_off.database.close()
    for sink in sinks.values():
        assert sorted(sink.delivered) == sorted(told), "each once, none more"
        await sink.stop()
    assert await office.left() == {"queue": 0, "lane": 0}
    await database.close()
