"""How pages of changes and of differences are found: by an index, and not by going through everything."""

from datetime import date
from typing import Any

from bench.capture import captured
from service.domain.diffs import Viewpoint
from service.storage.change_pages import ChangeFilter, changes_page
from service.storage.connection_work import links_of_former
from service.storage.database import Database
from service.storage.diffs import Question, differences_page
from service.storage.employees import find_employee

BY_INSTANT = "SEARCH change USING INDEX change_recorded (recorded_at"
PLAN, PEOPLE = "SEARCH change USING INDEX sqlite_autoindex_change_1 (id=?)", "COVERING INDEX job_employee_key"


async def steps_of(connection: Any, read: Any) -> list[str]:
    with captured() as issued:
        await read
    plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {issued[0].text}", issued[0].parameters)
    return [row.detail for row in plan]


async def test_pages_of_changes_begin_at_their_place(sqlite_url: str) -> None:
    database = Database(url=sqlite_url, journal="truncate")
    async with database.read() as connection:
        for asked in (
            {},
            {"place": (5, "chg_5")},
            {"place": (5, "chg_5"), "backward": True},
            {"by": "-recorded_at", "place": (5, "chg_5")},
            {"wanted": ChangeFilter(statuses=("effective", "cancelled"), kinds=("hire",), recorded_from=7)},
        ):
            given = {"wanted": ChangeFilter(), **asked}
            steps = await steps_of(connection, changes_page(connection, known_at=2**52, limit=20, **given))
            assert steps[0].startswith(BY_INSTANT), (asked, steps)
            assert steps[-1] == "USE TEMP B-TREE FOR LAST TERM OF ORDER BY", (asked, steps)
        planned = ChangeFilter(statuses=("scheduled",))
        for by in ("recorded_at", "-effective_on"):
            steps = await steps_of(connection, changes_page(connection, known_at=9, limit=20, wanted=planned, by=by))
            assert steps[0] == PLAN, steps
        alone = ChangeFilter(employee_id="emp_5")
        steps = await steps_of(connection, changes_page(connection, known_at=9, limit=20, wanted=alone))
        assert [step for step in steps if step.startswith(("SCAN", BY_INSTANT))] == [], steps
    await database.close()


async def test_pages_of_differences_look_only_at_whom_something_happened_to(sqlite_url: str) -> None:
    database = Database(url=sqlite_url, journal="truncate")
    may, june = date(2026, 5, 1), date(2026, 6, 1)

    async def steps(start: Viewpoint, end: Viewpoint, **more: Any) -> list[str]:
        place = more.pop("place", None)
        asked = Question(start=start, end=end, **more)
        return await steps_of(connection, differences_page(connection, asked, limit=20, place=place))

    async with database.read() as connection:
        by_instant = await steps(Viewpoint(day=june, known_at=5), Viewpoint(day=june, known_at=9))
        assert by_instant[0] == "SEARCH job USING INTEGER PRIMARY KEY (rowid=?)", by_instant
        assert [one for one in by_instant if one.startswith(BY_INSTANT)], by_instant
        by_day = await steps(Viewpoint(day=may, known_at=9), Viewpoint(day=june, known_at=9), place=("emp_5", "x"))
        assert by_day[0] == f"SEARCH job USING {PEOPLE} ((employee_id,key)>(?,?))", by_day
        assert "SEARCH change USING INDEX change_job (job_id=? AND effective_on>? AND effective_on<?)" in by_day
        assert [one for one in by_day if "ORDER BY" in one] == [], by_day
        alone = await steps(Viewpoint(day=may, known_at=5), Viewpoint(day=june, known_at=9), employee_id="emp_5")
        assert [one for one in alone if one.startswith("SCAN") or " change " in one] == [], alone
    await database.close()


async def test_whom_an_id_elsewhere_meant_before_is_found_by_the_id(sqlite_url: str) -> None:
    database = Database(url=sqlite_url, journal="truncate")
    async with database.read() as connection:
        for read in (
            find_employee(connection, "workday:21003", known_at=9),
            links_of_former(connection, "con_1", "workday", ["21003", "21004"]),
        ):
            steps = await steps_of(connection, read)
            assert [one for one in steps if "external_id_ever (system=? AND value=?)" in one], steps
            # The recorder is one row.
            assert [one for one in steps if one.startswith("SCAN") and one != "SCAN recorder"] == [], steps
    await database.close()
