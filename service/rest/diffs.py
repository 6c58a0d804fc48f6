"""What differs between two days, two instants, or both."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.domain.instants import instant_text
from service.rest.cursors import place_of
from service.rest.exports import ExportForm, exported
from service.rest.office import Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, Limit, dated, instanted
from service.rest.preferences import Counted
from service.rest.strict import StrictRoute
from service.usecases import diffs
from service.usecases.paging import Window

router = APIRouter(tags=["assignments"], route_class=StrictRoute)

_Keys = Annotated[
    list[str], Query(max_length=100, description="Only who has it on either side; repeat for one of several.")
]
_Person = Annotated[
    str | None, Query(min_length=1, max_length=400, description="Only this person: id, key, system:value.")
]
_FromDay = Annotated[date | None, dated("from_effective_on", "Day of the first side; that of the second if left out.")]
_ToDay = Annotated[date | None, dated("to_effective_on", "Day of the second side; today if left out.")]
_FromKnown = Annotated[
    int | None, instanted("from_known_at", "Instant of the first side; that of the second if left out.")
]
_ToKnown = Annotated[
    int | None, instanted("to_known_at", "Instant of the second side; everything recorded so far if left out.")
]


@router.get("/v1/diff", operation_id="list_differences", summary="List who stands otherwise")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    form: ExportForm,
    is_counted: Counted,
    from_effective_on: _FromDay = None,
    to_effective_on: _ToDay = None,
    from_known_at: _FromKnown = None,
    to_known_at: _ToKnown = None,
    employee: _Person = None,
    team: _Keys = [],  # noqa: B006 - the framework copies defaults
    ladder: _Keys = [],  # noqa: B006
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Two days as known at one instant, one day as known at two, or both: only people who differ, by person and job.

    Facts are compared, and the track and grade made of them, not what ladder versions and band sets say of them. With
    neither beginning both sides are the same, and nobody differs. As `text/csv` or `application/x-ndjson` it is the
    whole list; in CSV, a text that a spreadsheet would take for a formula has an apostrophe in front.
    """
    since = diffs.Since(effective_on=from_effective_on, known_at=from_known_at)
    wanted = diffs.WantedDifferences(employee=employee, team=tuple(team), ladder=tuple(ladder))

    async def read(window: Window, day: date | None, instant: int | None) -> diffs.DifferenceListing:
        return await diffs.list_differences(
            office.runtime,
            actor,
            since=since,
            effective_on=day,
            known_at=instant,
            wanted=wanted,
            window=window,
            counted=is_counted,
        )

    bounds = (to_effective_on, to_known_at)
    if form:
        return await exported(request, form, read, name="diff", shape=diffs.AssignmentDifference, bounds=bounds)
    where = place_of(request, cursor, *diffs.PLACE)
    found = await read(window_of(where, limit), *((where.effective_on, where.known_at) if where else bounds))
    return _paged(request, found, limit)


def _paged(request: Request, found: diffs.DifferenceListing, limit: int) -> Response:
    """The cursor carries the second side; the first is what was asked, or as the second."""
    counts: dict[str, Any] = {"counts": found.counts} if found.counts else {}
    return paged(
        request,
        found.part,
        limit=limit,
        bounds=(found.effective_on, found.known_at),
        total=found.total,
        from_effective_on=found.start.day,
        from_known_at=instant_text(found.start.known_at),
        to_effective_on=found.effective_on,
        to_known_at=instant_text(found.known_at),
        **counts,
    )
