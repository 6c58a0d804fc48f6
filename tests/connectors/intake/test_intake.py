"""What another system says of people becomes what is recorded here, and nothing that it does not say."""

from dataclasses import replace
from datetime import date

import pytest

from service.connectors.intake import Halted, run
from service.domain.access import Actor, Scope
from service.domain.refusals import Conflict, Forbidden
from service.usecases.connection_turns import take_turn
from service.usecases.connection_work import Link, cursor_of, keep_link
from tests.connectors.intake.desk import MAPPED, Desk, Rows, codes, counts, ended, entry, row
from tests.stage import HR

HISTORY = (
    row("2024-03-01", "Engineer", key="E-1", team="Platform"),
    row("2025-04-01", "Senior Engineer", key="E-1", team="Platform", reason="Promotion"),
    row("2026-10-01", "Senior Manager", key="E-1", team="Platform"),
    row("2023-01-01", "Junior", who="2", ids={"badge": "B2"}),
    ended("2025-01-01", who="2"),
    row("2026-02-01", "Engineer", who="2"),
)


async def test_req_02_07_11_a_first_load_takes_in_histories_once(desk_everywhere: Desk) -> None:
    """Past, planned and rehired; told in the feed and pushed to nobody; then nothing is left to do."""
    desk = desk_everywhere
    before = await desk.stage.counts()
    dry = await desk.take(*HISTORY, dry_run=True)
    assert await desk.stage.counts() == before
    report = await desk.take(*HISTORY)
    assert replace(dry, dry_run=False) == report
    assert (report.people, report.made, report.bound, report.first_load, report.complete) == (2, 2, 0, True, True)
    assert counts(report) == {"hire": 2, "promotion": 1, "track_switch": 1, "end": 1, "rehire": 1}
    assert report.problems == () and report.choices == () and report.alarms == ()
    assert await desk.levels("E-1") == [
        ("2024-03-01", "2025-04-01", "ic3"),
        ("2025-04-01", "2026-10-01", "ic4"),
        ("2026-10-01", None, "em4"),
    ]
    assert await desk.levels("badge:B2") == [("2023-01-01", "2025-01-01", "e2"), ("2026-02-01", None, "ic3")]
    assert await desk.live("E-1") == [
        ("2024-03-01", "hire", "sync:hris"),
        ("2025-04-01", "promotion", "promotion"),
        ("2026-10-01", "track_switch", "sync:hris"),
    ]
    told = await desk.stage.events()
    assert [one["data"]["backfill"] for one in told] == [True] * 6
    assert await cursor_of(desk.stage.runtime, desk.connection, "intake") == "1"
    shown = await desk.timeline("E-1")
    assert {one.actor for one in shown.changes} == {"connection:hris"}
    assert shown.segments[1].assignment.team == "core"
    after = await desk.stage.counts()
    again = await desk.take(*HISTORY, everything=True)
    assert (again.people, again.unchanged, again.changes, again.problems, again.first_load) == (2, 2, (), (), False)
    assert {**(await desk.stage.counts()), "audit": 0} == {**after, "audit": 0}


async def test_req_17_later_runs_record_what_differs(desk: Desk) -> None:
    """All rows of a person come for any change: only the difference is recorded, by the fitting act."""
    await desk.take(*HISTORY)
    first, second, third = (one for one in HISTORY[:3])
    future = row("2026-12-01", "Senior Manager", team="Web")
    assert counts(await desk.take(first, second, third, future)) == {"transfer": 1}
    # A row in the past is put in between; what comes later still says what it says.
    between = row("2024-09-01", "Engineer", team="Web")
    report = await desk.take(first, second, third, future, between)
    assert (counts(report), codes(report)) == ({"transfer": 1, "corrected": 1}, {})
    assert await desk.levels() == [
        ("2024-03-01", "2024-09-01", "ic3"),
        ("2024-09-01", "2025-04-01", "ic3"),
        ("2025-04-01", "2026-10-01", "ic4"),
        ("2026-10-01", "2026-12-01", "em4"),
        ("2026-12-01", None, "em4"),
    ]
    told = await desk.stage.events()
    assert [(one["type"], one["data"]["change"]["retroactive"]) for one in told[-2:]] == [
        ("assignment.changed", True),
        ("change.corrected", True),
    ]
    # Corrected there: another title, and another day of a row that is planned.
    second = replace(second, level="Engineer")
    third = replace(third, level="Manager")
    future = row("2026-11-01", "Manager", team="Web")
    report = await desk.take(first, second, third, future, between)
    assert (counts(report), codes(report)) == ({"corrected": 3}, {})
    assert (await desk.levels())[-3:] == [
        ("2025-04-01", "2026-10-01", "ic3"),
        ("2026-10-01", "2026-11-01", "em3"),
        ("2026-11-01", None, "em3"),
    ]
    # Rows that are there no more: some that held, one that was planned.
    assert counts(await desk.take(first, second, third, future)) == {"rescinded": 1}
    assert counts(await desk.take(first, third)) == {"cancelled": 1, "rescinded": 1}
    assert (await desk.take(first, third)).unchanged == 1
    assert await desk.levels() == [("2024-03-01", "2026-10-01", "ic3"), ("2026-10-01", None, "em3")]
    assert [one["type"] for one in (await desk.stage.events())[-2:]] == ["change.rescinded", "change.cancelled"]


