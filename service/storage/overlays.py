"""Overlays on both time axes: a row for each, closed and written anew when its days are corrected."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.overlays import Overlay
from service.storage.overlay_tables import overlay
from service.storage.tables import job


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayRecord:
    """An overlay as kept. `id` is the key of its job; `base_job` that of the job it stands beside."""

    id: str
    job_id: int
    base_job_id: int
    base_job: str
    overlay: Overlay
    known_from: int


async def insert_overlay_job(tx: AsyncConnection, *, employee_id: str, key: str, base_job_id: int) -> int:
    made = await tx.execute(
        insert(job)
        .values(employee_id=employee_id, key=key, **{"class": "overlay"}, base_job_id=base_job_id)
        .returning(job.c.id)
    )
    return made.scalar_one()


async def insert_overlay(
    tx: AsyncConnection, *, job_id: int, base_job_id: int, employee_id: str, made: Overlay, recorded_at: int
) -> None:
    await tx.execute(
        insert(overlay).values(
            job_id=job_id,
            employee_id=employee_id,
            base_job_id=base_job_id,
            role=made.role,
            name=made.name,
            high_profile=made.high_profile,
            effective_from=made.from_,
            effective_to=made.to,
            known_from=recorded_at,
            known_to=None,
        )
    )


async def close_overlay(tx: AsyncConnection, *, job_id: int, recorded_at: int) -> None:
    """What is known of an overlay is so no more. Comes before another row of it."""
    await tx.execute(
        update(overlay).where(overlay.c.job_id == job_id, overlay.c.known_to.is_(None)).values(known_to=recorded_at)
    )


async def find_overlay(connection: AsyncConnection, job_id: int) -> OverlayRecord | None:
    """The overlay of a job as it is known now; None once it is withdrawn."""
    found = await connection.execute(_columns().where(overlay.c.job_id == job_id, overlay.c.known_to.is_(None)))
    row = found.first()
    return _record(row) if row else None


async def overlays_of(connection: AsyncConnection, employee_id: str, *, known_at: int) -> tuple[OverlayRecord, ...]:
    """A person's overlays as known at an instant, by their first day."""
    found = await connection.execute(
        _columns()
        .where(overlay.c.employee_id == employee_id, known_overlay(known_at))
        .order_by(overlay.c.effective_from, overlay.c.job_id)
    )
    return tuple(_record(row) for row in found)


def known_overlay(known_at: int) -> ColumnElement[bool]:
    return and_(
        overlay.c.known_from <= known_at,
        or_(overlay.c.known_to.is_(None), overlay.c.known_to > known_at),
    )


def _columns():
    base = job.alias("base")
    own = job.alias("own")
    return select(overlay, own.c.key.label("own_key"), base.c.key.label("base_key")).select_from(
        overlay.join(own, own.c.id == overlay.c.job_id).join(base, base.c.id == overlay.c.base_job_id)
    )


def _record(row: Row[Any]) -> OverlayRecord:
    start: date = row.effective_from
    return OverlayRecord(
        id=row.own_key,
        job_id=row.job_id,
        base_job_id=row.base_job_id,
        base_job=row.base_key,
        overlay=Overlay(
            role=row.role,
            name=row.name,
            high_profile=bool(row.high_profile),
            from_=start,
            to=row.effective_to,
        ),
        known_from=row.known_from,
    )
