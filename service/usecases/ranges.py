"""The days that a report is about, where some or all of that is left out."""

from datetime import date, timedelta

from service.domain.dates import EARLIEST
from service.domain.refusals import FieldError, Invalid

ONE_DAY = timedelta(days=1)


def asked_range(effective_from: date | None, effective_to: date | None, *, today: date) -> tuple[date, date]:
    """First day, and first day after: they end with today where the end is left out, and are a year long.

    Raises Invalid `empty-range` when no day lies between them.
    """
    end = effective_to or today + ONE_DAY
    first = effective_from or _year_before(end)
    if first >= end:
        raise _empty_range(first, end)
    return first, end


def _year_before(end: date) -> date:
    """The same day of the year before; 28 February for the 29th. Not before the first day that there is."""
    if end.year == EARLIEST.year:
        return EARLIEST
    is_leap_day = (end.month, end.day) == (2, 29)
    return end.replace(year=end.year - 1, day=28 if is_leap_day else end.day)


def _empty_range(first: date, end: date) -> Invalid:
    return Invalid(
        "empty-range",
        f"No day lies from {first} on and before {end}. Let effective_to be later than effective_from.",
        errors=(FieldError(pointer="effective_to", detail=f"is not after {first}", code="empty-range"),),
    )
