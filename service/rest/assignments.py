"""Who stands where."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.domain.instants import instant_text
from service.rest.answers import answer, page
from service.rest.cursors import Place, cursor_for, place_of
from service.rest.office import Desk
from service.rest.parsing import DEFAULT_LIMIT, Cursor, EffectiveOn, Job, KnownAt, Limit
from service.rest.strict import StrictRoute
from service.usecases import assignments
from service.usecases.changes import PRIMARY

router = APIRouter(tags=["assignments"], route_class=StrictRoute)

_Filter = Annotated[list[str], Query(max_length=100, description="Only these; repeat for one of several.")]


@router.get("/v1/employees/{employee}/assignment", operation_id="read_assignment", summary="Read where a person stands")
async def read(
    request: Request,
    office: Desk,
    actor: Caller,
    employee: str,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    job: Job = PRIMARY,
) -> Response:
    """On any day, as known at any instant. With both given, the same question has the same answer for ever."""
    found = await assignments.read_assignment(
        office.runtime, actor, employee, job=job, effective_on=effective_on, known_at=known_at
    )
    return answer(request, found)


@router.get("/v1/employees/{employee}/timeline", operation_id="read_timeline", summary="Read a person's whole timeline")
async def timeline(
    request: Request, office: Desk, actor: Caller, employee: str, known_at: KnownAt = None, job: Job = PRIMARY
) -> Response:
    """What held and will hold, and the changes that made it, as known at an instant."""
    return answer(request, await assignments.read_timeline(office.runtime, actor, employee, job=job, known_at=known_at))


@router.get("/v1/assignments", operation_id="list_assignments", summary="List everybody's assignments")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    ladder: _Filter = [],  # noqa: B006 - the framework copies defaults
    track: _Filter = [],  # noqa: B006
    level: _Filter = [],  # noqa: B006
    grade: _Filter = [],  # noqa: B006
    team: _Filter = [],  # noqa: B006
    role: _Filter = [],  # noqa: B006
    zone: _Filter = [],  # noqa: B006
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """By person and job, a page at a time; all pages are of the day and the instant of the first."""
    place = place_of(request, cursor, str, str)
    found = await assignments.list_assignments(
        office.runtime,
        actor,
        wanted=assignments.Wanted(
            ladder=tuple(ladder),
            track=tuple(track),
            level=tuple(level),
            grade=tuple(grade),
            team=tuple(team),
            role=tuple(role),
            zone=tuple(zone),
        ),
        effective_on=place.effective_on if place else effective_on,
        known_at=place.known_at if place else known_at,
        after=(place.after[0], place.after[1]) if place else None,
        limit=limit,
    )
    following = None
    if found.after:
        place = Place(after=found.after, known_at=found.known_at, effective_on=found.effective_on)
        following = cursor_for(request, place)
    return page(
        request,
        list(found.assignments),
        next_cursor=following,
        limit=limit,
        effective_on=found.effective_on.isoformat(),
        known_at=instant_text(found.known_at),
    )
