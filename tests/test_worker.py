"""The surface whose caller is the clock, on every engine."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import date

import pytest
from sqlalchemy import text

from service.domain.access import OPERATOR
from service.storage.upkeep import keep_house
from service.usecases.act import Act, IdempotencyKey, act
from service.usecases.batch_decisions import apply_batch
from service.usecases.map_days import tell_of_map
from service.worker import LOOK_SECONDS, Worker
from tests.builders import DESIGN
from tests.engines import Engine
from tests.stage import HR, Stage, make_stage, publish
from tests.usecases.batching import state, stored
from tests.usecases.test_level_maps import RENAMED, version
from tests.webhooks.again import begin, replaying, shown
from tests.webhooks.post import Office

HIRE = {"ladder": "engineering", "level": "ic3"}
FIRST_PLANNED = "SELECT min(change_id) FROM scheduled"


class NoSender:
    """Stands where the sender would: it is woken and stopped, and has nothing to send."""

    def __init__(self) -> None:
        self._end = asyncio.Event()

    async def run(self) -> None:
        await self._end.wait()

    def stop(self) -> None:
        self._end.set()


@pytest.fixture
async def stage(engine: Engine) -> AsyncGenerator[Stage]:
    made = make_stage(engine)
    await publish(made)
    yield made
    await made.database.close()


def worker(stage: Stage) -> Worker:
    clock = replaying(Office(stage.database))
    return Worker(runtime=stage.runtime, dispatcher=NoSender(), replaying=clock)  # type: ignore[arg-type]


async def planned(stage: Stage) -> None:
    for key in ("ada", "bob"):
        await stage.create(key)
        await stage.change(HIRE, "2026-09-01", employee=key)
    stage.clock.move_to(date(2026, 9, 3))


async def types(stage: Stage) -> list[str]:
    return [event["type"] for event in await stage.events()]


async def test_what_fell_due_while_nothing_ran_takes_effect_once(stage: Stage) -> None:
    await planned(stage)
    made = worker(stage)
    for _ in range(2):
        assert await made.look() == LOOK_SECONDS
    assert await types(stage) == ["change.scheduled"] * 2 + ["assignment.started"] * 2
    assert made.failures == 0


async def test_somebody_whose_change_cannot_take_effect_holds_up_nobody(stage: Stage) -> None:
    await planned(stage)
    async with stage.database.transaction() as tx:
        # As if a disk had lost them: one due change that is gone, and one of somebody who is.
        await tx.execute(text("UPDATE scheduled SET change_id = 'chg_lost' WHERE change_id = (" + FIRST_PLANNED + ")"))
        await tx.execute(text("INSERT INTO scheduled VALUES ('chg_none', 'emp_none', '2026-08-01')"))
    made = worker(stage)
    assert await made.look() == 2 * LOOK_SECONDS
    assert await made.look() == 4 * LOOK_SECONDS
    assert await types(stage) == ["change.scheduled"] * 2 + ["assignment.started"]
    assert made.failures == 2


async def test_a_batch_that_cannot_go_on_holds_up_no_other(stage: Stage) -> None:
    await stage.create("ada")
    batches = [(await stored(stage, [{"who": "ada", "to": HIRE, "on": "2026-01-01"}]))["id"] for _ in range(2)]
    for batch in batches:
        await apply_batch(stage.runtime, HR, batch)
    async with stage.database.transaction() as tx:
        # As if a disk had lost a part of it.
        spoiled = text("UPDATE change_batch_row SET document = :lost WHERE batch_id = :batch")
        await tx.execute(spoiled, {"lost": '{"change": {"job": 1}}', "batch": batches[0]})
    made = worker(stage)
    assert await made.apply() == (True, True)
    assert await made.apply() == (False, True)
    assert [(await state(stage, batch))["state"] for batch in batches] == ["applying", "applied"]


async def test_a_replay_that_cannot_go_on_holds_up_no_other(stage: Stage) -> None:
    office = Office(stage.database)
    await office.subscribe("http://127.0.0.1:9/")
    await office.tell("a")
    for replay in ("rep_1", "rep_2"):
        await begin(office, replay)
    async with stage.database.transaction() as tx:
        # As if a disk had lost a part of it.
        await tx.execute(text("UPDATE replay SET selection = '{}' WHERE id = 'rep_1'"))
    made = worker(stage)
    assert await made.replay() == (True, True)
    assert (await shown(office, "rep_2")).state == "done"
    async with stage.database.transaction() as tx:
        await tx.execute(text("UPDATE replay SET state = 'cancelled'"))
    assert await made.replay() == (False, False)


async def test_running_ends_when_it_is_stopped(stage: Stage) -> None:
    made = worker(stage)
    running = asyncio.create_task(made.run())
    made.stop()
    async with asyncio.timeout(20):
        await running


async def test_upkeep_forgets_old_answers_and_makes_days_ahead(stage: Stage) -> None:
    async def body(_: Act) -> dict[str, int]:
        return {"a": 1}

    await act(stage.runtime, "test", OPERATOR, body, key=IdempotencyKey(scope="old", request="r"))
    stage.clock.us += 25 * 3_600_000_000
    await act(stage.runtime, "test", OPERATOR, body, key=IdempotencyKey(scope="new", request="r"))
    for _ in range(2):
        await keep_house(stage.database)
    async with stage.database.read() as connection:
        kept = (await connection.execute(text("SELECT scope FROM idempotency"))).scalars().all()
        assert kept == ["new"]
        if stage.database.dialect == "postgresql":
            days = await connection.execute(text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'dlog'::regclass"))
            assert days.scalar_one() == 1 + 7


async def test_who_comes_to_a_mapped_level_after_the_map_is_told_on_its_day(stage: Stage) -> None:
    for name in ("ada", "ben", "cleo", "dora"):
        await stage.create(name)
    at = {**HIRE, "role": "engineer", "team": "core", "zone": "berlin"}
    await stage.change({**at, "level": "ic4"}, "2026-01-01")
    renamed = version("2", "2026-09-01", drop="ic4", add=RENAMED, ic4="staff")
    await publish(stage, ladders=[renamed, DESIGN])
    # Ben and Cleo come to the level later; Cleo leaves it again before the day; Dora begins on it at the new one.
    for name in ("ben", "cleo"):
        await stage.change({**at, "level": "ic4"}, "2026-02-01", employee=name)
    await stage.change({"level": "ic5"}, "2026-08-01", employee="cleo")
    await stage.change({**at, "level": "staff"}, "2026-09-01", employee="dora")
    before = len(await stage.events())
    run = worker(stage)
    await run.look()
    assert len(await stage.events()) == before
    stage.clock.move_to(date(2026, 8, 31), hour=23)  # 1 in the morning of the day in Berlin

    await run.look()

    told = [(e["data"]["employee"]["key"], e["type"]) for e in (await stage.events())[before:]]
    moved = ("level.changed", "level.changed", "level.changed")
    assert sorted(told) == sorted([*zip(("ada", "ben", "cleo"), moved, strict=True), ("dora", "assignment.started")])
    event = next(e for e in (await stage.events())[before:] if e["data"]["employee"]["key"] == "ben")
    change = event["data"]["change"]
    assert (change["kind"], change["cause"]) == ("remap", {"ladder": "engineering", "version": "2"})
    assert (change["effective_on"], change["retroactive"], event["data"]["affected"]) == ("2026-09-01", False, None)
    assert [event["data"][side]["level"] for side in ("previous", "current")] == ["ic4", "staff"]
    assert await stage.rows("ben") == [("2026-02-01", "2026-09-01", "ic4"), ("2026-09-01", None, "staff")]
    # Whoever is entered late, on the day, is told by that; and nobody is told twice.
    await stage.create("eve")
    await stage.change({**at, "level": "ic4"}, "2026-03-01", employee="eve")
    count = len(await stage.events())
    await run.look()
    await worker(stage).look()
    assert len(await stage.events()) == count and run.failures == 0
    # Nor is anybody whom two workers found at the same time.
    async with stage.database.read() as connection:
        (mapping,) = (await stage.runtime.shelf.load(connection)).maps("engineering")
    for name in ("ada", "ben"):
        await tell_of_map(stage.runtime, name, mapping)
    assert len(await stage.events()) == count
