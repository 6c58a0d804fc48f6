"""How a page of assignments is found: by the index that has its order, both ways, or by the people that are named."""

from datetime import date
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.assignments import AssignmentFilter, assignments_page
from tests.engines import Engine
from tests.stage import make_stage, publish

HIRE = {"ladder": "engineering", "level": "ic4", "zone": "berlin"}
BY_ORDER = "SEARCH assignment USING INDEX assignment_employee (employee_id{0}?)"


async def plan_of(connection: AsyncConnection, **asked: Any) -> list[str]:
    issued: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        issued.append((statement, parameters))

    engine = connection.sync_connection.engine if connection.sync_connection else None
    assert engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        await assignments_page(connection, day=date(2026, 6, 1), known_at=2**52, limit=20, **asked)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    ((statement, parameters),) = issued
    return [row.detail for row in await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]


async def test_a_page_begins_at_its_place_and_named_people_are_looked_up(sqlite_url: str) -> None:
    stage = make_stage(Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate"))
    await publish(stage)
    for number in range(9):
        await stage.create(f"p{number}")
        await stage.change(HIRE, "2026-01-01", employee=f"p{number}")
    place = ("emp_5", "primary")
    async with stage.database.read() as connection:
        for wanted in (AssignmentFilter(), AssignmentFilter(grades=("4",), zones=("berlin",))):
            for asked, sign in (
                ({}, ">"),
                ({"place": place}, ">"),
                ({"place": place, "backward": True}, "<"),
                ({"by": ("-employee",)}, ">"),
                ({"by": ("-employee",), "place": place}, "<"),
                ({"by": ("-employee",), "place": place, "backward": True}, ">"),
            ):
                steps = await plan_of(connection, wanted=wanted, **asked)
                assert steps[0] == BY_ORDER.format(sign), (asked, steps)
                assert steps[-1] == "USE TEMP B-TREE FOR LAST TERM OF ORDER BY", (asked, steps)
        named = await plan_of(connection, wanted=AssignmentFilter(employee_ids=("emp_1", "emp_2"), jobs=("primary",)))
        assert [step for step in named if "SCAN" in step or "_id>" in step] == [], named
    await stage.database.close()
