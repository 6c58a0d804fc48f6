"""What another system says of a person's jobs, read through its mapping: day by day, in our words. Pure.

Rows of one day are one statement. A name that stands for none of ours is reported and taken for nothing; one that
stands for several stays open until it is seen where the person stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby

from service.domain.assignments import PRIMARY, Facts, Standing, level_in_force
from service.domain.claims import Claim
from service.domain.definitions import Definitions
from service.domain.intake_reports import IntakeProblem
from service.domain.ladders import Ladder
from service.domain.levels import Level
from service.domain.mappings import Noun, SystemMapping, level_name, level_of

PLACES: tuple[Noun, ...] = ("zone", "team", "role")
"""Facts that a row may say beside the level, each a noun of the mapping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A name of theirs, and what of ours it may stand for."""

    theirs: str
    among: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What they say of a job from a day on; what they do not say goes on as it was. `ended`: nobody holds it.

    `grades` are ours that they name beside the level, empty where they name none.
    """

    day: date
    ended: bool
    said: Mapping[Noun, Said]
    grades: tuple[str, ...]
    reason: str
    row: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All they say of one job of a person, by day. Not `dated`: as it is now, and nothing of how it came to be so."""

    person: str
    job: str
    days: tuple[Wanted, ...]
    dated: bool


@dataclass(slots=True, kw_only=True)
class Reading:
    """Claims read through a mapping. `today` is the day of what is said without one."""

    person: str
    mapping: SystemMapping
    today: date
    reason: str
    problems: list[IntakeProblem] = field(default_factory=list[IntakeProblem])

    def read(self, claims: Sequence[Claim]) -> tuple[Told, ...]:
        """One Told for each job of which something is said, in the order in which they come."""
        jobs: dict[str, list[Claim]] = {}
        for claim in claims:
            job = self._job(claim)
            if job is not None:
                jobs.setdefault(job, []).append(claim)
        return tuple(self._told(job, found) for job, found in jobs.items())

    def _told(self, job: str, claims: Sequence[Claim]) -> Told:
        ordered = sorted(claims, key=self._day)
        days = tuple(self._wanted(day, list(rows)) for day, rows in groupby(ordered, key=self._day))
        dated = all(claim.effective_on is not None for claim in claims)
        return Told(person=self.person, job=job, days=days, dated=dated)

    def _day(self, claim: Claim) -> date:
        return claim.effective_on or self.today

    def _job(self, claim: Claim) -> str | None:
        if claim.job == PRIMARY:
            return PRIMARY
        found = self.mapping.ours("job", claim.job, self._day(claim))
        if len(found) > 1:
            self._problem("ambiguous", claim.place, "job", claim.job, found)
            return None
        return found[0] if found else claim.job

    def _wanted(self, day: date, claims: Sequence[Claim]) -> Wanted:
        said: dict[Noun, Said] = {}
        grades: tuple[str, ...] = ()
        ended, reason = False, self.reason
        for claim in claims:
            if claim.ended:
                ended, said = True, {}
                continue
            if claim.level is not None:
                ended = False
                said["level"] = self._said("level", claim.level, day, claim.place)
            grades = self.mapping.ours("grade", claim.grade, day) or grades
            for noun in PLACES:
                theirs: str | None = getattr(claim, noun)
                # A noun that is not mapped at all is not read from there.
                if theirs is not None and self.mapping.reads(noun, day):
                    said[noun] = self._said(noun, theirs, day, claim.place)
        for claim in claims:
            named = self.mapping.ours("reason", claim.reason, day)
            reason = named[0] if len(named) == 1 else reason
        rows = dict.fromkeys(claim.place for claim in claims if claim.place)
        return Wanted(day=day, ended=ended, said=said, grades=grades, reason=reason, row=", ".join(rows)[:200] or None)

    def _said(self, noun: Noun, theirs: str, day: date, row: str | None) -> Said:
        among = self.mapping.ours(noun, theirs, day)
        if not among:
            self._problem("not-mapped", row, noun, theirs, day)
        return Said(theirs=theirs, among=among)

    def _problem(self, code: str, row: str | None, noun: str, theirs: str, more: date | tuple[str, ...]) -> None:
        detail = (
            f"their {noun} {theirs[:80]} stands for nothing here on {more}"
            if isinstance(more, date)
            else f"their {noun} {theirs[:80]} stands for {', '.join(more[:5])}"
        )
        remedy = f"map it to a {noun} of ours" if isinstance(more, date) else "map it to one of them"
        self.problems.append(IntakeProblem(code=code, person=self.person, row=row, detail=detail, remedy=remedy))


def agrees(wanted: Wanted | None, standing: Standing | None) -> bool:
    """Whether what holds here is what they say, as far as they say anything and it stands for anything here."""
    if wanted is None:
        return True
    if wanted.ended:
        return standing is None
    if standing is None:
        return "level" not in wanted.said
    return all(not said.among or fact_of(standing.facts, noun) in said.among for noun, said in wanted.said.items())


def fact_of(facts: Facts, noun: Noun) -> str | None:
    """A fact by the name that mappings have for it."""
    return level_name(facts.ladder, facts.level) if noun == "level" else getattr(facts, noun)


def said_on(told: Told, day: date) -> Wanted | None:
    """All that they say of a day: a row's words, and those before it that still hold. None before the first row."""
    held: Wanted | None = None
    for wanted in told.days:
        if wanted.day > day:
            break
        goes_on = held is not None and not held.ended and not wanted.ended
        held = _joined(held, wanted) if held and goes_on else wanted
    return held


