"""What a reader of the feed compares itself with."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.domain.instants import instant_text
from service.rest.cursors import place_of
from service.rest.office import Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, KnownAt, Limit
from service.rest.strict import StrictRoute
from service.usecases import digests

router = APIRouter(tags=["events"], route_class=StrictRoute)


@router.get("/v1/digests", operation_id="list_digests", summary="Compare a copy, person by person")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Everybody by id: the last event about them, and a digest of what all events about them tell.

    Read the feed to `events_after`, then compare: another `sequence` or `event` means that events are missing,
    another `digest` that one was taken wrongly. docs/snapshots.md says how it is computed. With `known_at` given the
    same question has the same answer for ever.
    """
    where = place_of(request, cursor, str)
    found = await digests.list_digests(
        office.runtime, actor, window=window_of(where, limit), known_at=where.known_at if where else known_at
    )
    return paged(
        request,
        found.part,
        limit=limit,
        bounds=(None, found.known_at),
        known_at=instant_text(found.known_at),
        events_after=found.events_after.text,
    )
