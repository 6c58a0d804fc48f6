"""Where another system's rows and our record part: one person at a time. Pure.

Levels are compared by day, from somebody's first row on: as far as their rows go, and at least to the day of the
report. Zones, teams and roles are not compared; they are used for whoever is to be hired here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from service.domain.assignments import PRIMARY, Row
from service.domain.definitions import Definitions
from service.domain.drift_bands import BandDrift, band_drift
from service.domain.drift_mends import Terms, Who, end_here, mend_of, write_there
from service.domain.drift_runs import OurRun, Parting, TheirRun, our_runs, partings, run_at, their_runs
from service.domain.drift_shapes import Drift, ExtractRow, Kind, Mend, MendThere, OurSide, TheirSide
from service.domain.drift_words import Meaning, Place, Words
from service.domain.mappings import level_name


def drifts_of(who: Who, rows: Sequence[ExtractRow], terms: Terms, definitions: Definitions) -> Iterator[Drift]:
    """All that differs of a person, by job and day. `rows` are all rows there are of them."""
    by_job: dict[str, list[ExtractRow]] = {}
    for row in rows:
        by_job.setdefault(job_of(row, terms), []).append(row)
    for job, given in sorted(by_job.items()):
        twice = _at_odds(given, terms)
        if twice:
            yield doubled(who, twice, terms, "Two of their rows say different things of one day. Leave one of them.")
        else:
            yield from _Job(who, job, given, terms, definitions).drifts()


def job_of(row: ExtractRow, terms: Terms) -> str:
    """Our key of the job that a row is about: mapped where it is mapped to one, else as it is."""
    job = row.claim.job
    return job if job == PRIMARY else terms.words.one("job", job, row.claim.effective_on or terms.as_of) or job


def doubled(who: Who, row: ExtractRow, terms: Terms, text: str) -> Drift:
    """A person of whom rows do not tell who it is, or what holds."""
    return Drift(
        kind="duplicate_person",
        employee_id=who.employee_id,
        person=who.person,
        job=job_of(row, terms),
        effective_on=row.claim.effective_on or terms.as_of,
        until=None,
        ours=None,
        theirs=_their_side(row, ()),
        place=row.claim.place,
        mend=Mend(text=text),
    )


def not_there(who: Who, job: str, row: Row, terms: Terms) -> Drift:
    """Somebody who holds a job here, and of whom a whole extract has no row."""
    facts, day = row.standing.facts, terms.as_of
    held: Place = (facts.ladder, facts.level)
    run = OurRun(day=row.effective_from, place=held, standing=row.standing)
    is_ours = terms.authority == "ours"
    mend = write_there(held, None, day, None, terms.words) if is_ours else end_here(who, job, day, [row])
    return Drift(
        kind="missing_there",
        employee_id=who.employee_id,
        person=who.person,
        job=job,
        effective_on=day,
        until=None,
        ours=_our_side(run, day, terms.words),
        theirs=None,
        place=None,
        mend=mend,
    )


class _Job:
    """One job of somebody, ours beside theirs."""

    def __init__(self, who: Who, job: str, rows: Sequence[ExtractRow], terms: Terms, definitions: Definitions) -> None:
        self._who, self._job, self._rows, self._terms = who, job, rows, terms
        self._definitions = definitions
        self._ours = our_runs(who.timelines.get(job, ()))
        self._theirs = their_runs(rows, self._ours, terms.words, terms.as_of)

    def drifts(self) -> Iterator[Drift]:
        found = [*self._faults(), *self._partings()]
        if self._who.employee_id is None and not any(one.kind == "missing_here" for one in found):
            found += self._nobody()
        yield from sorted((*found, *self._bands()), key=lambda one: one.effective_on)

    def _faults(self) -> Iterator[Drift]:
        for run in self._theirs:
            if run.row and run.meaning.fault:
                yield self._fault(run, run.row, run.meaning)

    def _fault(self, run: TheirRun, row: ExtractRow, meaning: Meaning) -> Drift:
        kind: Kind = "ambiguous_code" if meaning.fault == "ambiguous_code" else "unknown_code"
        if row.claim.level is None:
            text = "Their row names no level. Write one there."
        elif kind == "ambiguous_code":
            text = "Their word stands for several levels. Have it mapped to one, or have their rows tell the grade."
        elif meaning.means:
            text = "The level that their word stands for is not in force then. Mend the mapping."
        else:
            text = "Nothing of ours is called so on that day. Add the word to the mapping."
        return self._made(kind, run.day, None, run_at(self._ours, run.day), row, meaning, Mend(text=text))

    def _partings(self) -> Iterator[Drift]:
        last: Drift | None = None
        for parting in partings(self._ours, self._theirs, self._terms.as_of):
            made = self._parted(parting)
            # Somebody whom we do not have at all is one drift, however many rows of theirs there are.
            if last and last.until == made.effective_on and made.kind == last.kind == "missing_here":
                before = (row for row in last.mend.here if row.effective_on < made.effective_on)
                both = replace(last.mend, here=(*before, *made.mend.here))
                last = replace(last, until=made.until, mend=both)
                continue
            if last:
                yield last
            last = made
        if last:
            yield last

    def _parted(self, parting: Parting) -> Drift:
        theirs = parting.theirs
        mend = mend_of(parting, self._who, self._job, self._terms)
        row = theirs.row or (parting.next_theirs.row if parting.next_theirs else None)
        kind = self._kind(parting)
        return self._made(kind, parting.day, parting.until, parting.ours, row, theirs.meaning, mend)

    def _kind(self, parting: Parting) -> Kind:
        ours, theirs = parting.ours.place, parting.theirs.meaning.place
        if parting.is_early or parting.is_late:
            return "wrong_date"
        if ours is None or theirs is None:
            return "missing_here" if ours is None else "missing_there"
        tracks = [self._track(place, parting.day) for place in (ours, theirs)]
        return "wrong_track" if None not in tracks and tracks[0] != tracks[1] else "wrong_level"

    def _track(self, place: Place, day: date) -> str | None:
        """The kind of track a level is of, by which tracks of two ladders are alike; None where several share it."""
        found = self._terms.words.level_at(place, day)
        return found[0].kind_of(found[1].track) if found and found[1].track else None

    def _nobody(self) -> Iterator[Drift]:
        """Their row cannot be read and nobody here is meant by it: that there is somebody is told all the same."""
        last = next((run for run in reversed(self._theirs) if run.row and not run.meaning.ended), None)
        if last and last.row and last is self._theirs[-1]:
            mend = Mend(text="Have the level of their row told first, then report again.")
            yield self._made("missing_here", last.day, None, self._ours[0], last.row, last.meaning, mend)

    def _bands(self) -> Iterator[Drift]:
        terms = self._terms
        row = _in_force(self._rows, terms.as_of)
        if row is None or row.claim.ended or (row.claim.grade is None and row.band is None):
            return
        ours = run_at(self._ours, terms.as_of)
        meaning = terms.words.meaning(row.claim, row.claim.effective_on or terms.as_of, ours.place)
        # A level of theirs that differs from ours is told already: their grade is held against their own.
        place = meaning.place or (ours.place if row.claim.level is None else None)
        if place is None:
            return
        if row.claim.grade is not None and not terms.words.ours("grade", row.claim.grade, terms.as_of):
            fault = Meaning(fault="unknown_code")
            mend = Mend(text="Their grade is nothing of ours on that day. Add it to the mapping.")
            yield self._made("unknown_code", terms.as_of, None, ours, row, fault, mend)
            return
        standing = next(
            (one.standing for one in self._who.timelines.get(self._job, ()) if one.days.contains(terms.as_of)), None
        )
        facts = standing.facts if standing else None
        found = band_drift(row, place, facts, terms.words, self._definitions, terms.as_of)
        if found:
            made = self._made(
                "band_mismatch", terms.as_of, None, ours, row, meaning, self._band_mend(found, row, place)
            )
            yield replace(made, differs=found.differs, band=found.band)

    def _band_mend(self, found: BandDrift, row: ExtractRow, place: Place) -> Mend:
        what = "grade" if found.differs == ("grade",) else "band"
        if self._terms.authority == "theirs":
            return Mend(
                text=f"Publish definitions in which {level_name(*place)} has their {what}. No change does that."
            )
        there = MendThere(place=row.claim.place, effective_on=self._terms.as_of, level=row.claim.level)
        return Mend(text=f"Write the {what} of {level_name(*place)} there.", there=there)

    def _made(
        self,
        kind: Kind,
        day: date,
        until: date | None,
        ours: OurRun,
        row: ExtractRow | None,
        meaning: Meaning,
        mend: Mend,
    ) -> Drift:
        return Drift(
            kind=kind,
            employee_id=self._who.employee_id,
            person=self._who.person,
            job=self._job,
            effective_on=day,
            until=until,
            ours=_our_side(ours, day, self._terms.words),
            theirs=_their_side(row, meaning.means) if row else None,
            place=row.claim.place if row else None,
            mend=mend,
        )


def _in_force(rows: Iterable[ExtractRow], day: date) -> ExtractRow | None:
    """The row that says what holds on a day."""
    past = [row for row in rows if (row.claim.effective_on or day) <= day]
    return max(past, key=lambda row: row.claim.effective_on or day, default=None)


def _at_odds(rows: Sequence[ExtractRow], terms: Terms) -> ExtractRow | None:
    """A row beside which another of the same day says something else; None where there is none."""
    said: dict[date, tuple[object, ...]] = {}
    for row in rows:
        day = row.claim.effective_on or terms.as_of
        says = (row.claim.level, row.claim.grade, row.claim.ended)
        if said.setdefault(day, says) != says:
            return row
    return None


def _our_side(run: OurRun, day: date, words: Words) -> OurSide | None:
    if run.place is None:
        return None
    found = words.level_at(run.place, day)
    return OurSide(
        ladder=run.place[0],
        level=run.place[1],
        track=found[1].track if found else None,
        grade=run.standing.grade if run.standing else None,
        since=run.day,
    )


def _their_side(row: ExtractRow, means: tuple[str, ...]) -> TheirSide:
    claim = row.claim
    return TheirSide(
        level=claim.level, grade=claim.grade, effective_on=claim.effective_on, ended=claim.ended, means=means
    )


def counted(kinds: Iterable[str]) -> Mapping[str, int]:
    """How many of each kind, in alphabetical order."""
    counts: dict[str, int] = {}
    for kind in kinds:
        counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items()))
