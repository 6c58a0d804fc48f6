"""What each endpoint may have of what all share, played through with hundreds of them. Pure."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.shares import MOST_IN_FLIGHT, READ_AHEAD_BYTES, in_flight_share, read_ahead_share


@dataclass
class Room:
    """Endpoints that begin what they may; `hanging` never end anything."""

    wants: list[int]

    def __post_init__(self) -> None:
        self.has = [0] * len(self.wants)

    def begin(self, number: int) -> int:
        working = sum(1 for wants, has in zip(self.wants, self.has, strict=True) if wants or has)
        may = in_flight_share(under_way=sum(self.has), mine=self.has[number], working=working)
        count = max(0, min(self.wants[number], may - self.has[number], 256 - self.has[number]))
        self.has[number] += count
        self.wants[number] -= count
        return count

    def end(self, number: int, count: int) -> None:
        self.has[number] -= count


@given(working=st.integers(0, 5_000), under_way=st.integers(0, 5_000), mine=st.integers(0, 300))
def test_everybody_may_have_one_and_nobody_more_than_a_half(working: int, under_way: int, mine: int) -> None:
    share = in_flight_share(under_way=under_way, mine=mine, working=working)
    assert 1 <= share <= MOST_IN_FLIGHT // 2
    assert share <= max(1, MOST_IN_FLIGHT // (working + 1))


@pytest.mark.parametrize("hanging", [1, 10, 300])
def test_endpoints_that_hang_leave_others_room_to_begin(hanging: int) -> None:
    room = Room(wants=[1_000] * hanging + [0] * 40)
    for _ in range(8):
        for number in range(hanging):
            room.begin(number)
    for late in range(hanging, hanging + 40):
        room.wants[late] = 10
        assert room.begin(late) >= 1
        # Each round trip it begins again, until it is done.
        for _ in range(10):
            room.end(late, room.has[late])
            room.begin(late)
        assert (room.wants[late], room.has[late]) == (0, 0)
    assert sum(room.has) <= MOST_IN_FLIGHT + hanging


def test_idle_ones_take_nothing_from_one_with_work() -> None:
    room = Room(wants=[1_000] + [0] * 900)
    for _ in range(10):
        room.begin(0)
    assert room.has[0] == 256


def test_those_that_begin_together_have_about_the_same() -> None:
    room = Room(wants=[1_000] * 20)
    for _ in range(20):
        for number in range(20):
            room.begin(number)
    assert max(room.has) - min(room.has) <= 1
    assert sum(room.has) <= MOST_IN_FLIGHT


def test_what_is_read_ahead_is_bounded_however_many_there_are() -> None:
    for working in (1, 7, 500, 1_000):
        assert read_ahead_share(working=working) * working <= READ_AHEAD_BYTES + 1
