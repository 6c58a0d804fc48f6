"""One story from end to end: people come in from one system, and a round of promotions and switches reaches three."""

import asyncio
import io
import os
from collections.abc import AsyncGenerator, Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.bamboohr.account import NAMES as TITLES
from tests.connectors.bridge import Segments
from tests.connectors.story import (
    LOADED,
    PAID,
    PEOPLE,
    SURNAME,
    SYSTEMS,
    Story,
    asked_of,
    connect,
    ids,
    in_ours,
    told,
)
from tests.connectors.workday.at_work import NAMES
from tests.engines import Engine, Engines
from tests.rest.connecting import at_work
from tests.rest.logbook import logging_to_a_stream, written
from tests.usecases.batching import advance_batches
from tests.webhooks.failing import heard
from tests.webhooks.post import Sink as Hook

ROUND = {"ada": "ic3", "ben": "ic4", "cleo": "em3", "dan": "ic3", "eve": "ic5"}
"""Three promotions and two switches of track, all on one day."""
DAY = "2026-06-16"
NOTHING: dict[str, Any] = {"hris": [], "people": [], "payroll": []}


ENGINES = ("sqlite-wal", "postgres") if "DUALTRACK_TEST_SOAK" in os.environ else ("sqlite-wal",)
"""What each database does differently, the suites of sender, connections and sinks try on each."""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, engines: Engines, tmp_path: Path) -> Generator[Engine]:
    with engines.fresh(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def logged() -> Generator[io.StringIO]:
    with logging_to_a_stream() as stream:
        yield stream


@pytest.fixture
async def story(engine: Engine, tmp_path: Path, logged: io.StringIO) -> AsyncGenerator[Story]:
    async with told(engine, tmp_path) as made:
        yield made


@pytest.fixture
async def owner() -> AsyncGenerator[Hook]:
    made = Hook()
    await made.start()
    yield made
    await made.stop()


async def test_req_03_04_08_one_round_reaches_three_systems(story: Story, owner: Hook, logged: io.StringIO) -> None:
    await connect(story)
    await story.post("/v1/endpoints", {"url": owner.url, "event_types": ["delivery.postponed", "delivery.dead"]})
    async with at_work(story.served):
        await they_come_in(story)
        await one_is_down_and_one_refuses(story, owner)
        await both_are_mended(story)
        await what_was_paid_is_rescinded(story, owner)
        await nothing_comes_back(story)
    assert [one["type"] for one in heard(owner)] == ["delivery.postponed"] * 2
    await each_was_written_once_and_in_order(story)
    await nothing_is_given_away(story, logged)


async def they_come_in(story: Story) -> None:
    report = (await story.post("/v1/connections/hris/sync"))["report"]
    assert (report["people"], report["made"], report["first_load"], report["problems"]) == (5, 5, True, [])
    for person, level in PEOPLE.items():
        assert await story.ours(person) == [(LOADED, level)]
    assert await story.drifts() == NOTHING
    # A first load is told to nobody, so it goes to nobody.
    assert await story.left() == 0
    assert all(story.writes(person) == NOTHING for person in PEOPLE)


async def one_is_down_and_one_refuses(story: Story, owner: Hook) -> None:
    """Workday is down for a day, and BambooHR has an approval of Cleo under way."""
    story.workday.down = True
    story.bamboo.faults.pending.add(ids("cleo")["bamboohr"])
    rows = [
        {"employee": person, "effective_on": DAY, "to": {"level": level, "step": None}, "reason": "round"}
        for person, level in ROUND.items()
    ]
    batch = await story.post("/v1/change-batches", {"rows": rows}, headers={"Idempotency-Key": "round"})
    await story.post(f"/v1/change-batches/{batch['id']}/apply")
    while await advance_batches(story.served.house.runtime):
        pass
    await becomes(story, "hris", [one for one in PEOPLE if one != "cleo"])
    await becomes(story, "payroll", PEOPLE)
    await owner.until(lambda: len(owner.got) == 1)
    (waits,) = (await story.get("/v1/connections/hris"))["postponed"]
    assert waits["reason"].startswith("conflict-there: ")
    (said,) = heard(owner)
    assert said["data"]["event"]["id"] == waits["event"]
    assert story.holds("cleo")["hris"] == [(LOADED, "ic3")]
    # A later plan of somebody who waits already, and then the day of the round comes.
    await story.served.change({"level": "em3"}, "2026-08-01", employee="ada")
    await becomes(story, "payroll", PEOPLE)
    await story.day(DAY)
    assert await story.drifts() == {
        "hris": [("cleo", "wrong_track", DAY)],
        "people": [
            ("ada", "wrong_level", DAY),
            ("ben", "wrong_level", DAY),
            ("cleo", "wrong_track", DAY),
            ("dan", "wrong_track", DAY),
            ("eve", "wrong_level", DAY),
        ],
        "payroll": [],
    }
    # What is not there yet is not taken for a change that they made.
    before = await story.ours("cleo")
    report = (await story.post("/v1/connections/hris/sync", {"everything": True}))["report"]
    assert (report["people"], report["unchanged"], report["problems"]) == (5, 5, [])
    assert (report["changes"], await story.ours("cleo")) == ([], before)
    assert story.workday.tenant.written == []


async def both_are_mended(story: Story) -> None:
    story.workday.down = False
    story.bamboo.faults.pending.clear()
    await nothing_left(story)
    await all_agree(story)
    failed = [one for one in await story.tried("people") if one[2] != "delivered"]
    assert {person for person, *_ in failed} == set(PEOPLE)
    # What waited was tried again and again all the while, and nobody else waited for Cleo.
    failed = [one for one in await story.tried("hris") if one[2] != "delivered"]
    assert {(person, how) for person, _, how in failed} == {("cleo", "postponed")}
    assert {how for _, _, how in await story.tried("payroll")} == {"delivered"}


async def what_was_paid_is_rescinded(story: Story, owner: Hook) -> None:
    """Payroll ran for the days from the switch on: BambooHR and Workday take it back, Gusto waits to be told how."""
    await story.day("2026-06-30")
    story.gusto.company.process("2026-06-28")
    changes = (await story.get("/v1/employees/dan/timeline"))["changes"]
    (switch,) = [one for one in changes if one["effective_on"] == DAY]
    await story.post(f"/v1/changes/{switch['id']}/rescind", headers={"If-Match": "*"})
    await owner.until(lambda: len(owner.got) == 2)
    await becomes(story, "hris", PEOPLE)
    await becomes(story, "people", PEOPLE)
    assert await story.drifts() == {**NOTHING, "payroll": [("dan", "wrong_track", DAY)]}
    (waits,) = (await story.get("/v1/connections/payroll"))["postponed"]
    assert waits["reason"].startswith("period-locked: ") and "2026-06-15 to 2026-06-28" in waits["reason"]
    # Others are paid meanwhile.
    await story.served.change({"level": "em4"}, "2026-07-01", employee="cleo")
    asked = asked_of(story, "payroll")
    asked["settings"] |= {"locked_periods": "flag"}
    await story.post("/v1/connections/payroll", asked, method="PUT", headers={"If-Match": "*"})
    await story.post(f"/v1/deliveries/{waits['delivery']}/retry")
    await nothing_left(story)
    await all_agree(story)
    # The row that was paid stays and says what holds.
    rows = [row for job in story.gusto.company.jobs_of(ids("dan")["gusto"]) for row in job.compensations]
    assert sorted((row.effective_date.isoformat(), row.title) for row in rows) == [
        (LOADED, "Engineering Manager"),
        (DAY, "Engineering Manager"),
    ]
    assert story.gusto.asked("DELETE") == []


async def nothing_comes_back(story: Story) -> None:
    """What was written there is no news when it is read."""
    before = (await story.get("/v1/events?limit=200"))["data"], [story.writes(person) for person in PEOPLE]
    for everything, least in ((False, 2), (True, 5)):
        report = (await story.post("/v1/connections/hris/sync", {"everything": everything}))["report"]
        assert (report["unchanged"], report["made"]) == (report["people"], 0)
        assert (report["changes"], report["problems"]) == ([], [])
        # Those of the last day are read at least, since it was written there that something of them changed.
        assert report["people"] >= least
    assert await story.left() == 0
    assert ((await story.get("/v1/events?limit=200"))["data"], [story.writes(one) for one in PEOPLE]) == before


async def each_was_written_once_and_in_order(story: Story) -> None:
    assert (story.bamboo.company.doubled, story.gusto.company.doubled) == ([], [])
    live = [(worker, day) for worker, day, _, _ in story.workday.tenant.live()]
    assert len(live) == len(set(live))
    orders: list[dict[str, list[int]]] = []
    for key in SYSTEMS:
        tried = await story.tried(key)
        orders.append({})
        for person in PEOPLE:
            asked = [event for who, event, _ in tried if who == person]
            assert asked == sorted(asked), (key, person)
            orders[-1][person] = [event for who, event, how in tried if who == person and how == "delivered"]
            assert len(orders[-1][person]) == len(set(asked)), (key, person)
    assert orders[0] == orders[1] == orders[2] and all(orders[0].values())
    assert {person: told_of(story.writes(person)) for person in PEOPLE} == {
        "ada": [(DAY, "ic3"), ("2026-08-01", "em3")],
        "ben": [(DAY, "ic4")],
        "cleo": [(DAY, "em3"), ("2026-07-01", "em4")],
        "dan": [(DAY, "ic3"), (DAY, None)],
        "eve": [(DAY, "ic5")],
    }


def told_of(writes: dict[str, Segments]) -> Segments:
    """What was written of somebody, in our words, which has to be the same everywhere.

    In payroll a row that was paid is not removed: it says again what held before.
    """
    found = [in_ours(writes["hris"], TITLES), in_ours(writes["people"], NAMES)]
    assert found[0] == found[1]
    assert len(writes["payroll"]) == len(found[0])
    return found[0]


async def nothing_is_given_away(story: Story, logged: io.StringIO) -> None:
    said = str(written(logged)) + await story.kept()
    secrets = ("key-of-a-test", story.workday.tenant.password, "token-of-a-test")
    # The last are the figures of bands that were written as pay.
    for secret in (*secrets, SURNAME, PAID, "35003.29", "45003.29", "55003.29"):
        assert secret not in said, secret
    assert "35003.29" in str(story.gusto.company.jobs)


async def becomes(story: Story, key: str, people: Iterable[str]) -> None:
    """Until a system says of these people what holds here."""
    ours = {person: await story.ours(person) for person in people}
    async with asyncio.timeout(30):
        while any(story.holds(person)[key] != wanted for person, wanted in ours.items()):
            await story.a_moment()


async def nothing_left(story: Story) -> None:
    async with asyncio.timeout(30):
        while await story.left():
            await story.a_moment()


async def all_agree(story: Story) -> None:
    for person in PEOPLE:
        ours = await story.ours(person)
        assert story.holds(person) == dict.fromkeys(SYSTEMS, ours), person
    assert await story.drifts() == NOTHING
