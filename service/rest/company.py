"""The company and its grades."""

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.rest.answers import answer
from service.rest.office import Desk
from service.rest.paging import listed_whole
from service.rest.parsing import DEFAULT_LIMIT, Cursor, EffectiveOn, KnownAt, Limit
from service.rest.strict import StrictRoute
from service.usecases import company

router = APIRouter(tags=["ladders"], route_class=StrictRoute)


@router.get("/v1/company", operation_id="read_company", summary="Read the company")
async def read(request: Request, office: Desk, actor: Caller, known_at: KnownAt = None) -> Response:
    """Grades, zones, roles, teams, parity policy and waivers, as known at an instant."""
    return answer(request, await company.read_company(office.runtime, actor, known_at=known_at), published="open")


@router.get("/v1/grades", operation_id="list_grades", summary="List grades")
async def grades(
    request: Request,
    office: Desk,
    actor: Caller,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The scale, lowest first: the levels of every ladder at each grade, and whether both tracks are paid alike."""

    async def read(day: date | None, instant: int | None) -> Sequence[company.ShownGrade]:
        return await company.list_grades(office.runtime, actor, effective_on=day, known_at=instant)

    bounds = (effective_on, known_at)
    return await listed_whole(request, office, read, limit=limit, cursor=cursor, bounds=bounds, published="open")
