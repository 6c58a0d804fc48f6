"""What happened to somebody in a job: the moves that its timeline shows, day by day. Pure.

A move is what differs between the evening before a day and the evening of that day, so a day on which several changes
hold counts once, by what they came to. What a withdrawn change said is not in the timeline and counts nowhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from service.domain.assignments import Facts, Row
from service.domain.definitions import Definitions
from service.domain.tracks import TrackKind

MoveKind = Literal["hire", "rehire", "end", "track_switch", "promotion", "demotion", "other"]
MOVE_KINDS: tuple[MoveKind, ...] = get_args(MoveKind)

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Where a row of a timeline stands on a day. On a level that several tracks share, `track` and `kind` are None."""

    ladder: str
    level: str
    grade: str
    team: str | None
    track: str | None
    kind: TrackKind | None

    def shares_track(self, other: "Post") -> bool:
        """Whether going from one to the other stays on a track: by its key in one ladder, by its kind across two."""
        if self.track is None or other.track is None:
            return False
        return self.track == other.track if self.ladder == other.ladder else self.kind == other.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a day does to a job. `before` is the evening before it and `after` its evening; None without the job.

    `grades` is the difference in rank, None where nothing can be compared. `returns` tells of a track switch that the
    person was on that track before, in this job.
    """

    on: date
    kind: MoveKind
    before: Post | None
    after: Post | None
    grades: int | None = None
    returns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which jobs are looked at: on one of the ladders and in one of the teams. Empty asks for all."""

    ladders: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()

    def holds(self, post: Post | None) -> bool:
        return (
            post is not None
            and (not self.ladders or post.ladder in self.ladders)
            and (not self.teams or post.team in self.teams)
        )

    def concerns(self, move: Move) -> bool:
        """Whether the job is looked at before the move or after it."""
        return self.holds(move.before) or self.holds(move.after)


class Posts:
    """Resolves rows by the definitions as known at an instant (µs); what was found is remembered."""

    __slots__ = ("_definitions", "_found", "_known_at", "_ranks")

    def __init__(self, definitions: Definitions, known_at: int) -> None:
        company = definitions.company(known_at)
        self._definitions, self._known_at = definitions, known_at
        self._ranks = company.ranks if company else {}
        self._found: dict[tuple[str, str, date], tuple[str | None, TrackKind | None]] = {}

    def at(self, row: Row, day: date) -> Post:
        facts = row.standing.facts
        track, kind = self._track(facts, day)
        return Post(
            ladder=facts.ladder, level=facts.level, grade=row.standing.grade, team=facts.team, track=track, kind=kind
        )

    def rank(self, grade: str) -> int | None:
        """None for a grade that the company does not have."""
        return self._ranks.get(grade)

    def steps(self, before: str, after: str) -> int | None:
        """Steps on the grade scale from one grade to another; None where one of them is not on it."""
        low, high = self.rank(before), self.rank(after)
        return None if low is None or high is None else high - low

    def maps(self, before: "Post", after: "Post", day: date) -> bool:
        """Whether a ladder version put the level of one in the place of that of the other on a day."""
        version = self._definitions.ladder(before.ladder, day, self._known_at)
        if version is None or version.effective_from != day or after.ladder != before.ladder:
            return False
        level = version.level(after.level)
        is_mapped = any((entry.old_level, entry.new_level) == (before.level, after.level) for entry in version.maps)
        return is_mapped and level is not None and level.grade == after.grade

    def _track(self, facts: Facts, day: date) -> tuple[str | None, TrackKind | None]:
        version = self._definitions.ladder(facts.ladder, day, self._known_at)
        if version is None:
            return None, None
        key = (facts.ladder, facts.level, version.effective_from)
        if key not in self._found:
            level = version.level(facts.level)
            track = level.track if level else None
            self._found[key] = (track, version.kind_of(track)) if track is not None else (None, None)
        return self._found[key]


def adjoins(rows: Sequence[Row], index: int) -> bool:
    """Whether a row of a timeline begins on the day on which the one before it ends."""
    return index > 0 and rows[index - 1].effective_to == rows[index].effective_from


def moves_of(rows: Sequence[Row], posts: Posts) -> Iterator[Move]:
    """The moves of one job, from its first day on. `rows` are its timeline in the order of days."""
    for index, row in enumerate(rows):
        after = posts.at(row, row.effective_from)
        if adjoins(rows, index):
            before = posts.at(rows[index - 1], row.effective_from - _ONE_DAY)
            yield _between(before, after, rows, index, posts)
        else:
            kind: MoveKind = "rehire" if index else "hire"
            yield Move(on=row.effective_from, kind=kind, before=None, after=after)
        if row.effective_to is not None and not (index + 1 < len(rows) and adjoins(rows, index + 1)):
            last = posts.at(row, row.effective_to - _ONE_DAY)
            yield Move(on=row.effective_to, kind="end", before=last, after=None)


def _between(before: Post, after: Post, rows: Sequence[Row], index: int, posts: Posts) -> Move:
    on = rows[index].effective_from
    grades = posts.steps(before.grade, after.grade)
    is_switch = before.track is not None and after.track is not None and not before.shares_track(after)
    # Nobody is promoted by what a version makes of a level.
    kind = "other" if posts.maps(before, after, on) else _by_grade(grades)
    return Move(
        on=on,
        kind="track_switch" if is_switch else kind,
        before=before,
        after=after,
        grades=grades,
        returns=is_switch and any(posts.at(row, row.effective_from).shares_track(after) for row in rows[:index]),
    )


def _by_grade(grades: int | None) -> MoveKind:
    if not grades:
        return "other"
    return "promotion" if grades > 0 else "demotion"
