"""Comparing two levels, or two versions or days of ladders."""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.comparison import LevelComparison, Side, compare_levels
from service.domain.dates import BadDate, parse_date
from service.domain.differences import Difference, differences
from service.domain.instants import instant_text
from service.domain.ladders import Ladder
from service.domain.refusals import FieldError, Invalid
from service.storage.assignments import headcounts
from service.usecases.act import Runtime
from service.usecases.ladders import find_ladder, find_level
from service.usecases.reading import Reading, reading

_REFERENCE = re.compile(r"(?P<ladder>[^/@]+)(?:/(?P<level>[^/@]+))?(?:@(?P<at>[^/@]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionReference:
    """A version of a ladder."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    version: Annotated[str, Field(description="Version.")]
    effective_from: Annotated[date, Field(description="First day of the version.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleOnLevel:
    """How many people a difference touches."""

    level: Annotated[str, Field(description="Level of `a` that `b` alters or lacks.")]
    people: Annotated[int, Field(description="People on it on the day asked; somebody with two jobs counts for each.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionComparison:
    """Two versions of ladders and what differs between them."""

    a: Annotated[VersionReference, Field(description="The first version.")]
    b: Annotated[VersionReference, Field(description="The second version.")]
    differences: Annotated[tuple[Difference, ...], Field(description="From the first to the second.")]
    people: Annotated[tuple[PeopleOnLevel, ...], Field(description="Whom the differences touch.")]
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out because the caller may not read them.")] = (
        field(default=())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Either of the two is null: levels are compared with levels, ladders with ladders."""

    levels: Annotated[LevelComparison | None, Field(description="Two levels side by side.")]
    versions: Annotated[VersionComparison | None, Field(description="Two versions and what differs.")]
    effective_on: Annotated[date, Field(description="Day on which references without a version or day were read.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    """`at` is a version or a day; None means the day asked."""

    ladder: str
    level: str | None
    at: str | None


async def compare(
    runtime: Runtime,
    actor: Actor,
    a: str,
    b: str,
    *,
    effective_on: date | None = None,
    known_at: int | None = None,
) -> Comparison:
    """Compare `ladder[/level][@version or day]` with another of its kind.

    Raises Invalid `invalid-reference`, `unlike-references`; NotFound for what is not there.
    """
    require(actor, Scope.LADDERS_READ)
    left, right = _parse(a, "a"), _parse(b, "b")
    if (left.level is None) != (right.level is None):
        raise Invalid(
            "unlike-references",
            "One names a level, the other a whole ladder. Name two levels, or two versions or days of ladders.",
            errors=(FieldError(pointer="b", detail="is of another kind than a", code="unlike-references"),),
        )
    async with reading(runtime, known_at=known_at) as view:
        day = effective_on or view.today
        ladders = [_ladder(view, reference, day) for reference in (left, right)]
        levels: LevelComparison | None = None
        versions: VersionComparison | None = None
        if left.level is not None and right.level is not None:
            levels = _levels(view, ladders, (left, right), day)
            levels = levels if may_read_pay(actor) else levels.without_pay()
        else:
            versions = await _versions(view, actor, ladders[0], ladders[1], day)
        return Comparison(levels=levels, versions=versions, effective_on=day, known_at=instant_text(view.known_at))


def _parse(text: str, parameter: str) -> _Reference:
    found = _REFERENCE.fullmatch(text)
    if found is None:
        raise Invalid(
            "invalid-reference",
            f"{parameter} names nothing that can be compared. Write ladder[/level][@version or day], "
            "for example engineering/ic5 or engineering@2026-01-01.",
            errors=(FieldError(pointer=parameter, detail="cannot be read", code="invalid-reference"),),
        )
    return _Reference(ladder=found["ladder"], level=found["level"], at=found["at"])


def _ladder(view: Reading, reference: _Reference, day: date) -> Ladder:
    """A version of that name comes first, also where its name is written like a day. Raises NotFound."""
    at = reference.at
    if at is None:
        return find_ladder(view, reference.ladder, version=None, day=day)
    if view.definitions.ladder_version(reference.ladder, at, view.known_at) is None:
        try:
            return find_ladder(view, reference.ladder, version=None, day=parse_date(at))
        except BadDate:
            pass
    return find_ladder(view, reference.ladder, version=at, day=day)


def _levels(
    view: Reading, ladders: list[Ladder], references: tuple[_Reference, _Reference], day: date
) -> LevelComparison:
    company = view.definitions.company(view.known_at)
    assert company is not None, "a ladder is recorded together with its company or after it"
    sides: list[Side] = []
    for ladder, reference in zip(ladders, references, strict=True):
        on = _day(reference, ladder, day)
        sides.append(
            Side(
                ladder=ladder,
                level=find_level(ladder, reference.level or ""),
                ladders=view.definitions.ladders_in_force(on, view.known_at),
                bands=view.definitions.bands(on, view.known_at),
            )
        )
    return compare_levels(sides[0], sides[1], company)


def _day(reference: _Reference, ladder: Ladder, day: date) -> date:
    """The day on which what surrounds the level is read: the one named, the first of a version, or the one asked."""
    if reference.at is None:
        return day
    if reference.at == ladder.version:
        return ladder.effective_from
    return parse_date(reference.at)


async def _versions(view: Reading, actor: Actor, a: Ladder, b: Ladder, day: date) -> VersionComparison:
    found = VersionComparison(a=_named(a), b=_named(b), differences=tuple(differences(a, b)), people=())
    if not actor.may(Scope.ASSIGNMENTS_READ):
        return replace(found, redacted=("people",))
    altered = [level.key for level in a.levels if b.level(level.key) != level]
    people: dict[str, int] = {}
    for count in await headcounts(view.connection, day=day, known_at=view.known_at):
        if count.facts.ladder == a.key and count.facts.level in altered:
            people[count.facts.level] = people.get(count.facts.level, 0) + count.people
    shown = tuple(PeopleOnLevel(level=level, people=people[level]) for level in altered if level in people)
    return replace(found, people=shown)


def _named(ladder: Ladder) -> VersionReference:
    return VersionReference(ladder=ladder.key, version=ladder.version, effective_from=ladder.effective_from)
