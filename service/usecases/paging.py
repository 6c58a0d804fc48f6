"""Parts of a list, walked both ways by the place that an item has in the order of the list."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Item = TypeVar("Item", covariant=True)
Shown = TypeVar("Shown")

Place = tuple[Any, ...]
"""What an item is ordered by, unique in its list: texts, whole numbers and days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part is wanted: `limit` items at most, behind `place` or, `backward`, before it; None is the beginning."""

    limit: int
    place: Place | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[Item]):
    """Items in the order of the list and the place of each; whether there is more before and behind them."""

    items: tuple[Item, ...]
    places: tuple[Place, ...]
    more_before: bool
    more_after: bool

    @property
    def before(self) -> Place | None:
        """Where to go on backward; None where there is nothing more."""
        return self.places[0] if self.places and self.more_before else None

    @property
    def after(self) -> Place | None:
        """Where to go on; None where there is nothing more."""
        return self.places[-1] if self.places and self.more_after else None

    def each(self, show: Callable[[Item], Shown]) -> "Part[Shown]":
        """The same part with something else made of every item."""
        return self.holding([show(item) for item in self.items])

    def holding(self, shown: Sequence[Shown]) -> "Part[Shown]":
        """The same part with what was made of its items, one of each."""
        return Part(items=tuple(shown), places=self.places, more_before=self.more_before, more_after=self.more_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Item]):
    """A part of a list and what bounds it: the day, None if it is the same on any, and the instant (µs).

    `total` is None unless it was asked for.
    """

    part: Part[Item]
    effective_on: date | None
    known_at: int
    total: int | None = None


def part(found: Sequence[T], window: Window, place: Callable[[T], Place]) -> Part[T]:
    """What is shown of `found`, which was read in the direction of the walk and holds one item more if there is one."""
    shown = tuple(found[: window.limit])
    is_more = len(found) > window.limit
    came_from = window.place is not None
    if window.backward:
        shown = shown[::-1]
    before, after = (is_more, came_from) if window.backward else (came_from, is_more)
    return Part(items=shown, places=tuple(place(item) for item in shown), more_before=before, more_after=after)


def part_of(items: Sequence[T], window: Window, numbers: Sequence[int] | None = None) -> Part[T]:
    """A part of a list that is here as a whole. Places are one rising number each; the index for None."""
    numbers = range(len(items)) if numbers is None else numbers
    numbered = list(zip(numbers, items, strict=True))
    if window.place is not None and window.backward:
        numbered = numbered[: bisect_left(numbers, window.place[0])][::-1]
    elif window.place is not None:
        numbered = numbered[bisect_right(numbers, window.place[0]) :]
    return part(numbered, window, lambda one: (one[0],)).each(lambda one: one[1])
