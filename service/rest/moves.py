"""The moves that the report on movement counts, one by one."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.domain.movement import MoveKind, Selection
from service.domain.tracks import TrackKind
from service.rest.movement import RangeFrom, RangeTo
from service.rest.office import Desk
from service.rest.paging import listed
from service.rest.parsing import DEFAULT_LIMIT, Cursor, KnownAt, Limit
from service.rest.strict import StrictRoute
from service.usecases import movement, moves
from service.usecases.moves import JobMove, WantedMoves
from service.usecases.paging import Listing, Window

router = APIRouter(tags=["reports"], route_class=StrictRoute)

_Only = Annotated[list[str], Query(max_length=50, description="Only these; repeat for one of several.")]
_Kinds = Annotated[list[MoveKind], Query(max_length=50, description="Only these; repeat for one of several.")]
_FromKind = Annotated[TrackKind | None, Query(description="Only from tracks of this kind.")]
_ToKind = Annotated[TrackKind | None, Query(description="Only to tracks of this kind.")]
_Returns = Annotated[Literal["true", "false"], Query(description="true asks for switches back alone.")]


@router.get("/v1/reports/movement/moves", operation_id="list_moves", summary="List the moves that movement counts")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    effective_from: RangeFrom = None,
    effective_to: RangeTo = None,
    known_at: KnownAt = None,
    ladder: _Only = [],  # noqa: B006 - the framework copies defaults
    team: _Only = [],  # noqa: B006
    kind: _Kinds = [],  # noqa: B006
    from_kind: _FromKind = None,
    to_kind: _ToKind = None,
    returns: _Returns = "false",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """By person, job and day; all pages are as known at the instant of the first."""
    wanted = WantedMoves(
        kinds=tuple(kind),
        from_kind=from_kind,
        to_kind=to_kind,
        returns_only=returns == "true",
        selection=Selection(ladders=frozenset(ladder), teams=frozenset(team)),
    )

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[JobMove]:
        return await moves.list_moves(
            office.runtime,
            actor,
            wanted=wanted,
            effective_from=effective_from,
            # A walk goes on over the range of its first page, whatever day it is by then.
            effective_to=day + movement.ONE_DAY if day else effective_to,
            known_at=instant,
            window=window,
        )

    return await listed(
        request,
        read,
        place=(str, str, date),
        limit=limit,
        cursor=cursor,
        bounds=(None, known_at),
        is_dated=False,
    )
