"""Periods of pay calendars by each rule, and from when on they are locked."""

from datetime import date

import pytest

from service.domain.company import company_from_document
from service.domain.dates import DateRange
from service.domain.pay_calendars import PayCalendar
from tests.builders import COMPANY, day


def calendar(**stated: object) -> PayCalendar:
    company = company_from_document({**COMPANY, "pay_calendars": [{"key": "paid", **stated}]})
    return company.pay_calendars[0]


def starts(made: PayCalendar, on: str, count: int) -> list[str]:
    periods = made.periods_from(day(on))
    return [next(periods).effective_from.isoformat() for _ in range(count)]


@pytest.mark.parametrize(
    ("frequency", "anchor", "on", "expected"),
    [
        ("monthly", "2026-01-28", "2026-02-27", ["2026-01-28", "2026-02-28", "2026-03-28"]),
        ("monthly", "2025-12-01", "2026-01-31", ["2026-01-01", "2026-02-01", "2026-03-01"]),
        ("semimonthly", "2026-01-01", "2026-02-15", ["2026-02-01", "2026-02-16", "2026-03-01"]),
        ("semimonthly", "2026-01-13", "2026-03-12", ["2026-02-28", "2026-03-13", "2026-03-28"]),
        ("biweekly", "2024-02-19", "2024-03-03", ["2024-02-19", "2024-03-04", "2024-03-18"]),
        ("weekly", "2026-01-05", "2026-01-12", ["2026-01-12", "2026-01-19", "2026-01-26"]),
        # None before its first.
        ("monthly", "2026-01-01", "2020-01-01", ["2026-01-01", "2026-02-01", "2026-03-01"]),
    ],
)
def test_a_rule_gives_the_period_of_a_day_and_those_after_it(
    frequency: str, anchor: str, on: str, expected: list[str]
) -> None:
    made = calendar(frequency=frequency, anchor=anchor)
    assert starts(made, on, 3) == expected
    assert next(made.periods_from(day(on))).key == expected[0]


@pytest.mark.parametrize("after", [-5, 0, 1, 3])
def test_a_period_locks_some_days_after_its_last_or_before(after: int) -> None:
    made = calendar(frequency="monthly", anchor="2026-01-01", locks_after_days=after)
    january = next(made.periods_from(day("2026-01-10")))
    turns = date.fromordinal(day("2026-01-31").toordinal() + after)
    assert not made.is_locked(january, date.fromordinal(turns.toordinal() - 1))
    assert made.is_locked(january, turns)


def test_what_is_locked_through_a_day_is_locked_whatever_the_clock_says() -> None:
    made = calendar(frequency="monthly", anchor="2026-01-01", locked_through="2026-02-28")
    held = DateRange(start=day("2025-06-01"), end=None)
    assert [one.key for one in made.locked_within(held, day("2026-01-02"))] == ["2026-01-01", "2026-02-01"]
    assert made.next_open(day("2026-01-15"), day("2026-01-02")) == day("2026-03-01")
    assert made.next_open(day("2026-03-09"), day("2026-01-02")) == day("2026-03-09")
    assert made.next_open(day("2025-03-09"), day("2026-01-02")) == day("2025-03-09")


def test_stated_periods_lock_on_days_of_their_own() -> None:
    periods = [
        {"key": "p1", "effective_from": "2026-01-01", "effective_to": "2026-01-29", "locks_on": "2026-01-26"},
        {"key": "p2", "effective_from": "2026-01-29", "effective_to": "2026-02-26", "locks_on": "2026-04-01"},
        {"key": "p3", "effective_from": "2026-02-26", "effective_to": "2026-03-26"},
    ]
    made = calendar(periods=periods)
    held = DateRange(start=day("2026-01-28"), end=None)
    assert [one.key for one in made.locked_within(held, day("2026-01-25"))] == []
    assert [one.key for one in made.locked_within(held, day("2026-01-26"))] == ["p1"]
    # The third goes by its last day, the second is still open.
    assert [one.key for one in made.locked_within(held, day("2026-03-26"))] == ["p1", "p3"]
    assert made.next_open(day("2026-01-02"), day("2026-03-26")) == day("2026-01-29")
    assert made.next_open(day("2026-03-01"), day("2026-03-26")) == day("2026-03-26")
    ends = DateRange(start=day("2026-01-01"), end=day("2026-02-26"))
    assert [one.key for one in made.locked_within(ends, day("2026-03-26"))] == ["p1"]
