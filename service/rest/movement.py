"""What happened over a range of days, with a link from each figure to what lies behind it where a question tells it."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.domain.dates import EARLIEST
from service.rest.answers import answer
from service.rest.office import Desk
from service.rest.parsing import KnownAt, dated
from service.rest.strict import StrictRoute
from service.usecases import movement
from service.usecases.movement import MovementReport

router = APIRouter(tags=["reports"], route_class=StrictRoute)

_From = Annotated[
    date | None, dated("effective_from", "First day of the range; a year before effective_to when left out.")
]
_To = Annotated[
    date | None, dated("effective_to", "First day after the range; the day after the company's today when left out.")
]
_Only = Annotated[list[str], Query(max_length=50, description="Only these; repeat for one of several.")]


@router.get("/v1/reports/movement", operation_id="read_movement", summary="Read movement over a range of days")
async def read(
    request: Request,
    office: Desk,
    actor: Caller,
    effective_from: _From = None,
    effective_to: _To = None,
    known_at: KnownAt = None,
    ladder: _Only = [],  # noqa: B006 - the framework copies defaults
    team: _Only = [],  # noqa: B006
) -> Response:
    """Who came and left, promotions and demotions, track switches both ways, returns and what became of them, and how
    long people stay at a grade, counted from the timelines as known at an instant: what was withdrawn counts nowhere.
    """
    found = await movement.read_movement(
        office.runtime,
        actor,
        effective_from=effective_from,
        effective_to=effective_to,
        known_at=known_at,
        ladders=tuple(ladder),
        teams=tuple(team),
    )
    return answer(request, _linked(found))


def _linked(report: MovementReport) -> MovementReport:
    tracks = {one.track_kind: {"start": one.start, "end": one.end} for one in report.tracks}
    return replace(
        report,
        links=_people(report, {}),
        headcount=tuple(
            replace(
                one,
                # No filter asks for levels that several tracks share.
                links=_people(report, {"grade": (one.grade,)}, tracks[one.track_kind])
                if one.track_kind in tracks
                else {},
            )
            for one in report.headcount
        ),
    )


def _people(
    report: MovementReport, only: dict[str, tuple[str, ...]], tracks: dict[str, tuple[str, ...]] | None = None
) -> dict[str, str]:
    """Who makes up the figure of each evening; of days that cannot be asked for, and of unclear tracks, no link."""
    links: dict[str, str] = {}
    for name, day in (("start", report.start_on), ("end", report.end_on)):
        if day < EARLIEST or (tracks is not None and not tracks[name]):
            continue
        asked = {**only, "ladder": report.ladder, "team": report.team, "track": tracks[name] if tracks else ()}
        bound = {"effective_on": day.isoformat(), "known_at": report.known_at}
        links[name] = f"/v1/assignments?{urlencode({**asked, **bound}, doseq=True)}"
    return links
