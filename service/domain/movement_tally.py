"""Counting movement: a person at a time goes in, and what is kept does not grow with their number. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from service.domain.assignments import Row
from service.domain.dates import DateRange
from service.domain.movement import Move, Post, Posts, Selection, adjoins, moves_of
from service.domain.movement_counts import (
    Flows,
    GradeHeadCount,
    GradeTime,
    HeadCount,
    Movement,
    Returns,
    Runs,
    Switches,
    TrackMoves,
)

Jobs = Mapping[str, Sequence[Row]]
"""A person's timelines by job, each in the order of days, as far as they begin before the range ends."""
Place = tuple[str | None, str]
"""Kind of track and grade."""

_ONE_DAY = timedelta(days=1)
_BOTH_WAYS = (("ic", "manager"), ("manager", "ic"))
_FLOWS = ("hires", "rehires", "ends", "moved_in", "moved_out")
_HUNDREDTH = Decimal("0.01")


@dataclass(slots=True, kw_only=True)
class _Outcomes:
    """Of the returns to one kind of track."""

    numbers: Counter[str] = field(default_factory=Counter[str])

    def shown(self, kind: str) -> Returns:
        names = ("people", "on_track", "elsewhere", "left", "higher_grade", "same_grade", "lower_grade")
        counted = {name: self.numbers[name] for name in (*names, "count", "promoted", "promotions")}
        return Returns(to_kind=kind, **counted, links={})


