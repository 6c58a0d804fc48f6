"""Requests to Gusto with everything that is peculiar to its answers, in one place.

Money is a text. A row has a version, which every write of it names; one that is not its version any more is a 422 of
its own category. A bearer token is good for some hours; a refresh token once.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import quote

from service.connectors.gusto.settings import Credentials, Settings
from service.connectors.kinds import Tools
from service.connectors.sinks import Failed, NotTaken, Postponed, Throttled, Told
from service.connectors.wire import Reply, Wire
from service.usecases.open_connections import OpenConnection, renew_credentials, reopen_connection

STALE = "invalid_resource_version"
PAY = ("rate", "payment_unit", "flsa_status")


class Refused(NotTaken):
    """With the status of their answer, and `category`, their own word for why."""

    def __init__(self, told: Told, *, status: int = 0, category: str = "") -> None:
        super().__init__(told)
        self.status = status
        self.category = category


@dataclass(frozen=True, slots=True, kw_only=True)
class PayRow:
    """A compensation. `pay` has rate, unit and status as they write them; it is empty where they may not be seen."""

    uuid: str
    version: str
    day: date
    title: str
    pay: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobThere:
    uuid: str
    primary: bool
    rows: tuple[PayRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodThere:
    """Both days belong to it. `deadline` is None where none is told."""

    first: date
    last: date
    schedule: str
    processed: bool
    deadline: datetime | None


class Client:
    """One company, with one set of credentials."""

    def __init__(self, connection: OpenConnection, settings: Settings, credentials: Credentials, tools: Tools) -> None:
        self._connection = connection
        self._settings = settings
        self._credentials = credentials
        self._tools = tools
        self._wire: Wire = tools.wires.trusting(settings.trusted_ca)
        self._renewing = asyncio.Lock()

    async def company(self) -> None:
        """Whether it is there, and may be read. Raises Refused."""
        await self._read(f"/v1/companies/{_part(self._settings.company)}", what="the company")

    async def somebody(self) -> JobThere | None:
        """A job of the first person there; None where there is nobody."""
        path = f"/v1/companies/{_part(self._settings.company)}/employees"
        for person in _objects(await self._read(path, {"page": "1", "per": "1"}, what="people")):
            return next(map(_job, _objects(person.get("jobs"))), None)
        return None

    async def jobs(self, employee: str) -> tuple[JobThere, ...]:
        """All jobs of a person, with what each is paid from which day on."""
        path = f"/v1/employees/{_part(employee)}/jobs"
        found = await self._read(path, {"include": "all_compensations"}, what="jobs", person=True)
        return tuple(map(_job, _objects(found)))

    async def periods(self, first: date, last: date) -> tuple[PeriodThere, ...]:
        """Pay periods with a day from one to another. They tell no more than three months ahead."""
        path = f"/v1/companies/{_part(self._settings.company)}/pay_periods"
        days = {"start_date": first.isoformat(), "end_date": last.isoformat()}
        return tuple(map(_period, _objects(await self._read(path, days, what="pay periods"))))

    async def create(self, job: str, values: Mapping[str, str]) -> PayRow:
        reply = await self._call("POST", f"/v1/jobs/{_part(job)}/compensations", document=values)
        return self._written(reply)

    async def update(self, row: PayRow, values: Mapping[str, str]) -> PayRow:
        """`row` tells by its version what it is based on."""
        document = {"version": row.version, **values}
        return self._written(await self._call("PUT", f"/v1/compensations/{_part(row.uuid)}", document=document))

    async def delete(self, row: PayRow) -> None:
        """One that is not there any more is deleted."""
        reply = await self._call("DELETE", f"/v1/compensations/{_part(row.uuid)}")
        if reply.status != 404:
            self._refuse(reply, what="deleting a compensation", person=True)

    def _written(self, reply: Reply) -> PayRow:
        self._refuse(reply, what="writing a compensation", person=True)
        found = reply.json()
        if not isinstance(found, dict):
            raise Refused(Failed(status=502, reason="their answer to a write is no JSON object"))
        return _row(cast(dict[str, Any], found))

    async def _read(
        self, path: str, params: Mapping[str, str] | None = None, *, what: str, person: bool = False
    ) -> object:
        reply = await self._call("GET", path, params=params)
        self._refuse(reply, what=f"reading {what}", person=person)
        found = reply.json()
        if found is None:
            raise Refused(Failed(status=502, reason=f"their answer is no JSON: reading {what}"))
        return found

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: Mapping[str, str] | None = None,
    ) -> Reply:
        """Once, and once more with a new token where the one that was kept is not good any more."""
        used = self._credentials.access_token
        reply = await self._once(method, path, params, document)
        if reply.status == 401 and await self._renewed(used):
            reply = await self._once(method, path, params, document)
        return reply

    async def _once(
        self, method: str, path: str, params: Mapping[str, str] | None, document: Mapping[str, str] | None
    ) -> Reply:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {self._credentials.access_token}",
            "X-Gusto-API-Version": self._settings.api_version,
        }
        body = None
        if document is not None:
            body = json.dumps(dict(document), ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        url = self._settings.base_url + path
        return await self._wire.call(method, url, headers=headers, params=params, body=body)

    async def _renewed(self, used: str) -> bool:
        """Have another token than the one that was used. Kept before anything is asked with it: the one that it was
        had with is not good any more, and a process may end at any time."""
        async with self._renewing:
            if self._credentials.access_token != used:
                return True
            # Another process may have had one meanwhile, with the refresh token that is kept here.
            kept = await reopen_connection(self._tools.runtime, self._connection)
            if kept.settings != self._connection.settings:
                # They are for where it leads by now, and not for here. The next write goes there.
                return False
            self._credentials = Credentials.model_validate_json(json.dumps(dict(kept.credentials)))
            if self._credentials.access_token != used:
                return True
            if not self._credentials.renews:
                return False
            form = {
                "grant_type": "refresh_token",
                "client_id": self._credentials.client_id,
                "client_secret": self._credentials.client_secret,
                "refresh_token": self._credentials.refresh_token,
            }
            reply = await self._wire.call(
                "POST",
                f"{self._settings.base_url}/oauth/token",
                headers={"Accept": "application/json", "Content-Type": "application/json"},
                body=json.dumps(form).encode(),
            )
            told = reply.json()
            found = cast(dict[str, Any], told) if reply.ok and isinstance(told, dict) else {}
            token, following = found.get("access_token"), found.get("refresh_token")
            if not isinstance(token, str) or not isinstance(following, str):
                return False
            renewed = {"access_token": token, "refresh_token": following}
            self._credentials = self._credentials.model_copy(update=renewed)
            await renew_credentials(self._tools.runtime, kept, self._credentials.model_dump(mode="json"))
            return True

    def _refuse(self, reply: Reply, *, what: str, person: bool = False) -> None:
        """Raises Refused for everything that is not done. What they say may quote pay: it is not told on."""
        status = reply.status
        if reply.ok:
            return
        if status in (429, 503):
            raise Refused(Throttled(seconds=reply.retry_after(now_seconds=self._tools.now_seconds())), status=status)
        categories = [str(one.get("category", ""))[:60] for one in _objects(_member(reply.json(), "errors"))]
        category = next((one for one in categories if one), "")
        said = reply.said() + (f" ({category})" if category.replace("_", "").isalnum() else "")
        told: Told = Failed(status=status if status >= 400 else 502, reason=f"{what}: {said}")
        if status == 401:
            told = Failed(status=401, reason="the access token is not good, and there is no way to a new one")
        elif status == 403:
            told = Failed(status=403, reason=f"the access token lacks the scope for {what}: {said}")
        elif person and status in (404, 409, 422):
            code = "unknown-there" if status == 404 else "refused-there"
            told = Postponed(code=code, reason=f"{what}: {said}")
        raise Refused(told, status=status, category=STALE if STALE in categories else category)


def _job(found: Mapping[str, Any]) -> JobThere:
    rows = sorted(map(_row, _objects(found.get("compensations"))), key=lambda row: row.day)
    return JobThere(uuid=str(found.get("uuid")), primary=found.get("primary") is True, rows=tuple(rows))


def _row(found: Mapping[str, Any]) -> PayRow:
    try:
        day = date.fromisoformat(str(found["effective_date"]))
        row = PayRow(uuid=str(found["uuid"]), version=str(found["version"]), day=day, title="", pay={})
    except (KeyError, ValueError):
        raise Refused(Failed(status=502, reason="a compensation of theirs has no uuid, version or day")) from None
    pay = {name: str(found[name]) for name in PAY if found.get(name) is not None}
    return replace(row, title=str(found.get("title") or ""), pay=pay)


def _period(found: Mapping[str, Any]) -> PeriodThere:
    payroll = cast(dict[str, Any], found.get("payroll") or {})
    try:
        first, last = (date.fromisoformat(str(found[name])) for name in ("start_date", "end_date"))
        deadline = payroll.get("payroll_deadline")
        return PeriodThere(
            first=first,
            last=last,
            schedule=str(found.get("pay_schedule_uuid")),
            processed=payroll.get("processed") is True,
            deadline=datetime.fromisoformat(str(deadline)) if deadline else None,
        )
    except (KeyError, ValueError):
        raise Refused(Failed(status=502, reason="a pay period of theirs has no days")) from None


def _objects(found: object) -> Sequence[dict[str, Any]]:
    return list(_each(found))


def _each(found: object) -> Iterator[dict[str, Any]]:
    """The objects in what should be a list of them."""
    for one in cast(list[object], found) if isinstance(found, list) else []:
        if isinstance(one, dict):
            yield cast(dict[str, Any], one)


def _member(found: object, name: str) -> object:
    return cast(dict[str, Any], found).get(name) if isinstance(found, dict) else None


def _part(text: str) -> str:
    """Of a path: nothing in it leads elsewhere."""
    return quote(text, safe="")
