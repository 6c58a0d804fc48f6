"""What there is in a company's account: tables, fields and lists, and new options of a list."""

import json
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from xml.sax.saxutils import escape

from aiohttp import web

from tests.simulators.bamboohr.company import Company, ListField
from tests.simulators.bamboohr.faults import refused

if TYPE_CHECKING:
    from tests.simulators.bamboohr.server import Bamboo


def routes(bamboo: "Bamboo") -> list[web.RouteDef]:
    company = bamboo.company
    return [
        web.get("/meta/tables", partial(_tables, company)),
        web.get("/meta/fields", partial(_fields, company)),
        web.get("/meta/lists", partial(_lists, company)),
        web.put("/meta/lists/{id}", partial(_put, company)),
    ]


async def _tables(company: Company, _request: web.Request) -> web.Response:
    return web.json_response(
        [
            {
                "alias": table.alias,
                "fields": [
                    {"id": one.id, "name": one.alias, "alias": one.alias, "type": one.kind}
                    for one in table.fields.values()
                ],
            }
            for table in company.tables.values()
        ]
    )


async def _fields(company: Company, _request: web.Request) -> web.Response:
    """A table's fields, and those of people themselves."""
    of_tables = [
        {"id": one.id, "name": one.alias, "type": one.kind, "alias": one.alias}
        for table in company.tables.values()
        for one in table.fields.values()
    ]
    own = sorted({name for employee in company.employees.values() for name in employee.fields})
    return web.json_response([*of_tables, *({"id": name, "name": name, "type": "text", "alias": name} for name in own)])


async def _lists(company: Company, _request: web.Request) -> web.Response:
    return web.json_response([_list(one) for one in company.lists.values()])


def _list(one: ListField) -> dict[str, Any]:
    return {
        "fieldId": one.id,
        "manageable": "yes" if one.editable else "no",
        "multiple": "no",
        "name": one.name,
        "alias": one.alias,
        "options": [
            {"id": option.id, "archived": "yes" if option.archived else "no", "name": option.value}
            for option in one.options
        ],
    }


async def _put(company: Company, request: web.Request) -> web.Response:
    found = next((one for one in company.lists.values() if str(one.id) == request.match_info["id"]), None)
    if found is None:
        return refused(404, "The list does not exist")
    if not found.editable:
        return refused(403, "The list is not editable")
    options = cast(list[dict[str, Any]], json.loads(await request.read())["options"])
    for option in options:
        if "id" not in option and any(one.value == option["value"] for one in found.options):
            return refused(409, "The option is there already")
    for option in options:
        known = next((one for one in found.options if one.id == option.get("id")), None)
        if known is None:
            company.add_option(found.alias, option["value"])
        else:
            known.value = option.get("value", known.value)
            known.archived = option.get("archived", "yes" if known.archived else "no") == "yes"
    written = "".join(f'<option id="{one.id}">{escape(one.value)}</option>' for one in found.options)
    return web.Response(
        text=f'<list fieldId="{found.id}" manageable="yes"><options>{written}</options></list>',
        content_type="text/xml",
    )
