"""Pay bands. Everything here needs the right to read pay."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.domain.band_rows import Period
from service.domain.instants import instant_text
from service.rest.answers import page
from service.rest.cursors import Place, cursor_for, place_of
from service.rest.office import Desk
from service.rest.parsing import DEFAULT_LIMIT, Cursor, EffectiveOn, KnownAt, Limit
from service.rest.strict import StrictRoute
from service.usecases import bands

router = APIRouter(tags=["bands"], route_class=StrictRoute)

_Filter = Annotated[list[str], Query(max_length=100, description="Only these; repeat for one of several.")]
_BandSet = Annotated[
    str | None, Query(max_length=64, description="A set by its key, in force or not; the one in force when left out.")
]
_Period = Annotated[
    Period | None,
    Query(description="Show amounts for this period, by the counts per year that the set states; else as written."),
]


@router.get("/v1/band-sets", operation_id="list_band_sets", summary="List band sets")
async def sets(
    request: Request, office: Desk, actor: Caller, effective_on: EffectiveOn = None, known_at: KnownAt = None
) -> Response:
    """Every set, earliest first, and which is in force on a day. People can be pinned to a superseded one."""
    found = await bands.list_band_sets(office.runtime, actor, effective_on=effective_on, known_at=known_at)
    return page(request, list(found), next_cursor=None, limit=max(1, len(found)), published="pay")


@router.get("/v1/bands", operation_id="list_bands", summary="List bands")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    band_set: _BandSet = None,
    grade: _Filter = [],  # noqa: B006 - the framework copies defaults
    zone: _Filter = [],  # noqa: B006
    ladder: _Filter = [],  # noqa: B006
    track: _Filter = [],  # noqa: B006
    period: _Period = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Rows of the set, worked out: factors, rounding, floor and cap are applied. All pages are of one day."""
    place = place_of(request, cursor, int)
    found = await bands.list_bands(
        office.runtime,
        actor,
        wanted=bands.WantedBands(
            grade=tuple(grade), zone=tuple(zone), ladder=tuple(ladder), track=tuple(track), period=period
        ),
        band_set=band_set,
        effective_on=place.effective_on if place else effective_on,
        known_at=place.known_at if place else known_at,
        after=place.after[0] if place else 0,
        limit=limit,
    )
    following = None
    if found.after is not None:
        place = Place(after=(found.after,), known_at=found.known_at, effective_on=found.effective_on)
        following = cursor_for(request, place)
    return page(
        request,
        list(found.rows),
        next_cursor=following,
        limit=limit,
        published="pay",
        effective_on=found.effective_on.isoformat(),
        known_at=instant_text(found.known_at),
    )
