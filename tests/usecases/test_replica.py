"""A replica answers readings of people: as far as it is, never otherwise than the primary, and not while away."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from service.domain.instants import parse_instant
from service.domain.refusals import Invalid, NotFound
from service.domain.wire import plain
from service.storage.replica import WAIT_SECONDS, Replica
from service.usecases.act import Runtime
from service.usecases.assignments import read_timeline
from service.usecases.employees import list_employees, read_employee
from service.usecases.paging import Window
from service.usecases.reading import reading
from service.usecases.system import readiness
from tests.engines import Engine
from tests.replicated import Copied, Pair, a_copy
from tests.stage import HR, Stage, make_stage, publish

HIRE = {"ladder": "engineering", "level": "ic3", "role": "engineer", "team": "core", "zone": "berlin"}
LOADED_SECONDS = 5.0
"""How much longer everything may take on a machine that does other things, too."""


@pytest.fixture
async def stage(copied: Copied) -> AsyncGenerator[Stage]:
    """On the primary, with one person `ada` who holds something; all of it has arrived."""
    made = make_stage(Engine(name="postgres", url=copied.url, journal="auto"))
    await publish(made)
    await made.create("ada", workday="21001")
    await made.change(HIRE, "2026-01-01")
    await copied.caught_up()
    yield made
    await made.database.close()


@pytest.fixture
async def lagging(stage: Stage, copied: Copied) -> AsyncGenerator[Runtime]:
    """The same, with the replica."""
    replica = Replica(stage.database, url=copied.read_url, pool_size=4, pooled=False)
    yield replace(stage.runtime, replica=replica)
    await replica.close()


async def by_replica(runtime: Runtime, *, known_at: int | None = None) -> bool:
    """Whether a reading is answered there."""
    async with reading(runtime, known_at=known_at, may_lag=True) as view:
        return (await view.connection.execute(text("SELECT pg_is_in_recovery()"))).scalar_one()


async def test_without_an_instant_it_answers_as_far_as_it_is(stage: Stage, lagging: Runtime, copied: Copied) -> None:
    assert await by_replica(lagging)
    await copied.pause()
    then = await read_employee(lagging, HR, "ada")
    told = await stage.change({"level": "ic4"}, "2026-04-01")
    await stage.create("bob")
    assert await by_replica(lagging)
    again = await read_employee(lagging, HR, "ada")
    assert (again, then.revision) == (then, 1) and then.known_at is not None
    assert parse_instant(then.known_at) < parse_instant(told["recorded_at"])
    with pytest.raises(NotFound):
        await read_employee(lagging, HR, "bob")
    page = await list_employees(lagging, HR, window=Window(limit=10))
    assert [one.key for one in page.part.items] == ["ada"]
    # What is asked of definitions and keys, and what the clock asks, goes to the primary.
    async with reading(lagging) as view:
        assert not (await view.connection.execute(text("SELECT pg_is_in_recovery()"))).scalar_one()
    await copied.go_on()
    await copied.caught_up()
    assert (await read_employee(lagging, HR, "ada")).revision == 2


async def test_what_was_written_is_read_by_its_instant(stage: Stage, lagging: Runtime, copied: Copied) -> None:
    """Within the wait when it arrives, else from the primary; and once that happened nobody waits in vain."""
    now = asyncio.get_running_loop().time
    await copied.pause()
    written = parse_instant((await stage.change({"level": "ic4"}, "2026-04-01"))["recorded_at"])
    asked = asyncio.create_task(by_replica(lagging, known_at=written))
    await asyncio.wait([asked], timeout=0.1)
    assert not asked.done()
    await copied.go_on()
    assert await asked is True

    await copied.pause()
    written = parse_instant((await stage.change({"level": "ic5"}, "2026-05-01"))["recorded_at"])
    begun = now()
    held = await read_timeline(lagging, HR, "ada", known_at=written)
    assert [segment.assignment.level for segment in held.segments] == ["ic3", "ic4", "ic5"]
    assert WAIT_SECONDS <= now() - begun < WAIT_SECONDS + LOADED_SECONDS
    begun = now()
    assert await by_replica(lagging, known_at=written) is False
    assert now() - begun < WAIT_SECONDS
    # What has arrived is still answered there, and so is the rest once it has.
    assert await by_replica(lagging, known_at=written - 1_000_000) is True
    await copied.go_on()
    await copied.caught_up()
    assert await by_replica(lagging, known_at=written) is True


async def test_an_instant_beyond_the_record_is_made_final_first(stage: Stage, lagging: Runtime, copied: Copied) -> None:
    stage.clock.us += 5_000_000
    asked = stage.clock.us
    assert await by_replica(lagging, known_at=asked) is True
    then = await read_timeline(lagging, HR, "ada", known_at=asked)
    told = await stage.change({"level": "ic4"}, "2026-04-01")
    assert parse_instant(told["recorded_at"]) == asked + 1
    await copied.caught_up()
    assert await read_timeline(lagging, HR, "ada", known_at=asked) == then
    with pytest.raises(Invalid) as caught:
        await by_replica(lagging, known_at=stage.clock.us + 60_000_000)
    assert caught.value.code == "known-at-in-future"


async def test_no_answer_for_a_past_instant_ever_alters(
    stage: Stage, lagging: Runtime, copied: Copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers, readers and a replica that stops and goes on; each answer is asked again of both at the end."""
    monkeypatch.setattr("service.storage.replica.WAIT_SECONDS", 0.05)
    seen: list[tuple[int, str]] = []
    places: set[bool] = set()
    writing = asyncio.Event()

    async def write() -> None:
        for number in range(30):
            stage.clock.us += 100_000
            await stage.change({"title": f"Title {number}"}, "2026-02-01")
        writing.set()

    async def read(*, named: bool) -> None:
        while not writing.is_set():
            known_at = stage.clock.us if named else None
            answer = await read_timeline(lagging, HR, "ada", known_at=known_at)
            seen.append((parse_instant(answer.known_at), json.dumps(plain(answer))))
            places.add(await by_replica(lagging, known_at=stage.clock.us))

    async def stop_and_go() -> None:
        while not writing.is_set():
            await copied.pause()
            await asyncio.wait([asyncio.create_task(writing.wait())], timeout=0.15)
            await copied.go_on()
            await asyncio.wait([asyncio.create_task(writing.wait())], timeout=0.15)

    await asyncio.gather(write(), read(named=True), read(named=True), read(named=False), stop_and_go())
    await copied.go_on()
    await copied.caught_up()
    assert places == {True, False} and len(seen) > 10
    for known_at, said in seen:
        for runtime in (stage.runtime, lagging):
            assert json.dumps(plain(await read_timeline(runtime, HR, "ada", known_at=known_at))) == said


