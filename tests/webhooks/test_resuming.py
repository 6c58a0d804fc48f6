"""What becomes of events that waited, once an endpoint is resumed, on every engine."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from sqlalchemy import select

from service.storage.database import Database
from service.webhooks.health import LIMIT
from service.webhooks.pausing import resume_endpoint
from service.webhooks.skipping import AT_ONCE, REASON, Skipping, counted
from service.webhooks.tables import event
from tests.webhooks.depot import Depot, open_depot, result
from tests.webhooks.failing import FAR, heard, put, states, subscribe
from tests.webhooks.post import Office, Sink


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


async def test_disabled_by_proof_it_holds_and_what_comes_after_is_chosen(
    office: Office, sink: Sink, owner: Sink
) -> None:
    working = False
    sink.answer = lambda event, times: (200 if working else 500, {})
    await subscribe(office, sink, owner, max_in_flight=1)
    await put(office, fail_since=1, last_fail_at=2, failing_us=LIMIT, told=0b1111, outages=5)
    async with office.dispatching() as running:
        await office.tell("a")
        await owner.until(lambda: len(owner.got) == 1)
        await office.tell("b", "c")
        await running.until("idle", times=2)
        assert sink.got == [("a-1", 500)], "nothing more is sent"
        (disabled,) = heard(owner)
        assert disabled["type"] == "endpoint.disabled"
        assert disabled["data"] == {
            "endpoint": {"id": "end_a"},
            "state": "disabled",
            "status": 500,
            "reason": "failing",
            "failing_since": "1970-01-01T00:00:00.000001Z",
        }
        kept = await office.endpoint()
        assert (kept.state, kept.state_reason) == ("disabled", "nothing got through for five days")
        assert await states(office) == {"a-1": ("held", 1), "b-1": ("held", 0), "c-1": ("held", 0)}
        working = True
        async with office.database.transaction() as tx:
            last = await tx.execute(select(event.c.seq).where(event.c.id == "b-1"))
            skip_to = last.scalar_one()
            assert await counted(tx, "end_a", skip_to=skip_to) == (1, 2)
            await resume_endpoint(tx, "end_a", skip_to=skip_to, now=5)
        assert await states(office) == {"a-1": ("skipped", 1), "b-1": ("skipped", 0), "c-1": ("pending", 0)}
        office.wake()
        await sink.until(lambda: bool(sink.delivered))
        await running.until("idle")
    assert sink.delivered == ["c-1"]
    assert await states(office) == {"a-1": ("skipped", 1), "b-1": ("skipped", 0), "c-1": ("delivered", 1)}
    log = [entry for entry in await office.attempts() if not entry[0].startswith("evt")]
    assert log == [
        ("a-1", 1, 500, "failed"),
        ("a-1", 2, None, "skipped"),
        ("b-1", 1, None, "skipped"),
        ("c-1", 1, 200, "delivered"),
    ]
    assert await office.left() == {"queue": 0, "lane": 0}
    kept = await office.endpoint()
    assert (kept.state, kept.skip_to, kept.failing_us, kept.told) == ("healthy", 0, 0, 0)


async def test_resumed_with_all_nothing_is_left_out(office: Office, sink: Sink, owner: Sink) -> None:
    await subscribe(office, sink, owner)
    await put(office, state="gone", not_before=FAR, probe_at=FAR, fail_since=1, outages=9)
    async with office.dispatching() as running:
        await office.tell("a", "b", "a")
        await running.until("idle")
        async with office.database.transaction() as tx:
            await resume_endpoint(tx, "end_a", skip_to=0, now=5)
        office.wake()
        await sink.until(lambda: len(sink.delivered) == 3)
        await running.until("idle")
    assert [one for one in sink.delivered if one.startswith("a")] == ["a-1", "a-2"]
    assert await office.left() == {"queue": 0, "lane": 0}
    assert owner.got == []


async def test_what_is_passed_by_ends_in_parts_and_whoever_is_next_goes_on(depot: Depot) -> None:
    for _ in range(3):
        await depot.office.tell(*(f"p{number:03}" for number in range(100)))
    await depot.office.tell("p000")
    async with depot.database.transaction() as tx:
        await resume_endpoint(tx, "end_a", skip_to=300, now=5)
    (first,) = await depot.own()
    assert first.skip_to == 300

    def passing(me: str) -> Skipping:
        return Skipping(depot.database, me=me, now_us=depot.store.now_us)

    assert await passing("d1").advance(first, 300, busy={"p099"}) == AT_ONCE
    assert len(await depot.rows("dlog", "event_seq")) == AT_ONCE
    await depot.set_endpoint(owner_until=0)
    (second,) = await depot.own("d2")
    assert await passing("d1").advance(first, 300, busy=()) is None, "it is another's: nothing is done"
    assert len(await depot.rows("dlog", "event_seq")) == AT_ONCE
    assert await passing("d2").advance(second, 300, busy={"p099"}) == 297 - AT_ONCE
    assert await passing("d2").advance(second, 300, busy={"p099"}) == 0, "one of its events may be under way"
    assert (await depot.rows("endpoint", "skip_to")) == [(300,)]
    assert await depot.rows("queue", "subject_key, pos") == [("p000", 301), *(("p099", n * 100) for n in (1, 2, 3))]
    assert await passing("d2").advance(second, 300, busy=()) == 3
    assert await passing("d2").advance(second, 300, busy=()) is None
    assert await depot.rows("endpoint", "skip_to") == [(0,)]
    assert await depot.rows("queue", "subject_key, pos") == [("p000", 301)]
    skipped = await depot.rows("dlog", "event_seq, n, outcome, response_head, status")
    assert skipped == [(number, 1, "skipped", REASON, None) for number in range(1, 301)]


async def test_what_was_tried_in_a_batch_is_passed_by_like_everything_else(depot: Depot) -> None:
    """Its lane does not say how often it was tried: the log does."""
    await depot.office.tell("a", "a", "b")
    await depot.set_endpoint(mode="batch")
    (mine,) = await depot.own()
    first, second, _ = await depot.claim(mine)
    now = await depot.store.now_us()
    await depot.store.record("d1", [replace(result(first, ok=False), rest=(second,), started_at=now)])
    async with depot.database.transaction() as tx:
        await resume_endpoint(tx, "end_a", skip_to=3, now=5)
    (mine,) = await depot.own()
    skipping = Skipping(depot.database, me="d1", now_us=depot.store.now_us)
    assert await skipping.advance(mine, 3, busy=()) == 3
    assert await depot.rows("dlog", "event_seq, n, outcome") == [
        (1, 1, "failed"),
        (1, 2, "skipped"),
        (2, 1, "failed"),
        (2, 2, "skipped"),
        (3, 1, "skipped"),
    ]
    assert await depot.rows("dead_letter", "event_seq, state, attempts") == [
        (1, "skipped", 1),
        (2, "skipped", 1),
        (3, "skipped", 0),
    ]
