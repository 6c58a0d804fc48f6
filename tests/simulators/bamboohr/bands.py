"""Levels & Bands: read-only, by OAuth only, with money as JSON numbers and neither tracks nor days."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.simulators.bamboohr.callers import BY_OAUTH
from tests.simulators.bamboohr.faults import refused

if TYPE_CHECKING:
    from tests.simulators.bamboohr.server import Bamboo

SCOPE = "pay_grades_and_bands"


@dataclass(slots=True, kw_only=True)
class Level:
    """`low`, `middle` and `high` are texts of numbers, sent as numbers; `titles` are (id, title)."""

    id: int
    name: str
    low: str
    middle: str
    high: str
    currency: str = "EUR"
    titles: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


@dataclass(slots=True, kw_only=True)
class Group:
    id: int
    name: str
    levels: list[Level]


@dataclass(slots=True, kw_only=True)
class PayBands:
    groups: list[Group] = field(default_factory=list[Group])
    status: str = "published"


def routes(bamboo: "Bamboo") -> list[web.RouteDef]:
    base = "/pay-grades-and-bands"

    def levels() -> list[Level]:
        return [level for group in bamboo.bands.groups for level in group.levels]

    def titles() -> list[dict[str, Any]]:
        return [{"id": number, "jobTitle": title} for level in levels() for number, title in level.titles]

    answers: dict[str, Any] = {
        base: lambda: {"groups": [_group(one) for one in bamboo.bands.groups]},
        f"{base}/levels": lambda: [{"levelId": one.id, "levelName": one.name} for one in levels()],
        f"{base}/pay-bands": lambda: [_band(one) for one in levels()],
        f"{base}/job-titles": titles,
        f"{base}/job-titles-with-employees": titles,
        f"{base}/review": lambda: {"groups": [_group(one) for one in bamboo.bands.groups]},
        f"{base}/status": lambda: {"status": bamboo.bands.status},
        f"{base}/status-counts": lambda: {"draft": 0, "published": 1, "historic": 0},
    }

    def route(path: str, make: Any) -> web.RouteDef:
        async def answer(request: web.Request) -> web.Response:
            if not request[BY_OAUTH] or SCOPE not in bamboo.scopes:
                return refused(403, f"The scope {SCOPE} is needed, by OAuth")
            return web.Response(text=as_numbers(make()), content_type="application/json")

        return web.get(path, answer)

    return [route(path, make) for path, make in answers.items()]


class Number(str):
    """A text that stands in JSON as a number, digit by digit."""


def as_numbers(document: Any) -> str:
    """JSON in which the digits of money are those that were set, whatever a float would make of them."""
    found: list[str] = []

    def marked(one: Any) -> Any:
        if isinstance(one, Number):
            found.append(str(one))
            return f"\x00{len(found) - 1}\x00"
        if isinstance(one, dict):
            return {name: marked(value) for name, value in one.items()}  # type: ignore[misc]
        return [marked(value) for value in one] if isinstance(one, list) else one  # type: ignore[misc]

    text = json.dumps(marked(document))
    for number, digits in enumerate(found):
        text = text.replace(f'"\\u0000{number}\\u0000"', digits)
    return text


def _group(one: Group) -> dict[str, Any]:
    return {
        "id": one.id,
        "groupName": one.name,
        "levels": [
            {
                "levelId": level.id,
                "levelName": level.name,
                "payBand": _band(level),
                "jobTitles": [{"id": number, "jobTitle": title} for number, title in level.titles],
                "errors": [],
                "warnings": [],
            }
            for level in one.levels
        ],
    }


def _band(one: Level) -> dict[str, Any]:
    return {
        "levelId": one.id,
        "min": Number(one.low),
        "mid": Number(one.middle),
        "max": Number(one.high),
        "currencyCode": one.currency,
        "percentageRange": None,
        "compensationType": "salary",
    }
