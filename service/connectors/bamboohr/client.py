"""Requests to BambooHR with everything that is peculiar to its answers, in one place.

Too many requests are told by 429, by 503, and by a 200 whose body holds an error. A header says why something was
refused; it is told on only where it is about no person.
A new option of a list is answered in XML, a new row with nothing. A row that was not deleted is a 200, too.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from urllib.parse import quote, urlencode

from service.connectors.bamboohr.settings import Credentials, Settings
from service.connectors.kinds import Tools
from service.connectors.sinks import Failed, NotTaken, Postponed, Throttled
from service.connectors.wire import Reply, Wire

ERROR_HEADER = "X-BambooHR-Error-Message"
_TOKEN_MARGIN_SECONDS = 60.0
_HELD = {
    404: ("unknown-there", "they know nobody of that id, or do not let these credentials see them"),
    406: ("value-refused-there", "they refuse a value, such as one that its list does not have any more"),
    409: ("conflict-there", "a change of this person waits for approval there, or their payroll is against it"),
    412: ("pay-schedule-needed-there", "this person needs an active pay schedule there, or the row hangs on one"),
}
"""What of a row's refusals is about that person, so that nobody else waits for it: as code and reason."""
UNKNOWN, _ = _HELD[404]
_ROW = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """`values` has what its fields hold; those that may not be seen are missing, empty ones are None."""

    id: str
    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """A list of an account: the names it knows, and those that it has put away."""

    field_id: str
    editable: bool
    names: frozenset[str]
    archived: frozenset[str]


