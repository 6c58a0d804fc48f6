"""Rows that say two things, or half of one: refused as they stand, whatever the form."""

from typing import Any

from tests.rest.served import Served
from tests.rest.test_batches import CSV, send


async def problems(served: Served, key: str, **sent: Any) -> list[tuple[str, str]]:
    """(pointer, code) of the rows of a batch that cannot be done."""
    answer = await send(served, key, **sent)
    assert answer.status_code == 201, answer.text
    return [(one["pointer"], one["code"]) for one in answer.json()["report"]["problems"]]


async def test_a_whole_and_parts_of_it_in_any_order_of_columns(served_once: Served) -> None:
    """What ends a job is not lost behind what promotes."""
    for table in ("employee,to,to.level\nada,\\N,ic4\n", "employee,to.level,to\nada,ic4,\\N\n"):
        assert await problems(served_once, table[:20], content=table, headers=CSV) == [("", "invalid-body")]


async def test_a_change_that_does_not_say_what_is_to_hold(served_once: Served) -> None:
    """In a first load it would make somebody known, on a day and for a job that nobody hears of again."""
    load: dict[str, Any] = {"backfill": True, "mode": "partial"}
    said = ({"effective_on": "2020-01-01"}, {"job": "second"}, {"reason": "hire"}, {"comment": "as it was"})
    for number, half in enumerate(said):
        sent: dict[str, Any] = {**load, "rows": [{"key": "zoe", **half}]}
        assert await problems(served_once, f"half-{number}", json=sent) == [("/to", "invalid-body")]
    table = "key,effective_on,to.ladder,to.level\nzoe,2020-01-01,,\n"
    query: dict[str, Any] = {"params": {"backfill": "true", "mode": "partial"}, "headers": CSV}
    assert await problems(served_once, "table", content=table, **query) == [("/to", "invalid-body")]
    unsaid: dict[str, Any] = {"key": "zoe", "effective_on": None, "actual_pay": None}
    assert await problems(served_once, "known", json={**load, "rows": [unsaid]}) == []