async def test_req_04_a_hire_is_corrected_and_not_taken_back(desk: Desk) -> None:
    await desk.take(row("2026-03-01", "Engineer"), row("2026-05-01", "Senior Engineer"))
    for day in ("2026-03-15", "2026-02-01"):
        report = await desk.take(row(day, "Engineer"), row("2026-05-01", "Senior Engineer"))
        assert (counts(report), codes(report)) == ({"corrected": 1}, {})
        assert await desk.levels() == [(day, "2026-05-01", "ic3"), ("2026-05-01", None, "ic4")]
    # An earlier row than the hire: the hire is given its day and its title, and the old one is what comes after it.
    report = await desk.take(
        row("2025-12-01", "Junior"), row("2026-02-01", "Engineer"), row("2026-05-01", "Senior Engineer")
    )
    assert counts(report) == {"corrected": 1, "promotion": 1}
    # A leave that was put in before what they hold makes that a new start; taken away again, all is as before.
    rows = [row("2025-12-01", "Junior"), row("2026-02-01", "Engineer"), row("2026-05-01", "Senior Engineer")]
    report = await desk.take(*rows, ended("2026-04-01"))
    assert codes(report) == {}
    assert (await desk.levels())[-2:] == [("2026-02-01", "2026-04-01", "ic3"), ("2026-05-01", None, "ic4")]
    report = await desk.take(*rows)
    assert codes(report) == {}
    assert (await desk.levels())[-2:] == [("2026-02-01", "2026-05-01", "ic3"), ("2026-05-01", None, "ic4")]
    assert (await desk.take(*rows)).unchanged == 1


async def test_titles_that_stand_for_both_tracks_keep_people_on_theirs(desk: Desk) -> None:
    leads = ("engineering/ic4", "engineering/em4")
    mapped = [one for one in MAPPED if one.ours not in leads] + [entry("level", one, "Lead") for one in leads]
    await desk.map(*mapped, version=1)
    report = await desk.take(
        row("2026-01-01", "Engineer"),
        row("2026-03-01", "Lead"),
        row("2026-01-01", "Manager", who="2"),
        row("2026-03-01", "Lead", who="2"),
        row("2026-01-01", "Junior", who="3"),
        row("2026-03-01", "Lead", who="3"),
    )
    assert [(one.person, one.theirs, one.ours) for one in report.choices] == [
        ("hris:1", "Lead", "engineering/ic4"),
        ("hris:2", "Lead", "engineering/em4"),
    ]
    # From a level that both tracks share nobody knows which one is meant.
    assert [(one.code, one.person) for one in report.problems] == [("ambiguous", "hris:3")]
    assert await desk.levels("hris:3") == [("2026-01-01", None, "e2")]
    # A switch that was decided here has the same title there: it comes back equal, and is not undone.
    await desk.stage.change({"level": "em4"}, "2026-05-01", employee="hris:1")
    report = await desk.take(row("2026-01-01", "Engineer"), row("2026-03-01", "Lead"), row("2026-05-01", "Lead"))
    assert (report.unchanged, report.changes, report.problems) == (1, (), ())
    # The grade they name beside the title tells as well.
    await desk.map(*mapped, entry("level", "engineering/ic5", "Lead"), entry("grade", "5", "G5"), version=2)
    report = await desk.take(row("2026-01-01", "Engineer", who="4"), row("2026-03-01", "Lead", who="4", grade="G5"))
    assert report.problems == ()
    assert (await desk.levels("hris:4"))[-1] == ("2026-03-01", None, "ic5")


async def test_req_20_what_is_not_mapped_is_reported_and_not_guessed(desk: Desk) -> None:
    report = await desk.take(
        row("2026-01-01", "Engineer", team="Basement"),
        row("2026-02-01", "Wizard"),
        row("2026-03-01", "Senior Engineer"),
    )
    assert [(one.code, one.row) for one in report.problems] == [
        ("not-mapped", "jobInfo/1-2026-01-01-primary"),
        ("not-mapped", "jobInfo/1-2026-02-01-primary"),
    ]
    assert all(one.remedy and one.detail for one in report.problems)
    assert await desk.levels() == [("2026-01-01", None, "ic3")]
    # Once it is mapped, from the day on which it came into being, all is read again and goes on where it stopped.
    await desk.map(*MAPPED, entry("level", "engineering/ic5", "Wizard", "2026-02-01", "2026-02-15"), version=1)
    report = await desk.take(
        row("2026-01-01", "Engineer"),
        row("2026-02-01", "Wizard"),
        row("2026-03-01", "Engineer"),
        everything=True,
    )
    assert (counts(report), codes(report)) == ({"promotion": 1, "demotion": 1}, {})


