"""People are read from BambooHR at the wire: everybody first, then who has changed."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from service.connectors.bamboohr import reader
from tests.connectors.bamboohr.reading import Read, read_from
from tests.connectors.intake.desk import codes, counts
from tests.engines import Engines


@pytest.fixture
async def read(engines: Engines, tmp_path: Path) -> AsyncGenerator[Read]:
    with engines.fresh("sqlite-wal", tmp_path) as engine:
        async with read_from(engine, reading={"key": "employeeNumber", "ids": {"badge": "badge"}}) as made:
            yield made


def staffed(read: Read) -> None:
    company = read.company
    company.hire("1", "2024-03-01", jobTitle="Engineer", employeeNumber="E-1", badge="B1")
    company.add_row("1", "employmentStatus", {"date": "2024-03-01", "employmentStatus": "Full-Time"})
    company.add_row("1", "jobInfo", {"date": "2026-10-01", "jobTitle": "Staff Engineer"})
    company.add_row("1", "jobInfo", {"date": "2025-10-01", "jobTitle": "Senior Engineer"})
    company.hire("2", "2023-01-01", jobTitle="Engineer", employeeNumber="E-2", badge=None)
    company.add_row("2", "employmentStatus", {"date": "2023-01-01", "employmentStatus": "Full-Time"})
    company.add_row("2", "employmentStatus", {"date": "2024-01-01", "employmentStatus": "Terminated"})
    company.add_row("2", "employmentStatus", {"date": "2026-01-01", "employmentStatus": "Full-Time"})


async def test_req_02_09_11_16_17_everybody_and_then_who_has_changed(read: Read) -> None:
    staffed(read)
    company = read.company
    report = await read.take()
    assert (report.people, report.made, report.first_load, report.complete) == (2, 2, True, True)
    assert (counts(report), codes(report)) == ({"hire": 2, "promotion": 2, "end": 1, "rehire": 1}, {})
    # A row of a later day is a plan from the day on which it is entered; who comes back begins with the last title.
    assert await read.levels("1") == [("2024-03-01", "e2"), ("2025-10-01", "ic3"), ("2026-10-01", "ic4")]
    assert await read.levels("2") == [("2023-01-01", "e2"), ("2024-01-01", None), ("2026-01-01", "e2")]
    read.pass_time(3_600)
    asked = len(read.account.bamboo.requests)
    report = await read.take()
    # Those who changed last are read once more, in case that others did in the same moment.
    assert (report.people, report.unchanged, report.first_load, report.complete) == (2, 2, False, True)
    assert len(read.account.bamboo.requests) - asked == 3 + 2
    # Any change of somebody brings all their rows, and nothing of it is new here.
    company.add_row("1", "compensation", {"startDate": "2026-06-15", "rate": "100000.00 EUR"})
    report = await read.take()
    assert (report.people, report.unchanged, report.changes) == (2, 2, ())
    # Corrected in the past, moved in the future, removed, made new, without a day, behind the end, gone for good.
    read.pass_time()
    rows = company.rows_of("1")
    company.update_row(rows[1], "jobInfo", {"date": "2025-09-01"})
    company.update_row(rows[2], "jobInfo", {"jobTitle": "Engineering Manager"})
    company.hire("3", "2026-06-01", jobTitle="Engineer", employeeNumber="E-3", badge="B3")
    company.add_row("3", "jobInfo", {"date": "0000-00-00", "jobTitle": "Engineer"})
    company.add_row("3", "employmentStatus", {"date": "2026-06-01", "employmentStatus": "Full-Time"})
    company.add_row("2", "employmentStatus", {"date": "2026-08-01", "employmentStatus": "Terminated"})
    company.add_row("2", "jobInfo", {"date": "2026-09-01", "jobTitle": "Staff Engineer"})
    report = await read.take()
    assert counts(report) == {"corrected": 2, "hire": 1, "end": 1}
    assert codes(report) == {"no-day": 1, "row-after-end": 1}
    assert await read.levels("1") == [("2024-03-01", "e2"), ("2025-09-01", "ic3"), ("2026-10-01", "em3")]
    assert (await read.levels("3")) == [("2026-06-01", "e2")]
    assert (await read.levels("2"))[-1] == ("2026-08-01", None)
    read.pass_time(120)
    company.delete_row(company.rows_of("1")[2], "jobInfo")
    company.dismiss("3")
    report = await read.take()
    assert (counts(report), codes(report)) == ({"cancelled": 1}, {"deleted-there": 1, "row-after-end": 1})
    assert await read.levels("3") == [("2026-06-01", "e2")]


async def test_req_16_what_may_not_be_seen_is_not_taken_for_empty(read: Read) -> None:
    staffed(read)
    company = read.company
    company.unreadable.add("badge")
    assert (await read.take()).complete
    shown = await read.bridge.stage.assignment("2026-06-15", employee="E-1")
    assert shown.employee.external_ids == {"bamboohr": "1"}
    before = await read.bridge.stage.counts()
    # Rights are taken away: every title is missing, as if it were empty.
    read.pass_time(120)
    company.unreadable.add("jobInfo.jobTitle")
    company.touch("1", "Updated")
    report = await read.take()
    assert (report.complete, [one.code for one in report.alarms], report.changes) == (False, ["coverage-dropped"], ())
    assert report.alarms[0].detail == "jobs.jobTitle is seen in 0 of 100, and was in 100"
    assert (await read.bridge.stage.counts())["change"] == before["change"]
    # Whose end is hidden is not hired again for it.
    company.unreadable.discard("jobInfo.jobTitle")
    hidden = [row for row in company.rows["employmentStatus"] if row.employee == "2"]
    company.rows["employmentStatus"] = []
    company.touch("2", "Updated")
    report = await read.take()
    assert (report.complete, [one.detail for one in report.alarms]) == (
        False,
        ["status is seen in 0 of 100, and was in 100"],
    )
    # Half of everybody missing is no news either.
    gone = company.employees.pop("1"), company.employees.pop("2")
    rows, company.rows["jobInfo"] = company.rows["jobInfo"], []
    report = await read.take(everything=True)
    assert (report.complete, report.alarms[0].code) == (False, "coverage-dropped")
    company.employees |= {one.id: one for one in gone}
    company.rows |= {"jobInfo": rows, "employmentStatus": hidden}
    # Given back, all that changed meanwhile is read.
    company.unreadable.clear()
    company.add_row("1", "employmentStatus", {"date": "2024-03-01", "employmentStatus": "Full-Time"})
    company.touch("2", "Updated")
    report = await read.take()
    assert (report.complete, report.unchanged, report.bound, report.changes) == (True, 1, 1, ())


async def test_req_15_fewer_requests_and_none_at_all(read: Read) -> None:
    staffed(read)
    faults = read.account.bamboo.faults
    faults.retry_after = 0
    faults.throttle = ["429", "503", "inside"]
    assert (await read.take(dry_run=True)).complete
    faults.retry_after = 3_600
    faults.throttle = ["429"]
    assert [one.code for one in (await read.take()).alarms] == ["throttled"]
    faults.throttle = []
    faults.down = True
    report = await read.take()
    assert (report.complete, [one.code for one in report.alarms]) == (False, ["unreachable"])
    faults.down = False
    read.account.bamboo.api_keys.clear()
    report = await read.take()
    assert (report.complete, [one.code for one in report.alarms]) == (False, ["refused-there"])
    read.account.bamboo.api_keys.add("key-of-a-test")
    report = await read.take()
    assert (report.complete, report.first_load, report.made) == (True, True, 2)


async def test_what_is_written_there_comes_back_as_it_is(read: Read) -> None:
    """Both ways at once: nothing goes round, and nothing that was decided here is undone before it is there."""
    staffed(read)
    await read.take()
    bridge, company = read.bridge, read.company
    switch = await bridge.stage.change({"level": "em3"}, "2026-08-01", employee="E-1", reason="reorganisation")
    await bridge.quiet()
    assert company.timeline("1")[-2:] == [("2026-08-01", "Engineering Manager"), ("2026-10-01", "Staff Engineer")]
    read.pass_time()
    report = await read.take()
    assert (report.unchanged, report.changes, report.problems) == (2, (), ())
    # Their correction of our row counts; it is theirs now.
    row = next(one for one in company.rows_of("1") if one.values["date"] == "2026-08-01")
    company.update_row(row, "jobInfo", {"jobTitle": "Senior Engineer"})
    report = await read.take()
    assert (counts(report), codes(report)) == ({"cancelled": 1}, {})
    assert await read.levels("1") == [("2024-03-01", "e2"), ("2025-10-01", "ic3"), ("2026-10-01", "ic4")]
    assert switch["status"] == "scheduled"


async def test_a_list_without_an_end_is_given_up(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a row whose number is none is read all the same."""
    staffed(read)
    monkeypatch.setattr(reader, "PAGE", 1)
    read.company.rows_of("1")[0].id = "\u00b2"
    assert (await read.take(dry_run=True)).complete
    monkeypatch.setattr(reader, "MOST_PAGES", 1)
    report = await read.take()
    assert (report.complete, report.people, [one.code for one in report.alarms]) == (False, 0, ["unreadable-there"])
