"""Ladders as published."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.rest.answers import answer, shows_pay
from service.rest.fields import expanded
from service.rest.office import Desk
from service.rest.paging import listed_whole
from service.rest.parsing import DEFAULT_LIMIT, Cursor, EffectiveOn, KnownAt, Limit, names_of
from service.rest.strict import StrictRoute
from service.usecases import ladders, levels
from service.usecases.reading import bounds_now

router = APIRouter(tags=["ladders"], route_class=StrictRoute)

EXPANSIONS = ("levels", "levels.bands")
_Expand = Annotated[str | None, names_of(EXPANSIONS, "What is to be put in.")]
_Zone = Annotated[str | None, Query(max_length=64, description="Show pay in this zone only.")]


@router.get("/v1/ladders", operation_id="list_ladders", summary="List ladders")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Every ladder with its version in force on a day."""

    async def read(day: date | None, instant: int | None) -> Sequence[ladders.LadderSummary]:
        return await ladders.list_ladders(office.runtime, actor, effective_on=day, known_at=instant)

    bounds = (effective_on, known_at)
    return await listed_whole(request, office, read, limit=limit, cursor=cursor, bounds=bounds, published="open")


@router.get("/v1/ladders/{ladder}", operation_id="read_ladder", summary="Read a ladder")
async def read(
    request: Request,
    office: Desk,
    actor: Caller,
    ladder: str,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    expand: _Expand = None,
) -> Response:
    """The version in force on a day, each level with all it expects, inherited statements included.

    `levels` puts in what the day makes of each level, `levels.bands` what pays it, too.
    """
    wanted = expanded(expand, EXPANSIONS)
    if wanted:
        effective_on, known_at = await bounds_now(office.runtime, effective_on, known_at)
    found = await ladders.read_ladder(office.runtime, actor, ladder, effective_on=effective_on, known_at=known_at)
    if effective_on is not None and known_at is not None and wanted:
        found = await levels.expand_ladder(
            office.runtime,
            actor,
            found,
            effective_on=effective_on,
            known_at=known_at,
            with_bands="levels.bands" in wanted,
        )
    return answer(request, found, published=shows_pay(actor) if "levels.bands" in wanted else "open")


@router.get("/v1/ladders/{ladder}/versions", operation_id="list_ladder_versions", summary="List a ladder's versions")
async def versions(
    request: Request,
    office: Desk,
    actor: Caller,
    ladder: str,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Every version recorded, by first day, with its state on a day."""

    async def read(day: date | None, instant: int | None) -> Sequence[ladders.LadderVersion]:
        return await ladders.list_versions(office.runtime, actor, ladder, effective_on=day, known_at=instant)

    bounds = (effective_on, known_at)
    return await listed_whole(request, office, read, limit=limit, cursor=cursor, bounds=bounds, published="open")


@router.get(
    "/v1/ladders/{ladder}/versions/{version}", operation_id="read_ladder_version", summary="Read a version of a ladder"
)
async def version(
    request: Request,
    office: Desk,
    actor: Caller,
    ladder: str,
    version: str,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Response:
    """A version by its name, in force or not."""
    found = await ladders.read_ladder(
        office.runtime, actor, ladder, version=version, effective_on=effective_on, known_at=known_at
    )
    return answer(request, found, published="open")


@router.get("/v1/ladders/{ladder}/levels/{level}", operation_id="read_level", summary="Read a level")
async def level(
    request: Request,
    office: Desk,
    actor: Caller,
    ladder: str,
    level: str,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Response:
    """What it expects, decides and gives, its counterparts on the other track, and its bands."""
    return answer(
        request,
        await levels.read_level(office.runtime, actor, ladder, level, effective_on=effective_on, known_at=known_at),
        published=shows_pay(actor),
    )


@router.get("/v1/ladders/{ladder}/chart", operation_id="read_chart", summary="Draw a ladder")
async def chart(
    request: Request,
    office: Desk,
    actor: Caller,
    ladder: str,
    zone: _Zone = None,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Response:
    """Rows by grade, cells by track, shared levels as one cell, how the tracks pair and whether both are paid alike."""
    found = await ladders.read_chart(
        office.runtime, actor, ladder, zone=zone, effective_on=effective_on, known_at=known_at
    )
    return answer(request, found, published=shows_pay(actor))
