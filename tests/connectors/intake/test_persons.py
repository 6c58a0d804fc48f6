"""Whose rows they are: nobody is merged, and what is wrong with one person holds up nobody else."""

from datetime import date

import pytest

from service.storage.connection_work import Link
from service.usecases.connection_work import keep_link, leave_links
from service.usecases.employees import set_external_id
from service.usecases.intake_people import known_people
from tests.connectors.intake.desk import Desk, codes, counts, row
from tests.stage import HR


async def test_req_10_nobody_is_merged(desk: Desk) -> None:
    await desk.stage.create("ada", hris="1", badge="A")
    await desk.stage.create("bob", badge="B")
    await desk.stage.create("cyd")
    report = await desk.take(
        row("2026-01-01", "Engineer", ids={"badge": "B"}),
        row("2026-01-01", "Engineer", who="2", key="ada"),
        row("2026-01-01", "Engineer", who="3", key="cyd", ids={"badge": "C"}),
        row("2026-01-01", "Engineer", who="4", key="not:a key"),
        row("2026-01-01", "Engineer", who="5"),
        row("2026-01-01", "Engineer", who="3"),
    )
    assert {(one.code, one.person) for one in report.problems} == {
        ("names-of-several", "hris:1"),
        ("id-taken", "hris:2"),
        ("rows-apart", "hris:3"),
        ("invalid-key", "hris:4"),
    }
    assert (report.people, report.made, report.bound) == (5, 1, 2)
    assert await desk.levels("ada") == [] and await desk.levels("bob") == []
    assert await desk.levels("badge:C") == [("2026-01-01", None, "ic3")]


@pytest.mark.parametrize("first_load", [True, False])
async def test_texts_that_no_database_takes_hold_nobody_else_up(desk_everywhere: Desk, first_load: bool) -> None:
    """NUL and halves of characters, which JSON may hold, in whatever somebody may type in there."""
    desk = desk_everywhere
    if not first_load:
        await desk.take(row("2024-03-01", "Engineer", who="0"))
    told = [
        row("2024-03-01", "Engineer", who="1"),
        *(row("2024-03-01", "Engineer", who=f"{bad}9") for bad in ("\0", "\ud800")),
        *(row("2024-03-01", "Engineer", who=f"8{ord(bad)}", key=f"k{bad}") for bad in ("\0", "\ud800")),
        *(row("2024-03-01", "Engineer", who=f"7{ord(bad)}", job=f"j{bad}") for bad in ("\0", "\ud800")),
        *(row("2024-03-01", "Engineer", who=f"6{ord(bad)}", name=f"Ada {bad}") for bad in ("\0", "\ud800")),
        row("2024-03-01", "Wiz\ud800ard", who="5", reason="\0\ud800", zone="\ud800", grade="\0"),
        row("2024-03-01", "Engineer", who="2"),
    ]
    report = await desk.take(*told)
    assert (report.complete, report.made, report.alarms) == (True, 5, ())
    assert codes(report) == {"unreadable-id": 6, "not-mapped": 1}
    # Whatever is told of it can be kept and sent.
    assert "\ufffd9" in str(report).encode().decode() and "\0" not in str(report)
    for who in ("1", "2", "60", f"6{0xD800}"):
        assert await desk.levels(f"hris:{who}") == [("2024-03-01", None, "ic3")]


