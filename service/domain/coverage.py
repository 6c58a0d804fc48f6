"""A dual path for every role and every team: which of them have one, and what those lack that have none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from service.domain.company import Company, Role, Team
from service.domain.ladders import Ladder
from service.domain.waivers import concerning, covering

CoverageState = Literal["covered", "waived", "gap", "unknown"]
"""`unknown`: the ladder states too little to tell, for example no levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCoverage:
    role: Annotated[str, Field(description="Key of the role.")]
    ladder: Annotated[str | None, Field(description="Ladder on which people of the role grow; null when none is.")]
    state: Annotated[CoverageState, Field(description="Whether the role has a dual path.")]
    reason: Annotated[str | None, Field(description="What is missing, not known or waived; null when covered.")]
    growth_missing: Annotated[
        tuple[str, ...], Field(description="Kinds of track for which the role does not say what growth means.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCoverage:
    """A team, and which of its roles lack a dual path."""

    team: Annotated[str, Field(description="Key of the team.")]
    state: Annotated[CoverageState, Field(description="The worst state of its roles.")]
    gaps: Annotated[tuple[str, ...], Field(description="Roles of the team that are not covered.")]


_WORST_FIRST: tuple[CoverageState, ...] = ("gap", "unknown", "waived", "covered")


def role_coverage(role: Role, company: Company, ladders: Mapping[str, Ladder], *, today: date) -> RoleCoverage:
    """`ladders` by key are those in force; a waiver of DT101, DT102 or DT109 makes the role `waived`."""
    state, reason = _state(role, company, ladders, today)
    if state == "gap" and covering(company, "DT109", concerning(role=role.key, ladder=role.ladder), today=today):
        state = "waived"
    stated = {growth.kind for growth in role.growth}
    return RoleCoverage(
        role=role.key,
        ladder=role.ladder,
        state=state,
        reason=reason,
        growth_missing=tuple(kind for kind in ("ic", "manager") if kind not in stated),
    )


def team_coverage(team: Team, roles: Mapping[str, RoleCoverage]) -> TeamCoverage:
    """`roles` by key; a role that is not there is left out: another rule names it."""
    held = [roles[key] for key in team.roles if key in roles]
    return TeamCoverage(
        team=team.key,
        state=_worst(coverage.state for coverage in held),
        gaps=tuple(coverage.role for coverage in held if coverage.state == "gap"),
    )


def lacks_a_track(ladder: Ladder) -> str | None:
    """Why the ladder has not both tracks; None when it has. Without any level that cannot be told by levels."""
    kinds = {track.kind for track in ladder.tracks}
    for kind in ("ic", "manager"):
        if kind not in kinds:
            return f"it has no track of kind {kind}"
    if ladder.levels and not any(ladder.is_for_managers(level) for level in ladder.levels):
        return "it has no level of its own for managers"
    if ladder.levels and not any("ic" in ladder.kinds_of(level) for level in ladder.levels):
        return "it has no level for individual contributors"
    return None


def top_grades(ladder: Ladder, ranks: Mapping[str, int]) -> Mapping[str, str | None]:
    """The highest grade of kind ic and of kind manager; None where no level of the kind has a known grade."""
    return {
        kind: max(
            (level.grade for level in ladder.levels if level.grade in ranks and kind in ladder.kinds_of(level)),
            key=lambda grade: ranks[grade or ""],
            default=None,
        )
        for kind in ("ic", "manager")
    }


def unequal_tops(ladder: Ladder, ranks: Mapping[str, int]) -> tuple[str, str] | None:
    """(kind that ends lower, grade it does not reach); None when both end alike or that is not stated."""
    tops = top_grades(ladder, ranks)
    ic, manager = tops["ic"], tops["manager"]
    if ic is None or manager is None or ic == manager:
        return None
    short, missed = ("manager", ic) if ranks[ic] > ranks[manager] else ("ic", manager)
    pairing = ladder.pairing_at(missed, ranks=ranks)
    return None if pairing and pairing.state == "unstated" else (short, missed)


def _state(
    role: Role, company: Company, ladders: Mapping[str, Ladder], today: date
) -> tuple[CoverageState, str | None]:
    if role.ladder is None:
        return "gap", "no ladder is stated for it"
    ladder = ladders.get(role.ladder)
    if ladder is None:
        return "unknown", f"no version of ladder {role.ladder} is in force"
    lack = lacks_a_track(ladder)
    if lack is not None:
        return _gap_or_waived("DT101", f"ladder {ladder.key}: {lack}", ladder, company, today)
    tops = unequal_tops(ladder, company.ranks)
    if tops is not None:
        why = f"ladder {ladder.key}: its {tops[0]} track does not reach grade {tops[1]}"
        return _gap_or_waived("DT102", why, ladder, company, today, grade=tops[1])
    if not any(level.grade in company.ranks for level in ladder.levels):
        return "unknown", f"ladder {ladder.key} has no level with a grade"
    return "covered", None


def _gap_or_waived(
    rule: str, why: str, ladder: Ladder, company: Company, today: date, *, grade: str | None = None
) -> tuple[CoverageState, str]:
    waiver = covering(company, rule, concerning(ladder=ladder.key, grade=grade), today=today)
    return ("waived" if waiver else "gap"), why


def _worst(states: Iterable[CoverageState]) -> CoverageState:
    found = set(states)
    for state in _WORST_FIRST:
        if state in found:
            return state
    return "covered"
