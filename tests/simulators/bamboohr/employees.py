"""People over the wire: one, pages of all, and who changed."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.simulators.bamboohr.company import Company
from tests.simulators.bamboohr.faults import refused

if TYPE_CHECKING:
    from tests.simulators.bamboohr.server import Bamboo

MOST_FIELDS = 400
USUAL_PAGE = 100


def routes(bamboo: "Bamboo") -> list[web.RouteDef]:
    company = bamboo.company
    return [
        web.get("/employees/changed", partial(_changed, company)),
        web.get("/employees", partial(_page, company)),
        web.get("/employees/{id}", partial(_one, company)),
    ]


async def _one(company: Company, request: web.Request) -> web.Response:
    """Fields that a caller may not see are left out. Values of future rows only with onlyCurrent=false."""
    employee = request.match_info["id"]
    wanted = [name for name in request.query.get("fields", "").split(",") if name]
    if employee not in company.employees:
        return refused(404, "The employee does not exist")
    if len(wanted) > MOST_FIELDS:
        return refused(400, "At most 400 fields")
    held = company.current(employee)
    if request.query.get("onlyCurrent", "true").lower() in ("false", "0"):
        held |= _latest(company, employee)
    seen = {name: held[name] for name in wanted if name in held and not hidden(company, name)}
    return web.json_response({"id": employee, **seen})


async def _page(company: Company, request: web.Request) -> web.Response:
    """Ordered by id. Unknown fields are ignored; those a caller may not see are null and named."""
    limit = int(request.query.get("page[limit]", USUAL_PAGE))
    after = request.query.get("page[after]", "")
    wanted = [name for name in request.query.get("fields", "").split(",") if name]
    ids = sorted(company.employees, key=lambda one: (len(one), one))
    if after:
        ids = [one for one in ids if (len(one), one) > (len(after), after)]
    page, more = ids[:limit], len(ids) > limit
    people: list[dict[str, Any]] = []
    for employee in page:
        held = company.current(employee)
        known = [name for name in wanted if name in held]
        restricted = [name for name in known if hidden(company, name)]
        seen = {name: None if name in restricted else held[name] for name in known}
        people.append({"id": employee, **seen, **({"_restrictedFields": restricted} if restricted else {})})
    cursor = page[-1] if more else None
    return web.json_response({"data": people, "meta": {"page": {"nextCursor": cursor}}})


async def _changed(company: Company, request: web.Request) -> web.Response:
    try:
        since = datetime.fromisoformat(request.query["since"])
    except (KeyError, ValueError):
        return refused(400, "since is missing or is no ISO 8601 date")
    wanted = request.query.get("type")
    found = {
        employee: {"id": employee, "action": action, "lastChanged": at.isoformat().replace("+00:00", "Z")}
        for employee, (at, action) in company.changed.items()
        if at > since and (wanted is None or action.lower() == wanted)
    }
    latest = max((at for at, _action in company.changed.values()), default=since)
    return web.json_response({"latest": latest.isoformat().replace("+00:00", "Z"), "employees": found})


def hidden(company: Company, name: str) -> bool:
    return name in company.unreadable or any(f"{table}.{name}" in company.unreadable for table in company.tables)


def _latest(company: Company, employee: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for alias, table in company.tables.items():
        rows = company.rows_of(employee, alias)
        if rows:
            found.update({name: rows[-1].values[name] for name in table.fields if name not in (table.dated, "comment")})
    return found
