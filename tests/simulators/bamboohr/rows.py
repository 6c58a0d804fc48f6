"""Rows of tables over the wire: read, made, altered and removed, with every way in which that can fail."""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.simulators.bamboohr.company import Company, Row, Table
from tests.simulators.bamboohr.faults import refused

if TYPE_CHECKING:
    from tests.simulators.bamboohr.server import Bamboo

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def routes(bamboo: "Bamboo") -> list[web.RouteDef]:
    table = "/employees/{id}/tables/{table}"
    return [
        web.get("/employees/changed/tables/{table}", partial(_changed, bamboo.company)),
        web.get(table, partial(_read, bamboo.company)),
        web.post(table, partial(_write, bamboo)),
        web.post(table + "/{row}", partial(_write, bamboo)),
        web.delete(table + "/{row}", partial(_delete, bamboo)),
    ]


def shown(company: Company, row: Row, table: Table) -> dict[str, Any]:
    """What a caller may not see is not there. A field that was never filled is null."""
    hidden = company.unreadable
    seen = {name: value for name, value in row.values.items() if f"{table.alias}.{name}" not in hidden}
    return {"id": str(row.id), "employeeId": row.employee, **seen}


async def _read(company: Company, request: web.Request) -> web.Response:
    employee = request.match_info["id"]
    table = company.tables.get(request.match_info["table"])
    if table is None or (employee != "all" and employee not in company.employees):
        return refused(404, "The employee or table does not exist")
    # Unsorted, as they say: the youngest first here.
    found = [row for row in reversed(company.rows[table.alias]) if employee in ("all", row.employee)]
    return web.json_response([shown(company, row, table) for row in found])


async def _changed(company: Company, request: web.Request) -> web.Response:
    table = company.tables.get(request.match_info["table"])
    since = request.query.get("since", "")
    if table is None:
        return refused(404, "The table does not exist")
    if not DAY.match(since):
        return refused(400, "since is missing or is no ISO 8601 date")
    people = {
        employee: {
            "lastChanged": at.isoformat().replace("+00:00", "Z"),
            "rows": [
                shown(company, row, table) for row in reversed(company.rows[table.alias]) if row.employee == employee
            ],
        }
        for employee, (at, action) in company.changed.items()
        if at.isoformat().replace("+00:00", "Z") > since and action != "Deleted"
    }
    return web.json_response({"table": table.alias, "employees": people})


async def _write(bamboo: "Bamboo", request: web.Request) -> web.Response:
    company = bamboo.company
    employee, table = request.match_info["id"], company.tables.get(request.match_info["table"])
    if table is None or employee not in company.employees:
        return refused(404, "The employee or table does not exist")
    row = _row(company, request, table) if "row" in request.match_info else None
    if "row" in request.match_info and row is None:
        return refused(404, "The row does not exist")
    try:
        given = json.loads(await request.read())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        return refused(400, "The posted JSON is malformed")
    values = {str(name): value for name, value in given.items() if name in table.fields}  # type: ignore[misc]
    refusal = _refusal(bamboo, employee, table, values, row)
    if refusal is not None:
        return refusal
    allowed = {name: value for name, value in values.items() if f"{table.alias}.{name}" not in company.unwritable}
    if row is None:
        company.add_row(employee, table.alias, allowed)
    elif allowed:
        company.update_row(row, table.alias, allowed)
    # Nothing tells which row it is, nor what was left out.
    return web.Response(status=200)


def _refusal(
    bamboo: "Bamboo", employee: str, table: Table, values: Mapping[str, Any], row: Row | None
) -> web.Response | None:
    company = bamboo.company
    hidden = [name for name in values if f"{table.alias}.{name}" in company.unwritable]
    if values and len(hidden) == len(values):
        return refused(403, "You do not have permission to change these fields")
    day = values.get(table.dated, row.values[table.dated] if row else None)
    if not isinstance(day, str) or not DAY.fullmatch(day):
        return refused(400, f"{table.dated} is missing or is no date")
    for name, value in values.items():
        is_list = table.fields[name].kind == "list" and value not in (None, "")
        if is_list and not company.lists[name].has(str(value)):
            return refused(406, f"{name} is not a valid value")
    if employee in bamboo.faults.pending:
        return refused(409, "A change of this employee is waiting for approval")
    if employee in bamboo.faults.no_schedule:
        return refused(412, "The employee has no active pay schedule")
    return None


async def _delete(bamboo: "Bamboo", request: web.Request) -> web.Response:
    company, faults = bamboo.company, bamboo.faults
    employee, table = request.match_info["id"], company.tables.get(request.match_info["table"])
    if table is None or employee not in company.employees:
        return refused(400, "Invalid employee ID or table name")
    if f"{table.alias}.{table.dated}" in company.unwritable:
        return refused(403, "You do not have permission to delete rows of this table")
    if employee in faults.pending:
        return refused(409, "The row has pending approval changes")
    if employee in faults.no_schedule:
        return refused(412, "The row is tied to an active pay schedule")
    row = _row(company, request, table)
    if row is None or faults.delete_refused:
        return web.json_response({"success": False, "error": faults.delete_refused or "Row not found"})
    company.delete_row(row, table.alias)
    return web.json_response({"success": True, "error": None})


def _row(company: Company, request: web.Request, table: Table) -> Row | None:
    wanted = request.match_info["row"], request.match_info["id"]
    return next((row for row in company.rows[table.alias] if (str(row.id), row.employee) == wanted), None)
