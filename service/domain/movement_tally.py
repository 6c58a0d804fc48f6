"""Counting movement: a person at a time goes in, and what is kept does not grow with their number. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from service.domain.assignments import Row
from service.domain.dates import DateRange
from service.domain.movement import Move, Post, Posts, Selection, moves_of
from service.domain.movement_counts import (
    Flows,
    GradeHeadCount,
    HeadCount,
    Movement,
    Returns,
    Switches,
    TrackMoves,
)
from service.domain.movement_stays import Place, Stays, order_of

Jobs = Mapping[str, Sequence[Row]]
"""A person's timelines by job, each in the order of days, as far as they begin before the range ends."""

_ONE_DAY = timedelta(days=1)
_BOTH_WAYS = (("ic", "manager"), ("manager", "ic"))
_FLOWS = ("hires", "rehires", "ends", "moved_in", "moved_out")


@dataclass(slots=True, kw_only=True)
class _Outcomes:
    """Of the returns to one kind of track."""

    numbers: Counter[str] = field(default_factory=Counter[str])

    def shown(self, kind: str) -> Returns:
        names = ("people", "on_track", "elsewhere", "left", "higher_grade", "same_grade", "lower_grade")
        counted = {name: self.numbers[name] for name in (*names, "count", "promoted", "promotions")}
        return Returns(to_kind=kind, **counted, links={})


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
    _stays: Stays = field(init=False)

    def __post_init__(self) -> None:
        self._days = DateRange(start=self.first, end=self.end)
        self._stays = Stays(days=self._days, selection=self.selection, posts=self.posts)

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
                self._stays.add(rows, moves)
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
            time_at_grade=self._stays.at_grades(),
            time_at_level=self._stays.at_levels(),
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
            for place in sorted(places, key=lambda place: order_of(place, self.posts))
        )

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


def _grade_of(grades: int | None) -> str:
    if not grades:
        return "same_grade"
    return "higher_grade" if grades > 0 else "lower_grade"


def _switches(way: tuple[str, str], counts: Counter[str]) -> Switches:
    named = {name: counts[name] for name in ("same_grade", "higher_grade", "lower_grade")}
    return Switches(from_kind=way[0], to_kind=way[1], count=sum(counts.values()), **named, links={})
