"""Structure rules of pay calendars: DT063 how periods are stated, DT064 their order, DT065 a zone's calendar."""

from collections.abc import Iterator

from service.domain.company import Company
from service.domain.findings import Finding, repeated, unknown
from service.domain.pay_calendars import LATEST_ANCHOR_DAY, PayCalendar


def calendar_findings(company: Company) -> Iterator[Finding]:
    """Every finding about pay calendars and the zones that name them."""
    known = [calendar.key for calendar in company.pay_calendars]
    yield from repeated(known, "/pay_calendars", "key", "/key")
    for index, calendar in enumerate(company.pay_calendars):
        yield from (finding.under(f"/pay_calendars/{index}") for finding in _calendar(calendar))
    for index, zone in enumerate(company.zones):
        if zone.pay_calendar is not None and zone.pay_calendar not in known:
            yield unknown("DT065", f"/zones/{index}/pay_calendar", "pay calendar", zone.pay_calendar, known)


def _calendar(calendar: PayCalendar) -> Iterator[Finding]:
    by_rule = calendar.frequency is not None or calendar.anchor is not None
    if by_rule == bool(calendar.periods) or (calendar.frequency is None) != (calendar.anchor is None):
        yield Finding(
            rule="DT063",
            pointer="",
            text=f"the periods of pay calendar {calendar.key} are not stated in one way",
            remedy="state `frequency` and `anchor`, or `periods`",
        )
        return
    latest = LATEST_ANCHOR_DAY.get(calendar.frequency or "")
    if calendar.anchor is not None and latest is not None and calendar.anchor.day > latest:
        yield Finding(
            rule="DT063",
            pointer="/anchor",
            text=f"{calendar.frequency} periods cannot begin on day {calendar.anchor.day} of every month",
            remedy=f"begin on one of the days 1 to {latest}, or list `periods`",
        )
    yield from repeated([period.key for period in calendar.periods], "/periods", "period", "/key")
    yield from _order(calendar)


def _order(calendar: PayCalendar) -> Iterator[Finding]:
    for index, period in enumerate(calendar.periods):
        if period.days.is_empty:
            yield Finding(
                rule="DT064",
                pointer=f"/periods/{index}/effective_to",
                text=f"period {period.key} has no day",
                remedy="let `effective_to` be the first day after it",
            )
        elif index and period.effective_from != calendar.periods[index - 1].effective_to:
            before = calendar.periods[index - 1]
            yield Finding(
                rule="DT064",
                pointer=f"/periods/{index}/effective_from",
                text=f"period {period.key} does not begin where {before.key} ends",
                remedy=f"let it begin on {before.effective_to}",
            )
