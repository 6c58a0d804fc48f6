"""Rows 24, 25, 29 and 30 of the decision table: the clock's part, repeated requests, and what a write was based on."""

import asyncio
from datetime import date

import pytest

from service.domain.access import Actor, Scope
from service.domain.refusals import Conflict, Forbidden, Invalid, NotFound, Stale, Unguarded
from service.usecases.act import IdempotencyKey
from service.usecases.changes import activate_due, employees_due
from service.usecases.recorded_changes import read_change
from tests.builders import DESIGN, ENGINEERING
from tests.stage import HR, Stage, publish

HIRE = {"ladder": "engineering", "level": "ic3", "role": "engineer", "team": "core", "zone": "berlin"}
KEY = IdempotencyKey(scope="key:hr\nPOST\n/v1\nk1", request="aa")


async def activate_all(stage: Stage) -> int:
    """What the worker does at each look. Returns how many people it was for."""
    people = await employees_due(stage.runtime)
    for employee in people:
        await activate_due(stage.runtime, employee)
    return len(people)


async def test_row_24_a_planned_change_takes_effect_on_its_day_once(stage: Stage) -> None:
    await stage.change(HIRE, "2026-03-01")
    planned = await stage.change({"level": "em3"}, "2026-09-01")
    assert await activate_all(stage) == 0
    stage.clock.move_to(date(2026, 9, 1))
    rows = await stage.rows()
    assert await activate_all(stage) == 1
    assert await activate_all(stage) == 0
    told = (await stage.events())[-1]
    assert (told["type"], told["sequence"], told["data"]["affected"]) == ("track.switched", 3, None)
    assert told["data"]["change"]["id"] == planned["id"]
    assert told["data"]["change"]["recorded_at"] == planned["recorded_at"] < told["timestamp"]
    assert (told["data"]["previous"]["level"], told["data"]["current"]["level"]) == ("ic3", "em3")
    assert told["data"]["guarantee"] == {
        "same_grade": True,
        "step_kept": True,
        "band_not_lower": True,
        "tenure_kept": True,
    }
    assert await stage.rows() == rows
    assert (await read_change(stage.runtime, HR, planned["id"])).status == "effective"
    assert (await stage.change({"team": "web"}, expected=2))["revision"] == 3


async def test_row_24_the_event_says_what_the_fold_then_is(stage: Stage) -> None:
    await stage.change(HIRE, "2026-03-01")
    await stage.change({"level": "ic4"}, "2026-09-01")
    await stage.change({"level": "ic4"}, "2026-08-01")
    stage.clock.move_to(date(2026, 10, 1))
    await activate_all(stage)
    first, second = (await stage.events())[-2:]
    assert (first["data"]["previous"]["level"], first["data"]["current"]["level"]) == ("ic3", "ic4")
    assert (second["type"], second["data"]["change"]["kind"], second["data"]["changed"]) == (
        "level.changed",
        "promotion",
        [],
    )


async def test_row_24_midnight_is_the_companys(stage: Stage) -> None:
    await stage.change(HIRE, "2026-09-01")
    stage.clock.move_to(date(2026, 8, 31), hour=21)
    assert await activate_all(stage) == 0
    stage.clock.move_to(date(2026, 8, 31), hour=22)
    assert await activate_all(stage) == 1


async def test_row_25_an_act_lets_what_is_due_take_effect_first(stage: Stage) -> None:
    await stage.change(HIRE, "2026-03-01")
    await stage.change({"level": "ic4"}, "2026-09-01")
    stage.clock.move_to(date(2026, 9, 2))
    answer = await stage.change({"team": "web"})
    assert [(event["type"], event["sequence"]) for event in answer["events"]] == [
        ("level.changed", 3),
        ("assignment.changed", 4),
    ]
    assert [event["sequence"] for event in await stage.events()] == [1, 2, 3, 4]
    assert await activate_all(stage) == 0


async def test_row_25_what_is_due_takes_effect_by_day_and_within_a_day_as_recorded(stage: Stage) -> None:
    await stage.change(HIRE, "2026-03-01")
    plans = {
        name: (await stage.change({"title": name}, day))["id"]
        for name, day in (("third", "2026-09-02"), ("first", "2026-09-01"), ("second", "2026-09-01"))
    }
    stage.clock.move_to(date(2026, 9, 3))
    answer = await stage.change({"team": "web"}, "2026-09-03")
    told = (await stage.events())[-4:]
    in_order = [plans["first"], plans["second"], plans["third"], answer["id"]]
    assert [event["data"]["change"]["id"] for event in told] == in_order
    assert [event["sequence"] for event in told] == [5, 6, 7, 8]
    assert [one["id"] for one in answer["events"]] == [event["id"] for event in told]
    assert (answer["revision"], [one["type"] for one in answer["events"]]) == (5, ["assignment.changed"] * 4)


