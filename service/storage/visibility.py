"""Counting people by kind of track and grade, and those of them with high-profile overlays, over a range of days."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Label, and_, case, distinct, func, literal, null, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.visibility import Places
from service.storage.overlay_tables import overlay
from service.storage.overlays import known_overlay
from service.storage.tables import assignment

Counts = dict[tuple[Any, ...], int]


class VisibilityCounts:
    """Counts of one range of days as known at an instant (µs); `end` is the first day after."""

    def __init__(self, connection: AsyncConnection, places: Places, *, start: date, end: date, known_at: int) -> None:
        self._connection = connection
        self._kind = _kind(places)
        self._stood = and_(
            assignment.c.effective_from < end,
            or_(assignment.c.effective_to.is_(None), assignment.c.effective_to > start),
            assignment.c.known_from <= known_at,
            or_(assignment.c.known_to.is_(None), assignment.c.known_to > known_at),
        )
        # Days of which each two overlap have one in common.
        self._seen = and_(
            overlay.c.high_profile,
            overlay.c.effective_from < end,
            overlay.c.effective_to > start,
            overlay.c.effective_from < func.coalesce(assignment.c.effective_to, literal(date.max)),
            overlay.c.effective_to > assignment.c.effective_from,
            known_overlay(known_at),
        )

    async def people(self, *, by_grade: bool) -> Counts:
        """How many people stood there, by (kind,) or by (kind, grade)."""
        keys = self._keys(by_grade)
        found = await self._connection.execute(
            select(*keys, func.count(distinct(assignment.c.employee_id))).where(self._stood).group_by(*keys)
        )
        return {tuple(row[:-1]): row[-1] for row in found}

    async def seen(self, *, by_grade: bool) -> Counts:
        """How many of them were seen while they did."""
        keys = self._keys(by_grade)
        found = await self._connection.execute(
            select(*keys, func.count(distinct(assignment.c.employee_id)))
            .select_from(_joined())
            .where(self._stood, self._seen)
            .group_by(*keys)
        )
        return {tuple(row[:-1]): row[-1] for row in found}

    async def roles(self) -> list[tuple[str | None, str, int, int, int]]:
        """(kind, role, overlays, those with a name, people) of what was high-profile."""
        found = await self._connection.execute(
            select(
                self._kind,
                overlay.c.role,
                func.count(distinct(overlay.c.job_id)),
                func.count(distinct(case((overlay.c.name.is_not(None), overlay.c.job_id)))),
                func.count(distinct(overlay.c.employee_id)),
            )
            .select_from(_joined())
            .where(self._stood, self._seen)
            .group_by(self._kind, overlay.c.role)
        )
        return [(row[0], row[1], row[2], row[3], row[4]) for row in found]

    def _keys(self, by_grade: bool) -> list[ColumnElement[Any]]:
        return [self._kind, *([assignment.c.grade] if by_grade else [])]


def _joined():
    return assignment.join(overlay, overlay.c.base_job_id == assignment.c.job_id)


def _kind(places: Places) -> Label[Any]:
    conditions = [
        (
            or_(*(and_(assignment.c.ladder == key, assignment.c.level.in_(levels)) for key, levels in ladders.items())),
            kind,
        )
        for kind, ladders in places.items()
    ]
    whens = [(condition, literal(kind)) for condition, kind in conditions]
    return (case(*whens, else_=null()) if whens else null()).label("kind")