async def test_an_id_that_cannot_be_bound_is_told_of_its_person_and_all_others_are_loaded(
    desk_everywhere: Desk,
) -> None:
    """Two rows there claim one badge, and one badge is none that could be kept."""
    desk = desk_everywhere
    for key in ("ada", "bob", "cyd"):
        await desk.stage.create(key)
    told = [
        row("2026-01-01", "Engineer", key="ada", ids={"badge": "X"}),
        row("2026-01-01", "Engineer", who="2", key="bob", name="Bob Lovelace", ids={"badge": "X"}),
        row("2026-01-01", "Engineer", who="3", key="cyd", ids={"badge": "9" * 257}),
        row("2026-01-01", "Engineer", who="4", ids={"badge": "X"}),
        row("2026-01-01", "Engineer", who="5" * 30_000),
        row("2026-01-01", "Engineer", who="6"),
    ]
    report = await desk.take(*told)
    assert (report.complete, report.alarms, report.first_load) == (True, (), True)
    assert [(one.code, (one.person or "")[:10]) for one in report.problems] == [
        ("names-of-several", "hris:2"),
        ("invalid-external-id", "hris:3"),
        ("invalid-external-id", "hris:55555"),
        ("name-taken", "hris:4"),
    ]
    assert [one.remedy for one in report.problems] == [
        "release the ids that are not theirs, then read again",
        *(f"/problems/{one.code} says what mends it" for one in report.problems[1:]),
    ]
    assert "Lovelace" not in str(report) and len(str(report)) < 5_000
    assert (report.people, report.made, report.bound, counts(report)) == (6, 1, 3, {"hire": 2})
    assert [await desk.levels(who) for who in ("bob", "cyd")] == [[], []]
    assert await desk.levels("badge:X") == await desk.levels("hris:6") == [("2026-01-01", None, "ic3")]
    # What cannot be kept is foreseen as well, and once it is mended only what was missing is taken in.
    dry = await desk.take(*told[2:], everything=True, dry_run=True)
    assert [one.code for one in dry.problems] == ["invalid-external-id", "id-taken", "invalid-external-id"]


async def test_two_of_theirs_that_claim_one_of_ours_are_told_and_hold_nobody_up(desk_everywhere: Desk) -> None:
    desk = desk_everywhere
    await desk.stage.create("dee", badge="B")
    report = await desk.take(
        row("2026-01-01", "Engineer", ids={"badge": "B"}),
        row("2026-02-01", "Manager", who="2", ids={"badge": "B"}),
        row("2026-01-01", "Engineer", who="3"),
    )
    assert (report.complete, [(one.code, one.person) for one in report.problems]) == (True, [("id-taken", "hris:2")])
    assert (report.made, report.bound, counts(report)) == (1, 1, {"hire": 2})
    assert await desk.levels("dee") == [("2026-01-01", None, "ic3")]


@pytest.mark.parametrize("is_known", [True, False])
async def test_rows_that_are_to_go_from_somebody_they_were_never_about_are_not_taken_in(
    desk_everywhere: Desk, is_known: bool
) -> None:
    """Bob was taken for 2, and what was written for him stands there until it is taken back."""
    desk, runtime = desk_everywhere, desk_everywhere.stage.runtime
    await desk.take(row("2026-01-01", "Engineer"))
    bob = await desk.stage.create("bob", hris="2")
    for day, adopted in ((date(2026, 2, 1), True), (date(2026, 6, 15), False)):
        link = Link(
            employee_id=bob,
            job="primary",
            place="jobInfo",
            effective_on=day,
            remote_id=str(day.month),
            detail={"there": "2", "adopted": adopted},
        )
        await keep_link(runtime, desk.connection, link)
    await set_external_id(runtime, HR, "bob", "hris", "3", expected="*")
    if is_known:
        await desk.stage.create("cleo", hris="2")
    rows = [
        row(day, level, who="2")
        for day, level in (("2026-01-01", "Engineer"), ("2026-02-01", "Manager"), ("2026-06-15", "Senior Manager"))
    ]
    report = await desk.take(*rows)
    assert (counts(report), codes(report)) == ({"hire": 1, "track_switch": 1}, {"not-there-yet": 1})
    assert (await desk.levels("hris:2"))[-1] == ("2026-02-01", None, "em3")
    await leave_links(runtime, desk.connection, [link], "2")
    report = await desk.take(*rows)
    assert (counts(report), codes(report)) == ({"promotion": 1}, {})
    await keep_link(runtime, desk.connection, link)
    assert (await known_people(runtime, desk.connection, ["hris:2"])).strange
    # Set back to what it was, the row is his own.
    await set_external_id(runtime, HR, "hris:2", "hris", None, expected="*")
    await set_external_id(runtime, HR, "bob", "hris", "2", expected="*")
    assert (await known_people(runtime, desk.connection, ["hris:2"])).strange == {}
