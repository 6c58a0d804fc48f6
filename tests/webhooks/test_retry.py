from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.retry import (
    SCHEDULE_SECONDS,
    budget_seconds,
    delay_seconds,
    jittered,
    parse_retry_after,
    postponed_seconds,
)

NOW = 1_800_000_000.0
DAY = 86_400.0


def http_date(seconds_from_now: float) -> str:
    return format_datetime(datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=seconds_from_now), usegmt=True)


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        (1, 5),
        (2, 300),
        (3, 1_800),
        (4, 7_200),
        (5, 18_000),
        (6, 36_000),
        (7, 50_400),
        (8, 72_000),
        (9, 86_400),
        (10, None),
        (11, None),
        (1_000_000, None),
    ],
)
def test_the_schedule_by_number_of_failures(failures: int, expected: float | None):
    assert delay_seconds(failures=failures, random=0.5) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(("random", "expected"), [(0.0, 4.0), (0.25, 4.5), (0.5, 5.0), (0.75, 5.5), (1.0, 6.0)])
def test_jitter_moves_a_delay_by_at_most_a_fifth(random: float, expected: float):
    assert delay_seconds(failures=1, random=random) == pytest.approx(expected)
    assert jittered(seconds=5, random=random) == pytest.approx(expected)


@pytest.mark.parametrize(("scale", "expected"), [(1.0, 300.0), (0.001, 0.3), (0.0, 0.0), (2.0, 600.0)])
def test_scale_multiplies_the_schedule(scale: float, expected: float):
    assert delay_seconds(failures=2, random=0.5, scale=scale) == pytest.approx(expected)


def test_an_endpoint_can_have_its_own_schedule():
    schedule = (1.0, 10.0)
    delays = [delay_seconds(failures=n, random=0.5, schedule=schedule) for n in (1, 2, 3)]
    assert delays == [pytest.approx(1), pytest.approx(10), None]
    assert delay_seconds(failures=1, random=0.5, schedule=()) is None


def test_what_cannot_be_taken_is_tried_each_quarter_of_an_hour_for_a_day_and_then_each_hour():
    told = [postponed_seconds(tries=tries, random=0.5) for tries in (0, 95, 96, 10_000)]
    assert told == [900, 900, 3600, 3600]
    assert sum(postponed_seconds(tries=tries, random=0.5) for tries in range(96)) == 86_400
    assert postponed_seconds(tries=96, random=0.0, scale=0.001) == pytest.approx(2.88)


@pytest.mark.parametrize("failures", [0, -1])
def test_failures_are_counted_from_one(failures: int):
    with pytest.raises(ValueError, match="counted from 1"):
        delay_seconds(failures=failures, random=0.5)


def test_the_budget_is_75_hours_and_35_minutes():
    assert budget_seconds() == 75 * 3600 + 35 * 60 + 5
    assert budget_seconds(scale=0.5, schedule=(10.0, 20.0)) == 15.0


@given(failures=st.integers(1, 9), random=st.floats(0, 1, exclude_max=True))
def test_no_delay_leaves_its_fifth(failures: int, random: float):
    delay = delay_seconds(failures=failures, random=random)
    assert delay is not None
    assert SCHEDULE_SECONDS[failures - 1] * 0.8 <= delay <= SCHEDULE_SECONDS[failures - 1] * 1.2 + 1e-6


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("3600", 3600.0),
        ("0", 1.0),
        ("00", 1.0),
        ("0.2", 1.0),
        ("86400", DAY),
        ("86401", DAY),
        ("315360000", DAY),
        ("99999999999999999999", DAY),
        (http_date(90), 90.0),
        (http_date(-90), 1.0),
        (http_date(3650 * DAY), DAY),
        ("Friday, 15-Jan-27 08:01:00 GMT", 60.0),
        ("Fri Jan 15 08:01:00 2027", 60.0),
        ("Fri, 15 Jan 2027 09:01:00 +0100", 60.0),
    ],
)
def test_retry_after_is_honoured_between_a_second_and_a_day(value: str, expected: float):
    assert parse_retry_after(value, now_seconds=NOW) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "-5",
        "+5",
        "1e3",
        "0x10",
        "soon",
        "NaN",
        "inf",
        "5 seconds",
        "5,6",
        "٥",
        "1" * 21,
        "9" * 5000,
        "Fri, 99 Foo 2027 99:99:99 GMT",
        "Fri, 15 Jan 99999 08:00:00 GMT",
        "2027-01-15T08:01:00Z",
        ":" * 60,
    ],
)
def test_retry_after_that_is_not_understood_counts_as_absent(value: str | None):
    assert parse_retry_after(value, now_seconds=NOW) is None


@given(value=st.text(max_size=70))
def test_no_text_breaks_the_reader(value: str):
    wait = parse_retry_after(value, now_seconds=NOW)
    assert wait is None or 1.0 <= wait <= DAY
