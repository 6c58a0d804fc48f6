"""The token bucket: never more than rate * t + burst, whatever comes when; pure, with a clock that is an argument."""

from bisect import bisect_right
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.pace import Pace

RATES = st.sampled_from((0.01, 0.3, 1.0, 3.0, 7.0, 100.0, 333.3, 10_000.0))
BURSTS = st.integers(1, 40)
GAPS = st.lists(st.floats(0, 30), max_size=60)


def sent(pace: Pace, asked: list[float], *, begun: float) -> list[float]:
    """When they go that are wanted at these instants: at once, or as soon as they may."""
    now, gone = begun, list[float]()
    for at in asked:
        now = max(now, at, pace.free_at())
        pace.take(now)
        gone.append(now)
    return gone


def within_bounds(gone: list[float], *, rate: float, burst: int) -> bool:
    """No window from one request to another holds more than the bucket gives, but for the rounding of one instant."""
    slack = Fraction(1, 10**6)
    return all(
        bisect_right(gone, end) - first <= Fraction(rate) * (Fraction(end) - Fraction(begin) + slack) + burst
        for first, begin in enumerate(gone)
        for end in gone[first:]
    )


@given(rate=RATES, burst=BURSTS, gaps=GAPS, begun=st.floats(0, 10**6))
def test_no_window_holds_more_than_the_bucket_gives(rate: float, burst: int, gaps: list[float], begun: float) -> None:
    asked = [begun + sum(gaps[:count]) for count in range(len(gaps))]
    gone = sent(Pace(rate=rate, burst=burst, now=begun, full=True), asked, begun=begun)
    assert gone == sorted(gone)
    assert within_bounds(gone, rate=rate, burst=burst)


@given(rate=RATES, burst=BURSTS, gaps=GAPS, share=st.floats(0, 1))
def test_whoever_takes_over_adds_no_second_burst(rate: float, burst: int, gaps: list[float], share: float) -> None:
    asked = [sum(gaps[:count]) for count in range(len(gaps))]
    cut = int(len(asked) * share)
    first = sent(Pace(rate=rate, burst=burst, now=0.0, full=True), asked[:cut], begun=0.0)
    taken_over = first[-1] if first else 0.0
    second = sent(Pace(rate=rate, burst=burst, now=taken_over, full=False), asked[cut:], begun=taken_over)
    assert within_bounds([*first, *second], rate=rate, burst=burst)


@given(rates=st.tuples(RATES, RATES), bursts=st.tuples(BURSTS, BURSTS), gaps=GAPS)
def test_other_limits_take_over_what_is_in_the_bucket(
    rates: tuple[float, float], bursts: tuple[int, int], gaps: list[float]
) -> None:
    asked = [sum(gaps[:count]) for count in range(len(gaps))]
    pace = Pace(rate=rates[0], burst=bursts[0], now=0.0, full=True)
    first = sent(pace, asked, begun=0.0)
    now = first[-1] if first else 0.0
    altered = pace.altered(rate=rates[1], burst=bursts[1], now=now)
    at_once = sum(1 for at in sent(altered, [now] * 100, begun=now) if at == now)
    assert at_once <= bursts[1]
    if now > 0:
        left = bursts[0] - sum(1 for at in first if at == now)
        assert at_once <= max(0, left) + 1


def test_many_at_the_rate_take_as_long_as_they_should() -> None:
    pace = Pace(rate=3.0, burst=1, now=1_000_000.0, full=True)
    for _ in range(100_000):
        pace.take(pace.free_at())
    assert abs(pace.free_at() - (1_000_000 + 100_000 / 3)) < 1e-6


def test_bursts_are_as_asked_and_a_full_bucket_holds_no_more() -> None:
    pace = Pace(rate=2.0, burst=3, now=0.0, full=True)
    assert sent(pace, [0.0] * 5, begun=0.0) == [0.0, 0.0, 0.0, 0.5, 1.0]
    assert sent(pace, [100.0] * 4, begun=100.0) == [100.0, 100.0, 100.0, 100.5]
    # Without a burst it is one second's worth, and one where that is less.
    assert sent(Pace(rate=2.5, burst=None, now=0.0, full=True), [0.0] * 3, begun=0.0) == [0.0, 0.0, 0.4]
    assert sent(Pace(rate=0.1, burst=None, now=0.0, full=True), [0.0] * 2, begun=0.0) == [0.0, 10.0]
    # An empty bucket gives the first one only when a token has come.
    assert sent(Pace(rate=2.0, burst=3, now=5.0, full=False), [5.0] * 2, begun=5.0) == [5.5, 6.0]


def test_without_a_rate_everything_goes_and_a_rate_given_later_begins_full() -> None:
    pace = Pace(rate=None, burst=None, now=0.0, full=True)
    assert sent(pace, [1.0] * 5, begun=1.0) == [1.0] * 5
    assert sent(pace.altered(rate=1.0, burst=2, now=1.0), [1.0] * 3, begun=1.0) == [1.0, 1.0, 2.0]
    assert sent(
        Pace(rate=1.0, burst=1, now=0.0, full=True).altered(rate=None, burst=None, now=0.0), [0.0] * 3, begun=0.0
    )
