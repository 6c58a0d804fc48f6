"""The states of an endpoint as a pure machine, in virtual time: nothing waits here."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.health import APART, HOUR, LIMIT, MOST_GAP, SECOND, Sign, after, begin_probe, probe_delay_us
from tests.webhooks.course import NEW, START, Course


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
        ("p" * 24, "healthy"),
        ("xxpx", "degraded"),
        ("xxxxpx", "degraded"),
        ("xxxxxp", "degraded"),
        ("xxxxxxxxxxxxxxx", "open"),
    ],
)
def test_states_by_what_came(letters: str, state: str) -> None:
    assert Course().take(letters).health.state == state


def test_an_event_that_has_to_wait_is_neither_failure_nor_success_and_shows_that_the_endpoint_lives() -> None:
    quiet = Course().take("p" * 30)
    assert (quiet.health, quiet.told) == (NEW, [])
    failing = Course().take("xx")
    before = failing.health
    failing.take("p", every=HOUR)
    assert failing.health == replace(before, outages=0, outage_since=None, outage_lane=None)
    out = Course().take("xxxxx")
    assert out.told == ["opened"]
    probed = out.probe("p").health
    assert (probed.state, probed.easing, probed.probe_n, probed.outages) == ("degraded", True, 0, 0)
    assert (probed.recent, probed.fail_since) == (0b11111, START + 1_000), "nothing is forgiven yet"
    assert out.told == ["opened"], "nor is anybody told that it works"
    assert out.take(".").told == ["opened", "recovered"]


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
