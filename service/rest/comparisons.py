"""Two levels or two ladders side by side."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.rest.answers import answer, shows_pay
from service.rest.office import Desk
from service.rest.parsing import EffectiveOn, KnownAt
from service.rest.strict import StrictRoute
from service.usecases import comparisons

router = APIRouter(tags=["ladders"], route_class=StrictRoute)

_Reference = Annotated[
    str,
    Query(
        min_length=1,
        max_length=200,
        description="ladder[/level][@version or day]: a level, or a version of a ladder, or the one in force on a day.",
        examples=["engineering/ic5", "engineering@2026.1", "engineering@2026-01-01"],
    ),
]


@router.get("/v1/compare", operation_id="compare", summary="Compare two levels, versions or days")
async def compare(
    request: Request,
    office: Desk,
    actor: Caller,
    a: _Reference,
    b: _Reference,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Response:
    """Levels: expectations, influence and bands side by side, and what a switch would change. Ladders: what differs."""
    found = await comparisons.compare(office.runtime, actor, a, b, effective_on=effective_on, known_at=known_at)
    counts_people = found.versions is not None and not found.versions.redacted
    return answer(request, found, published=None if counts_people else shows_pay(actor))