async def test_what_was_is_shown_as_on_its_last_day(stage: Stage) -> None:
    await stage.change(HIRE, "2026-03-01")
    titles = [{**one, "title": f"New {one['key']}"} for one in ENGINEERING["levels"]]
    later = {**ENGINEERING, "version": "2", "effective_from": "2026-06-15", "levels": titles}
    await publish(stage, ladders=[later, DESIGN])
    answer = await stage.change({"level": "ic4"}, "2026-06-15")
    shown = [(side["ladder_version"], side["title"]) for side in (answer["from"], answer["to"])]
    assert shown == [("1", "IC3"), ("2", "New ic4")]


async def test_row_29_the_same_request_twice_is_once(stage: Stage) -> None:
    first = await stage.change(HIRE, "2026-03-01", key=KEY, expected=0)
    before = await stage.counts()
    assert await stage.change(HIRE, "2026-03-01", key=KEY, expected=0) == first
    assert await stage.counts() == before


async def test_row_29_a_twin_in_flight_waits_for_the_first(stage: Stage) -> None:
    answers = await asyncio.gather(*(stage.change(HIRE, "2026-03-01", key=KEY) for _ in range(5)))
    assert [answer["id"] for answer in answers] == [answers[0]["id"]] * 5
    assert len(await stage.events()) == 1


async def test_row_29_another_request_under_the_key_is_refused(stage: Stage) -> None:
    await stage.change(HIRE, "2026-03-01", key=KEY)
    before = await stage.counts()
    with pytest.raises(Invalid) as caught:
        await stage.change({"team": "web"}, key=IdempotencyKey(scope=KEY.scope, request="bb"))
    assert caught.value.code == "idempotency-key-reused"
    assert await stage.counts() == before


async def test_row_29_only_successes_are_kept(stage: Stage) -> None:
    with pytest.raises(Conflict):
        await stage.change(None, "2026-03-01", key=KEY)
    assert (await stage.counts())["idempotency"] == 0
    assert (await stage.change(HIRE, "2026-03-01", key=KEY))["kind"] == "hire"


async def test_row_29_a_key_answers_for_a_day(stage: Stage) -> None:
    await stage.change(HIRE, "2026-03-01", key=KEY)
    stage.clock.move_to(date(2026, 6, 16), hour=11)
    assert (await stage.change({"team": "web"}, key=IdempotencyKey(scope=KEY.scope, request="bb")))["revision"] == 2


async def test_row_30_a_write_says_what_it_is_based_on(stage: Stage) -> None:
    await stage.change(HIRE, "2026-03-01", expected=0)
    before = await stage.counts()
    with pytest.raises(Unguarded) as missing:
        await stage.change({"team": "web"}, expected=None)
    with pytest.raises(Stale) as stale:
        await stage.change({"team": "web"}, expected=0)
    assert missing.value.extra == stale.value.extra == {"revision": 1}
    assert await stage.counts() == before


async def test_row_30_one_winner_a_revision(stage: Stage) -> None:
    await stage.change(HIRE, "2026-03-01")
    levels = ["ic4", "ic5", "em3", "e2"]
    results = await asyncio.gather(
        *(stage.change({"level": level}, expected=1) for level in levels), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Stale", "Stale", "Stale", "dict"]
    assert [event["sequence"] for event in await stage.events()] == [1, 2]


async def test_a_dry_run_answers_alike_and_leaves_nothing(stage: Stage) -> None:
    before = await stage.counts()
    dry = await stage.change(HIRE, "2026-03-01", dry_run=True)
    assert await stage.counts() == before
    wet = await stage.change(HIRE, "2026-03-01")
    assert dry["events"] == [{"id": None, "type": "assignment.started", "sequence": None}]
    unlike = {"id", "events", "recorded_at", "known_at"}
    assert {name: value for name, value in dry.items() if name not in unlike} == {
        name: value for name, value in wet.items() if name not in unlike
    }
    assert {name: dry[name] for name in unlike - {"events"}} == dict.fromkeys(unlike - {"events"})


async def test_a_dry_run_never_takes_the_recorder_nor_wakes_the_sender(stage: Stage) -> None:
    woken = len(stage.woken)
    first = (await stage.change(HIRE, "2026-03-01", dry_run=True), await stage.change(HIRE, "2026-03-01"))[1]
    assert first["revision"] == 1
    assert len(stage.woken) == woken + 1


async def test_scopes_are_asked_for(stage: Stage) -> None:
    reader = Actor(id="key:r", scopes=frozenset({Scope.ASSIGNMENTS_READ}))
    before = await stage.counts()
    with pytest.raises(Forbidden) as caught:
        await stage.change(HIRE, "2026-03-01", actor=reader)
    assert caught.value.extra == {"scope": "assignments:write"}
    assert await stage.counts() == before


async def test_somebody_unknown(stage: Stage) -> None:
    for reference in ("bob", "emp_unknown", "workday:999"):
        with pytest.raises(NotFound) as caught:
            await stage.change(HIRE, "2026-03-01", employee=reference)
        assert caught.value.code == "no-employee"
    assert (await stage.change(HIRE, "2026-03-01", employee="workday:21001"))["kind"] == "hire"
