"""How a route is declared to be on its way out: RFC 9745 Deprecation, RFC 8594 Sunset, and where to go instead.

@router.get("/v1/old", …, **retired(since="2027-01-01", sunset="2027-07-01", successor="/v1/new", about="/changelog"))
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, TypedDict

EXTENSION = "x-retirement"
"""Where the contract, and whoever answers for the route, find it."""


class RouteArguments(TypedDict):
    deprecated: bool
    openapi_extra: dict[str, Any]


def retired(*, since: str, sunset: str | None = None, successor: str | None = None, about: str) -> RouteArguments:
    """Arguments of a route. Days are YYYY-MM-DD, from their first moment in UTC; `sunset` None: it is not planned yet.

    `about` is the page that tells why and how to move. Raises ValueError for days that cannot be.
    """
    begun, ends = _moment(since), _moment(sunset) if sunset else None
    if ends is not None and ends < begun:
        raise ValueError("a route cannot end before it is deprecated")
    headers = {"deprecation": f"@{int(begun.timestamp())}"}
    if ends is not None:
        headers["sunset"] = format_datetime(ends, usegmt=True)
    links = [f'<{about}>; rel="deprecation"; type="text/markdown"']
    if successor is not None:
        links.append(f'<{successor}>; rel="successor-version"')
    return {"deprecated": True, "openapi_extra": {EXTENSION: {**headers, "link": ", ".join(links)}}}


def _moment(day: str) -> datetime:
    return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
