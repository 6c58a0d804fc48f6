"""Reading the company: what it defines for all ladders, and its grades with everybody's titles beside each other."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.chart import RowVerdict, row_verdict, zone_parity
from service.domain.company import Company
from service.domain.instants import instant_text
from service.domain.ladders import Ladder
from service.domain.refusals import NotFound
from service.usecases.act import Runtime
from service.usecases.reading import Reading, reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCompany:
    """The company as it was recorded last."""

    definition: Annotated[Company, Field(description="company.yaml as known at the instant.")]
    recorded_at: Annotated[str, Field(description="Instant from which it is known.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeLevel:
    """A level that stands on a grade."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    level: Annotated[str, Field(description="Key of the level.")]
    tracks: Annotated[tuple[str, ...], Field(description="Tracks of the level.")]
    title: Annotated[str | None, Field(description="Title; null when it is not stated.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeVerdict:
    """How a ladder pays its two tracks at a grade."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    verdict: Annotated[
        RowVerdict | None, Field(description="Whether its tracks are paid alike at the grade; null on a shared level.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGrade:
    """A step of the company's scale and the levels of every ladder that stand on it."""

    key: Annotated[str, Field(description="Key of the grade.")]
    rank: Annotated[int, Field(description="Place on the scale.")]
    title: Annotated[str | None, Field(description="What the company calls it.")]
    retired: Annotated[bool, Field(description="True when nothing new may use it.")]
    levels: Annotated[tuple[GradeLevel, ...], Field(description="Levels at the grade in the versions in force.")]
    equal_pay: Annotated[tuple[GradeVerdict, ...], Field(description="How the two tracks are paid, ladder by ladder.")]


async def read_company(runtime: Runtime, actor: Actor, *, known_at: int | None = None) -> ShownCompany:
    """The company as recorded last. Raises NotFound `no-company` before the first apply."""
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        company = the_company(view)
        latest = view.definitions.companies(view.known_at)[-1]
        return ShownCompany(
            definition=company,
            recorded_at=instant_text(latest.recorded_at),
            known_at=instant_text(view.known_at),
        )


async def list_grades(
    runtime: Runtime, actor: Actor, *, effective_on: date | None = None, known_at: int | None = None
) -> tuple[ShownGrade, ...]:
    """Every grade, lowest first, with the levels in force on a day (None = today)."""
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        company = the_company(view)
        day = effective_on or view.today
        ladders = view.definitions.ladders_in_force(day, view.known_at)
        bands = view.definitions.bands(day, view.known_at)
        zones = [zone.key for zone in company.zones]
        return tuple(
            ShownGrade(
                key=grade.key,
                rank=grade.rank,
                title=grade.title,
                retired=grade.retired,
                levels=tuple(_levels(ladders, grade.key)),
                equal_pay=tuple(
                    GradeVerdict(
                        ladder=ladder.key,
                        verdict=row_verdict(
                            ladder.pairing_at(grade.key, ranks=company.ranks),
                            zone_parity(ladder, company, bands, zones, grade.key),
                        ),
                    )
                    for ladder in ladders.values()
                    if ladder.levels_at(grade.key)
                ),
            )
            for grade in sorted(company.grades, key=lambda grade: grade.rank)
        )


def the_company(view: Reading) -> Company:
    """Raises NotFound `no-company` before the first apply."""
    company = view.definitions.company(view.known_at)
    if company is None:
        raise NotFound("no-company", "No company is defined yet, or was not then. Apply a company folder.")
    return company


def _levels(ladders: dict[str, Ladder], grade: str) -> list[GradeLevel]:
    return [
        GradeLevel(ladder=ladder.key, level=level.key, tracks=level.tracks, title=level.title)
        for ladder in ladders.values()
        for level in ladder.levels_at(grade)
    ]
