from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.dates import EARLIEST, LATEST, BadDate, DateRange, checked_date, parse_date

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2020, 2, 15))
RANGES = st.builds(lambda start, end: DateRange(start=start, end=end), DAYS, st.none() | DAYS)
ALL_DAYS = [date(2020, 1, 1) + timedelta(days=n) for n in range(50)]


def test_the_first_day_is_in_and_the_end_is_out() -> None:
    january = DateRange(start=date(2026, 1, 1), end=date(2026, 2, 1))

    assert january.contains(date(2026, 1, 1))
    assert january.contains(date(2026, 1, 31))
    assert not january.contains(date(2025, 12, 31))
    assert not january.contains(date(2026, 2, 1))


def test_an_open_range_has_no_last_day() -> None:
    open_range = DateRange(start=date(2026, 1, 1), end=None)

    assert open_range.contains(LATEST)
    assert not open_range.ends_by(LATEST)
    assert not open_range.is_empty


def test_ranges_that_touch_do_not_overlap() -> None:
    january = DateRange(start=date(2026, 1, 1), end=date(2026, 2, 1))
    february = DateRange(start=date(2026, 2, 1), end=None)

    assert not january.overlaps(february)
    assert january.ends_by(date(2026, 2, 1))
    assert not january.ends_by(date(2026, 1, 31))


def test_an_empty_range_overlaps_nothing() -> None:
    empty = DateRange(start=date(2026, 1, 5), end=date(2026, 1, 5))

    assert empty.is_empty
    assert not empty.overlaps(DateRange(start=date(2026, 1, 1), end=None))
    assert not empty.contains(date(2026, 1, 5))


@settings(deadline=None)
@given(RANGES, RANGES)
def test_overlap_and_intersection_say_what_the_days_say(one: DateRange, other: DateRange) -> None:
    shared = [day for day in ALL_DAYS if one.contains(day) and other.contains(day)]

    assert one.overlaps(other) is bool(shared)
    assert other.overlaps(one) is bool(shared)
    assert [day for day in ALL_DAYS if one.intersection(other).contains(day)] == shared


@settings(deadline=None)
@given(st.dates(min_value=EARLIEST, max_value=LATEST))
def test_every_day_within_bounds_is_read_as_written(day: date) -> None:
    assert parse_date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1899-12-31", "1899-12-31 is out of bounds: write a day from 1900-01-01 to 2999-12-31"),
        ("3000-01-01", "3000-01-01 is out of bounds: write a day from 1900-01-01 to 2999-12-31"),
        ("2026-02-29", "2026-02-29 is not in the calendar: write a day that exists as YYYY-MM-DD"),
        ("20260101", "'20260101' is not a date: write it as YYYY-MM-DD"),
        ("2026-W01-1", "'2026-W01-1' is not a date: write it as YYYY-MM-DD"),
        ("2026-01-01T00:00", "'2026-01-01T00:00' is not a date: write it as YYYY-MM-DD"),
        ("2026-01-01\n", "'2026-01-01\\n' is not a date: write it as YYYY-MM-DD"),
        ("२०२६-01-01", "'२०२६-01-01' is not a date: write it as YYYY-MM-DD"),
        ("x" * 99, "'" + "x" * 37 + "...' is not a date: write it as YYYY-MM-DD"),
    ],
)
def test_anything_else_is_refused_with_a_remedy(text: str, message: str) -> None:
    with pytest.raises(BadDate) as refusal:
        parse_date(text)

    assert str(refusal.value) == message


def test_the_bounds_themselves_are_allowed() -> None:
    assert checked_date(date(1900, 1, 1)) == date(1900, 1, 1)
    assert checked_date(date(2999, 12, 31)) == date(2999, 12, 31)
