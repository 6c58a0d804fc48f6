"""A row of a payroll file: what an event tells of an act, as payroll needs it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from service.domain.assignments import Assignment
from service.domain.definitions import Definitions
from service.domain.events import PLAIN, ActType, EmployeeReference
from service.domain.pay_periods import MOST_PERIODS, AffectedPeriod, Periods
from service.domain.payroll import PeriodFile

_CORRECTED: ActType = "change.corrected"
_ASSIGNMENT = TypeAdapter(Assignment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What had become of a change by an instant."""

    status: str
    superseded_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayrollChange:
    """One act that payroll has to know for a pay period: a change, or that one was cancelled, corrected, rescinded."""

    position: Annotated[int, Field(description="Place in the feed: what was recorded later has a higher one.")]
    event: Annotated[str, Field(description="Id of the event that tells it.")]
    type: Annotated[str, Field(description="Type of that event, such as track.switched or change.rescinded.")]
    sequence: Annotated[int, Field(description="Place among the person's events.")]
    employee: Annotated[EmployeeReference, Field(description="The person, with ids as they were then.")]
    job: Annotated[str, Field(description="Key of the job: primary unless the person holds several.")]
    change: Annotated[str, Field(description="Id of the change.")]
    kind: Annotated[str, Field(description="Derived kind, such as promotion; new kinds may be added.")]
    reason: Annotated[str | None, Field(description="Opaque code given by the recorder.")]
    status: Annotated[
        str,
        Field(
            description="What had become of the change when the file was cut: scheduled, effective, cancelled, "
            "superseded or rescinded."
        ),
    ]
    supersedes: Annotated[str | None, Field(description="Change that this one replaces.")]
    superseded_by: Annotated[str | None, Field(description="Change that replaced it before the file was cut.")]
    effective_on: Annotated[date, Field(description="First day on which the change holds.")]
    recorded_at: Annotated[str, Field(description="Instant at which the act was recorded.")]
    retroactive: Annotated[bool, Field(description="It was recorded after the first day of what it tells.")]
    alters_paid: Annotated[bool, Field(description="It alters days of a period whose file was cut before.")]
    affected_from: Annotated[date | None, Field(description="First day that it alters; null when it alters none.")]
    affected_to: Annotated[date | None, Field(description="First day that it does not alter; null while open.")]
    affected_periods: Annotated[
        Periods, Field(description="Earlier periods of which it alters a day; null past 120 of them.")
    ]
    backfill: Annotated[bool, Field(description="Part of a first load of history.")]
    changed: Annotated[tuple[str, ...], Field(description="Facts that differ between previous and current.")]
    previous: Annotated[Assignment | None, Field(description="Just before; null where nobody held the job.")]
    current: Annotated[Assignment | None, Field(description="Just after; null where nobody holds the job.")]


def first_day(event: Mapping[str, Any]) -> date:
    """The first day of what an event tells: a correction is about two days where it moves one."""
    change = event["data"]["change"]
    day = date.fromisoformat(change["effective_on"])
    replaced = change.get("supersedes_effective_on")
    return min(day, date.fromisoformat(replaced)) if replaced and event["type"] == _CORRECTED else day


def concerns(event: Mapping[str, Any], file: PeriodFile, definitions: Definitions, *, recorded_at: int) -> bool:
    """Whether an event about a person tells an act that is in this file.

    That a planned change took effect is none: its plan was in the file. Nor is a role beside a job, which moves no pay.
    """
    data = event["data"]
    if data.get("overlay") is not None:
        return False
    if event["type"] in PLAIN and data["change"]["recorded_at"] != event["timestamp"]:
        return False
    if not file.holds(recorded_at=recorded_at, day=first_day(event)):
        return False
    # By what the company said when it was recorded, so that an act never leaves the calendar that it was told to; and
    # by what it said at the cutoff, for those who pay the person from then on.
    stated = filter(None, (definitions.company(recorded_at), definitions.company(file.known_at)))
    zones = set(_zones(data))
    return any(
        zone.key in zones and zone.pay_calendar == file.calendar.key for company in stated for zone in company.zones
    )


def row_of(event: Mapping[str, Any], file: PeriodFile, *, position: int, fates: Mapping[str, Fate]) -> PayrollChange:
    """The row of an event that concerns a file. `fates` are those of its changes, by id."""
    data = event["data"]
    change, affected = data["change"], data["affected"]
    start, end = (_day(affected["from"]), _day(affected["to"])) if affected else (None, None)
    periods = _earlier(file, start, end)
    fate = fates[change["id"]]
    employee = data["employee"]
    return PayrollChange(
        position=position,
        event=event["id"],
        type=event["type"],
        sequence=event["sequence"],
        employee=EmployeeReference(id=employee["id"], key=employee["key"], external_ids=employee["external_ids"]),
        job=data["job"],
        change=change["id"],
        kind=change["kind"],
        reason=change["reason"],
        status=fate.status,
        supersedes=change["supersedes"],
        superseded_by=fate.superseded_by,
        effective_on=date.fromisoformat(change["effective_on"]),
        recorded_at=event["timestamp"],
        retroactive=change["retroactive"],
        alters_paid=periods != (),
        affected_from=start,
        affected_to=end,
        affected_periods=periods,
        backfill=data.get("backfill", False),
        changed=tuple(data["changed"]),
        previous=_assignment(data["previous"]),
        current=_assignment(data["current"]),
    )


def _earlier(file: PeriodFile, start: date | None, end: date | None) -> Periods:
    """Periods before the file's of which a day is altered."""
    if start is None:
        return ()
    found: list[AffectedPeriod] = []
    for period in file.calendar.periods_from(start):
        if period.effective_from >= file.period.effective_from or (end and period.effective_from >= end):
            break
        found.append(
            AffectedPeriod(
                calendar=file.calendar.key,
                period=period.key,
                from_=period.effective_from,
                to=period.effective_to,
            )
        )
        if len(found) > MOST_PERIODS:
            return None
    return tuple(found)


def _zones(data: Mapping[str, Any]) -> Iterator[str]:
    """Zones of everything that held or holds on the days it tells of."""
    affected: Mapping[str, Any] = data["affected"] or {}
    segments: Sequence[Mapping[str, Any]] = affected.get("timeline") or ()
    sides = chain((data["previous"], data["current"]), (segment["assignment"] for segment in segments))
    return (side["zone"] for side in sides if side and side["zone"])


def _assignment(shown: Mapping[str, Any] | None) -> Assignment | None:
    """What an event shows; a band that it may not is none."""
    return _ASSIGNMENT.validate_python({"band": None, **shown}) if shown else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
