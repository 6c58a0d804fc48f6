"""A job's timeline is the fold of what its live changes state, in order of (effective_on, ordinal).

One rule settles inserts, corrections, withdrawals, the order within a day and level maps alike: every act
alters the set of live changes, the timeline is folded anew, and the rows that differ are closed and opened
(docs/decisions: the fold).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Literal

from service.domain.assignments import Facts, Row, Standing, level_in_force
from service.domain.dates import DateRange
from service.domain.definitions import Definitions
from service.domain.maps import LevelMapping, read_through
from service.domain.trials import Trial

Form = Literal["start", "alter", "end", "map"]
"""start: nobody held the job; alter: facts of who holds it change; end: nobody holds it from that day; map: what the
definitions do to it on that day, which has its place before all others of it and states nothing itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChange:
    """A change as the fold sees it: the facts it states, absent ones flow on. `end` states nothing.

    `recorded_at` is in µs, None while it is being recorded: it knows the level maps recorded before it.
    """

    id: str
    effective_on: date
    ordinal: int
    form: Form
    states: Mapping[str, str | None]
    recorded_at: int | None = None
    trial: Trial | None = None

    def means(self, definitions: Definitions) -> Mapping[str, str | None]:
        """What it states, with its level read through the maps recorded since."""
        ladder, level = self.states.get("ladder"), self.states.get("level")
        if not ladder or not level:
            return self.states
        mappings = definitions.maps(ladder)
        meant = read_through(level, mappings, day=self.effective_on, stated_at=self.recorded_at)
        return self.states if meant == level else {**self.states, "level": meant}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A change with the standing just before and just after it; None where nobody held the job."""

    change: LiveChange
    before: Standing | None
    after: Standing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A change that cannot be folded: `why` is `not-employed`, `already-employed` or `level-not-in-force`."""

    change_id: str
    why: Literal["not-employed", "already-employed", "level-not-in-force"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    moments: tuple[Moment, ...]
    rows: tuple[Row, ...]
    broken: tuple[Broken, ...]

    def on(self, day: date) -> Standing | None:
        """What holds at the end of `day`, after all its changes."""
        return standing_on(self.rows, day)

    def moment(self, change_id: str) -> Moment | None:
        """What the change does; None when it is not in the fold, or cannot be folded any more (`broken`)."""
        return next((moment for moment in self.moments if moment.change.id == change_id), None)

    def held_before(self, change_id: str) -> bool:
        """Whether anybody's assignment of this job came before the change."""
        for moment in self.moments:
            if moment.change.id == change_id:
                return False
            if moment.after is not None:
                return True
        return False


def fold(changes: Iterable[LiveChange], definitions: Definitions) -> Timeline:
    """Fold changes, and the level maps of the ladders they lead through, into rows.

    A change that does not fit is reported in `broken` and skipped.
    """
    walk = _Walk(definitions)
    for change in sorted(changes, key=_place):
        walk.go_to(change.effective_on)
        walk.take(change)
    walk.go_to(None)
    return Timeline(moments=tuple(walk.moments), rows=tuple(_rows(walk.evenings)), broken=tuple(walk.broken))


def _place(change: LiveChange) -> tuple[date, bool, int]:
    return change.effective_on, change.form != "map", change.ordinal


def first_uncovered(rows: Sequence[Row], definitions: Definitions) -> tuple[Row, date] | None:
    """The first row whose level some version in force during it does not hold at its grade, with the day of that."""
    for row in rows:
        facts = row.standing.facts
        boundaries = [version.value.effective_from for version in definitions.ladder_versions(facts.ladder)]
        for day in sorted({row.effective_from, *(day for day in boundaries if row.days.contains(day))}):
            found = level_in_force(definitions, facts, day)
            if found is None or found[1].grade != row.standing.grade:
                return row, day
    return None


def difference(old: Sequence[Row], new: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows to close and the rows to open that turn one timeline into the other."""
    before, after = set(old), set(new)
    return tuple(row for row in old if row not in after), tuple(row for row in new if row not in before)


def altered_days(old: Sequence[Row], new: Sequence[Row]) -> tuple[date, date | None] | None:
    """The days from the first to the last that differ, half open; None when no day does."""
    starts = sorted({day for row in (*old, *new) for day in (row.effective_from, row.effective_to) if day})
    first: date | None = None
    end: date | None = None
    for index, start in enumerate(starts):
        if standing_on(old, start) != standing_on(new, start):
            first = first or start
            end = starts[index + 1] if index + 1 < len(starts) else None
    return (first, end) if first else None


def segments(
    rows: Sequence[Row], start: date, end: date | None
) -> tuple[tuple[date, date | None, Standing | None], ...]:
    """The timeline over [start, end) without holes: (from, to, standing), None where nobody held the job."""
    wanted = DateRange(start=start, end=end)
    found: list[tuple[date, date | None, Standing | None]] = []
    at: date | None = start
    for row in rows:
        if not row.days.overlaps(wanted):
            continue
        part = row.days.intersection(wanted)
        if at and at < part.start:
            found.append((at, part.start, None))
        found.append((part.start, part.end, row.standing))
        at = part.end
    if at and not DateRange(start=at, end=end).is_empty:
        found.append((at, end, None))
    return tuple(found)


class _Walk:
    """The way through a job's days. `evenings` is what holds at the end of each day on which something happens."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._current: Standing | None = None
        self._morning: Standing | None = None
        """What held when the day began: several changes on one day must not break a run of grade or step."""
        self._day: date | None = None
        self.moments: list[Moment] = []
        self.broken: list[Broken] = []
        self.evenings: dict[date, Standing | None] = {}

    def go_to(self, day: date | None) -> None:
        """Go on to the morning of `day`, with the maps on the way and on it; None goes to the end of days."""
        if self._current is not None:
            for mapping in self._definitions.maps(self._current.facts.ladder):
                if (self._day is None or self._day < mapping.day) and (day is None or mapping.day <= day):
                    self._map(mapping)
        if day is not None:
            self._begin(day)

    def take(self, change: LiveChange) -> None:
        """Let a change of this day do what it does."""
        if change.form == "map":
            # It tells what the map did, which has been done.
            self.moments.append(Moment(change=change, before=self._morning, after=self._current))
            return
        after = self._applied(change)
        if isinstance(after, Broken):
            self.broken.append(after)
            return
        self.moments.append(Moment(change=change, before=self._current, after=after))
        self._current = self.evenings[change.effective_on] = after

    def _begin(self, day: date) -> None:
        if self._day != day:
            self._day, self._morning = day, self._current

    def _map(self, mapping: LevelMapping) -> None:
        self._begin(mapping.day)
        assert self._current is not None
        facts = self._current.facts
        level = mapping.levels.get(facts.level)
        # A level that is not there is found uncovered by whoever publishes the map.
        mapped = self._placed(facts.with_stated({"level": level}), {}) if level else None
        if mapped is not None:
            self._current = self.evenings[mapping.day] = mapped

    def _applied(self, change: LiveChange) -> Standing | None | Broken:
        states = change.means(self._definitions)
        if change.form == "start":
            if self._current is not None:
                return Broken(change_id=change.id, why="already-employed")
            facts = Facts(ladder="", level="").with_stated(states)
        elif self._current is None:
            return Broken(change_id=change.id, why="not-employed")
        elif change.form == "end":
            return None
        else:
            facts = self._current.facts.with_stated(states)
        return self._placed(facts, states) or Broken(change_id=change.id, why="level-not-in-force")

    def _placed(self, facts: Facts, states: Mapping[str, str | None]) -> Standing | None:
        """The standing of whom these facts hold for from today on; None where the ladder has no such level."""
        assert self._day is not None
        found = level_in_force(self._definitions, facts, self._day)
        if found is None or found[1].grade is None:
            return None
        ladder, level = found
        if self._current is None or level.grade != self._current.grade:
            # A position inside a band and a pinned band set belong to the grade that is left.
            step = states.get("step", ladder.first_step(level))
            facts = facts.with_stated({"step": step, "band_set": states.get("band_set")})
        return _standing_since(facts, found[1].grade, self._morning, self._day)


def _standing_since(facts: Facts, grade: str, morning: Standing | None, day: date) -> Standing:
    if morning is None or morning.grade != grade:
        return Standing(facts=facts, grade=grade, grade_since=day, step_since=day, since=day)
    return Standing(
        facts=facts,
        grade=grade,
        grade_since=morning.grade_since,
        step_since=morning.step_since if morning.facts.step == facts.step else day,
        since=morning.since if morning.facts == facts else day,
    )


def _rows(evenings: Mapping[date, Standing | None]) -> Iterable[Row]:
    """A row for each run of days on which the standing is the same."""
    opened: tuple[date, Standing] | None = None
    for day, standing in evenings.items():
        if opened and standing == opened[1]:
            continue
        if opened:
            yield Row(effective_from=opened[0], effective_to=day, standing=opened[1])
        opened = (day, standing) if standing else None
    if opened:
        yield Row(effective_from=opened[0], effective_to=None, standing=opened[1])


def standing_on(rows: Sequence[Row], day: date) -> Standing | None:
    """What holds on a day by rows in their order, as a fold makes them; None where nobody held the job."""
    number = bisect_right(rows, day, key=attrgetter("effective_from"))
    row = rows[number - 1] if number else None
    return row.standing if row and row.days.contains(day) else None
