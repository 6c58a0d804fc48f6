"""Reports on people: what the company promises of its tracks, counted."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.rest.answers import answer
from service.rest.office import Desk
from service.rest.parsing import KnownAt, dated
from service.rest.strict import StrictRoute
from service.usecases import visibility

router = APIRouter(tags=["reports"], route_class=StrictRoute)

_From = Annotated[date | None, dated("effective_from", "First day; a year before effective_to when left out.")]
_To = Annotated[date | None, dated("effective_to", "First day after those asked; tomorrow when left out.")]


@router.get("/v1/reports/visibility", operation_id="read_visibility", summary="Read who is seen")
async def read_visibility(
    request: Request,
    office: Desk,
    actor: Caller,
    effective_from: _From = None,
    effective_to: _To = None,
    known_at: KnownAt = None,
) -> Response:
    """High-profile overlays against headcount, by kind of track and grade: are both tracks seen alike?

    Somebody counts where they stood on at least one of the days, and as seen where an overlay held on one of those.
    """
    found = await visibility.read_visibility(
        office.runtime, actor, effective_from=effective_from, effective_to=effective_to, known_at=known_at
    )
    return answer(request, found)
