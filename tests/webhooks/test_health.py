"""The health of an endpoint as a pure machine, in virtual time: nothing waits here."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.health import (
    APART,
    HOUR,
    LIMIT,
    MOST_GAP,
    SECOND,
    Health,
    Kind,
    Notice,
    Sign,
    after,
    begin_probe,
    probe_delay_us,
)

START = 1_800_000_000 * SECOND
NEW = Health(state="healthy", reason=None, since=0)
LETTERS: dict[str, Kind] = {".": "ok", "x": "outage", "r": "rejected", "t": "throttled"}


class Course:
    """One endpoint through time: attempts and probes, with everything its owner is told."""

    def __init__(self, health: Health = NEW, *, scale: float = 1.0) -> None:
        self.health = health
        self.scale = scale
        self.now = START
        self.notices: list[Notice] = []

    def take(self, letters: str, *, every: int = 1_000, lanes: str = "", **sign: Any) -> "Course":
        """An attempt for each letter, `every` so many µs; lane by lane from `lanes`, else each on its own."""
        for number, letter in enumerate(letters):
            self.now += every
            lane = lanes[number % len(lanes)] if lanes else f"l{number}"
            one = Sign(**{"kind": LETTERS[letter], "at": self.now, "lanes": (lane,), "error": "e", **sign})
            self.health, notices = after(self.health, one, chance=0.5, scale=self.scale)
            self.notices += notices
        return self

    def probe(self, letter: str, **sign: Any) -> "Course":
        """As soon as the next one may go."""
        self.now = max(self.now, self.health.probe_at)
        self.health = begin_probe(self.health, at=self.now, chance=0.5, scale=self.scale)
        return self.take(letter, **sign)

    @property
    def told(self) -> list[str]:
        return [one.warning or one.kind for one in self.notices]


@pytest.mark.parametrize(
    ("letters", "state"),
    [
        ("", "healthy"),
        ("xx", "healthy"),
        ("xx.x", "healthy"),
        ("rrr", "degraded"),
        ("xrx", "degraded"),
        ("ttttttttt", "healthy"),
        ("rrr.", "healthy"),
        ("rr." * 7, "degraded"),
        ("r." * 20, "healthy"),
        ("xxxx", "degraded"),
        ("xxxx.xxxx", "degraded"),
        ("xxxxx", "open"),
        ("xxxxr", "degraded"),
        ("xxxxtx", "degraded"),
        ("rrrrrrrrrrrrrrrrrrrrrrrr", "degraded"),
        ("rrrrrrrrrrrrrrrrrrrrrrrrxxxxx", "open"),
        ("xxxxx.", "healthy"),
        ("xxxxxr", "degraded"),
        ("xxxxxt", "degraded"),
        ("xxxxxxxxxxxxxxx", "open"),
    ],
)
def test_states_by_what_came(letters: str, state: str) -> None:
    assert Course().take(letters).health.state == state


@pytest.mark.parametrize(
    ("lanes", "every", "state"),
    [
        ("a", 1, "degraded"),
        ("a", 2_499_999, "degraded"),
        ("a", 2_500_000, "open"),
        ("ab", 1, "open"),
        ("aaaab", 1, "open"),
        ("baaaa", 1, "open"),
    ],
)
def test_one_lane_opens_only_after_ten_seconds(lanes: str, every: int, state: str) -> None:
    course = Course().take("xxxxx", lanes=lanes, every=every)
    assert course.health.state == state
    assert course.health.outage_lane == ("a" if lanes == "a" else None)
    assert Course(scale=0.001).take("xxxxx", lanes="a", every=2_500).health.state == "open"
    assert Course(scale=0.001).take("xxxxx", lanes="a", every=2_499).health.state == "degraded"


def test_a_batch_of_two_lanes_speaks_for_both() -> None:
    assert Course().take("xxxxx", lanes="a").take("x", lanes="a").health.state == "degraded"
    course = Course()
    for _ in range(5):
        course.take("x", **{"lanes": ""}, every=1)
    assert course.health.outage_lane == "l0"
    both = Sign(kind="outage", at=course.now + 1, lanes=("a", "l0"))
    assert after(course.health, both, chance=0.5, scale=1.0)[0].state == "open"


@pytest.mark.parametrize(
    ("probes", "seconds"), [(0, 30), (1, 60), (2, 120), (3, 240), (4, 480), (5, 900), (6, 900), (10_000, 900)]
)
def test_probes_come_at_doubled_distances_up_to_a_quarter_of_an_hour(probes: int, seconds: float) -> None:
    assert probe_delay_us(probes, chance=0.5, scale=1.0) == seconds * SECOND
    assert probe_delay_us(probes, chance=0.0, scale=1.0) == pytest.approx(seconds * SECOND * 0.8)
    assert probe_delay_us(probes, chance=0.5, scale=0.001) == seconds * 1_000


def test_an_open_endpoint_is_probed_until_it_answers() -> None:
    course = Course().take("xxxxx")
    opened = course.now
    assert course.health.probe_at == opened + 30 * SECOND
    assert (course.health.since, course.health.probe_n) == (opened, 0)
    for waited in (60, 120, 240, 480, 900, 900):
        course.probe("x", every=5 * SECOND)
        assert (course.health.state, course.health.since) == ("open", opened)
        assert course.health.probe_at == course.now + waited * SECOND, "counted from when it failed"
    course.probe(".")
    assert (course.health.state, course.health.easing, course.health.recent) == ("healthy", True, 0)
    assert (course.health.probe_n, course.health.probe_at, course.health.fail_since) == (0, 0, None)
    assert course.told == ["opened", "recovered"]
    assert course.notices[1].failing_since == START + 1_000


def test_a_probe_that_is_never_heard_of_is_followed_as_if_it_had_failed() -> None:
    course = Course().take("xxxxx")
    begun = begin_probe(course.health, at=course.health.probe_at, chance=0.5, scale=1.0)
    assert (begun.state, begun.probe_n) == ("half_open", 1)
    assert begun.probe_at == course.health.probe_at + 30 * SECOND


def test_stragglers_neither_bring_the_probe_nearer_nor_push_it_away() -> None:
    course = Course().take("xxxxx")
    before = course.health.probe_at
    course.take("xxxxxxxxxxx", every=SECOND)
    assert (course.health.state, course.health.probe_at, course.told) == ("open", before, ["opened"])
    assert course.take(".").health.state == "healthy", "a success is proof, whenever it began"


@pytest.mark.parametrize("letter", ["r", "t"])
def test_a_probe_that_is_rejected_shows_that_it_can_be_reached(letter: str) -> None:
    course = Course().take("xxxxx").probe(letter, is_first=False)
    assert (course.health.state, course.health.easing, course.health.probe_at) == ("degraded", True, 0)
    assert course.told == ["opened"], "recovered is said of one that takes events"
    assert course.take(".").told == ["opened", "recovered"]


def failing(hours: float, *, every: int = 900 * SECOND) -> Course:
    """Open, and probed in vain, since so many hours."""
    course = Course().take("xxxxx")
    while course.now - START < hours * HOUR and course.health.state != "disabled":
        course.now += every
        course.health = begin_probe(course.health, at=course.now, chance=0.5, scale=1.0)
        course.take("x")
    return course


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


letters = st.lists(
    st.tuples(
        st.sampled_from("..xxxxxxrt"),
        st.sampled_from("ab"),
        st.sampled_from((1, 1_000, SECOND, 20 * SECOND, 1_200 * SECOND, HOUR, 3 * HOUR, 30 * HOUR)),
        st.booleans(),
    ),
    max_size=60,
)


@given(steps=letters, start=st.integers(0, LIMIT))
def test_whatever_comes(steps: list[tuple[str, str, int, bool]], start: int) -> None:
    """Opened by outages only, told once each, disabled by proof only, and a success puts everything right."""
    course = Course(replace(NEW, fail_since=START - 24 * HOUR, last_fail_at=START, failing_us=start) if start else NEW)
    row: list[tuple[str, int]] = []
    since_ok: list[str] = []
    for letter, lane, pause, is_first in steps:
        before, count = course.health, len(course.notices)
        if before.state == "disabled":
            break
        if before.state == "open" and course.now + pause >= before.probe_at:
            course.health = begin_probe(before, at=course.now, chance=0.5, scale=1.0)
        course.take(letter, lanes=lane, every=pause, is_first=is_first)
        health, fresh = course.health, course.told[count:]
        row = [*row, (lane, course.now)] if letter == "x" else []
        if letter == ".":
            assert health.state in ("healthy", "degraded") and not health.told and health.fail_since is None
            assert fresh == (["recovered"] if since_ok else [])
            assert health.easing or not before.is_open
            since_ok = []
            continue
        if health.state == "open" and not before.is_open:
            assert len(row) >= 5
            assert len({lane for lane, _ in row}) == 2 or row[-1][1] - row[0][1] >= 10 * SECOND
        lasting = [one for one in fresh if one not in ("rejected", "disabled")]
        assert not set(lasting) & set(since_ok)
        since_ok += lasting
        assert health.failing_us <= before.failing_us + min(pause, MOST_GAP)
        if health.state == "disabled":
            assert health.failing_us >= LIMIT
            assert health.last_fail_at and health.fail_since is not None
            assert health.last_fail_at - health.fail_since >= APART
            assert fresh == ["disabled"]
