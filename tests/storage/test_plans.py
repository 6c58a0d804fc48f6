"""How a page of assignments is found: by the index that has its order, whatever is filtered by."""

from datetime import date

from bench.capture import captured
from bench.company import furnish
from service.storage.assignments import AssignmentFilter, assignments_page
from service.storage.database import Database

FILTERS = {
    "all": AssignmentFilter(),
    "team": AssignmentFilter(teams=("lab",)),
    "ladder": AssignmentFilter(ladders=("engineering",)),
    "level": AssignmentFilter(levels=(("engineering", "ic6"), ("engineering", "em5"))),
    "several": AssignmentFilter(grades=("5", "6"), zones=("us-ny",), roles=("software-engineer",)),
}


async def test_no_page_reads_or_sorts_everybody(sqlite_url: str) -> None:
    await furnish(sqlite_url, people=2_000)
    database = Database(url=sqlite_url, journal="truncate")
    async with database.read() as connection:
        for name, wanted in FILTERS.items():
            for place in (None, ("emp_00000000000000000000001000", "primary")):
                with captured() as issued:
                    found = await assignments_page(
                        connection, day=date(2026, 6, 1), known_at=2**52, wanted=wanted, place=place, limit=20
                    )
                assert len(found) == 20, name
                plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {issued[0].text}", issued[0].parameters)
                steps = [row.detail for row in plan]
                assert steps[0] == "SEARCH assignment USING INDEX assignment_employee (employee_id>?)", (name, steps)
                assert steps[-1] == "USE TEMP B-TREE FOR LAST TERM OF ORDER BY", (name, steps)
    await database.close()