@dataclass(slots=True, kw_only=True)
class _Times:
    """Lengths of runs in days, each with how often it came; how those that ended did."""

    completed: Counter[int] = field(default_factory=Counter[int])
    running: Counter[int] = field(default_factory=Counter[int])
    ended: Counter[str] = field(default_factory=Counter[str])


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts over the days from `first` on and before `end`."""

    first: date
    end: date
    selection: Selection
    posts: Posts
    _days: DateRange = field(init=False)
    _heads: dict[str, Counter[Place | None]] = field(
        default_factory=lambda: {
            name: Counter[Place | None]() for name in ("start people", "start jobs", "end people", "end jobs")
        }
    )
    _flows: Counter[str] = field(default_factory=Counter[str])
    _by_track: dict[str | None, Counter[str]] = field(default_factory=dict[str | None, Counter[str]])
    _switches: dict[tuple[str, str], Counter[str]] = field(
        default_factory=lambda: {way: Counter[str]() for way in _BOTH_WAYS}
    )
    _returns: dict[str, _Outcomes] = field(default_factory=dict[str, _Outcomes])
    _times: dict[Place, _Times] = field(default_factory=dict[Place, _Times])

    def __post_init__(self) -> None:
        self._days = DateRange(start=self.first, end=self.end)

    def add(self, people: Sequence[Jobs]) -> None:
        """Count these people, each of whom is given once."""
        for jobs in people:
            self._count_heads("start", jobs, self.first - _ONE_DAY)
            self._count_heads("end", jobs, self.end - _ONE_DAY)
            returned: set[str] = set()
            for rows in jobs.values():
                moves = list(moves_of(rows, self.posts))
                for move in moves:
                    if self._days.contains(move.on):
                        self._count_move(move, rows, moves, returned)
                self._count_times(rows)
            for kind in returned:
                self._returns[kind].numbers["people"] += 1

    def result(self) -> Movement:
        tracks = sorted(self._by_track, key=str)
        return Movement(
            start_on=self.first - _ONE_DAY,
            end_on=self.end - _ONE_DAY,
            start=self._head("start", None),
            end=self._head("end", None),
            headcount=self._headcount(),
            flows=Flows(
                **{name: self._flows[name] for name in ("hires", "rehires", "ends", "moved_in", "moved_out")}, links={}
            ),
            promotions=sum(counts["promotion"] for counts in self._by_track.values()),
            demotions=sum(counts["demotion"] for counts in self._by_track.values()),
            by_track=tuple(
                TrackMoves(
                    track_kind=kind,
                    promotions=self._by_track[kind]["promotion"],
                    demotions=self._by_track[kind]["demotion"],
                    links={},
                )
                for kind in tracks
            ),
            switches=tuple(_switches(way, self._switches[way]) for way in sorted(self._switches)),
            returns=tuple(self._returns[kind].shown(kind) for kind in sorted(self._returns)),
            time_at_grade=tuple(
                _grade_time(place, self._times[place]) for place in sorted(self._times, key=self._order)
            ),
        )

    def _headcount(self) -> tuple[GradeHeadCount, ...]:
        places = {place for counter in self._heads.values() for place in counter if place is not None}
        return tuple(
            GradeHeadCount(
                track_kind=place[0],
                grade=place[1],
                start=self._head("start", place),
                end=self._head("end", place),
                links={},
            )
            for place in sorted(places, key=self._order)
        )

    def _order(self, place: Place) -> tuple[str, int, str]:
        kind, grade = place
        return kind or "", self.posts.rank(grade) or 0, grade

    def _head(self, name: str, place: Place | None) -> HeadCount:
        return HeadCount(people=self._heads[f"{name} people"][place], jobs=self._heads[f"{name} jobs"][place])

    def _count_heads(self, name: str, jobs: Jobs, day: date) -> None:
        """Under None, a person counts once however many jobs they hold; under a place, once for that place."""
        places: list[Place] = []
        for rows in jobs.values():
            post = self._on(rows, day)
            if post is not None and self.selection.holds(post):
                places.append((post.kind, post.grade))
        people, held = self._heads[f"{name} people"], self._heads[f"{name} jobs"]
        for place in places:
            held[place] += 1
        for place in set(places):
            people[place] += 1
        held[None] += len(places)
        people[None] += bool(places)

    def _on(self, rows: Sequence[Row], day: date) -> Post | None:
        for row in rows:
            if row.days.contains(day):
                return self.posts.at(row, day)
        return None

    def _count_move(self, move: Move, rows: Sequence[Row], moves: Sequence[Move], returned: set[str]) -> None:
        came, went = self.selection.holds(move.after), self.selection.holds(move.before)
        if move.before is None or move.after is None:
            self._flows[f"{move.kind}s"] += came or went
            return
        self._flows["moved_in"] += came and not went
        self._flows["moved_out"] += went and not came
        if not self.selection.concerns(move):
            return
        if move.kind in {"promotion", "demotion"}:
            self._by_track.setdefault(move.after.kind, Counter())[move.kind] += 1
        elif move.kind == "track_switch":
            way = str(move.before.kind), str(move.after.kind)
            self._switches.setdefault(way, Counter())[_grade_of(move.grades)] += 1
            if move.returns:
                returned.add(way[1])
                self._count_return(move, move.after, rows, moves)

    def _count_return(self, move: Move, taken: Post, rows: Sequence[Row], moves: Sequence[Move]) -> None:
        numbers = self._returns.setdefault(str(taken.kind), _Outcomes()).numbers
        numbers["count"] += 1
        now = self._on(rows, self.end - _ONE_DAY)
        if now is None:
            numbers["left"] += 1
        else:
            numbers["on_track" if now.shares_track(taken) else "elsewhere"] += 1
            numbers[_grade_of(self.posts.steps(taken.grade, now.grade))] += 1
        later = DateRange(start=move.on + _ONE_DAY, end=self.end)
        promotions = sum(one.kind == "promotion" and later.contains(one.on) for one in moves)
        numbers["promotions"] += promotions
        numbers["promoted"] += promotions > 0

    def _count_times(self, rows: Sequence[Row]) -> None:
        for index, row in enumerate(rows):
            after = rows[index + 1] if index + 1 < len(rows) and adjoins(rows, index + 1) else None
            ended = row.effective_to
            if row.days.contains(self.end - _ONE_DAY):
                self._count_running(row)
            elif ended is None or not self._days.contains(ended):
                continue
            elif after is None or after.standing.grade != row.standing.grade:
                self._count_completed(row, ended, after)

    def _count_running(self, row: Row) -> None:
        times = self._times_of(row, self.end - _ONE_DAY)
        if times:
            times.running[(self.end - row.standing.grade_since).days] += 1

    def _count_completed(self, row: Row, ended: date, after: Row | None) -> None:
        times = self._times_of(row, ended - _ONE_DAY)
        if times is None:
            return
        times.completed[(ended - row.standing.grade_since).days] += 1
        if after is None:
            times.ended["left"] += 1
        elif self.posts.maps(self.posts.at(row, ended - _ONE_DAY), self.posts.at(after, ended), ended):
            times.ended["regraded"] += 1
        else:
            times.ended[_grade_of(self.posts.steps(row.standing.grade, after.standing.grade))] += 1

    def _times_of(self, row: Row, day: date) -> _Times | None:
        post = self.posts.at(row, day)
        if not self.selection.holds(post):
            return None
        place = (post.kind, post.grade)
        if place not in self._times:
            self._times[place] = _Times()
        return self._times[place]


def _grade_of(grades: int | None) -> str:
    if not grades:
        return "same_grade"
    return "higher_grade" if grades > 0 else "lower_grade"


def _switches(way: tuple[str, str], counts: Counter[str]) -> Switches:
    named = {name: counts[name] for name in ("same_grade", "higher_grade", "lower_grade")}
    return Switches(from_kind=way[0], to_kind=way[1], count=sum(counts.values()), **named, links={})


def _grade_time(place: Place, times: _Times) -> GradeTime:
    return GradeTime(
        track_kind=place[0],
        grade=place[1],
        completed=runs_of(times.completed),
        promoted=times.ended["higher_grade"],
        demoted=times.ended["lower_grade"],
        left=times.ended["left"],
        regraded=times.ended["regraded"],
        running=runs_of(times.running),
    )


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
