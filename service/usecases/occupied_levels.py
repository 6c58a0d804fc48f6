"""Levels on which people stand while a version of their ladder is published."""

from collections.abc import Container, Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.dates import DateRange
from service.domain.definitions import Definitions
from service.domain.ladders import Ladder
from service.domain.maps import LevelMapping, read_through
from service.domain.refusals import Conflict
from service.domain.remaps import MOST_LISTED
from service.storage import definitions as kept


async def refuse_unmapped(
    tx: AsyncConnection, ladder: Ladder, published: Definitions, *, replacing: Container[int], today: date
) -> None:
    """Levels that people hold on or after the version's first day stay as they are for them, or are mapped.

    That is at their grade, on their tracks and with their steps: a version must not move anybody unasked. Of the jobs
    `replacing` it is judged elsewhere. Raises Conflict `people-unmapped`.
    """
    before = published.ladder(ladder.key, ladder.effective_from)
    days = DateRange(start=ladder.effective_from, end=published.next_version_from(ladder))
    held = await kept.occupied_levels(tx, ladder.key, days=days)
    stated = [
        (one.job.employee_id, one.job.id, known.key, known.grade, None)
        for one in await kept.stated_levels(tx, ladder.key, days=days, today=today)
        if before and (known := before.level(_meant(one, published.maps(ladder.key)))) and known.grade
    ]
    stranded = [
        (employee, level)
        for employee, job, level, grade, step in (*held, *stated)
        if job not in replacing and not _holds(ladder, before, level, grade, step)
    ]
    if stranded:
        levels = sorted({level for _, level in stranded})
        people = sorted({employee for employee, _ in stranded})
        raise Conflict(
            "people-unmapped",
            f"Version {ladder.version} of {ladder.key} leaves out or regrades {', '.join(levels)}, or takes its track "
            f"or step away, where {len(people)} people stand or will stand. Map it in `maps`, keep it as it is for "
            "them, or move them first.",
            extra={"levels": levels, "employees": people[:MOST_LISTED], "employee_count": len(people)},
        )


def _meant(stated: kept.StatedLevel, mappings: Sequence[LevelMapping]) -> str:
    return read_through(stated.level, mappings, day=stated.day, stated_at=stated.recorded_at)


def _holds(ladder: Ladder, before: Ladder | None, level: str, grade: str, step: str | None) -> bool:
    if any(entry.old_level == level for entry in ladder.maps):
        # Whoever stands there was folded with the map already.
        return True
    found = ladder.level(level)
    known = before.level(level) if before else None
    return (
        found is not None
        and found.grade == grade
        and (known is None or set(known.tracks) == set(found.tracks))
        # At an equal grade a step is kept on levels that have none of that name: these take nothing away.
        and (step is None or step in found.steps or (known is not None and step not in known.steps))
    )