class Client:
    """One account, with one set of credentials."""

    def __init__(self, settings: Settings, credentials: Credentials, tools: Tools) -> None:
        self._settings = settings
        self._credentials = credentials
        self._wire: Wire = tools.wires.trusting(settings.trusted_ca)
        self._now_seconds = tools.now_seconds
        self._token: str | None = None
        self._token_until = 0.0

    async def tables(self) -> Mapping[str, frozenset[str]]:
        """Names of the fields of each table."""
        found = _listed(await self.read("/meta/tables", permission="the account's tables"))
        return {str(one["alias"]): _names(one.get("fields")) for one in found if one.get("alias")}

    async def list_of(self, alias: str) -> ListOptions | None:
        """The list that a field has its values from; None where there is none of that name."""
        for one in _listed(await self.read("/meta/lists", permission="the account's lists")):
            if alias in (one.get("alias"), one.get("name")):
                options = _listed(one.get("options"))
                gone = frozenset(str(part.get("name")) for part in options if part.get("archived") == "yes")
                return ListOptions(
                    field_id=str(one.get("fieldId")),
                    editable=one.get("manageable") != "no",
                    names=frozenset(str(part.get("name")) for part in options) - gone,
                    archived=gone,
                )
        return None

    async def add_option(self, options: ListOptions, name: str) -> None:
        """Raises NotTaken; that it is there by now is no refusal."""
        reply = await self._call(
            "PUT", f"/meta/lists/{quote(options.field_id, safe='')}", document={"options": [{"value": name}]}
        )
        if reply.status == 403:
            reason = f"{name} is no option of its list there, and these credentials may not add it"
            raise NotTaken(Postponed(code="title-not-in-list", reason=reason))
        if reply.status != 409:
            # What comes back is XML, and tells nothing that is not read again.
            self._refuse(reply, permission="changing lists")

    async def rows(self, employee: str, table: str) -> tuple[TableRow, ...]:
        """All rows of a person in a table, unsorted."""
        found = await self.read(_path(employee, table), permission=f"reading the table {table}", table=table)
        if not isinstance(found, list):
            raise NotTaken(Failed(status=502, reason="rows of a table are not a list in their answer"))
        return tuple(
            TableRow(id=str(one["id"]), values={name: one[name] for name in one if name not in ("id", "employeeId")})
            for one in _listed(cast(object, found))
            if _ROW.fullmatch(str(one.get("id")))
        )

    async def create(self, employee: str, table: str, values: Mapping[str, Any]) -> None:
        """Which row it is has to be read again."""
        reply = await self._call("POST", _path(employee, table), document=values)
        self._refuse(reply, permission=f"writing the table {table}", table=table)

    async def update(self, employee: str, table: str, row: str, values: Mapping[str, Any]) -> None:
        """What they left out has to be read again."""
        reply = await self._call("POST", _path(employee, table, row), document=values)
        self._refuse(reply, permission=f"writing the table {table}", table=table)

    async def delete(self, employee: str, table: str, row: str) -> bool:
        """Whether they say that it is deleted; where not, it may have been gone before."""
        reply = await self._call("DELETE", _path(employee, table, row))
        self._refuse(reply, permission=f"deleting from the table {table}", table=table)
        told = reply.json()
        return not (isinstance(told, dict) and cast(dict[str, Any], told).get("success") is False)

    async def read(
        self, path: str, *, params: Mapping[str, str] | None = None, permission: str, table: str | None = None
    ) -> Any:
        """What a GET answers, parsed. Raises NotTaken, also for what is no JSON."""
        reply = await self._call("GET", path, params=params)
        self._refuse(reply, permission=permission, table=table)
        found = reply.json()
        if found is None:
            raise NotTaken(Failed(status=502, reason="their answer is no JSON"))
        return found

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Once, and once more with a new token where the one that was kept is not good any more."""
        kept = self._token
        headers = {"Accept": "application/json", "Authorization": await self._authorization()}
        body = None
        if document is not None:
            body = json.dumps(document, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        url = self._settings.url + path
        reply = await self._wire.call(method, url, headers=headers, params=params, body=body)
        if reply.status == 401 and kept is not None:
            self._token = None
            headers["Authorization"] = await self._authorization()
            reply = await self._wire.call(method, url, headers=headers, params=params, body=body)
        return reply

    def _refuse(self, reply: Reply, *, permission: str, table: str | None = None) -> None:
        """Raises NotTaken for everything that is not done."""
        status = _inner_status(reply) or reply.status
        if status in (429, 503):
            raise NotTaken(Throttled(seconds=reply.retry_after(now_seconds=self._now_seconds())))
        if 200 <= status <= 299:
            return
        # What they say of a person's row may name them, or quote their pay.
        said = reply.said(ERROR_HEADER if table is None else None)
        if status == 401:
            self._token = None
            raise NotTaken(Failed(status=401, reason=f"these credentials are not known there: {said}"))
        if status == 403:
            raise NotTaken(Failed(status=403, reason=f"these credentials lack the permission for {permission}: {said}"))
        if table is not None and status in _HELD:
            code, reason = _HELD[status]
            raise NotTaken(Postponed(code=code, reason=f"{permission}: {reason}"))
        raise NotTaken(Failed(status=status if status >= 400 else 502, reason=f"{permission}: {said}"))

    async def _authorization(self) -> str:
        if self._credentials.api_key is not None:
            return "Basic " + base64.b64encode(f"{self._credentials.api_key}:x".encode()).decode()
        if self._token is None or self._now_seconds() >= self._token_until:
            await self._take_token()
        return f"Bearer {self._token}"

    async def _take_token(self) -> None:
        given = self._credentials
        form = {"client_id": given.client_id or "", "client_secret": given.client_secret or ""}
        if given.refresh_token is not None:
            form |= {"grant_type": "refresh_token", "refresh_token": given.refresh_token}
        else:
            form |= {"grant_type": "client_credentials"}
        reply = await self._wire.call(
            "POST",
            self._settings.tokens,
            params={"request": "token"},
            headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
        )
        if reply.status in (429, 503):
            raise NotTaken(Throttled(seconds=reply.retry_after(now_seconds=self._now_seconds())))
        told = reply.json()
        token = cast(dict[str, Any], told).get("access_token") if isinstance(told, dict) else None
        if not reply.ok or not isinstance(token, str):
            raise NotTaken(Failed(status=401, reason=f"they give these credentials no token: {reply.said()}"))
        lives = amount_of(cast(dict[str, Any], told).get("expires_in")) or Decimal(0)
        self._token = token
        self._token_until = self._now_seconds() + max(0.0, float(lives) - _TOKEN_MARGIN_SECONDS)


def amount_of(value: object) -> Decimal | None:
    """A number as they write it, exactly; None where it is none."""
    try:
        found = Decimal(str(value).replace(",", "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _inner_status(reply: Reply) -> int | None:
    """The status that an error inside a 200 tells."""
    if not reply.ok or not reply.body.lstrip().startswith(b"{"):
        return None
    told = reply.json()
    error = cast(dict[str, Any], told).get("error") if isinstance(told, dict) else None
    code = cast(dict[str, Any], error).get("code") if isinstance(error, dict) else None
    text = str(code)
    return int(text) if re.fullmatch(r"[45][0-9]{2}", text) else None


def _listed(found: object) -> Sequence[dict[str, Any]]:
    """The objects in what should be a list of them."""
    parts = cast(list[object], found) if isinstance(found, list) else []
    return [cast(dict[str, Any], one) for one in parts if isinstance(one, dict)]


def _names(fields: object) -> frozenset[str]:
    return frozenset(str(one.get("alias") or one.get("name")) for one in _listed(fields))


def _path(employee: str, table: str, row: str | None = None) -> str:
    parts = ["employees", employee, "tables", table, *([row] if row is not None else [])]
    return "".join(f"/{quote(part, safe='')}" for part in parts)
