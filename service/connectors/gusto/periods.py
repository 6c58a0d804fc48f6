"""Their pay periods beside ours: which of them a write would alter, and where the two calendars differ. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from service.connectors.gusto.client import PeriodThere
from service.domain.pay_calendars import PayCalendar, PayPeriod

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodDrift:
    """One difference, in words."""

    day: date
    text: str


def paid(periods: Iterable[PeriodThere], first: date, last: date | None) -> tuple[PeriodThere, ...]:
    """Those for which payroll has run that have a day of [first, last); `last` None is no bound.

    That it has run is the truth: a deadline may have passed without it, and it may run before.
    """
    return tuple(
        period
        for period in periods
        if period.processed and period.last >= first and (last is None or period.first < last)
    )


def named(periods: Sequence[PeriodThere], most: int = 6) -> str:
    """For whoever has to decide."""
    told = ", ".join(f"{period.first} to {period.last}" for period in periods[:most])
    return told + (f" and {len(periods) - most} more" if len(periods) > most else "")


def drift(
    calendar: PayCalendar, theirs: Sequence[PeriodThere], *, first: date, last: date, begins: "DayBegins"
) -> Iterator[PeriodDrift]:
    """What differs between a calendar of ours and a schedule of theirs from one day to another, both included.

    A period of ours that is locked after their deadline takes changes that payroll has not: that is a difference.
    One that is locked before it is none.
    """
    ours = {(one.effective_from, one.effective_to - ONE_DAY): one for one in _ours(calendar, first, last)}
    known = {(one.first, one.last): one for one in theirs if one.last >= first and one.first <= last}
    for days in sorted(ours.keys() | known.keys()):
        own, other = ours.get(days), known.get(days)
        text = f"{days[0]} to {days[1]}"
        if other is None:
            overlapping = next((one for one in known if one[0] <= days[1] and one[1] >= days[0]), None)
            there = f"there it is {overlapping[0]} to {overlapping[1]}" if overlapping else "there is none there"
            yield PeriodDrift(day=days[0], text=f"{text} of {calendar.key}: {there}")
        elif own is None:
            if not any(one[0] <= days[1] and one[1] >= days[0] for one in ours):
                yield PeriodDrift(day=days[0], text=f"{text} there: {calendar.key} has none")
        else:
            yield from _deadline(calendar, own, other, text, begins)


class DayBegins:
    """When a day begins where the company is."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def __call__(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)


def _ours(calendar: PayCalendar, first: date, last: date) -> Iterator[PayPeriod]:
    for period in calendar.periods_from(first):
        if period.effective_from > last:
            return
        yield period


def _deadline(
    calendar: PayCalendar, own: PayPeriod, other: PeriodThere, text: str, begins: DayBegins
) -> Iterator[PeriodDrift]:
    locks = calendar.lock_day(own)
    if locks is None or other.deadline is None:
        return
    at = begins(locks)
    if at > other.deadline:
        told = f"{other.deadline.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        yield PeriodDrift(
            day=own.effective_from,
            text=f"{text} of {calendar.key} is locked from {at:%Y-%m-%dT%H:%MZ} on, after their deadline {told}: lock "
            "it earlier",
        )