async def test_a_further_name_of_a_level_is_read_as_the_level(desk: Desk) -> None:
    """By itself it is no news when they write the same level by the other name."""
    await desk.map(*MAPPED, entry("level", "engineering/ic4", "Sr. Engineer", read_only=True), version=1)
    report = await desk.take(row("2026-01-01", "Engineer"), row("2026-02-01", "Sr. Engineer"))
    assert (counts(report), codes(report)) == ({"hire": 1, "promotion": 1}, {})
    report = await desk.take(row("2026-01-01", "Engineer"), row("2026-02-01", "Senior Engineer"))
    assert (report.unchanged, report.changes) == (1, ())


async def test_what_was_decided_here_is_not_undone(desk: Desk) -> None:
    """A row that does not know of it yet waits. Once it is known to stand there, their word counts."""
    await desk.take(row("2026-01-01", "Engineer"))
    change = await desk.stage.change({"level": "ic4"}, "2026-05-01", employee="hris:1")
    rows = [row("2026-01-01", "Engineer"), row("2026-07-01", "Engineer", team="Web")]
    report = await desk.take(*rows)
    assert (report.changes, codes(report)) == ((), {"not-there-yet": 1})
    assert (await desk.levels())[-1] == ("2026-05-01", None, "ic4")
    # What holds before it is theirs as before.
    report = await desk.take(row("2026-01-01", "Engineer", team="Platform"), rows[1])
    assert (counts(report), codes(report)) == ({"corrected": 1}, {"not-there-yet": 1})
    employee = (await desk.timeline()).employee.id
    link = Link(
        employee_id=employee,
        job="primary",
        place="jobInfo",
        effective_on=date(2026, 5, 1),
        remote_id="9",
        change_id=change["id"],
    )
    await keep_link(desk.stage.runtime, desk.connection, link)
    gone = await desk.take(row("2026-01-01", "Engineer", team="Platform"))
    assert (gone.changes, codes(gone)) == ((), {"removed-there": 1})
    report = await desk.take(
        row("2026-01-01", "Engineer", team="Platform"),
        row("2026-05-01", "Manager"),
        row("2026-07-01", "Engineer", team="Web"),
    )
    assert (counts(report), codes(report)) == ({"corrected": 1, "track_switch": 1}, {})
    assert (await desk.levels())[-2:] == [("2026-05-01", "2026-07-01", "em3"), ("2026-07-01", None, "ic3")]


async def test_req_12_concurrent_jobs_have_rows_of_their_own(desk: Desk) -> None:
    second = row("2026-02-01", "Designer", job="second")
    report = await desk.take(row("2026-01-01", "Engineer"), second)
    assert counts(report) == {"hire": 2}
    # Rows of a job that are not there at all are hidden rather than gone.
    report = await desk.take(row("2026-01-01", "Engineer"))
    assert (report.changes, codes(report)) == ((), {"job-not-told": 1})
    assert await desk.levels(job="second") == [("2026-02-01", None, "d3")]
    # Without days they say what is so today, and nothing is taken back for it.
    report = await desk.take(row(None, "Senior Engineer"), second)
    assert counts(report) == {"promotion": 1}
    desk.stage.clock.move_to(date(2026, 8, 1))
    assert (await desk.take(row(None, "Senior Engineer"), second)).unchanged == 1


async def test_moves_that_are_not_allowed_are_refused_but_for_a_first_load(desk: Desk) -> None:
    rows = row("2026-01-01", "Engineer"), row("2026-02-01", "Senior Manager")
    report = await desk.take(*rows)
    assert counts(report) == {"hire": 1, "track_switch": 1}
    report = await desk.take(*(replace(one, external_ids={"hris": "2"}) for one in rows))
    assert (counts(report), codes(report)) == ({"hire": 1}, {"move-not-allowed": 1})


async def test_runs_that_may_not_or_cannot_be(desk: Desk) -> None:
    clerk = Actor(id="key:clerk", scopes=frozenset({Scope.ASSIGNMENTS_WRITE}))
    with pytest.raises(Forbidden):
        await desk.take(row("2026-01-01", "Engineer"), caller=clerk)
    # A source that does not trust what it reads stops all; nothing counts as read.
    halted = Halted("coverage-dropped", "half of it is hidden", "see to the rights")
    source = Rows([row("2026-01-01", "Engineer")], fault=halted)
    report = await run(desk.tools, desk.connection, source, caller=HR)
    assert (report.complete, [one.code for one in report.alarms], source.asked) == (False, ["coverage-dropped"], [None])
    assert await cursor_of(desk.stage.runtime, desk.connection, "intake") is None
    assert (await desk.take(row("2026-01-01", "Engineer"))).complete
    # One reads at a time; who was killed is given up.
    await take_turn(desk.stage.runtime, desk.connection, caller=HR, first_load=False)
    with pytest.raises(Conflict, match="intake-running"):
        await desk.take(row("2026-01-01", "Engineer"), caller=clerk)
    desk.stage.clock.us += 121_000_000
    source = Rows([row("2026-01-01", "Engineer")], cursor="2")
    report = await run(desk.tools, desk.connection, source, caller=clerk)
    assert (report.unchanged, source.asked) == (1, ["1"])
    assert await cursor_of(desk.stage.runtime, desk.connection, "intake") == "2"
