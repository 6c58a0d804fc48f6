"""Two levels side by side: what is expected, what they decide, what they are paid, what a switch would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any

from pydantic import Field

from service.domain.bands import BandSet
from service.domain.company import Company
from service.domain.expectations import competencies_of, expected
from service.domain.ladders import Ladder
from service.domain.levels import Influence, Level, Statement
from service.domain.pay import Band, level_bands
from service.domain.wire import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A level in its ladder, with everything that comparing it needs."""

    ladder: Ladder
    level: Level
    ladders: Mapping[str, Ladder]
    bands: BandSet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelReference:
    """A level of a version of a ladder."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    version: Annotated[str, Field(description="Version of the ladder.")]
    level: Annotated[str, Field(description="Key of the level.")]
    title: Annotated[str | None, Field(description="Title; null when it is not stated.")]
    tracks: Annotated[tuple[str, ...], Field(description="Tracks of the level.")]
    grade: Annotated[str | None, Field(description="Grade; null when it is not stated.")]
    steps: Annotated[tuple[str, ...], Field(description="Labels of its steps.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedCompetency:
    """What two levels expect in one competency."""

    competency: Annotated[str, Field(description="Key of the competency.")]
    title: Annotated[str | None, Field(description="What it is called.")]
    both: Annotated[tuple[Statement, ...], Field(description="Expected on both.")]
    only_a: Annotated[tuple[Statement, ...], Field(description="Expected on `a` alone.")]
    only_b: Annotated[tuple[Statement, ...], Field(description="Expected on `b` alone.")]
    proficiency_a: Annotated[str | None, Field(description="Point of the scale asked for on `a`.")]
    proficiency_b: Annotated[str | None, Field(description="Point of the scale asked for on `b`.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedInfluence:
    """What two levels state about one part of their influence."""

    attribute: Annotated[str, Field(description="What is compared: scope, decision_rights, forums …")]
    a: Annotated[Any, Field(description="What `a` states; null or empty when nothing.")]
    b: Annotated[Any, Field(description="What `b` states.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedBand:
    """What two levels are paid in one zone."""

    zone: Annotated[str, Field(description="Pay zone.")]
    a: Annotated[Band | None, Field(description="Band of `a`; null when none applies.")]
    b: Annotated[Band | None, Field(description="Band of `b`.")]
    not_lower: Annotated[
        bool | None, Field(description="Whether no figure falls from `a` to `b`; null when that cannot be told.")
    ]
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out because the caller may not read them.")] = (
        field(default=())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """What moving somebody from `a` to `b` would be."""

    grade_delta: Annotated[int | None, Field(description="Steps on the grade scale; null when a grade is not stated.")]
    changes_track: Annotated[
        bool, Field(description="Whether both levels have a track of their own, and not the same.")
    ]
    allowed: Annotated[
        bool,
        Field(description="Whether the ladder of `a` allows it: equal grade, or a stated move. False binds switches."),
    ]
    way_back: Annotated[bool, Field(description="Whether the way back is allowed too.")]
    keeps_steps: Annotated[bool, Field(description="Whether both list the same steps.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelComparison:
    """Two levels side by side, and what moving between them would change."""

    a: Annotated[LevelReference, Field(description="The first level.")]
    b: Annotated[LevelReference, Field(description="The second level.")]
    expectations: Annotated[tuple[ComparedCompetency, ...], Field(description="What is expected, by competency.")]
    influence: Annotated[tuple[ComparedInfluence, ...], Field(description="The formal influence, by attribute.")]
    bands: Annotated[tuple[ComparedBand, ...], Field(description="What pays them, by zone.")]
    switch: Annotated[Switch, Field(description="What moving from the first to the second would be.")]

    def without_pay(self) -> "LevelComparison":
        return replace(self, bands=tuple(replace(band, a=None, b=None, redacted=("a", "b")) for band in self.bands))


def compare_levels(a: Side, b: Side, company: Company) -> LevelComparison:
    return LevelComparison(
        a=_reference(a),
        b=_reference(b),
        expectations=_expectations(a, b),
        influence=_influence(a.level.influence, b.level.influence),
        bands=_bands(a, b, company),
        switch=_switch(a, b, company),
    )


def _reference(side: Side) -> LevelReference:
    level = side.level
    return LevelReference(
        ladder=side.ladder.key,
        version=side.ladder.version,
        level=level.key,
        title=level.title,
        tracks=level.tracks,
        grade=level.grade,
        steps=level.steps,
    )


def _expectations(a: Side, b: Side) -> tuple[ComparedCompetency, ...]:
    ours = {found.competency: found for found in expected(a.level, a.ladder, a.ladders)}
    theirs = {found.competency: found for found in expected(b.level, b.ladder, b.ladders)}
    declared = (*competencies_of(a.ladder, a.ladders), *competencies_of(b.ladder, b.ladders))
    titles = {competency.key: competency.title for competency in declared}
    compared: list[ComparedCompetency] = []
    for key in dict.fromkeys((*titles, *ours, *theirs)):
        left, right = ours.get(key), theirs.get(key)
        said_a: Sequence[Statement] = left.statements if left else ()
        said_b: Sequence[Statement] = right.statements if right else ()
        compared.append(
            ComparedCompetency(
                competency=key,
                title=titles.get(key),
                both=tuple(statement for statement in said_a if statement in said_b),
                only_a=tuple(statement for statement in said_a if statement not in said_b),
                only_b=tuple(statement for statement in said_b if statement not in said_a),
                proficiency_a=left.proficiency if left else None,
                proficiency_b=right.proficiency if right else None,
            )
        )
    return tuple(compared)


def _influence(a: Influence | None, b: Influence | None) -> tuple[ComparedInfluence, ...]:
    return tuple(
        ComparedInfluence(
            attribute=attribute.name,
            a=plain(getattr(a, attribute.name)) if a else None,
            b=plain(getattr(b, attribute.name)) if b else None,
        )
        for attribute in fields(Influence)
    )


def _bands(a: Side, b: Side, company: Company) -> tuple[ComparedBand, ...]:
    zones = [zone.key for zone in company.zones]
    ours, theirs = (level_bands(side.bands, side.ladder.key, side.level, zones) for side in (a, b))
    return tuple(
        ComparedBand(
            zone=zone, a=ours.get(zone), b=theirs.get(zone), not_lower=_not_lower(ours.get(zone), theirs.get(zone))
        )
        for zone in zones
        if zone in ours or zone in theirs
    )


def _not_lower(ours: Band | None, theirs: Band | None) -> bool | None:
    return theirs.not_lower_than(ours) if ours and theirs else None


def _switch(a: Side, b: Side, company: Company) -> Switch:
    ranks = company.ranks
    known = a.level.grade in ranks and b.level.grade in ranks
    tracks = (a.level.track, b.level.track)
    kinds = [side.ladder.kinds_of(side.level) for side in (a, b)]
    same_ladder = a.ladder.key == b.ladder.key
    crosses = None not in tracks and (tracks[0] != tracks[1] if same_ladder else kinds[0] != kinds[1])
    return Switch(
        grade_delta=ranks[b.level.grade or ""] - ranks[a.level.grade or ""] if known else None,
        changes_track=crosses,
        allowed=not crosses or a.ladder.allows_switch(a.level, b.level, to_ladder=b.ladder.key),
        way_back=not crosses or b.ladder.allows_switch(b.level, a.level, to_ladder=a.ladder.key),
        keeps_steps=a.level.steps == b.level.steps,
    )
