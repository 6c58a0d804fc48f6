"""Two courses of one job beside each other, ours and theirs, and the days on which they part. Pure."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from service.domain.assignments import Row, Standing
from service.domain.drift_shapes import ExtractRow
from service.domain.drift_words import Meaning, Place, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class OurRun:
    """A level that is held from a day on; None where nobody holds the job. `standing` is as on that day."""

    day: date
    place: Place | None
    standing: Standing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirRun:
    """What their row says from a day on. `row` is None for days before their first row that are made up from it."""

    day: date
    meaning: Meaning
    row: ExtractRow | None


Run = TypeVar("Run", OurRun, TheirRun)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """Days [day, until) on which both say something, and not the same; `until` None while open.

    `is_early` and `is_late`: ours turns to what theirs turns to, but before it, or behind it.
    """

    day: date
    until: date | None
    ours: OurRun
    theirs: TheirRun
    is_early: bool
    is_late: bool
    next_ours: OurRun | None
    next_theirs: TheirRun | None


def our_runs(rows: Sequence[Row]) -> tuple[OurRun, ...]:
    """A job's rows by level alone, with the days on which nobody holds it; the first run begins with time."""
    runs = [OurRun(day=date.min, place=None)]
    for row in rows:
        place = (row.standing.facts.ladder, row.standing.facts.level)
        if runs[-1].day == row.effective_from:
            # The gap that the row before it would have left.
            runs.pop()
        if runs[-1].place != place:
            runs.append(OurRun(day=row.effective_from, place=place, standing=row.standing))
        if row.effective_to is not None:
            runs.append(OurRun(day=row.effective_to, place=None))
    return tuple(runs)


def their_runs(rows: Sequence[ExtractRow], ours: Sequence[OurRun], words: Words, as_of: date) -> tuple[TheirRun, ...]:
    """Their rows of a job by day, each with what it says; rows that say once more what holds are left out.

    A row without a day is of the day of the report.
    """
    runs: list[TheirRun] = []
    for row in sorted(rows, key=lambda row: row.claim.effective_on or as_of):
        day = row.claim.effective_on or as_of
        meaning = words.meaning(row.claim, day, run_at(ours, day).place)
        if meaning.fault is None and not meaning.is_told:
            continue
        last = runs[-1].meaning if runs else None
        if last and meaning.is_told and (last.place, last.ended) == (meaning.place, meaning.ended):
            continue
        runs.append(TheirRun(day=day, meaning=meaning, row=row))
    return tuple(runs)


def run_at(ours: Sequence[OurRun], day: date) -> OurRun:
    return ours[bisect_right(ours, day, key=lambda run: run.day) - 1]


def partings(ours: Sequence[OurRun], theirs: Sequence[TheirRun], as_of: date) -> Iterator[Parting]:
    """Where the two part, by day: from their first row on, as far as their rows go and at least to the report's day."""
    if not theirs:
        return
    theirs = (*_before_the_first(ours, theirs[0]), *theirs)
    horizon = max(as_of, theirs[-1].day)
    turns = sorted({run.day for run in theirs} | {run.day for run in ours if run.day > theirs[0].day})
    for number, day in enumerate(turns):
        if day > horizon:
            return
        until = turns[number + 1] if number + 1 < len(turns) else None
        here, there = run_at(ours, day), _their_run_at(theirs, day)
        if not there.meaning.is_told or here.place == there.meaning.place:
            continue
        next_ours, next_theirs = _turning(ours, until), _turning(theirs, until)
        yield Parting(
            day=day,
            until=until,
            ours=here,
            theirs=there,
            is_early=here.day == day and next_theirs is not None and _is(next_theirs, here.place),
            is_late=there.day == day and next_ours is not None and _is(there, next_ours.place),
            next_ours=next_ours,
            next_theirs=next_theirs,
        )


def _before_the_first(ours: Sequence[OurRun], first: TheirRun) -> tuple[TheirRun, ...]:
    """Their rows say nothing of the days before them. But one that says what ours said earlier has another date."""
    here = run_at(ours, first.day)
    if first.row is None or first.row.claim.effective_on is None or here.day == first.day:
        return ()
    if here.place is None or first.meaning.place != here.place:
        return ()
    before = ours[ours.index(here) - 1].place
    return (TheirRun(day=here.day, meaning=Meaning(place=before, ended=before is None), row=None),)


def _their_run_at(theirs: Sequence[TheirRun], day: date) -> TheirRun:
    return theirs[bisect_right(theirs, day, key=lambda run: run.day) - 1]


def _turning(runs: Sequence[Run], day: date | None) -> Run | None:
    """The run that begins on a day."""
    return next((run for run in runs if run.day == day), None)


def _is(theirs: TheirRun, place: Place | None) -> bool:
    return theirs.meaning.is_told and theirs.meaning.place == place
