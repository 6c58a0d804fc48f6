"""Which file of payroll an act belongs to: the file of a pay period is cut when the period is locked. Pure.

Everything said here of a file that is cut follows from what was recorded by then, so it never alters: the company may
move its calendars afterwards.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from service.domain.company import Company
from service.domain.definitions import Definitions, Recorded
from service.domain.instants import micros_of
from service.domain.pay_calendars import PayCalendar, PayPeriod
from service.domain.refusals import FieldError, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodFile:
    """What is in the file of a period, as known at an instant. Instants are in µs.

    `cut_at` is when the period was or will be locked, and `is_cut` whether it was. In it is what was recorded by
    `known_at` of days before the period's end, but for what was recorded by `since` of days before `after`: that is in
    earlier files. Both are None where there is no period before it.
    """

    calendar: PayCalendar
    period: PayPeriod
    cut_at: int
    is_cut: bool
    known_at: int
    since: int | None
    after: date | None

    def holds(self, *, recorded_at: int, day: date) -> bool:
        """Whether an act that was recorded at an instant and alters days from `day` on is in this file."""
        if recorded_at > self.known_at or day >= self.period.effective_to:
            return False
        if self.since is None or self.after is None:
            return True
        return recorded_at > self.since or day >= self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A period with its calendar, as the company stated them when it was cut, or states them now."""

    calendar: PayCalendar
    period: PayPeriod
    at: int
    is_cut: bool


def period_file(definitions: Definitions, *, calendar: str, period: str, known_at: int) -> PeriodFile:
    """The file of a period, as known at an instant (µs); what is cut by then is bounded by its cutoff.

    Raises NotFound `no-such-calendar` and `no-such-period`.
    """
    cut = _cut(definitions, calendar, period, known_at)
    if cut is None:
        raise _unknown(definitions, calendar, period, known_at)
    bound = cut.at if cut.is_cut else known_at
    before = _before(definitions, calendar, cut, bound)
    since: int | None = None
    if before is not None:
        earlier = _cut(definitions, calendar, before.key, bound)
        since = earlier.at if earlier and earlier.is_cut else bound
    return PeriodFile(
        calendar=cut.calendar,
        period=cut.period,
        cut_at=cut.at,
        is_cut=cut.is_cut,
        known_at=bound,
        since=since,
        after=min(before.effective_to, cut.period.effective_from) if before else None,
    )


def _cut(definitions: Definitions, key: str, period_key: str, known_at: int) -> _Cut | None:
    """When a period was locked first, by what the company stated then; without that, by what it states last.

    None where no calendar of that key ever had such a period.
    """
    last: _Cut | None = None
    for company, following in pairwise((*definitions.companies(known_at), None)):
        assert company is not None
        calendar = _calendar(company.value, key)
        period = calendar.period(period_key) if calendar else None
        if calendar is None or period is None:
            continue
        at = _locked_at(company, calendar, period)
        is_cut = at <= known_at and (following is None or at < following.recorded_at)
        last = _Cut(calendar=calendar, period=period, at=at, is_cut=is_cut)
        if is_cut:
            return last
    return last


def _before(definitions: Definitions, key: str, cut: _Cut, known_at: int) -> PayPeriod | None:
    """The period before one; where its calendar begins with it, that of the calendar as it was stated before."""
    first = cut.period.effective_from
    found = cut.calendar.period_before(first)
    if found is not None:
        return found
    stated = (_calendar(company.value, key) for company in reversed(definitions.companies(known_at)))
    earlier = (calendar.period_before(first) for calendar in stated if calendar)
    return next((period for period in earlier if period), None)


def _locked_at(company: Recorded[Company], calendar: PayCalendar, period: PayPeriod) -> int:
    """The instant (µs) from which on the company, as it is stated there, has the period locked."""
    day = calendar.lock_day(period)
    if day is None:
        return company.recorded_at
    # A midnight that a zone leaves out is taken as the instant at which the day begins there.
    begins = micros_of(datetime.combine(day, time.min, tzinfo=ZoneInfo(company.value.timezone)))
    return max(company.recorded_at, begins)


def _calendar(company: Company, key: str) -> PayCalendar | None:
    return next((calendar for calendar in company.pay_calendars if calendar.key == key), None)


def _unknown(definitions: Definitions, key: str, period: str, known_at: int) -> NotFound:
    company = definitions.company(known_at)
    calendars = company.pay_calendars if company else ()
    found = next((one for one in calendars if one.key == key), None)
    if found is None:
        known = ", ".join(one.key for one in calendars)
        remedy = f"There are {known}." if known else "company.yaml states none under pay_calendars."
        return NotFound(
            "no-such-calendar",
            f"There is no pay calendar {key[:60]}. {remedy}",
            errors=(FieldError(pointer="calendar", detail="it is not known", code="no-such-calendar"),),
        )
    remedy = (
        f"Name a period by its first day; they begin with {found.anchor}."
        if found.anchor
        else f"There are {', '.join(one.key for one in found.periods[:12])}."
    )
    return NotFound(
        "no-such-period",
        f"Calendar {key} has no period {period[:60]}. {remedy}",
        errors=(FieldError(pointer="period", detail="it is not known", code="no-such-period"),),
    )
