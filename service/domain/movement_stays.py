"""How long people stay at a grade and at a level: runs that end in a range of days, and those that go on. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from service.domain.assignments import Row
from service.domain.dates import DateRange
from service.domain.movement import Move, MoveKind, Post, Posts, Selection, adjoins
from service.domain.movement_counts import GradeTime, LevelTime, Runs

Place = tuple[str | None, str]
"""Kind of track and grade."""
Spot = tuple[str, str, str]
"""Ladder, track (empty on a level that several tracks share) and level."""

_ONE_DAY = timedelta(days=1)
_HUNDREDTH = Decimal("0.01")
_ENDED: Mapping[MoveKind, str] = {
    "promotion": "promoted",
    "demotion": "demoted",
    "track_switch": "switched",
    "end": "left",
}


@dataclass(slots=True, kw_only=True)
class _Times:
    """Lengths of runs in days, each with how often it came; how those that ended did."""

    completed: Counter[int] = field(default_factory=Counter[int])
    running: Counter[int] = field(default_factory=Counter[int])
    ended: Counter[str] = field(default_factory=Counter[str])


@dataclass(slots=True, kw_only=True)
class Stays:
    """Runs of the jobs that are looked at, over the days of a range."""

    days: DateRange
    selection: Selection
    posts: Posts
    _at_grades: dict[Place, _Times] = field(default_factory=dict[Place, _Times])
    _at_levels: dict[Spot, _Times] = field(default_factory=dict[Spot, _Times])

    def add(self, rows: Sequence[Row], moves: Sequence[Move]) -> None:
        """Count a job: its timeline in the order of days, and its moves."""
        kinds: dict[date, MoveKind] = {move.on: move.kind for move in moves}
        since = date.min
        for index, row in enumerate(rows):
            if not (adjoins(rows, index) and _level(rows[index - 1]) == _level(row)):
                since = row.effective_from
            following = rows[index + 1] if index + 1 < len(rows) and adjoins(rows, index + 1) else None
            if row.days.contains(self._last):
                self._go_on(row, since)
            elif row.effective_to is not None and self.days.contains(row.effective_to):
                self._end(row, row.effective_to, following, since, kinds)

    def at_grades(self) -> tuple[GradeTime, ...]:
        """By kind of track and grade, in the order of both."""
        return tuple(
            _grade_time(place, self._at_grades[place])
            for place in sorted(self._at_grades, key=lambda place: order_of(place, self.posts))
        )

    def at_levels(self) -> tuple[LevelTime, ...]:
        """By ladder, track and level."""
        return tuple(_level_time(spot, self._at_levels[spot]) for spot in sorted(self._at_levels))

    @property
    def _last(self) -> date:
        assert self.days.end is not None
        return self.days.end - _ONE_DAY

    def _go_on(self, row: Row, since: date) -> None:
        post = self.posts.at(row, self._last)
        if self.selection.holds(post):
            until = self._last + _ONE_DAY
            self._grade(post).running[(until - row.standing.grade_since).days] += 1
            self._level(post).running[(until - since).days] += 1

    def _end(self, row: Row, ended: date, after: Row | None, since: date, kinds: Mapping[date, MoveKind]) -> None:
        post = self.posts.at(row, ended - _ONE_DAY)
        if not self.selection.holds(post):
            return
        if after is None or after.standing.grade != row.standing.grade:
            times = self._grade(post)
            times.completed[(ended - row.standing.grade_since).days] += 1
            times.ended[self._end_of_grade(post, after, ended)] += 1
        if after is None or _level(after) != _level(row):
            times = self._level(post)
            times.completed[(ended - since).days] += 1
            times.ended[_ENDED.get(kinds[ended], "other")] += 1

    def _end_of_grade(self, post: Post, after: Row | None, ended: date) -> str:
        if after is None:
            return "left"
        there = self.posts.at(after, ended)
        if self.posts.maps(post, there, ended):
            return "regraded"
        grades = self.posts.steps(post.grade, there.grade)
        return "" if not grades else "promoted" if grades > 0 else "demoted"

    def _grade(self, post: Post) -> _Times:
        return self._at_grades.setdefault((post.kind, post.grade), _Times())

    def _level(self, post: Post) -> _Times:
        return self._at_levels.setdefault((post.ladder, post.track or "", post.level), _Times())


def order_of(place: Place, posts: Posts) -> tuple[str, int, str]:
    """Where a place stands among others: by kind of track, then by the rank of its grade."""
    kind, grade = place
    return kind or "", posts.rank(grade) or 0, grade


def runs_of(lengths: Counter[int]) -> Runs:
    """What is said of runs of these lengths in days, each with how often it came."""
    runs, days = lengths.total(), sum(length * times for length, times in lengths.items())
    if not runs:
        return Runs(runs=0, days=0, mean_days=None, median_days=None)
    mean = (Decimal(days) / runs).quantize(_HUNDREDTH, ROUND_HALF_EVEN)
    middle = (_nth(lengths, (runs - 1) // 2) + _nth(lengths, runs // 2)) / Decimal(2)
    return Runs(runs=runs, days=days, mean_days=mean, median_days=middle)


def _nth(lengths: Counter[int], number: int) -> int:
    """The one at an index among all in order."""
    seen = 0
    for length in sorted(lengths):
        seen += lengths[length]
        if number < seen:
            return length
    raise IndexError(number)


def _level(row: Row) -> tuple[str, str]:
    return row.standing.facts.ladder, row.standing.facts.level


def _grade_time(place: Place, times: _Times) -> GradeTime:
    return GradeTime(
        track_kind=place[0],
        grade=place[1],
        completed=runs_of(times.completed),
        **{name: times.ended[name] for name in ("promoted", "demoted", "left", "regraded")},
        running=runs_of(times.running),
    )


def _level_time(spot: Spot, times: _Times) -> LevelTime:
    ladder, track, level = spot
    return LevelTime(
        ladder=ladder,
        track=track or None,
        level=level,
        completed=runs_of(times.completed),
        **{name: times.ended[name] for name in ("promoted", "demoted", "switched", "left", "other")},
        running=runs_of(times.running),
    )
