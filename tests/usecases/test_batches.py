"""Many changes at once, on every engine: whole or in parts, resumed, in order, beside other people's writes."""

import asyncio
from datetime import date
from itertools import count

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from service.domain.refusals import Conflict
from service.usecases import batch_work
from service.usecases.batch_decisions import apply_batch
from service.usecases.batch_work import advance_batch
from service.usecases.employees import list_employees, read_employee
from service.usecases.paging import Window
from tests.builders import COMPANY
from tests.stage import HR, Stage, instant, publish
from tests.usecases.batching import HIRE, advance_batches, counters, instants, many, outcomes, state, stored, worked

TEAM = {"team": "core"}


async def test_one_bad_row_in_ten_thousand_is_listed_and_nothing_is_applied(stage: Stage) -> None:
    before, told = await stage.counts(), len(await stage.events())
    rows = [{"key": f"p{number}", "to": HIRE, "on": "2026-01-01"} for number in range(1, 10_001)]
    rows[6_999]["to"] = {**HIRE, "team": "nowhere"}
    made = await stored(stage, rows, mode="atomic", backfill=True)

    found = [(one["row"], one["pointer"], one["code"]) for one in made["report"]["problems"]]
    assert found == [(7_000, "/to/team", "unknown-team")]
    assert (made["state"], made["report"]["bad"], made["report"]["impact"]["people"]) == ("stored", 1, 9_999)
    assert await worked(stage, made["id"]) == {"state": "failed", "applied": 0, "failed": 1, "waiting": 9_999}
    await _assert_nothing_is_new(stage, before, told)
    everybody = await list_employees(stage.runtime, HR, window=Window(limit=10))
    assert [one.key for one in everybody.part.items] == ["ada"]
    bad = [one for one in await outcomes(stage, made["id"]) if one[1] == "failed"]
    assert bad == [(7_000, "failed", "unknown-team")]


async def test_rows_of_who_is_known_and_who_is_not_are_listed_and_nothing_is_applied(stage: Stage) -> None:
    await many(stage, 29)
    before, told = await stage.counts(), len(await stage.events())
    rows = [{"who": f"p{number}", "to": TEAM, "on": "2026-06-01"} for number in range(1, 30)]
    rows[19] = {"who": "p20", "to": {"team": "nowhere"}, "on": "2026-06-01"}
    made = await stored(stage, [*rows, {"who": "nobody", "to": TEAM}], mode="atomic")

    found = [(one["row"], one["pointer"], one["code"]) for one in made["report"]["problems"]]
    assert found == [(20, "/to/team", "unknown-team"), (30, "", "no-employee")]
    assert (made["state"], made["report"]["bad"], made["report"]["impact"]["people"]) == ("stored", 2, 28)
    assert await worked(stage, made["id"]) == {"state": "failed", "applied": 0, "failed": 2, "waiting": 28}
    await _assert_nothing_is_new(stage, before, told)
    bad = [one for one in await outcomes(stage, made["id"]) if one[1] == "failed"]
    assert bad == [(20, "failed", "unknown-team"), (30, "failed", "no-employee")]
    assert await advance_batches(stage.runtime) is False


async def _assert_nothing_is_new(stage: Stage, before: dict[str, int], told: int) -> None:
    after = await stage.counts()
    names = ("change", "assignment", "event")
    assert {name: after[name] for name in names} == {name: before[name] for name in names}
    assert len(await stage.events()) == told


async def test_atomic_is_one_instant_and_several_rows_of_one_person_are_folded(stage: Stage) -> None:
    await many(stage, 3)
    at = await instants(stage)
    made = await stored(
        stage,
        [
            {"who": "p1", "to": {"level": "ic4"}, "on": "2026-03-01"},
            {"who": "p2", "to": None, "on": "2026-06-01"},
            {"who": "p1", "to": {"level": "em4"}, "on": "2026-05-01", "revision": 2},
            {"who": "p1", "to": {"level": "ic4"}, "on": "2026-09-01"},
            {"who": "p1", "to": {**HIRE, "level": "e2", "step": None}, "on": "2026-02-01", "job": "second"},
            {"who": "p2", "to": HIRE, "on": "2026-08-01"},
        ],
        mode="atomic",
    )
    assert made["report"]["bad"] == 0
    assert await worked(stage, made["id"]) == {"state": "applied", "applied": 6, "failed": 0, "waiting": 0}
    assert await instants(stage) == at + 1
    assert await stage.rows("p1") == [
        ("2026-01-01", "2026-03-01", "ic3"),
        ("2026-02-01", None, "e2"),
        ("2026-03-01", "2026-05-01", "ic4"),
        ("2026-05-01", "2026-09-01", "em4"),
        ("2026-09-01", None, "ic4"),
    ]
    assert await stage.rows("p2") == [("2026-01-01", "2026-06-01", "ic3"), ("2026-08-01", None, "ic3")]
    assert (await counters(stage, "p1"), await counters(stage, "p2")) == ((5, 5), (3, 3))
    told = [(one["sequence"], one["type"]) for one in await stage.events() if one["data"]["employee"]["key"] == "p1"]
    assert told == [
        (1, "assignment.started"),
        (2, "level.changed"),
        (3, "track.switched"),
        (4, "change.scheduled"),
        (5, "assignment.started"),
    ]
    # As known before, each act counts; a revision belongs to an instant and not to a wish.
    stage.clock.us += 1_000_000
    past = await read_employee(stage.runtime, HR, "p1", known_at=stage.clock.us)
    assert past.revision == 5
    everybody = await list_employees(stage.runtime, HR, window=Window(limit=10))
    assert {one.key: one.revision for one in everybody.part.items} == {"ada": 0, "p1": 5, "p2": 3, "p3": 1}


