"""Pay bands. Everything here needs the right to read pay."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.domain.band_rows import Period
from service.rest.exports import ExportForm, exported
from service.rest.office import Desk
from service.rest.paging import listed, listed_whole
from service.rest.parsing import DEFAULT_LIMIT, Cursor, EffectiveOn, KnownAt, Limit
from service.rest.strict import StrictRoute
from service.usecases import bands
from service.usecases.paging import Listing, Window

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
    request: Request,
    office: Desk,
    actor: Caller,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Every set, earliest first, and which is in force on a day. People can be pinned to a superseded one."""

    async def read(day: date | None, instant: int | None) -> Sequence[bands.BandSetSummary]:
        return await bands.list_band_sets(office.runtime, actor, effective_on=day, known_at=instant)

    bounds = (effective_on, known_at)
    return await listed_whole(request, office, read, limit=limit, cursor=cursor, bounds=bounds, published="pay")


@router.get("/v1/bands", operation_id="list_bands", summary="List bands")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    form: ExportForm,
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
    """Rows of the set, worked out: factors, rounding, floor and cap are applied. All pages are of one day.

    As `text/csv` or `application/x-ndjson` it is the whole list; in CSV, a text that a spreadsheet would take for a
    formula has an apostrophe in front.
    """
    wanted = bands.WantedBands(
        grade=tuple(grade), zone=tuple(zone), ladder=tuple(ladder), track=tuple(track), period=period
    )

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[bands.ShownBandRow]:
        return await bands.list_bands(
            office.runtime,
            actor,
            wanted=wanted,
            band_set=band_set,
            effective_on=day,
            known_at=instant,
            window=window,
        )

    bounds = (effective_on, known_at)
    if form:
        return await exported(request, form, read, name="bands", shape=bands.ShownBandRow, bounds=bounds)
    return await listed(request, read, place=(int,), limit=limit, cursor=cursor, bounds=bounds, published="pay")
