"""Who is somebody else in a connected system is told of there once more: in the transaction of their new id."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from service.domain.refusals import Conflict
from service.storage.tables import audit
from service.usecases.connection_work import Link, keep_link, leave_links, links_of
from service.usecases.connections import create_connection
from service.usecases.employees import read_employee, set_external_id
from service.usecases.intake_people import known_people
from service.usecases.open_connections import open_connection
from service.webhooks.tables_replay import replay
from tests.stage import HR, TODAY, Stage
from tests.usecases.amending import HIRE
from tests.usecases.batching import stored, worked
from tests.usecases.test_connections import FEED, SENDING, asked, connected
from tests.webhooks.post import SEALER

EVERYTHING = replace(FEED, event_types=("*",))


async def rebind(stage: Stage, value: str | None, *, who: str = "ada", system: str = "hris", **how: Any) -> None:
    await set_external_id(stage.runtime, HR, who, system, value, expected="*", **how)


async def told_again(stage: Stage) -> list[tuple[str, str, int]]:
    """(connection's endpoint, person, events) of every replay, as they were made."""
    async with stage.database.read() as reading:
        rows = (await reading.execute(select(replay).order_by(replay.c.id))).all()
    people = {await _id(stage, key): key for key in ("ada", "bob")}
    found = [(row.endpoint, row.selection, row.events, row.state) for row in rows]
    assert all(state == "running" for *_, state in found)
    return [
        (endpoint, next(key for one, key in people.items() if one in selection), events)
        for endpoint, selection, events, _ in found
    ]


async def _id(stage: Stage, key: str) -> str:
    return (await read_employee(stage.runtime, HR, key)).id or ""


async def test_another_id_has_the_person_sent_again_to_the_connections_it_is_an_id_of(stage: Stage) -> None:
    await stage.create("bob", hris="9")
    # Neither what was told before there was a connection, nor a first load, was ever for it.
    await stage.change(HIRE, "2026-01-01", employee="bob")
    stage.clock.move_to(TODAY, hour=11)
    feeds: dict[str, str] = {}
    for key, system in (("hris", "hris"), ("second", "hris"), ("other", "payroll")):
        made = await create_connection(stage.runtime, SENDING, HR, replace(asked(key), system=system, feed=EVERYTHING))
        feeds[key] = made.answer["endpoint"]
    loaded = await stored(stage, [{"who": "ada", "to": HIRE, "on": "2019-04-01"}], backfill=True)
    assert (await worked(stage, loaded["id"]))["applied"] == 1
    stage.clock.move_to(date(2026, 6, 16))
    await stage.change({"level": "em3"}, "2026-06-16")
    await stage.change({"level": "ic3"}, "2026-06-20")
    await stage.change({"level": "em3"}, "2026-06-16", employee="bob")
    # The first one they have is waited for by what is to be written; who keeps theirs is where they were.
    await rebind(stage, "1")
    await rebind(stage, "1")
    await rebind(stage, "2", dry_run=True)
    with pytest.raises(Conflict):
        await rebind(stage, "9")
    await rebind(stage, "7", system="payroll")
    assert await told_again(stage) == []
    await rebind(stage, "2")
    both = [(feeds["hris"], "ada", 2), (feeds["second"], "ada", 2)]
    assert await told_again(stage) == both
    async with stage.database.read() as reading:
        rows = (await reading.execute(select(audit.c.detail))).all()
    details = [json.loads(one.detail) for one in rows]
    assert [len(one["sent_again"]) for one in details if "sent_again" in one] == [2]
    # A release says nothing, and another id after it is another one than before.
    await rebind(stage, None)
    assert await told_again(stage) == both
    await rebind(stage, "3")
    await rebind(stage, "8", who="bob")
    assert await told_again(stage) == [*both * 2, (feeds["hris"], "bob", 1), (feeds["second"], "bob", 1)]


async def test_what_was_told_before_a_first_load_from_elsewhere_is_sent_again_as_well(stage: Stage) -> None:
    """Payroll may follow somebody for long when the people's system is connected and brings their history."""
    made = await create_connection(stage.runtime, SENDING, HR, replace(asked("payroll"), feed=EVERYTHING))
    await rebind(stage, "1")
    await stage.create("bob")
    stage.clock.move_to(date(2026, 6, 16))
    await stage.change(HIRE, "2026-06-15")
    await stage.change({"level": "em3"}, "2026-06-16")
    early = [
        {"who": "ada", "to": {**HIRE, "level": "e2"}, "on": on, "job": "second"} for on in ("2019-04-01", "2020-04-01")
    ]
    loaded = await stored(stage, early, backfill=True)
    assert (await worked(stage, loaded["id"]))["applied"] == 1
    await rebind(stage, "2")
    assert await told_again(stage) == [(made.answer["endpoint"], "ada", 2)]
    await stage.change({"level": "ic3"}, "2026-06-16")
    await rebind(stage, "3")
    assert await told_again(stage) == [(made.answer["endpoint"], "ada", events) for events in (2, 2, 1)]


async def test_the_first_id_of_a_job_that_was_passed_by_has_it_told(stage: Stage) -> None:
    """Who has none there is waited for; a job without one is taken for none that stands there."""
    made = await create_connection(stage.runtime, SENDING, HR, replace(asked("payroll"), feed=EVERYTHING))
    await stage.create("bob")
    stage.clock.move_to(date(2026, 6, 16))
    await stage.change(HIRE, "2026-06-15")
    await stage.change(HIRE, "2026-06-15", job="second")
    await rebind(stage, "1")
    await rebind(stage, "9", system="hris-third")
    assert await told_again(stage) == []
    await rebind(stage, "7", system="hris-second")
    assert await told_again(stage) == [(made.answer["endpoint"], "ada", 2)]


async def test_rows_that_are_gone_have_whoever_has_their_id_sent_again(stage: Stage) -> None:
    opened = await connected(stage)
    employee = await _id(stage, "ada")
    await rebind(stage, "1")
    await stage.create("bob")
    stage.clock.move_to(date(2026, 6, 16))
    for who in ("ada", "bob"):
        await stage.change(HIRE, "2026-06-15", employee=who)
        await stage.change({"level": "em3"}, "2026-06-16", employee=who)
    link = Link(
        employee_id=employee,
        job="primary",
        place="row",
        effective_on=date(2026, 6, 16),
        remote_id="7",
        detail={"there": "1"},
    )
    for holder, expected in ((None, []), ("ada", []), ("bob", ["bob"])):
        if holder == "bob":
            await rebind(stage, None)
            await rebind(stage, "1", who="bob")
        await keep_link(stage.runtime, opened, link)
        await leave_links(stage.runtime, opened, [link], "1" if holder else "nobody's")
        assert await links_of(stage.runtime, opened, employee) == ()
        assert [who for _, who, _ in await told_again(stage)] == expected


async def test_a_row_under_another_id_is_none_of_those_that_are_read_of_a_person(stage: Stage) -> None:
    await connected(stage)
    opened = await open_connection(stage.runtime, SEALER, "hris")
    employee = await _id(stage, "ada")
    await rebind(stage, "1")
    change = await stage.change(HIRE, "2026-06-15")
    written: dict[str, bool] = {}
    for there in ("1", "2"):
        link = Link(
            employee_id=employee,
            job="primary",
            place="row",
            effective_on=date(2026, 6, 15),
            remote_id="7",
            change_id=change["id"],
            detail={"there": there},
        )
        await keep_link(stage.runtime, opened, link)
        (held,) = (await known_people(stage.runtime, opened, ["hris:1"])).people[employee].jobs["primary"]
        written[there] = held.written
    assert written == {"1": True, "2": False}
