"""Where everybody stands as of both times, for whoever keeps a copy."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.domain.access import Actor
from service.domain.instants import instant_text
from service.rest.cursors import place_of
from service.rest.exports import Ending, ExportForm, exported
from service.rest.filters import AssignmentFilters
from service.rest.office import Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, EffectiveOn, KnownAt, Limit
from service.rest.strict import StrictRoute
from service.usecases import snapshots
from service.usecases.office import Office
from service.usecases.paging import Listing, Window
from service.usecases.snapshots import EndLine, SnapshotLine, SnapshotPart
from service.usecases.wanted import Wanted
from service.webhooks.feed import Place

router = APIRouter(tags=["assignments"], route_class=StrictRoute)


@router.get("/v1/snapshots", operation_id="read_snapshot", summary="Take a snapshot of everybody's assignments")
async def read(
    request: Request,
    office: Desk,
    actor: Caller,
    form: ExportForm,
    wanted: AssignmentFilters,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """By person and job. With both times given, the same question has the same bytes for ever.

    `events_after` is the place in the feed to go on from: what `/v1/events?after=` tells behind it was recorded after
    the snapshot, and nothing else was. `digest` tells whether a copy holds the same of a person; it covers all their
    jobs whatever is filtered. As `text/csv` or `application/x-ndjson` it is the whole of it and ends with a line
    `end`, which counts the others: without that line it was cut off.
    """
    taken = _Taken(office=office, actor=actor, wanted=wanted)
    if form:
        ending = Ending(shape=EndLine, line=taken.end, headers=taken.headers)
        bounds = (effective_on, known_at)
        return await exported(
            request, form, taken.read, name="snapshot", shape=SnapshotLine, bounds=bounds, ending=ending
        )
    where = place_of(request, cursor, str, str)
    found = await taken.read(
        window_of(where, limit), *((where.effective_on, where.known_at) if where else (effective_on, known_at))
    )
    return paged(
        request,
        found.part,
        limit=limit,
        bounds=(found.effective_on, found.known_at),
        effective_on=found.effective_on,
        known_at=instant_text(found.known_at),
        events_after=found.events_after.text,
    )


@dataclass(slots=True, kw_only=True)
class _Taken:
    """One snapshot while it is read a part at a time."""

    office: Office
    actor: Actor
    wanted: Wanted
    events_after: Place | None = None

    async def read(self, window: Window, day: date | None, instant: int | None) -> SnapshotPart:
        found = await snapshots.read_snapshot(
            self.office.runtime,
            self.actor,
            wanted=self.wanted,
            effective_on=day,
            known_at=instant,
            window=window,
            events_after=self.events_after,
        )
        self.events_after = found.events_after
        return found

    def end(self, last: Listing[SnapshotLine], count: int, _digest: str = "") -> EndLine:
        assert self.events_after is not None, "a part has been read"
        return snapshots.end_of(last, count, events_after=self.events_after)

    def headers(self, first: Listing[SnapshotLine]) -> dict[str, str]:
        told = self.end(first, 0).end
        day = told.effective_on.isoformat() if told.effective_on else ""
        return {"Effective-On": day, "Known-At": told.known_at, "Events-After": told.events_after}
