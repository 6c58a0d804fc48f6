"""Ladders as published."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.rest.answers import answer, page
from service.rest.office import Desk
from service.rest.parsing import EffectiveOn, KnownAt
from service.rest.strict import StrictRoute
from service.usecases import definitions

router = APIRouter(tags=["ladders"], route_class=StrictRoute)


@router.get("/v1/ladders", operation_id="list_ladders", summary="List ladders")
async def list_all(
    request: Request, office: Desk, actor: Caller, effective_on: EffectiveOn = None, known_at: KnownAt = None
) -> Response:
    """Every ladder with its version in force on a day."""
    found = await definitions.list_ladders(office.runtime, actor, effective_on=effective_on, known_at=known_at)
    return page(request, list(found), next_cursor=None, limit=max(1, len(found)))


@router.get("/v1/ladders/{ladder}/chart", operation_id="read_chart", summary="Draw a ladder")
async def chart(
    request: Request,
    office: Desk,
    actor: Caller,
    ladder: str,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Response:
    """Rows by grade, cells by track, the shared trunk as one cell, and how the tracks pair."""
    return answer(
        request,
        await definitions.read_chart(office.runtime, actor, ladder, effective_on=effective_on, known_at=known_at),
    )
