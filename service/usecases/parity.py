"""Reading whether the company keeps its promise: parity of pay grade by grade, coverage of every role and team."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.bands import BandSet
from service.domain.chart import RowVerdict, ZoneParity, row_verdict, zone_parity
from service.domain.company import Company, Waiver
from service.domain.coverage import RoleCoverage, TeamCoverage, role_coverage, team_coverage
from service.domain.findings import Finding
from service.domain.instants import instant_text
from service.domain.ladders import Ladder
from service.domain.parity import side_at
from service.domain.principles import principle_findings
from service.usecases.act import Runtime
from service.usecases.company import the_company
from service.usecases.reading import Reading, reading

Links = Annotated[
    Mapping[str, str],
    Field(description="Where to read what lies behind it, by name; empty where the surface has no addresses."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeParity:
    """A grade of a ladder, from its fork up: who stands beside whom, and how both are paid."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    grade: Annotated[str, Field(description="Grade.")]
    ic: Annotated[tuple[str, ...], Field(description="Levels of individual contributors alone.")]
    manager: Annotated[tuple[str, ...], Field(description="Levels of managers alone.")]
    verdict: Annotated[RowVerdict, Field(description="The worst of `zones`, or why there is nothing to compare.")]
    zones: Annotated[tuple[ZoneParity, ...], Field(description="Zone by zone.")]
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredRole(RoleCoverage):
    """A role, whether it has a dual path, and where to read why."""

    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictCount:
    """How often a verdict was given."""

    verdict: Annotated[RowVerdict, Field(description="The verdict.")]
    grades: Annotated[int, Field(description="How many grades of ladders have it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWaiver:
    """A waiver, and whether it still holds."""

    waiver: Annotated[Waiver, Field(description="The waiver.")]
    state: Annotated[Literal["holds", "expired"], Field(description="On the day asked.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityReport:
    """Whether equal grades are paid equally, grade by grade."""

    principles: Annotated[str, Field(description="`enforce` or `report`.")]
    policy: Annotated[str, Field(description="What equal pay means here.")]
    tolerance_percent: Annotated[Decimal | None, Field(description="Of the policy `tolerance`.")]
    band_set: Annotated[str | None, Field(description="Band set that was judged; null when none is in force.")]
    counts: Annotated[tuple[VerdictCount, ...], Field(description="Verdicts counted.")]
    grades: Annotated[tuple[GradeParity, ...], Field(description="Each grade where tracks have parted, by ladder.")]
    findings: Annotated[
        tuple[Finding, ...],
        Field(description="Broken promises. Pointers name documents by key, for example /ladders/engineering."),
    ]
    waivers: Annotated[tuple[ShownWaiver, ...], Field(description="Dated exceptions, expired ones too.")]
    effective_on: Annotated[date, Field(description="The day asked.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """Whether every role and every team has a dual path."""

    covered: Annotated[int, Field(description="Roles with a dual path.")]
    waived: Annotated[int, Field(description="Roles without one under a waiver.")]
    gaps: Annotated[int, Field(description="Roles without one.")]
    unknown: Annotated[int, Field(description="Roles whose ladder states too little to tell.")]
    roles: Annotated[tuple[CoveredRole, ...], Field(description="Each role that is not retired.")]
    teams: Annotated[tuple[TeamCoverage, ...], Field(description="Each team that is not retired.")]
    effective_on: Annotated[date, Field(description="The day asked.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]


async def read_parity(
    runtime: Runtime, actor: Actor, *, effective_on: date | None = None, known_at: int | None = None
) -> ParityReport:
    """What is in force on a day (None = today), judged. Raises NotFound `no-company`.

    Verdicts say no amount, so everybody who reads ladders sees them; percentages need the right to read pay.
    """
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        company = the_company(view)
        day = effective_on or view.today
        ladders = view.definitions.ladders_in_force(day, view.known_at)
        bands = view.definitions.bands(day, view.known_at)
        grades = tuple(_grades(ladders, company, bands))
        shown = grades if may_read_pay(actor) else tuple(_without_percent(grade) for grade in grades)
        return ParityReport(
            principles=company.principles,
            policy=company.parity.policy,
            tolerance_percent=company.parity.tolerance_percent,
            band_set=bands.key if bands else None,
            counts=_counted(grades),
            grades=shown,
            findings=_findings(company, ladders, bands, day),
            waivers=tuple(
                ShownWaiver(waiver=waiver, state="holds" if day < waiver.expires_on else "expired")
                for waiver in company.waivers
            ),
            effective_on=day,
            known_at=instant_text(view.known_at),
        )


async def read_coverage(
    runtime: Runtime, actor: Actor, *, effective_on: date | None = None, known_at: int | None = None
) -> CoverageReport:
    """Which roles and teams have a dual path on a day (None = today). Raises NotFound `no-company`."""
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        company = the_company(view)
        day = effective_on or view.today
        ladders = view.definitions.ladders_in_force(day, view.known_at)
        roles = {
            role.key: role_coverage(role, company, ladders, today=day) for role in company.roles if not role.retired
        }
        return _coverage(company, roles, view, day)


def _coverage(company: Company, roles: dict[str, RoleCoverage], view: Reading, day: date) -> CoverageReport:
    states = [role.state for role in roles.values()]
    return CoverageReport(
        covered=states.count("covered"),
        waived=states.count("waived"),
        gaps=states.count("gap"),
        unknown=states.count("unknown"),
        roles=tuple(
            CoveredRole(**{name.name: getattr(role, name.name) for name in fields(role)}, links={})
            for role in roles.values()
        ),
        teams=tuple(team_coverage(team, roles) for team in company.teams if not team.retired),
        effective_on=day,
        known_at=instant_text(view.known_at),
    )


def _grades(ladders: dict[str, Ladder], company: Company, bands: BandSet | None) -> list[GradeParity]:
    zones = [zone.key for zone in company.zones]
    found: list[GradeParity] = []
    for ladder in ladders.values():
        held = {level.grade for level in ladder.levels}
        for grade in sorted((grade for grade in company.grades if grade.key in held), key=lambda grade: grade.rank):
            compared = zone_parity(ladder, company, bands, zones, grade.key)
            verdict = row_verdict(ladder.pairing_at(grade.key, ranks=company.ranks), compared)
            if verdict is not None:
                found.append(
                    GradeParity(
                        ladder=ladder.key,
                        grade=grade.key,
                        ic=tuple(level.key for level in side_at(ladder, grade.key, "ic")),
                        manager=tuple(level.key for level in side_at(ladder, grade.key, "manager")),
                        verdict=verdict,
                        zones=compared,
                        links={},
                    )
                )
    return found


def _without_percent(grade: GradeParity) -> GradeParity:
    hidden = tuple(replace(zone, gap_percent=None, redacted=("gap_percent",)) for zone in grade.zones)
    return replace(grade, zones=hidden)


def _counted(grades: tuple[GradeParity, ...]) -> tuple[VerdictCount, ...]:
    counts: dict[RowVerdict, int] = {}
    for grade in grades:
        counts[grade.verdict] = counts.get(grade.verdict, 0) + 1
    return tuple(VerdictCount(verdict=verdict, grades=count) for verdict, count in counts.items())


def _findings(company: Company, ladders: dict[str, Ladder], bands: BandSet | None, day: date) -> tuple[Finding, ...]:
    return tuple(
        principle_findings(
            company=company,
            ladders={f"/ladders/{key}": ladder for key, ladder in ladders.items()},
            bandsets={f"/bands/{bands.key}": bands} if bands else {},
            today=day,
        )
    )
