"""Workers and their jobs, read from the tenant's own log on both of its time axes.

A window of entry alone misses what was entered before and takes effect now; a window of effect alone misses what is
entered late for days gone by. So both are asked for, and of everybody in either all days of their log are read.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from service.connectors.kinds import Tools
from service.connectors.sinks import NotTaken
from service.connectors.workday.client import Tenant
from service.connectors.workday.references import at, id_of, listed, named
from service.connectors.workday.refusals import refused_by
from service.connectors.workday.standing import position_of
from service.domain.assignments import PRIMARY
from service.domain.claims import Claim
from service.usecases.open_connections import OpenConnection

PAGE = 100
MOST_PAGES = 10_000
_EVER = datetime(1900, 1, 1, tzinfo=UTC)
_OVERLAP = timedelta(minutes=15)
"""Read twice rather than missed where clocks differ."""


class WorkerSource:
    """A Source. Its cursor is the instant up to which entries were read."""

    def __init__(self, connection: OpenConnection, tools: Tools) -> None:
        self._tenant = Tenant(connection, tools)
        self._system = connection.system
        self._now_seconds = tools.now_seconds
        self._cursor: str | None = None

    @property
    def cursor(self) -> str | None:
        return self._cursor

    async def claims(self, since: str | None) -> AsyncIterator[Claim]:
        """Raises Unreachable, and Unavailable `connection-refused`."""
        now = datetime.fromtimestamp(self._now_seconds(), UTC)
        try:
            workers = await self._everybody(now) if since is None else await self._changed(since, now)
            for worker in workers:
                for claim in await self._rows(worker, now):
                    yield claim
        except NotTaken as not_taken:
            raise refused_by(not_taken.told) from None
        self._cursor = now.isoformat()

    async def _everybody(self, now: datetime) -> list[str]:
        return [found async for found in self._ids({}, now)]

    async def _changed(self, since: str, now: datetime) -> list[str]:
        """In the order in which they come, nobody twice."""
        begun = datetime.fromisoformat(since) - _OVERLAP
        ahead = timedelta(days=self._tenant.settings.look_ahead_days)
        entered = _window(updated=(begun, now), effective=(_EVER, now + ahead))
        effective = _window(updated=(_EVER, now), effective=(begun + ahead, now + ahead))
        found: dict[str, None] = {}
        for window in (entered, effective):
            async for worker in self._ids({"Request_Criteria": window}, now):
                found.setdefault(worker)
        return list(found)

    async def _ids(self, asked: Mapping[str, Any], now: datetime) -> AsyncIterator[str]:
        """Page by page, all as entered by one instant: else somebody could slip from one page to another."""
        for page in range(1, MOST_PAGES + 1):
            answer = await self._tenant.ask(
                "staffing",
                "Get_Workers",
                {
                    **asked,
                    "Response_Filter": {
                        "As_Of_Effective_Date": now.date(),
                        "As_Of_Entry_DateTime": now,
                        "Page": page,
                        "Count": PAGE,
                    },
                    "Response_Group": {"Include_Reference": True},
                },
            )
            for worker in listed(at(answer, "Response_Data", "Worker")):
                found = id_of(at(worker, "Worker_Reference"), self._tenant.settings.worker_id_type)
                if found is not None:
                    yield found
            if page >= int(at(answer, "Response_Results", "Total_Pages") or 1):
                return

    async def _rows(self, worker: str, now: datetime) -> list[Claim]:
        """From which day on each of their jobs is what, as entered by now."""
        until = now + timedelta(days=self._tenant.settings.look_ahead_days)
        days = await self._days(worker, now, until)
        found: list[Claim] = []
        for day in days:
            for claim in self._standing(await self._on(worker, day, now), worker, day):
                before = next((one for one in reversed(found) if one.job == claim.job), None)
                if before is None or _said(before) != _said(claim):
                    found.append(claim)
        return sorted(found, key=lambda one: (one.job, one.effective_on or date.min))

    async def _days(self, worker: str, now: datetime, until: datetime) -> list[date]:
        """Days on which something of theirs took effect, the hire among them."""
        data = await self._read(
            worker,
            {
                "Request_Criteria": _window(updated=(_EVER, now), effective=(_EVER, until)),
                "Response_Filter": {"As_Of_Effective_Date": now.date(), "As_Of_Entry_DateTime": now},
                "Response_Group": {
                    "Include_Reference": True,
                    "Include_Employment_Information": True,
                    "Include_Transaction_Log_Data": True,
                    # What was withdrawn altered its day too.
                    "Include_Subevents_for_Corrected_Transaction": True,
                    "Include_Subevents_for_Rescinded_Transaction": True,
                },
            },
        )
        entries = listed(at(data, "Transaction_Log_Entry_Data", "Transaction_Log_Entry"))
        moments = (at(one, "Transaction_Log_Data", "Transaction_Effective_Moment") for one in entries)
        status = at(data, "Employment_Data", "Worker_Status_Data")
        stated = (at(status, "Hire_Date"), at(data, "Compensation_Data", "Compensation_Effective_Date"))
        days = {one.date() for one in moments if isinstance(one, datetime)} | {one for one in stated if one}
        ended = self._end(status)
        days |= {now.date()} | ({ended} if ended else set())
        return sorted(day for day in days if day <= until.date())

    async def _on(self, worker: str, day: date, now: datetime) -> Any:
        return await self._read(
            worker,
            {
                "Response_Filter": {"As_Of_Effective_Date": day, "As_Of_Entry_DateTime": now},
                "Response_Group": {
                    "Include_Reference": True,
                    "Include_Employment_Information": True,
                    "Include_Compensation": self._tenant.settings.owns_grades,
                },
            },
        )

    async def _read(self, worker: str, asked: Mapping[str, Any]) -> Any:
        kind = self._tenant.settings.worker_id_type
        by_id = {"Request_References": {"Worker_Reference": [named(kind, worker)]}}
        answer = await self._tenant.ask("staffing", "Get_Workers", {**by_id, **asked})
        found = listed(at(answer, "Response_Data", "Worker"))
        return at(found[0], "Worker_Data") if found else None

    def _standing(self, data: Any, worker: str, day: date) -> list[Claim]:
        jobs = listed(at(data, "Employment_Data", "Worker_Job_Data"))
        guidelines = listed(at(data, "Compensation_Data", "Compensation_Guidelines_Data"))
        grade = id_of(
            at(guidelines[0] if guidelines else None, "Compensation_Grade_Reference"), "Compensation_Grade_ID"
        )
        ended = self._end(at(data, "Employment_Data", "Worker_Status_Data"))
        found: list[Claim] = []
        for number, job in enumerate(jobs):
            primary = bool(job.get("Primary_Job")) or len(jobs) == 1
            profile = at(job, "Position_Data", "Job_Profile_Summary_Data", "Job_Profile_Reference")
            position = position_of(job)
            is_over = ended is not None and day >= ended
            found.append(
                Claim(
                    external_ids={self._system: worker},
                    effective_on=day,
                    job=PRIMARY if primary else position or f"position-{number}",
                    level=None if is_over else id_of(profile, "Job_Profile_ID"),
                    grade=None if is_over else grade if primary else None,
                    ended=is_over,
                    place=f"Get_Workers:{worker}/{position or ''}/{day}",
                )
            )
        return found

    def _end(self, status: Any) -> date | None:
        """First day on which they are not employed any more."""
        last: date | None = at(status, "Termination_Date")
        if last is None:
            return None
        return last + timedelta(days=1) if self._tenant.settings.termination_is_last_day else last


def _window(*, updated: tuple[datetime, datetime], effective: tuple[datetime, datetime]) -> dict[str, Any]:
    """What was both entered and effective between two instants each."""
    return {
        "Transaction_Log_Criteria_Data": [
            {
                "Transaction_Date_Range_Data": {
                    "Updated_From": updated[0],
                    "Updated_Through": updated[1],
                    "Effective_From": effective[0],
                    "Effective_Through": effective[1],
                }
            }
        ]
    }


def _said(claim: Claim) -> tuple[object, ...]:
    return claim.job, claim.level, claim.grade, claim.ended
