"""Whether the company keeps its promise of two equal tracks, with a link from each figure to what lies behind it."""

from dataclasses import replace
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.rest.answers import answer, shows_pay
from service.rest.office import Desk
from service.rest.parsing import EffectiveOn, KnownAt
from service.rest.strict import StrictRoute
from service.usecases import parity
from service.usecases.parity import CoverageReport, CoveredRole, GradeParity, ParityReport

router = APIRouter(tags=["parity"], route_class=StrictRoute)


@router.get("/v1/parity", operation_id="read_parity", summary="Read pay parity of the tracks")
async def read_parity(
    request: Request, office: Desk, actor: Caller, effective_on: EffectiveOn = None, known_at: KnownAt = None
) -> Response:
    """Each grade from the fork up: who stands beside whom, how both are paid, what breaks the promise or is waived."""
    found = await parity.read_parity(office.runtime, actor, effective_on=effective_on, known_at=known_at)
    return answer(request, _linked_parity(found), published=shows_pay(actor))


@router.get("/v1/coverage", operation_id="read_coverage", summary="Read coverage of roles and teams")
async def read_coverage(
    request: Request, office: Desk, actor: Caller, effective_on: EffectiveOn = None, known_at: KnownAt = None
) -> Response:
    """Which roles and teams have a dual path: a ladder with both tracks up to one top grade."""
    found = await parity.read_coverage(office.runtime, actor, effective_on=effective_on, known_at=known_at)
    return answer(request, _linked_coverage(found), published="open")


def _linked_parity(report: ParityReport) -> ParityReport:
    bound = {"effective_on": report.effective_on.isoformat(), "known_at": report.known_at}
    is_paid = report.band_set is not None
    return replace(report, grades=tuple(_linked_grade(grade, bound, is_paid=is_paid) for grade in report.grades))


def _linked_grade(grade: GradeParity, bound: dict[str, str], *, is_paid: bool) -> GradeParity:
    ladder = quote(grade.ladder)
    links = {
        "chart": f"/v1/ladders/{ladder}/chart?{urlencode(bound)}",
        "people": f"/v1/assignments?{urlencode({'ladder': grade.ladder, 'grade': grade.grade, **bound})}",
    }
    if is_paid:
        links["bands"] = f"/v1/bands?{urlencode({'grade': grade.grade, **bound})}"
    if grade.ic and grade.manager:
        sides = {"a": f"{grade.ladder}/{grade.ic[0]}", "b": f"{grade.ladder}/{grade.manager[0]}"}
        links["compare"] = f"/v1/compare?{urlencode({**sides, **bound})}"
    return replace(grade, links=links)


def _linked_coverage(report: CoverageReport) -> CoverageReport:
    bound = {"effective_on": report.effective_on.isoformat(), "known_at": report.known_at}
    return replace(report, roles=tuple(_linked_role(role, bound) for role in report.roles))


def _linked_role(role: CoveredRole, bound: dict[str, str]) -> CoveredRole:
    links = {"people": f"/v1/assignments?{urlencode({'role': role.role, **bound})}"}
    # Of a ladder of which nothing is in force there is nothing to draw.
    if role.ladder is not None and role.state != "unknown":
        links["chart"] = f"/v1/ladders/{quote(role.ladder)}/chart?{urlencode(bound)}"
    return replace(role, links=links)