async def test_partial_goes_on_where_it_was_cut_off_and_does_no_row_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_work, "CHUNK", 4)
    await many(stage, 10)
    rows = [{"who": f"p{number}", "to": TEAM, "on": "2026-06-01"} for number in range(1, 11)]
    rows.insert(5, {"who": "p1", "to": {"level": "em4"}, "on": "2026-07-01"})
    made = await stored(stage, rows)
    assert [(one["row"], one["code"]) for one in made["report"]["problems"]] == [(6, "move-not-allowed")]
    await apply_batch(stage.runtime, HR, made["id"])
    seen: list[int] = []
    # Cut off at every statement and commit of it in turn, and begun again by what may be another process.
    for at in count(1):
        # Connections are there by then: cut off while it connects, the driver of Postgres complains of itself.
        await asyncio.gather(*(state(stage, made["id"]) for _ in range(3)))
        if not await _cut_off(stage, at):
            break
        seen.append((await state(stage, made["id"]))["waiting"])
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {11, 7, 3}
    while await advance_batches(stage.runtime):
        pass
    assert await state(stage, made["id"]) == {"state": "applied", "applied": 10, "failed": 1, "waiting": 0}
    assert [one for one in await outcomes(stage, made["id"]) if one[1] != "applied"] == [
        (6, "failed", "move-not-allowed")
    ]
    assert [await counters(stage, f"p{number}") for number in range(1, 11)] == [(2, 2)] * 10
    assert len([one for one in await stage.events() if one["type"] == "assignment.changed"]) == 10


async def _cut_off(stage: Stage, at: int) -> bool:
    """Go on with batches, and cancel that at its statement or commit of this number; False where it has fewer."""
    part = asyncio.ensure_future(advance_batches(stage.runtime))
    passed = 0

    def passing(*_: object) -> None:
        nonlocal passed
        passed += 1
        if passed == at:
            part.cancel()

    for name in ("before_cursor_execute", "commit"):
        event.listen(Engine, name, passing)
    try:
        await asyncio.gather(part, return_exceptions=True)
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(Engine, name, passing)
    return passed >= at


async def test_several_workers_at_one_batch_do_no_row_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_work, "CHUNK", 2)
    await many(stage, 12)
    made = await stored(stage, [{"who": f"p{number}", "to": TEAM, "on": "2026-06-01"} for number in range(1, 13)])
    await apply_batch(stage.runtime, HR, made["id"])
    while any(await asyncio.gather(*(advance_batch(stage.runtime, made["id"]) for _ in range(4)))):
        pass
    assert await state(stage, made["id"]) == {"state": "applied", "applied": 12, "failed": 0, "waiting": 0}
    assert [await counters(stage, f"p{number}") for number in range(1, 13)] == [(2, 2)] * 12


async def test_two_batches_and_a_person_at_once_about_the_same_people(stage: Stage) -> None:
    await many(stage, 30)
    people = [f"p{number}" for number in range(1, 31)]
    forward = await stored(stage, [{"who": one, "to": {"team": "core"}, "on": "2026-06-01"} for one in people])
    back = await stored(
        stage, [{"who": one, "to": {"level": "ic4"}, "on": "2026-06-02"} for one in reversed(people)], mode="atomic"
    )
    for made in (forward, back):
        await apply_batch(stage.runtime, HR, made["id"])

    async def by_hand() -> None:
        for number in (5, 25, 15):
            await stage.change({"role": "engineer"}, "2026-05-01", employee=f"p{number}")

    async with asyncio.timeout(60):
        await asyncio.gather(by_hand(), *(advance_batches(stage.runtime) for _ in range(4)))
        while await advance_batches(stage.runtime):
            pass
    assert [await state(stage, made["id"]) for made in (forward, back)] == [
        {"state": "applied", "applied": 30, "failed": 0, "waiting": 0}
    ] * 2
    expected = [(4, 4) if number in {5, 15, 25} else (3, 3) for number in range(1, 31)]
    assert [await counters(stage, f"p{number}") for number in range(1, 31)] == expected


