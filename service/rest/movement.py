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

RangeFrom = Annotated[
    date | None, dated("effective_from", "First day of the range; a year before effective_to when left out.")
]
RangeTo = Annotated[
    date | None, dated("effective_to", "First day after the range; the day after the company's today when left out.")
]
_Only = Annotated[list[str], Query(max_length=50, description="Only these; repeat for one of several.")]


@router.get("/v1/reports/movement", operation_id="read_movement", summary="Read movement over a range of days")
async def read(
    request: Request,
    office: Desk,
    actor: Caller,
    effective_from: RangeFrom = None,
    effective_to: RangeTo = None,
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
    flows = {
        name: _moves(report, kind=kind) for name, kind in (("hires", "hire"), ("rehires", "rehire"), ("ends", "end"))
    }
    return replace(
        report,
        links={
            **_people(report, {}),
            "promotions": _moves(report, kind="promotion"),
            "demotions": _moves(report, kind="demotion"),
        },
        headcount=tuple(
            # No filter asks for levels that several tracks share.
            replace(one, links=_people(report, {"grade": (one.grade,)}, tracks[one.track_kind]))
            if one.track_kind in tracks
            else one
            for one in report.headcount
        ),
        flows=replace(report.flows, links=flows),
        by_track=tuple(replace(one, links=_rises(report, one.track_kind)) for one in report.by_track),
        switches=tuple(
            replace(
                one, links={"moves": _moves(report, kind="track_switch", from_kind=one.from_kind, to_kind=one.to_kind)}
            )
            for one in report.switches
        ),
        returns=tuple(
            replace(one, links={"moves": _moves(report, returns="true", to_kind=one.to_kind)}) for one in report.returns
        ),
    )


def _rises(report: MovementReport, kind: str | None) -> dict[str, str]:
    """Promotions and demotions that ended on tracks of a kind; no filter asks for levels that several share."""
    if kind is None:
        return {}
    return {f"{move}s": _moves(report, kind=move, to_kind=kind) for move in ("promotion", "demotion")}


def _moves(report: MovementReport, **only: str | None) -> str:
    """The moves that make up a figure."""
    bound = {
        "effective_from": report.effective_from.isoformat(),
        "effective_to": report.effective_to.isoformat(),
        "known_at": report.known_at,
    }
    asked = {"ladder": report.ladder, "team": report.team, **only, **bound}
    return f"/v1/reports/movement/moves?{urlencode(asked, doseq=True)}"


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
