"""Pay calendars: the periods by which a zone is paid, and from when on each is locked. Pure.

A calendar states its periods by a rule (`frequency` and `anchor`) or one by one (`periods`). Locked means that payroll
has used what held in the period: a change of those days is told to payroll, or refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from service.domain.dates import LATEST, BadDate, DateRange, parse_date
from service.domain.shapes import Key, Label, Otherwise, Within

Frequency = Literal["monthly", "semimonthly", "biweekly", "weekly"]
LockPolicy = Literal["flag", "refuse"]

LATEST_ANCHOR_DAY = {"monthly": 28, "semimonthly": 13}
"""Last day of the month on which such periods may begin: what follows must exist in February too."""
_DAYS = {"biweekly": 14, "weekly": 7}
_HALF = 15
"""Days between the two beginnings within a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPeriod:
    """A period that is paid as one."""

    key: Annotated[Key, Field(description="Key of the period within its calendar.")]
    effective_from: Annotated[date, Field(description="First day of the period.")]
    effective_to: Annotated[date, Field(description="First day after the period.")]
    locks_on: Annotated[
        date | None, Field(description="First day on which it is locked; null leaves it to `locks_after_days`.")
    ]

    @property
    def days(self) -> DateRange:
        return DateRange(start=self.effective_from, end=self.effective_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayCalendar:
    """When people are paid for which days. A rule has no period before its anchor."""

    key: Annotated[Key, Field(description="Key of the calendar.")]
    title: Annotated[Label | None, Field(description="What it is called.")]
    frequency: Annotated[
        Frequency | None,
        Field(description="`monthly`, `semimonthly` (two a month, 15 days apart), `biweekly` or `weekly`."),
    ]
    anchor: Annotated[date | None, Field(description="First day of the first period of a rule, and of none before it.")]
    periods: Annotated[tuple[PayPeriod, ...], Field(description="The periods one by one, in order, without a rule.")]
    locks_after_days: Annotated[
        int,
        Within(-366, 366),
        Otherwise(1),
        Field(description="A period is locked this many days after its last day; negative is before it."),
    ]
    locked_through: Annotated[
        date | None, Field(description="Periods that end on this day or before are locked in any case.")
    ]

    def is_locked(self, period: PayPeriod, today: date) -> bool:
        day = self.lock_day(period)
        return day is None or today >= day

    def lock_day(self, period: PayPeriod) -> date | None:
        """The first day on which a period is locked; None for one that is on any day, by `locked_through`."""
        last = period.effective_to - timedelta(days=1)
        if self.locked_through is not None and last <= self.locked_through:
            return None
        return period.locks_on or last + timedelta(days=self.locks_after_days)

    def period(self, key: str) -> PayPeriod | None:
        """The period of a key; of a rule that is its first day."""
        if self.frequency is None or self.anchor is None:
            return next((period for period in self.periods if period.key == key), None)
        try:
            day = parse_date(key)
        except BadDate:
            return None
        found = next(self.periods_from(day), None)
        return found if found and found.key == key else None

    def period_before(self, day: date) -> PayPeriod | None:
        """The last period that ends before `day` or with the day before it."""
        if self.frequency is None or self.anchor is None:
            return next((period for period in reversed(self.periods) if period.effective_to <= day), None)
        if day <= self.anchor:
            return None
        found = next(self.periods_from(day - timedelta(days=1)), None)
        if found is not None and found.effective_to > day:
            # `day` lies within a period: what is over by then is the one before that.
            return self.period_before(found.effective_from)
        return found

    def periods_from(self, day: date) -> Iterator[PayPeriod]:
        """The period of `day` and all later ones, in order; those of a rule up to the last day there is."""
        if self.frequency is None or self.anchor is None:
            yield from (period for period in self.periods if period.effective_to > day)
            return
        start = self._start(max(day, self.anchor))
        while start <= LATEST:
            end = self._next(start)
            yield PayPeriod(key=start.isoformat(), effective_from=start, effective_to=end, locks_on=None)
            start = end

    def locked_within(self, days: DateRange, today: date) -> Iterator[PayPeriod]:
        """The locked periods that share a day with `days`, in order."""
        for period in self.periods_from(days.start):
            if days.end is not None and period.effective_from >= days.end:
                return
            if self.is_locked(period, today):
                yield period
            elif self.frequency is not None:
                # By a rule a period is never locked before an earlier one.
                return

    def next_open(self, day: date, today: date) -> date:
        """The first day from `day` on that is in no locked period."""
        for period in self.periods_from(day):
            if period.effective_from > day or not self.is_locked(period, today):
                break
            day = period.effective_to
        return day

    def _start(self, day: date) -> date:
        """First day of the rule's period that `day`, not before the anchor, lies in."""
        assert self.frequency and self.anchor
        if self.frequency in _DAYS:
            length = _DAYS[self.frequency]
            return day - timedelta(days=(day - self.anchor).days % length)
        first = self.anchor.day
        if self.frequency == "semimonthly" and day.day >= first + _HALF:
            return day.replace(day=first + _HALF)
        if day.day >= first:
            return day.replace(day=first)
        month_before = day.replace(day=1) - timedelta(days=1)
        return month_before.replace(day=first + (_HALF if self.frequency == "semimonthly" else 0))

    def _next(self, start: date) -> date:
        assert self.frequency and self.anchor
        if self.frequency in _DAYS:
            return start + timedelta(days=_DAYS[self.frequency])
        first = self.anchor.day
        if self.frequency == "semimonthly" and start.day == first:
            return start.replace(day=first + _HALF)
        return (start.replace(day=28) + timedelta(days=4)).replace(day=first)
