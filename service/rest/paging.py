"""Pages of lists: where one begins, and how it tells what lies before and behind it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

from fastapi import Request, Response

from service.cursors import Place
from service.domain.instants import instant_text
from service.rest.answers import Published, page
from service.rest.cursors import cursor_for, place_of
from service.rest.office import Desk
from service.usecases.paging import Listing, Part, T, Window, part_of
from service.usecases.reading import bounds_now

Bounds = tuple[date | None, int | None]
"""The day and the instant (µs) of a list; None is today, and everything recorded so far."""

Read = Callable[[Window, date | None, int | None], Awaitable[Listing[T]]]
"""Reads a part of a list within its bounds."""


async def listed(
    request: Request,
    read: Read[T],
    *,
    place: tuple[type, ...],
    bounds: Bounds,
    limit: int,
    cursor: str | None,
    is_dated: bool = True,
    published: Published | None = None,
) -> Response:
    """A page of a list that is read a part at a time. `place` is the types of an item's place in its order.

    It tells its day if it `is_dated`.
    """
    where = place_of(request, cursor, *place)
    found = await read(window_of(where, limit), *((where.effective_on, where.known_at) if where else bounds))
    more: dict[str, Any] = {"effective_on": found.effective_on} if is_dated else {}
    return paged(
        request,
        found.part,
        limit=limit,
        bounds=(found.effective_on, found.known_at),
        total=found.total,
        published=published,
        known_at=instant_text(found.known_at),
        **more,
    )


async def listed_whole(
    request: Request,
    office: Desk,
    read: Callable[[date | None, int | None], Awaitable[Sequence[T]]],
    *,
    bounds: Bounds,
    limit: int,
    cursor: str | None,
    published: Published,
) -> Response:
    """A page of a list of definitions, which `read` gives as a whole for a day and an instant.

    A place is the number of an item: as known at one instant the list never alters.
    """
    where = place_of(request, cursor, int)
    if where:
        bounds = (where.effective_on, where.known_at)
    found = await read(*bounds)
    if where is None and len(found) > limit:
        # There will be another page, and this one is its beginning: both are of one day and one instant.
        bounds = await bounds_now(office.runtime, *bounds)
        found = await read(*bounds)
    return paged(request, part_of(found, window_of(where, limit)), limit=limit, bounds=bounds, published=published)


def paged(
    request: Request,
    part: Part[T],
    *,
    limit: int,
    bounds: Bounds = (None, None),
    total: int | None = None,
    published: Published | None = None,
    is_bound: bool = False,
    **more: object,
) -> Response:
    """A page with cursors both ways, which carry the day and the instant that bound the list.

    Those of a list that `is_bound` to stay as it is do not expire.
    """

    def cursor(after: tuple[object, ...] | None, *, backward: bool) -> str | None:
        if after is None:
            return None
        place = Place(after=after, backward=backward, effective_on=bounds[0], known_at=bounds[1])
        return cursor_for(request, place, is_bound=is_bound)

    return page(
        request,
        list(part.items),
        next_cursor=cursor(part.after, backward=False),
        prev_cursor=cursor(part.before, backward=True),
        limit=limit,
        total=total,
        published=published,
        **more,
    )


def window_of(place: Place | None, limit: int) -> Window:
    return Window(limit=limit, place=place.after, backward=place.backward) if place else Window(limit=limit)
