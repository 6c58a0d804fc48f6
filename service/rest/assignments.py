"""Who stands where."""

from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.domain.assignments import PRIMARY
from service.rest.answers import answer
from service.rest.exports import ExportForm, exported
from service.rest.fields import named, unusable
from service.rest.filters import AssignmentFilters
from service.rest.office import Desk
from service.rest.paging import Read, listed
from service.rest.parsing import DEFAULT_LIMIT, Cursor, EffectiveOn, Job, KnownAt, Limit, dated, names_of
from service.rest.preferences import Counted
from service.rest.strict import StrictRoute
from service.usecases import assignments
from service.usecases.assignment_bytes import assignments_bytes
from service.usecases.paging import Listing, Window

router = APIRouter(tags=["assignments"], route_class=StrictRoute)

_ORDERS = tuple(sign + name for name in assignments.SORTS for sign in ("", "-"))
_Sort = Annotated[str, names_of(_ORDERS, "By what; - is the other way round.")]
_From = Annotated[date | None, dated("effective_from", "First day of a range.")]
_To = Annotated[date | None, dated("effective_to", "First day after the range.")]


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
    request: Request,
    office: Desk,
    actor: Caller,
    employee: str,
    effective_from: _From = None,
    effective_to: _To = None,
    known_at: KnownAt = None,
    job: Job = PRIMARY,
) -> Response:
    """What held and will hold, and every change recorded by an instant, as both were known then.

    A change with `supersedes` corrects; one that was corrected or withdrawn stays, and says so. Of a range of days it
    has the segments with a day in it, whole, and the changes of these days.
    """
    found = await assignments.read_timeline(
        office.runtime,
        actor,
        employee,
        job=job,
        effective_from=effective_from,
        effective_to=effective_to,
        known_at=known_at,
    )
    return answer(request, found)


@router.get("/v1/assignments", operation_id="list_assignments", summary="List everybody's assignments")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    form: ExportForm,
    is_counted: Counted,
    wanted: AssignmentFilters,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    sort: _Sort = "employee",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """A page at a time; all pages are of the day and the instant of the first.

    Every order ends by person and job. As `text/csv` or `application/x-ndjson` it is the whole list; in CSV, a text
    that a spreadsheet would take for a formula has an apostrophe in front.
    """
    by = _order(sort)
    read = partial(_read_part, office, actor, wanted, by, is_counted)
    bounds = (effective_on, known_at)
    if form:
        shape = assignments.HeldAssignment
        return await exported(request, form, read, name="assignments", shape=shape, bounds=bounds)
    place = assignments.place_shape(by)
    if by == (assignments.BY_PERSON,) and not is_counted:
        quickly = partial(_read_bytes, office, actor, wanted, read)
        return await listed(request, quickly, place=place, limit=limit, cursor=cursor, bounds=bounds)
    return await listed(request, read, place=place, limit=limit, cursor=cursor, bounds=bounds)


async def _read_bytes(
    office: Desk,
    actor: Caller,
    wanted: assignments.Wanted,
    read: Read[assignments.HeldAssignment],
    window: Window,
    day: date | None,
    instant: int | None,
) -> Listing[assignments.HeldAssignment] | Listing[bytes]:
    """As they are sent, where that takes one statement."""
    found = await assignments_bytes(office.runtime, actor, wanted, effective_on=day, known_at=instant, window=window)
    return found or await read(window, day, instant)


async def _read_part(
    office: Desk,
    actor: Caller,
    wanted: assignments.Wanted,
    by: tuple[str, ...],
    is_counted: bool,
    window: Window,
    day: date | None,
    instant: int | None,
) -> Listing[assignments.HeldAssignment]:
    return await assignments.list_assignments(
        office.runtime,
        actor,
        wanted=wanted,
        effective_on=day,
        known_at=instant,
        window=window,
        by=by,
        counted=is_counted,
    )


def _order(sort: str) -> tuple[str, ...]:
    """Raises SurfaceProblem `invalid-parameter` for what assignments are not ordered by, and for the same twice."""
    by = named("sort", sort, _ORDERS)
    if len({name.removeprefix("-") for name in by}) < len(by):
        raise unusable("sort", "sort goes both ways by the same. Name each once.")
    return by