async def test_what_is_due_takes_effect_first_and_the_day_is_the_days_of_applying(stage: Stage) -> None:
    await many(stage, 1)
    await stage.change({"level": "ic4"}, "2026-07-01", employee="p1")
    made = await stored(stage, [{"who": "p1", "to": TEAM}])
    stage.clock.move_to(date(2026, 7, 10))
    await worked(stage, made["id"])
    told = [(one["type"], one["data"]["change"]["effective_on"]) for one in await stage.events()]
    assert told[-2:] == [("level.changed", "2026-07-01"), ("assignment.changed", "2026-07-10")]
    assert await counters(stage, "p1") == (3, 4)
    assert stage.clock.us == instant(date(2026, 7, 10))


async def test_a_first_load_makes_people_known_with_their_history_and_pushes_nothing(stage: Stage) -> None:
    made = await stored(
        stage,
        [
            {"key": "bob", "external_ids": {"workday": "7"}, "to": HIRE, "on": "2019-04-01"},
            {"key": "bob", "external_ids": {"workday": "7"}, "to": {"level": "ic4"}, "on": "2022-04-01"},
            {"key": "eve", "to": {"ladder": "engineering", "level": "nope"}, "on": "2020-01-01"},
            {"key": "dan", "external_ids": {"workday": "21001"}, "to": HIRE, "on": "2020-01-01"},
            {"key": "cyd"},
            {"key": "ada", "to": HIRE, "on": "2015-01-01"},
        ],
        backfill=True,
    )
    assert [(one["row"], one["code"]) for one in made["report"]["problems"]] == [
        (3, "level-not-in-force"),
        (4, "name-taken"),
    ]
    assert await worked(stage, made["id"]) == {"state": "applied", "applied": 4, "failed": 2, "waiting": 0}
    everybody = await list_employees(stage.runtime, HR, window=Window(limit=10), by="key")
    assert [(one.key, one.external_ids, one.revision) for one in everybody.part.items] == [
        ("ada", {"workday": "21001"}, 1),
        ("bob", {"workday": "7"}, 2),
        ("cyd", {}, 0),
    ]
    assert await stage.rows("bob") == [("2019-04-01", "2022-04-01", "ic3"), ("2022-04-01", None, "ic4")]
    told = await stage.events()
    assert [(one["type"], one["data"]["backfill"]) for one in told] == [
        ("assignment.started", True),
        ("level.changed", True),
        ("assignment.started", True),
    ]
    await stage.change({"level": "ic4"}, "2026-06-01")
    assert [one["data"]["backfill"] for one in await stage.events()][3:] == [False]


async def test_a_first_load_passes_locked_periods_and_nothing_else_does(stage: Stage) -> None:
    calendar = {"key": "monthly", "frequency": "monthly", "anchor": "2026-01-01"}
    zones = [{**one, "pay_calendar": "monthly"} for one in COMPANY["zones"]]
    locked = {**COMPANY, "zones": zones, "pay_calendars": [calendar], "locked_periods": "refuse"}
    await publish(stage, company=locked)
    await many(stage, 1)
    made = await stored(stage, [{"who": "p1", "to": TEAM, "on": "2026-03-01"}])
    assert [one["code"] for one in made["report"]["problems"]] == ["period-locked"]


async def test_two_first_loads_of_the_same_people_at_once(stage: Stage) -> None:
    """Decided beside the record, each would make them known: whoever comes second finds them."""
    load = [{"key": f"n{number}", "external_ids": {"gusto": f"g{number}"}, "to": HIRE} for number in range(3)]
    made = [
        await stored(stage, [{**one, "on": on} for one in load], backfill=True, mode="atomic")
        for on in ("2026-01-01", "2026-02-01")
    ]
    for one in made:
        await apply_batch(stage.runtime, HR, one["id"])
    assert await asyncio.gather(*(advance_batch(stage.runtime, one["id"]) for one in made)) == [True, True]
    found = [await state(stage, one["id"]) for one in made]
    # Whichever came first: a later hire says nothing new, an earlier one breaks what is there.
    assert sorted((one["state"], one["applied"], one["failed"]) for one in found) == [
        ("applied", 3, 0),
        ("failed", 0, 3),
    ]
    assert [await counters(stage, f"n{number}") for number in range(3)] == [(1, 1)] * 3


async def test_a_batch_that_is_no_longer_stored_is_not_applied_again(stage: Stage) -> None:
    await many(stage, 1)
    made = await stored(stage, [{"who": "p1", "to": TEAM}], mode="atomic")
    await worked(stage, made["id"])
    again = await worked(stage, made["id"])
    assert again == {"state": "applied", "applied": 1, "failed": 0, "waiting": 0}
    assert await counters(stage, "p1") == (2, 2)
    refused = await stored(stage, [{"who": "p1", "to": TEAM}], mode="atomic")
    assert (await worked(stage, refused["id"]))["state"] == "failed"
    with pytest.raises(Conflict) as caught:
        await apply_batch(stage.runtime, HR, refused["id"])
    assert (caught.value.code, caught.value.extra) == ("batch-state", {"state": "failed"})
