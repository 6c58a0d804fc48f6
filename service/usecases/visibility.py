"""The report on who is seen, by kind of track and grade."""

from datetime import date

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text
from service.domain.visibility import (
    SeenAtGrade,
    SeenInRole,
    SeenOnTrack,
    VisibilityReport,
    in_order,
    places_by_kind,
    share_percent,
)
from service.storage.visibility import VisibilityCounts
from service.usecases.act import Runtime
from service.usecases.ranges import asked_range
from service.usecases.reading import reading


async def read_visibility(
    runtime: Runtime,
    actor: Actor,
    *,
    effective_from: date | None = None,
    effective_to: date | None = None,
    known_at: int | None = None,
) -> VisibilityReport:
    """High-profile overlays over the days from `effective_from` to before `effective_to`, against headcount.

    They end with today where the end is left out, and are a year where the beginning is. Raises Invalid
    `empty-range` when no day lies between them.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime, known_at=known_at, may_lag=True) as view:
        start, end = asked_range(effective_from, effective_to, today=view.today)
        places = places_by_kind(view.definitions, before=end, known_at=view.known_at)
        counts = VisibilityCounts(view.connection, places, start=start, end=end, known_at=view.known_at)
        company = view.definitions.company(view.known_at)
        return VisibilityReport(
            tracks=await _tracks(counts),
            grades=in_order(await _grades(counts), company.ranks if company else {}),
            roles=tuple(
                SeenInRole(kind=kind, role=role, overlays=overlays, named=named, people=people)
                for kind, role, overlays, named, people in sorted(
                    await counts.roles(), key=lambda row: (row[0] or "", row[1])
                )
            ),
            effective_from=start,
            effective_to=end,
            known_at=instant_text(view.known_at),
        )


async def _tracks(counts: VisibilityCounts) -> tuple[SeenOnTrack, ...]:
    seen = await counts.seen(by_grade=False)
    return tuple(
        SeenOnTrack(
            kind=key[0],
            people=people,
            seen=seen.get(key, 0),
            share_percent=share_percent(seen.get(key, 0), people),
        )
        for key, people in sorted((await counts.people(by_grade=False)).items(), key=lambda one: one[0][0] or "")
    )


async def _grades(counts: VisibilityCounts) -> list[SeenAtGrade]:
    seen = await counts.seen(by_grade=True)
    return [
        SeenAtGrade(
            kind=key[0],
            grade=key[1],
            people=people,
            seen=seen.get(key, 0),
            share_percent=share_percent(seen.get(key, 0), people),
        )
        for key, people in (await counts.people(by_grade=True)).items()
    ]
