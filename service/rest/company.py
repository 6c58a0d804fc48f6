"""The company and its grades."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.rest.answers import answer, page
from service.rest.office import Desk
from service.rest.parsing import EffectiveOn, KnownAt
from service.rest.strict import StrictRoute
from service.usecases import company

router = APIRouter(tags=["ladders"], route_class=StrictRoute)


@router.get("/v1/company", operation_id="read_company", summary="Read the company")
async def read(request: Request, office: Desk, actor: Caller, known_at: KnownAt = None) -> Response:
    """Grades, zones, roles, teams, parity policy and waivers, as known at an instant."""
    return answer(request, await company.read_company(office.runtime, actor, known_at=known_at), published="open")


@router.get("/v1/grades", operation_id="list_grades", summary="List grades")
async def grades(
    request: Request, office: Desk, actor: Caller, effective_on: EffectiveOn = None, known_at: KnownAt = None
) -> Response:
    """The scale, lowest first: the levels of every ladder at each grade, and whether both tracks are paid alike."""
    found = await company.list_grades(office.runtime, actor, effective_on=effective_on, known_at=known_at)
    return page(request, list(found), next_cursor=None, limit=max(1, len(found)), published="open")
