"""How a recovering endpoint is eased in. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.easing import Easing


def test_each_round_that_works_allows_one_more() -> None:
    easing = Easing(limit=16)
    for allowed in range(1, 16):
        assert (easing.allowed, easing.is_full) == (allowed, False)
        for _ in range(allowed):
            easing.grow()
    assert (easing.allowed, easing.is_full) == (16, True)


def test_a_round_that_is_asked_for_less_halves_it_once() -> None:
    easing = Easing(limit=16, start=16)
    for begun in range(16):
        easing.cut(begun_at=begun, at=100 + begun)
    assert easing.allowed == 8
    easing.cut(begun_at=115, at=200)
    assert easing.allowed == 4
    for begun in (200, 300, 400, 500):
        easing.cut(begun_at=begun, at=begun + 50)
    assert easing.allowed == 1


@pytest.mark.parametrize(("limit", "start", "allowed"), [(1, 1, 1), (4, 9, 4), (4, 0, 1)])
def test_it_stays_within_its_bounds(limit: int, start: int, allowed: int) -> None:
    assert Easing(limit=limit, start=start).allowed == allowed


@given(limit=st.integers(1, 256), steps=st.lists(st.booleans(), max_size=300))
def test_never_none_and_never_more_than_a_step_at_once(limit: int, steps: list[bool]) -> None:
    easing = Easing(limit=limit)
    for number, worked in enumerate(steps):
        before = easing.allowed
        easing.grow() if worked else easing.cut(begun_at=number, at=number)
        assert 1 <= easing.allowed <= min(limit, before + 1)
