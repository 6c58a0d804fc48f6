"""What is asked of BambooHR when people are read, and what its answers come to."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote

from service.connectors.bamboohr.client import Client
from service.connectors.bamboohr.rows import Row
from service.connectors.intake import Halted
from service.connectors.sinks import Failed, NotTaken, Postponed, Throttled

PAGE = 100
MOST_PAGES = 20_000
"""Of people, in one reading."""
PATIENCE_SECONDS = 60.0
"""How long it is waited at a time when they want fewer requests; if they want longer, the next run goes on."""
_PATIENT = 5
"""How often in a row."""
_WAIT_SECONDS = 1.0
"""Where they do not say for how long."""
_NUMBER = re.compile("[0-9]{1,18}")
_RESTRICTED = "_restrictedFields"


class Missing(Exception):
    """There is nobody of that id."""


class Reader:
    """Reads with one set of credentials. Each call raises Unreachable, and Halted for what they refuse."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def feed(self, after: datetime) -> tuple[datetime, dict[str, str]]:
        """Who has changed since, with what happened, and up to when that is told."""
        found = await self._get("/employees/changed", {"since": _instant(after)}, "reading who has changed")
        try:
            reached = max(after, datetime.fromisoformat(str(_member(found, "latest"))))
        except (ValueError, TypeError):
            raise _unreadable("their feed does not say how far it reaches") from None
        return reached, {one: str(about.get("action")) for one, about in _named(found, "employees").items()}

    async def fed_rows(self, table: str, after: datetime) -> dict[str, list[Row]]:
        """All rows of everybody of whom one has changed since."""
        path = f"/employees/changed/tables/{quote(table, safe='')}"
        found = await self._get(path, {"since": _instant(after)}, f"reading the table {table}")
        return {one: _rows(table, about.get("rows")) for one, about in _named(found, "employees").items()}

    async def rows(self, person: str, table: str) -> list[Row]:
        """Raises Missing."""
        path = f"/employees/{quote(person, safe='')}/tables/{quote(table, safe='')}"
        return _rows(table, await self._get(path, None, f"reading the table {table}", of_person=True))

    async def rows_of_all(self, table: str) -> dict[str, list[Row]]:
        """Of everybody, those too who are not employed any more."""
        found = await self._get(f"/employees/all/tables/{quote(table, safe='')}", None, f"reading the table {table}")
        by_person: dict[str, list[Row]] = {}
        for one in _listed(found, "rows of a table"):
            by_person.setdefault(str(one.get("employeeId")), []).extend(_rows(table, [one]))
        return by_person

    async def fields(self, person: str, names: Sequence[str]) -> dict[str, Any]:
        """What of these may be seen. Raises Missing."""
        path = f"/employees/{quote(person, safe='')}"
        found = await self._get(path, {"fields": ",".join(names)}, "reading people", of_person=True)
        return _visible(cast(dict[str, Any], found) if isinstance(found, dict) else {})

    async def everybody(self, names: Sequence[str]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Ids, each with what of these fields may be seen, page by page."""
        params = {"fields": ",".join(names), "page[limit]": str(PAGE)}
        for _ in range(MOST_PAGES):
            found = await self._get("/employees", params, "reading people")
            for one in _listed(_member(found, "data"), "people"):
                if "id" in one:
                    yield str(one["id"]), _visible(one)
            cursor = _member(_member(_member(found, "meta"), "page"), "nextCursor")
            if not isinstance(cursor, str) or params.get("page[after]") == cursor:
                return
            params = {**params, "page[after]": cursor}
        raise _unreadable(f"their list of people has no end after {MOST_PAGES} pages")

    async def document(self, path: str, permission: str) -> Any:
        return await self._get(path, None, permission)

    async def _get(
        self, path: str, params: Mapping[str, str] | None, permission: str, *, of_person: bool = False
    ) -> Any:
        for left in reversed(range(_PATIENT)):
            try:
                return await self._client.read(path, params=params, permission=permission)
            except NotTaken as refused:
                match refused.told:
                    case Throttled(seconds=seconds):
                        pause = _WAIT_SECONDS if seconds is None else seconds
                        if not left or pause > PATIENCE_SECONDS:
                            raise Halted(
                                "throttled", "they want fewer requests than this takes", "read again later"
                            ) from None
                        await asyncio.sleep(pause)
                    case Failed(status=404) if of_person:
                        raise Missing from None
                    case Failed(reason=reason) | Postponed(reason=reason):
                        raise Halted("refused-there", reason, "see to the credentials' rights there") from None
                    case _:
                        raise
        raise AssertionError("the last try returns or raises")


def _visible(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what may not be seen, which they send as if it were empty."""
    hidden: object = values.get(_RESTRICTED)
    names = cast(list[object], hidden) if isinstance(hidden, list) else []
    return {name: value for name, value in values.items() if name not in names and name not in ("id", _RESTRICTED)}


def _rows(table: str, found: object) -> list[Row]:
    return [
        Row(
            place=f"{table}/{one['id']}",
            number=int(one["id"]) if _NUMBER.fullmatch(str(one["id"])) else 0,
            values={name: value for name, value in one.items() if name not in ("id", "employeeId")},
        )
        for one in _listed(found, "rows of a table")
        if "id" in one
    ]


def _listed(found: object, what: str) -> list[dict[str, Any]]:
    """The objects of a list. Raises Halted for what is no list: it is not taken for an empty one."""
    if not isinstance(found, list):
        raise _unreadable(f"{what} are not a list in their answer")
    return [cast(dict[str, Any], one) for one in cast(list[object], found) if isinstance(one, dict)]


def _named(found: object, name: str) -> dict[str, dict[str, Any]]:
    """The objects in a member, by name. An empty one may also be written as an empty list."""
    member = _member(found, name)
    if member == []:
        return {}
    if not isinstance(member, dict):
        raise _unreadable(f"{name} is missing in their answer")
    of_names = cast(dict[str, object], member)
    return {one: cast(dict[str, Any], about) for one, about in of_names.items() if isinstance(about, dict)}


def _member(found: object, name: str) -> object:
    return cast(dict[str, object], found).get(name) if isinstance(found, dict) else None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _unreadable(detail: str) -> Halted:
    return Halted("unreadable-there", detail, "see whether the address is that of the interface")
