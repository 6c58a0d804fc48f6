"""What the owner of an endpoint is told of its health, and when it is disabled: pure, in virtual time."""

from dataclasses import replace

import pytest

from service.webhooks.health import APART, HOUR, LIMIT, MOST_GAP, SECOND
from tests.webhooks.course import NEW, START, Course, failing


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (0.7, ["opened"]),
        (1.3, ["opened", "1h"]),
        (23.7, ["opened", "1h"]),
        (24.3, ["opened", "1h", "24h"]),
        (89.7, ["opened", "1h", "24h"]),
        (90.3, ["opened", "1h", "24h", "75%"]),
        (119.7, ["opened", "1h", "24h", "75%"]),
        (120.3, ["opened", "1h", "24h", "75%", "disabled"]),
        (500, ["opened", "1h", "24h", "75%", "disabled"]),
    ],
)
def test_warnings_come_once_each_and_then_it_is_disabled(hours: float, told: list[str]) -> None:
    course = failing(hours)
    assert course.told == told
    assert (course.health.state == "disabled") == (told[-1] == "disabled")
    assert {one.failing_since for one in course.notices} == {START + 1_000}
    for one in course.notices[1:4]:
        assert one.disabled_at == pytest.approx(START + LIMIT, abs=10 * SECOND)


def test_after_a_success_warnings_begin_anew() -> None:
    course = failing(30).take(".").take("xxxxx")
    assert course.told == ["opened", "1h", "24h", "recovered", "opened"]
    assert (course.health.failing_us, course.health.told) == (4_000, 1)


def test_time_in_which_we_were_down_proves_nothing() -> None:
    """Two failures six days apart: the sender stood still in between."""
    course = Course().take("x")
    course.take("x", every=6 * 24 * HOUR)
    assert course.health.state == "healthy"
    assert course.health.failing_us == MOST_GAP
    course = failing(100)
    proved = course.health.failing_us
    course.now += 10 * 24 * HOUR
    course.probe("x")
    assert (course.health.state, course.health.failing_us) == ("open", proved + MOST_GAP)


def test_five_days_need_two_failures_twelve_hours_apart() -> None:
    almost = replace(NEW, fail_since=START - APART + 2_000, last_fail_at=START, failing_us=LIMIT)
    assert Course(almost).take("x", every=1_000).health.state == "healthy"
    assert Course(almost).take("x", every=2_000).health.state == "disabled"


def test_one_poison_event_disables_nobody() -> None:
    """Its nine tries are days apart; what lies between them is no proof."""
    course = Course()
    for hours in (0, 0.1, 0.5, 2, 5, 10, 14, 20, 24, 24, 24):
        course.take("r", every=int(hours * HOUR) + 1, is_first=False)
    assert course.health.state == "degraded"
    assert course.health.failing_us < 5 * HOUR
    assert course.told == ["1h"]


def test_rejections_of_everything_disable_in_the_end() -> None:
    course = Course()
    while course.health.state != "disabled" and course.now < START + 200 * HOUR:
        course.take("r", every=HOUR // 4, is_first=False)
    assert course.now - START == LIMIT + HOUR // 4
    assert course.told == ["1h", "24h", "75%", "disabled"]


def test_rejected_events_are_told_of_at_once_but_hourly_at_most() -> None:
    course = Course().take("r.r.r.", every=10 * 60 * SECOND)
    assert course.told == ["rejected"]
    assert course.take("r", every=20 * 60 * SECOND).told == ["rejected", "rejected"]
    assert course.take("r", every=2 * HOUR, is_first=False).told.count("rejected") == 2, "it was told when it was new"


def test_of_operational_events_nothing_is_told_and_it_is_made_up_for() -> None:
    course = Course().take("xxxxx", is_operational=True)
    assert (course.health.state, course.told) == ("open", [])
    course.probe("x", is_operational=True).take("rr", is_operational=True)
    assert course.told == []
    assert course.take(".").told == [], "nothing was told, so nothing is taken back"
    course = Course().take("xxxxx", is_operational=True).probe("x")
    assert course.told == ["opened"]
    ending = replace(NEW, fail_since=1, last_fail_at=START, failing_us=LIMIT)
    assert Course(ending).take("x", is_operational=True).told == []
    assert Course(replace(ending, told=1)).take("x", is_operational=True).told == ["disabled"]


def test_what_is_known_of_a_quiet_endpoint_is_not_altered_by_a_success() -> None:
    assert NEW.quiet
    assert replace(Course().take(".").health, last_ok_at=None) == NEW
    for other in (Course().take("r"), Course().take("r."), Course().take("xxxxx.")):
        assert not other.health.quiet
