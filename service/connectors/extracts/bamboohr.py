"""BambooHR: rows of a table with history, what the feed of changed tables gives, or employees as they are now."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from service.connectors.extracts.gathering import RawRow, refuse
from service.connectors.extracts.tables import object_row
from service.domain.extracts import Columns

COLUMNS = Columns(employee="employeeId", level="jobTitle", zone="location", team="department", effective_on="date")
"""Columns of the table jobInfo. Other tables, and companies that call them otherwise, are read by a map."""
_NO_DATE = "0000-00-00"


def bamboohr_rows(document: object, columns: Columns) -> Iterator[RawRow]:
    """Rows of a table as a list, `{"table", "employees": {id: {"rows"}}}` or `{"employees": [...]}`.

    Of employees there are no days, unless the map names a column for them: they say what holds on the day of the
    report, and the person's id is `id`.
    """
    if isinstance(document, list):
        yield from _table(cast(list[Any], document), "jobInfo", columns)
        return
    members = cast(dict[str, Any], document) if isinstance(document, dict) else {}
    employees = members.get("employees")
    if isinstance(employees, dict):
        table = members.get("table")
        rows = [row for one in cast(dict[str, Any], employees).values() for row in _rows_of(one)]
        yield from _table(rows, table if isinstance(table, str) else "jobInfo", columns)
    elif isinstance(employees, list):
        now = columns if columns != COLUMNS else replace(COLUMNS, employee="id", effective_on=None)
        for number, one in enumerate(cast(list[Any], employees), start=1):
            yield replace(object_row(number, one, f"employee {number}"), columns=now)
    else:
        refuse("These are neither rows of a table nor employees: send one of the two as BambooHR gives them.")


def _rows_of(employee: Any) -> list[Any]:
    rows = cast(dict[str, Any], employee).get("rows") if isinstance(employee, dict) else None
    if not isinstance(rows, list):
        refuse("An employee of the changed table has no list `rows`.")
    return cast(list[Any], rows)


def _table(rows: list[Any], table: str, columns: Columns) -> Iterator[RawRow]:
    for number, row in enumerate(rows, start=1):
        made = object_row(number, row, f"row {number}")
        name = made.cells.get("id")
        if isinstance(name, str | int):
            made = replace(made, place=f"{table[:60]} {str(name)[:60]}")
        if columns.effective_on and made.cells.get(columns.effective_on) == _NO_DATE:
            made = replace(made, cells={**made.cells, columns.effective_on: None})
        yield made