def _joined(before: Wanted, now: Wanted) -> Wanted:
    return Wanted(
        day=now.day,
        ended=now.ended,
        said={**before.said, **now.said},
        grades=now.grades or before.grades,
        reason=now.reason,
        row=now.row,
    )


def narrowed(wanted: Wanted, standing: Standing | None, person: str) -> tuple[Wanted, list[IntakeProblem]]:
    """Without places that stand for nothing here, or for several unless the person is in one of these.

    Of the latter it is said why.
    """
    said, problems = dict(wanted.said), list[IntakeProblem]()
    for noun in PLACES:
        one = said.get(noun)
        if one is None or (len(one.among) > 1 and standing and fact_of(standing.facts, noun) in one.among):
            continue
        if len(one.among) > 1:
            detail = f"their {noun} {one.theirs[:80]} stands for {', '.join(one.among[:5])}"
            remedy = "map it to one of them"
            problems.append(
                IntakeProblem(code="ambiguous", person=person, row=wanted.row, detail=detail, remedy=remedy)
            )
        if len(one.among) != 1:
            del said[noun]
    return replace(wanted, said=said), problems


def fitting_levels(wanted: Wanted, standing: Standing | None, definitions: Definitions) -> tuple[str, ...]:
    """What their level may stand for: on the grade they name beside it, and on the track that the person is on."""
    among = wanted.said["level"].among
    if len(among) > 1 and wanted.grades:
        found = {name: _level(name, definitions, wanted.day) for name in among}
        among = tuple(name for name, level in found.items() if level and level[1].grade in wanted.grades) or among
    if len(among) > 1 and standing is not None:
        alike = tuple(_on_their_track(among, standing.facts, definitions, wanted.day))
        among = alike if len(alike) == 1 else among
    return among


def _on_their_track(among: Iterable[str], facts: Facts, definitions: Definitions, day: date) -> Iterable[str]:
    here = level_in_force(definitions, facts, day)
    if here is None or here[1].track is None:
        return
    kind = here[0].kind_of(here[1].track)
    for name in among:
        found = _level(name, definitions, day)
        if found is None or found[1].track is None:
            continue
        ladder, level = found
        same = level.track == here[1].track if ladder.key == here[0].key else ladder.kind_of(level.track or "") == kind
        if same:
            yield name


def _level(name: str, definitions: Definitions, day: date) -> tuple[Ladder, Level] | None:
    place = level_of(name)
    return level_in_force(definitions, Facts(ladder=place[0], level=place[1]), day) if place else None
