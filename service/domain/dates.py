"""Calendar dates without a zone, and half-open ranges of them. Only this file compares the end of a range."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

EARLIEST = date(1900, 1, 1)
LATEST = date(2999, 12, 31)

_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class BadDate(ValueError):
    """The message says what is wrong with the text and how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """The days d with start <= d < end."""

    start: Annotated[date, Field(description="First day of the range.")]
    end: Annotated[date | None, Field(description="First day after the range; null means it is open.")]

    @property
    def is_empty(self) -> bool:
        return self.end is not None and self.end <= self.start

    def contains(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: "DateRange") -> bool:
        """Whether at least one day lies in both; an empty range overlaps nothing."""
        return not self.intersection(other).is_empty

    def intersection(self, other: "DateRange") -> "DateRange":
        """The days in both; empty when there are none."""
        ends = [end for end in (self.end, other.end) if end is not None]
        return DateRange(start=max(self.start, other.start), end=min(ends) if ends else None)

    def ends_by(self, day: date) -> bool:
        """Whether no day of the range is `day` or later."""
        return self.end is not None and self.end <= day


def parse_date(text: str) -> date:
    """A day written YYYY-MM-DD between 1900-01-01 and 2999-12-31, both included.

    Raises:
        BadDate: for anything else, the other ISO 8601 forms (20260101, 2026-W01-1) included.
    """
    if not _WRITTEN.fullmatch(text):
        raise BadDate(f"{shown(text)} is not a date: write it as YYYY-MM-DD")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadDate(f"{text} is not in the calendar: write a day that exists as YYYY-MM-DD") from None
    return checked_date(day)


def checked_date(day: date) -> date:
    """The same day. Raises BadDate outside the bounds."""
    if not EARLIEST <= day <= LATEST:
        raise BadDate(f"{day.isoformat()} is out of bounds: write a day from {EARLIEST} to {LATEST}")
    return day


def day_text(day: date | None) -> str | None:
    """The text of a day; None where there is none."""
    return day.isoformat() if day else None


def shown(text: str) -> str:
    """The text quoted for a message, cut so that hostile input stays short."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
