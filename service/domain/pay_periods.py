"""Which locked pay periods an act on a timeline alters, and whether it may. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice, pairwise
from typing import Annotated, ClassVar

from pydantic import Field

from service.domain.assignments import Row
from service.domain.company import Company
from service.domain.dates import LATEST, DateRange
from service.domain.definitions import Definitions
from service.domain.pay_calendars import PayCalendar
from service.domain.refusals import Conflict, FieldError
from service.domain.timelines import standing_on

MOST_PERIODS = 120
"""Past this many locked periods of one act none is named: `affected` has the days."""

PERIOD_LOCKED = "period-locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedPeriod:
    """A locked pay period of which an act alters a day."""

    written_often: ClassVar[bool] = True
    """The changes of a batch alter the same ones, dozens each."""

    calendar: Annotated[str, Field(description="Key of the pay calendar.")]
    period: Annotated[str, Field(description="Key of the period; of a rule its first day.")]
    from_: Annotated[date, Field(alias="from", description="First day of the period.")]
    to: Annotated[date, Field(description="First day after the period.")]


Periods = tuple[AffectedPeriod, ...] | None
"""Null past `MOST_PERIODS`."""


def locked_periods(
    old: Sequence[Row],
    new: Sequence[Row],
    *,
    day: date,
    definitions: Definitions,
    today: date,
    override: Sequence[str] = (),
) -> Periods:
    """The locked pay periods altered from one timeline to the other, by calendar and day.

    A calendar is that of the zone before or after. Raises Conflict `period-locked` where the company refuses them,
    unless overridden; it names the first day from `day` on that is open.
    """
    company = definitions.company()
    if company is None or not company.pay_calendars:
        return ()
    altered = list(_altered(old, new, company))
    found = [(_counted if calendar.frequency else _locked)(calendar, days, today) for calendar, days in altered]
    periods = found[0] if len(found) == 1 else _together(found)
    if periods and company.locked_periods == "refuse" and PERIOD_LOCKED not in override:
        raise _refusal(periods[0], _next_open(day, [calendar for calendar, _ in altered], today))
    return periods if len(periods) <= MOST_PERIODS else None


def _together(found: Sequence[tuple[AffectedPeriod, ...]]) -> tuple[AffectedPeriod, ...]:
    """Each once, by calendar and day."""
    each = {(period.calendar, period.from_): period for periods in found for period in periods}
    return tuple(each[key] for key in sorted(each))


def _locked(calendar: PayCalendar, days: DateRange, today: date) -> tuple[AffectedPeriod, ...]:
    """The locked ones that share a day with these, and at most one more than are named."""
    return tuple(
        AffectedPeriod(calendar=calendar.key, period=period.key, from_=period.effective_from, to=period.effective_to)
        for period in islice(calendar.locked_within(days, today), MOST_PERIODS + 1)
    )


_counted = lru_cache(maxsize=512)(_locked)
"""For calendars by a rule: what many changes of a batch alter is counted once. One that lists its periods is as dear to
look up as to walk."""


def _altered(old: Sequence[Row], new: Sequence[Row], company: Company) -> Iterator[tuple[PayCalendar, DateRange]]:
    """The days that differ, with the calendars of who held and who holds the job on them."""
    calendars = {calendar.key: calendar for calendar in company.pay_calendars}
    starts: list[date | None] = [
        *sorted({day for row in (*old, *new) for day in (row.effective_from, row.effective_to) if day})
    ]
    for start, end in pairwise((*starts, None)):
        assert start is not None
        sides = {standing_on(old, start), standing_on(new, start)}
        if len(sides) == 1:
            continue
        zones = sorted({side.facts.zone for side in sides if side and side.facts.zone})
        for zone in filter(None, map(company.zone, zones)):
            if zone.pay_calendar in calendars:
                yield calendars[zone.pay_calendar], DateRange(start=start, end=end)


def _next_open(day: date, calendars: Sequence[PayCalendar], today: date) -> date | None:
    """None when no day is open any more."""
    reached: date | None = None
    while reached != day:
        reached = day
        for calendar in calendars:
            day = calendar.next_open(day, today)
    return day if day <= LATEST else None


def _refusal(period: AffectedPeriod, open_on: date | None) -> Conflict:
    remedy = f"{open_on} is the next open day" if open_on else "no later day is open"
    return Conflict(
        PERIOD_LOCKED,
        f"This alters days of pay period {period.period} of calendar {period.calendar} ({period.from_} to before "
        f"{period.to}), which is locked; {remedy}. Take another day, or record it with an override and its scope.",
        errors=(FieldError(pointer="/effective_on", detail="in a locked pay period", code=PERIOD_LOCKED),),
        extra={"next_open_on": open_on.isoformat() if open_on else None},
    )
