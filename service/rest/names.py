"""A person's names in other systems over time."""

from datetime import date

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.rest.office import Desk
from service.rest.paging import listed
from service.rest.parsing import DEFAULT_LIMIT, Cursor, KnownAt, Limit
from service.rest.strict import StrictRoute
from service.usecases import names
from service.usecases.names import ExternalIdBinding
from service.usecases.paging import Listing, Window

router = APIRouter(tags=["employees"], route_class=StrictRoute)


@router.get(
    "/v1/employees/{employee}/external-ids",
    operation_id="list_external_ids",
    summary="List a person's ids in other systems over time",
)
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    employee: str,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Every binding, released ones too, oldest first, as known at an instant: between its two instants, the id named
    this person, and named by it the person is found for questions asked as of then.
    """

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[ExternalIdBinding]:
        return await names.list_external_ids(office.runtime, actor, employee, window=window, known_at=instant)

    return await listed(
        request, read, place=(int, str), limit=limit, cursor=cursor, bounds=(None, known_at), is_dated=False
    )