async def test_while_it_is_away_the_primary_answers(
    stage: Stage, lagging: Runtime, pair: Pair, copied: Copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.storage.replica.AWAY_SECONDS", 0.0)
    with capture_logs() as logs:
        assert await by_replica(lagging)
        await asyncio.to_thread(pair.stop_replica)
        try:
            # Connections that broke, then none to be had: each reading is answered all the same.
            for _ in range(3):
                assert [one.key for one in (await list_employees(lagging, HR, window=Window(limit=9))).part.items] == [
                    "ada"
                ]
                assert await by_replica(lagging) is False
            told = await readiness(lagging)
            assert (told.ready, told.replica, told.replica_known_at) == (True, "away", None)
        finally:
            await asyncio.to_thread(pair.start_replica)
        await copied.caught_up()
        assert await by_replica(lagging) is True
        found = await readiness(lagging)
        assert (found.ready, found.replica) == (True, "answers") and found.replica_known_at is not None
    told = [(line["event"], line.get("reason")) for line in logs]
    assert told == [
        ("the read replica is not asked, the primary answers", "it does not answer"),
        ("the read replica answers again", None),
    ]


async def test_another_database_is_no_replica(stage: Stage, copied: Copied, pair: Pair) -> None:
    async with a_copy(pair) as other:
        foreign = Replica(stage.database, url=other.read_url, pool_size=2, pooled=False)
        mine = Replica(stage.database, url=copied.url, pool_size=2, pooled=False)
        with capture_logs() as logs:
            assert await by_replica(replace(stage.runtime, replica=foreign)) is False
            assert await foreign.is_foreign() is True
            # The primary itself may stand in for a replica.
            assert await mine.is_foreign() is False
            async with AsyncExitStack() as stack:
                assert await mine.enter(stack, known_at=None, settle=stage_is_settled) is not None
        await foreign.close()
        await mine.close()
    assert [line["reason"] for line in logs] == ["it is no replica of this database"]


async def stage_is_settled() -> None:
    pass
