"""A job's timeline is the fold of what its live changes state, in order of (effective_on, ordinal).

One rule settles inserts, corrections, withdrawals, the order within a day and level maps alike: every act
alters the set of live changes, the timeline is folded anew, and the rows that differ are closed and opened
(docs/decisions: the fold).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from service.domain.assignments import Facts, Row, Standing, level_in_force
from service.domain.dates import DateRange
from service.domain.definitions import Definitions
from service.domain.trials import Trial

Form = Literal["start", "alter", "end"]
"""start: nobody held the job; alter: facts of who holds it change; end: nobody holds it from that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChange:
    """A change as the fold sees it: the facts it states, absent ones flow on. `end` states nothing."""

    id: str
    effective_on: date
    ordinal: int
    form: Form
    states: Mapping[str, str | None]
    trial: Trial | None = None


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
        row = next((row for row in self.rows if row.days.contains(day)), None)
        return row.standing if row else None

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
    """Fold changes into rows. A change that does not fit is reported in `broken` and skipped."""
    moments: list[Moment] = []
    broken: list[Broken] = []
    current: Standing | None = None
    morning: Standing | None = None
    """What held when the day began: several changes on one day must not break a run of grade or step."""
    day: date | None = None
    for change in sorted(changes, key=lambda change: (change.effective_on, change.ordinal)):
        if change.effective_on != day:
            day, morning = change.effective_on, current
        after = _apply(change, current, morning, definitions)
        if isinstance(after, Broken):
            broken.append(after)
            continue
        moments.append(Moment(change=change, before=current, after=after))
        current = after
    return Timeline(moments=tuple(moments), rows=tuple(_rows(moments)), broken=tuple(broken))


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
        if _standing(old, start) != _standing(new, start):
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


def _apply(
    change: LiveChange, current: Standing | None, morning: Standing | None, definitions: Definitions
) -> Standing | None | Broken:
    if change.form == "start":
        if current is not None:
            return Broken(change_id=change.id, why="already-employed")
        facts = Facts(ladder="", level="").with_stated(change.states)
    elif current is None:
        return Broken(change_id=change.id, why="not-employed")
    elif change.form == "end":
        return None
    else:
        facts = current.facts.with_stated(change.states)
    found = level_in_force(definitions, facts, change.effective_on)
    if found is None or found[1].grade is None:
        return Broken(change_id=change.id, why="level-not-in-force")
    ladder, level = found
    grade = found[1].grade
    if current is None or grade != current.grade:
        # A position inside a band and a pinned band set belong to the grade that is left.
        facts = facts.with_stated(
            {
                "step": change.states.get("step", ladder.first_step(level)),
                "band_set": change.states.get("band_set"),
            }
        )
    return _standing_since(facts, grade, morning, change.effective_on)


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


def _rows(moments: Sequence[Moment]) -> Iterable[Row]:
    """The last standing of each day, a row for each run of days on which it is the same."""
    evenings = {moment.change.effective_on: moment.after for moment in moments}
    opened: tuple[date, Standing] | None = None
    for day, standing in evenings.items():
        if opened and standing == opened[1]:
            continue
        if opened:
            yield Row(effective_from=opened[0], effective_to=day, standing=opened[1])
        opened = (day, standing) if standing else None
    if opened:
        yield Row(effective_from=opened[0], effective_to=None, standing=opened[1])


def _standing(rows: Sequence[Row], day: date) -> Standing | None:
    return next((row.standing for row in rows if row.days.contains(day)), None)
