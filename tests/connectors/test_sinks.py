"""A sink behind the real sender, on every engine: what it says of one event, and what becomes of all others."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Awaitable
from pathlib import Path
from typing import Any

import pytest

from service.connectors.news import News, news_of
from service.connectors.sinks import Done, Failed, Postponed, Sink, Sinks, Throttled, Told
from service.connectors.wire import Unreachable
from service.domain.refusals import Conflict, NotFound
from service.rest.contract.events import EVENT_TYPES, event_example
from service.storage.database import Database
from service.webhooks.letters import hurry
from service.webhooks.outcomes import Answer, NoAnswer, decide
from service.webhooks.transport import OutboundRequest
from tests.connectors.ledger import CONNECTION, Ledger, Mood, body_of, connect, tell
from tests.engines import Engine
from tests.house.sources import ROOT
from tests.webhooks.failing import heard, lanes, put, states
from tests.webhooks.heads import answered
from tests.webhooks.post import Office
from tests.webhooks.post import Sink as Hook
from tests.webhooks.wire import request_to

SOON = 0.00005
"""Scale of the schedule: a quarter of an hour is 45 ms."""
SECRET = "30001.17"
ADDRESS = f"connection:{CONNECTION}"


@pytest.fixture
async def office(database: Database) -> Office:
    return Office(database)


@pytest.fixture
async def owner() -> AsyncGenerator[Hook]:
    made = Hook()
    await made.start()
    yield made
    await made.stop()


# What a sink says, as the sender hears it.


async def sent(mood: Mood, *, body: bytes | None = None, url: str = ADDRESS, timeout: float = 5.0) -> Answer | NoAnswer:
    class Nowhere:
        async def send(self, request: OutboundRequest) -> Answer:
            return answered(299)

    async def opened(connection: str) -> Sink:
        if connection != CONNECTION:
            raise NotFound("no-such-connection", "There is no such connection.")
        return Ledger(mood=mood)

    whole = body or json.dumps(body_of("a-1", "a", 1)).encode()
    return await Sinks(Nowhere(), opened).send(request_to(url, body=whole, timeout=timeout))


@pytest.mark.parametrize(
    ("told", "status", "outcome", "head"),
    [
        (Done(note="2 rows\x1b"), 200, "Delivered(disable=False)", "2 rows"),
        (Postponed(code="c", reason="why"), 423, "Postponed(wait_seconds=None)", "c: why"),
        (Postponed(code="c", reason="why", seconds=0.2), 423, "Postponed(wait_seconds=1.0)", "c: why"),
        (Postponed(code="c", reason="why", seconds=3_000_000.5), 423, "Postponed(wait_seconds=86400.0)", "c: why"),
        (
            Throttled(),
            429,
            "Throttled(error_class='throttled', wait_seconds=None, burns_attempt=False)",
            "they want fewer requests",
        ),
        (
            Throttled(seconds=1234567.8),
            429,
            "Throttled(error_class='throttled', wait_seconds=86400.0, burns_attempt=False)",
            "they want fewer requests",
        ),
        (Failed(status=409, reason="r" * 9_999), 409, "Failed(error_class='rejected')", "r" * 2_048),
        (Failed(status=502, reason="r"), 502, "Failed(error_class='unavailable')", "r"),
        (Failed(status=200, reason="says 200"), 422, "Failed(error_class='rejected')", "says 200"),
        (Failed(status=410, reason="not there"), 422, "Failed(error_class='rejected')", "not there"),
        (Failed(status=0, reason="r"), 422, "Failed(error_class='rejected')", "r"),
    ],
)
async def test_what_is_said_as_an_answer(told: Told, status: int, outcome: str, head: str) -> None:
    came = await sent(lambda _event, _times: told)
    assert isinstance(came, Answer)
    assert (came.status, str(decide(came, now_seconds=0)), came.ours) == (status, outcome, True)
    assert came.body_head.startswith(head) and len(came.body_head) <= 2_048


async def test_what_goes_wrong_is_told_without_what_was_sent() -> None:
    async def never() -> Told:
        await asyncio.Event().wait()
        raise AssertionError

    late = await sent(lambda _event, _times: never(), timeout=0.01)
    away = await sent(lambda _event, _times: Unreachable("dns", "their host cannot be looked up"))
    closed = await sent(lambda _event, _times: Done(note=""), url="connection:con_none")
    told = [(one.error_class, one.detail) for one in (late, away, closed) if isinstance(one, NoAnswer)]
    assert told == [
        ("timeout", "it was not done within 0.01 s"),
        ("dns", "their host cannot be looked up"),
        ("protocol", "There is no such connection."),
    ]
    # A connector that breaks off has met an event that it does not understand: the system is not out for that.
    for broken, name in ((KeyError(SECRET), "KeyError"), (Conflict("stale-links", SECRET), "stale-links")):
        came = await sent(lambda _event, _times, broken=broken: broken)
        assert isinstance(came, Answer)
        assert came.status == 422
        assert came.body_head.startswith(f"the connector broke off: {name} in write, ledger.py:")
        assert SECRET not in came.body_head


async def test_what_is_no_news_of_a_person_is_done_and_what_is_not_for_a_connection_goes_out() -> None:
    for name in EVENT_TYPES:
        body = json.dumps(event_example(name, rendering="v1+pay")).encode()
        news = news_of(body)
        about = "employee" in json.loads(body)["data"]
        assert (news is not None) is about
        came = await sent(lambda _event, _times: Failed(status=409, reason="r"), body=body)
        assert isinstance(came, Answer)
        assert came.status == (409 if about else 200), name
        if news:
            assert (news.effective_on.isoformat(), news.type) == (news.change["effective_on"], name)
            assert news.stretches is None or all(one.from_ for one in news.stretches)
    out = await sent(lambda _event, _times: Done(note=""), url="https://connection.example/connection:con_a")
    assert isinstance(out, Answer)
    assert out.status == 299


# Behind the real sender.


async def test_only_whom_it_concerns_waits_and_nothing_is_given_up(office: Office, owner: Hook) -> None:
    mended = False

    def mood(event: str, times: int) -> Told:
        if event == "ada-1" and times < 3:
            return Postponed(code="mapping-missing", reason="the level ic5 has no job title there")
        if event == "bo-1" and not mended:
            return Failed(status=422, reason="they do not know the field")
        return Done(note="written")

    ledger = Ledger(mood=mood)
    await connect(office, retry_schedule=(1.0, 1.0))
    kinds = ("delivery.postponed", "delivery.dead", "endpoint.degraded")
    await office.subscribe(owner.url, "end_owner", event_types=kinds)
    async with office.dispatching(retry_scale=SOON, around=ledger.around) as running:
        await tell(office, "ada", "bo", "cy")
        await tell(office, "ada", "bo", "cy")
        await ledger.until(lambda: len(ledger.wrote) == 4 and ledger.came.count("bo-1") == 3)
        await owner.until(lambda: len(owner.got) == 2)
        await running.until("idle")
        assert await states(office) == {
            **dict.fromkeys(("ada-2", "cy-1", "cy-2"), ("delivered", 1)),
            "ada-1": ("delivered", 4),
            "bo-1": ("blocked", 3),
            "bo-2": ("pending", 0),
        }
        mended = True
        async with office.database.transaction() as tx:
            await hurry(tx, (await office.endpoint()).id, "employee:emp_bo")
        office.wake()
        await ledger.until(lambda: len(ledger.wrote) == 6)
        await running.until("idle")
    for person in ("ada", "bo", "cy"):
        assert [event for event in ledger.wrote if event.startswith(person)] == [f"{person}-1", f"{person}-2"]
    assert sorted(ledger.came) == sorted([*["ada-1"] * 4, *["bo-1"] * 4, "ada-2", "bo-2", "cy-1", "cy-2"])
    assert {len(bodies) for bodies in ledger.bodies.values()} == {1}, "the same each time"
    told = {one["type"]: one["data"] for one in heard(owner)}
    assert told["delivery.postponed"] == {
        "endpoint": {"id": "end_a"},
        "event": {"id": "ada-1", "type": "level.changed", "subject": "employee:emp_ada"},
        "reason": "mapping-missing: the level ic5 has no job title there",
        "last_status": 423,
    }
    assert (told["endpoint.degraded"]["reason"], told["endpoint.degraded"]["event"]["id"]) == ("rejected", "bo-1")
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_when_they_want_fewer_requests_all_wait(office: Office) -> None:
    ledger = Ledger(mood=lambda _event, _times: Throttled(seconds=3_600))
    await connect(office, max_in_flight=1)
    async with office.dispatching(retry_scale=SOON, around=ledger.around) as running:
        await tell(office, "ada", "bo")
        await ledger.until(lambda: len(ledger.came) == 1)
        await running.until("idle")
        ledger.mood = lambda _event, _times: Done(note="written")
        await tell(office, "cy")
        await running.until("idle")
        assert (len(ledger.came), ledger.wrote) == (1, [])
        assert (await office.endpoint()).not_before > (await office.endpoint()).created_at + 3_000_000_000
        assert set((await lanes(office)).values()) == {0}
        await put(office, not_before=0)
        await ledger.until(lambda: len(ledger.wrote) == 3)
        await running.until("idle")
    assert sorted(ledger.wrote) == ["ada-1", "bo-1", "cy-1"]


async def test_a_system_that_is_out_is_probed_and_a_probe_that_is_postponed_shows_that_it_lives(
    office: Office, owner: Hook
) -> None:
    out = True

    async def never() -> Told:
        await asyncio.Event().wait()
        raise AssertionError

    def mood(event: str, times: int) -> Told | Exception | Awaitable[Told]:
        if out:
            return Unreachable("connect", "they take no connection") if times else never()
        return Done(note="written") if times > 40 or event != first else Postponed(code="c", reason="r")

    ledger = Ledger(mood=mood)
    await connect(office, timeout_ms=20)
    await office.subscribe(owner.url, "end_owner", event_types=("endpoint.degraded", "endpoint.recovered"))
    people = [f"p{number}" for number in range(6)]
    async with office.dispatching(retry_scale=SOON, around=ledger.around) as running:
        await tell(office, *people)
        await owner.until(lambda: len(owner.got) == 1)
        assert (await office.endpoint()).state in ("open", "half_open")
        await ledger.until(lambda: len(ledger.came) >= 9)
        used = sum((await lanes(office)).values())
        assert used <= 6, "the five that opened it and one beside them: probes use up nothing"
        first, out = ledger.came[-1], False
        await ledger.until(lambda: len(ledger.wrote) == 5)
        await owner.until(lambda: heard(owner)[-1]["type"] == "endpoint.recovered")
        assert first not in {event[:-2] for event in ledger.wrote}
        await running.until("idle")
    assert heard(owner)[0]["data"]["reason"] == "opened"
    assert (await states(office))[first][0] in ("retrying", "delivered")
    outcomes = {outcome for _, _, _, outcome in await office.attempts()}
    assert outcomes >= {"failed", "postponed", "delivered"} and "dead" not in outcomes


async def test_killed_in_the_middle_the_same_event_is_written_again(
    office: Office, engine: Engine, tmp_path: Path
) -> None:
    await connect(office)
    told = await tell(office, "ada", "ada")
    file = tmp_path / "written"
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.connectors.doomed", engine.url, engine.journal, str(file), cwd=ROOT
    )
    async with asyncio.timeout(60):
        assert await doomed.wait() == -9
    assert file.read_text() == "ada-1"
    assert (await office.attempts(), (await office.endpoint()).owner) == ([], "doomed")
    await put(office, owner_until=0)
    ledger = Ledger()
    async with office.dispatching(around=ledger.around) as running:
        await ledger.until(lambda: len(ledger.wrote) == 2)
        await running.until("idle")
    assert ledger.wrote == ledger.came == told
    assert await office.attempts() == [(event, 1, 200, "delivered") for event in told]
    assert await office.left() == {"queue": 0, "lane": 0}


def test_news_are_read_as_they_are_sent() -> None:
    body: dict[str, Any] = event_example("track.switched", rendering="v1+pay")
    news = news_of(json.dumps(body).encode())
    assert isinstance(news, News)
    assert (news.id, news.employee_id, news.key, news.job) == (
        body["id"],
        body["data"]["employee"]["id"],
        body["data"]["employee"]["key"],
        body["data"]["job"],
    )
    assert news.body == body
