"""What a person's assignment is, and what is derived from it for a day and an instant.

Rows and changes hold facts. Track, ladder version, shown title and band are never stored: they are resolved
from the definitions in force on the day asked, as known at the instant asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from service.domain.company import Company
from service.domain.dates import DateRange
from service.domain.definitions import Definitions
from service.domain.ladders import Ladder
from service.domain.levels import Level
from service.domain.pay import Band, band_on
from service.domain.titles import filled

PRIMARY = "primary"
"""Key of the job of whoever holds one."""

FACTS = ("ladder", "level", "step", "role", "team", "zone", "title", "band_set")
"""The facts a change may state, in the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is said of somebody. `title` overrides the level's, `band_set` pins one; None means nothing is said."""

    ladder: str
    level: str
    step: str | None = None
    role: str | None = None
    team: str | None = None
    zone: str | None = None
    title: str | None = None
    band_set: str | None = None

    def with_stated(self, states: Mapping[str, str | None]) -> "Facts":
        stated = {name: states[name] for name in FACTS if name in states}
        return replace(self, **stated) if stated else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Facts that hold, with what their history gives.

    `grade_since` is the first day of the unbroken run at this grade in this job (tenure), `step_since` of
    the run at this grade and step, `since` the first day on which exactly these facts hold.
    """

    facts: Facts
    grade: str
    grade_since: date
    step_since: date
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A standing from a day to a day; `effective_to` is the first day after it, None while open."""

    effective_from: date
    effective_to: date | None
    standing: Standing

    @property
    def days(self) -> DateRange:
        return DateRange(start=self.effective_from, end=self.effective_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """An assignment as shown: facts, and what the definitions make of them on the day asked."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    ladder_version: Annotated[str | None, Field(description="Version of the ladder in force on the day.")]
    track: Annotated[str | None, Field(description="The level's track; null on a level that several tracks share.")]
    level: Annotated[str, Field(description="Key of the level.")]
    grade: Annotated[str, Field(description="Grade the level points to: equal grades are paid equally.")]
    title: Annotated[str | None, Field(description="Title shown: the level's, unless the assignment overrides it.")]
    step: Annotated[str | None, Field(description="Label of the position inside the band.")]
    role: Annotated[str | None, Field(description="Key of the role.")]
    team: Annotated[str | None, Field(description="Key of the team.")]
    zone: Annotated[str | None, Field(description="Key of the pay zone; without one there is no band.")]
    currency: Annotated[str | None, Field(description="ISO 4217 currency of the zone.")]
    band_set: Annotated[str | None, Field(description="Band set pinned for this person; null uses the one in force.")]
    grade_since: Annotated[date, Field(description="First day of the unbroken run at this grade in this job.")]
    step_since: Annotated[date, Field(description="First day of the unbroken run at this grade and step.")]
    band: Annotated[Band | None, Field(description="Pay band of grade and zone; null when none applies or redacted.")]
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out because the caller may not read them.")] = (
        field(default=())
    )

    def without_pay(self) -> "Assignment":
        return replace(self, band=None, redacted=("band",))


def resolve(standing: Standing, *, day: date, definitions: Definitions, known_at: int | None = None) -> Assignment:
    """The standing as shown on `day`, by the definitions known at `known_at` (µs; None = all that are known)."""
    facts = standing.facts
    ladder = definitions.ladder(facts.ladder, day, known_at)
    level = ladder.level(facts.level) if ladder else None
    company = definitions.company(known_at)
    zone = company.zone(facts.zone) if company and facts.zone else None
    return Assignment(
        ladder=facts.ladder,
        ladder_version=ladder.version if ladder else None,
        track=level.track if level else None,
        level=facts.level,
        grade=standing.grade,
        title=facts.title or (_title(level, facts, company) if level else None),
        step=facts.step,
        role=facts.role,
        team=facts.team,
        zone=facts.zone,
        currency=zone.currency if zone else None,
        band_set=facts.band_set,
        grade_since=standing.grade_since,
        step_since=standing.step_since,
        band=band_on(
            definitions,
            day=day,
            known_at=known_at,
            pinned=facts.band_set,
            grade=standing.grade,
            zone=facts.zone,
            ladder=facts.ladder,
            track=level.track if level else None,
            step=facts.step,
        )
        if facts.zone
        else None,
    )


def _title(level: Level, facts: Facts, company: Company | None) -> str | None:
    return filled(level.title, company=company, role=facts.role, team=facts.team) if level.title else None


def resolve_before(standing: Standing, *, day: date, definitions: Definitions) -> Assignment:
    """What held just before `day`: shown as on its last day, which is `day` itself if it began there."""
    return resolve(standing, day=max(standing.since, day - timedelta(days=1)), definitions=definitions)


def level_in_force(definitions: Definitions, facts: Facts, day: date) -> tuple[Ladder, Level] | None:
    """The level a person is said to be on, by the version in force on `day`; None when there is no such level."""
    ladder = definitions.ladder(facts.ladder, day)
    level = ladder.level(facts.level) if ladder else None
    return (ladder, level) if ladder and level else None
