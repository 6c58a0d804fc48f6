"""Definitions as documents: each recorded version is a row, read once per generation and kept as domain objects."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import insert, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.bands import BandSet, bandset_from_document
from service.domain.company import Company, company_from_document
from service.domain.dates import DateRange
from service.domain.definitions import Definitions, Recorded
from service.domain.ladders import Ladder, ladder_from_document
from service.storage.crowds import JobReference
from service.storage.generation import current_generation
from service.storage.tables import (
    assignment,
    band_set,
    change,
    change_end,
    company_version,
    job,
    ladder_version,
    scheduled,
)

_KEPT = 1_024
"""Documents whose objects are kept, of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedLevel:
    """A level that a live change of a job states for its day, as recorded at an instant (µs)."""

    job: JobReference
    level: str
    day: date
    recorded_at: int


class DefinitionsShelf:
    """All definitions of the deployment. Remembers them for as long as the generation stands."""

    def __init__(self) -> None:
        self._generation = -1
        self._definitions = Definitions()

    @property
    def remembered(self) -> tuple[int, Definitions]:
        """The generation as last seen, -1 before that, and the definitions of it."""
        return self._generation, self._definitions

    async def load(self, connection: AsyncConnection) -> Definitions:
        """Everything recorded that the connection can see."""
        generation = await current_generation(connection)
        if generation != self._generation:
            # The generation is read before the rows: rows that come later bring a later generation.
            self._definitions = await _read_all(connection)
            self._generation = generation
        return self._definitions


async def insert_company(tx: AsyncConnection, company: Company, *, recorded_at: int) -> None:
    await tx.execute(insert(company_version).values(recorded_at=recorded_at, document=_text(company.document)))


async def insert_ladder(tx: AsyncConnection, ladder: Ladder, *, recorded_at: int) -> None:
    await tx.execute(
        insert(ladder_version).values(
            ladder=ladder.key,
            version=ladder.version,
            effective_from=ladder.effective_from,
            recorded_at=recorded_at,
            document=_text(ladder.document),
        )
    )


async def insert_band_set(tx: AsyncConnection, bands: BandSet, *, recorded_at: int) -> None:
    await tx.execute(
        insert(band_set).values(
            key=bands.key,
            effective_from=bands.effective_from,
            recorded_at=recorded_at,
            document=_text(bands.document),
        )
    )


async def occupied_levels(
    tx: AsyncConnection, ladder: str, *, days: DateRange
) -> tuple[tuple[str, int, str, str, str | None], ...]:
    """Who stands or will stand on the ladder on one of the days: (employee, job, level, grade, step), by employee."""
    row = assignment.c
    found = await tx.execute(
        select(row.employee_id, row.job_id, row.level, row.grade, row.step)
        .where(
            row.ladder == ladder,
            row.known_to.is_(None),
            (row.effective_to.is_(None)) | (row.effective_to > days.start),
            true() if days.end is None else row.effective_from < days.end,
        )
        .distinct()
        .order_by(row.employee_id, row.level)
    )
    return tuple((row.employee_id, row.job_id, row.level, row.grade, row.step) for row in found)


async def stated_levels(tx: AsyncConnection, ladder: str, *, days: DateRange, today: date) -> tuple[StatedLevel, ...]:
    """Each level of the ladder that a live change states for one of the days, by employee id.

    Also where nobody stands on it, since another change of the same day decides: withdrawn, that one would leave it.
    """
    live = change.join(job, job.c.id == change.c.job_id).outerjoin(change_end, change_end.c.change_id == change.c.id)
    day = change.c.effective_on
    if days.start > today:
        # What is planned is on the clock's list, which is short and in the order of days.
        live, day = live.join(scheduled, scheduled.c.change_id == change.c.id), scheduled.c.effective_on
    found = await tx.execute(
        select(job.c.id, job.c.employee_id, job.c.key, change.c.effective_on, change.c.recorded_at, change.c.states)
        .select_from(live)
        .where(change_end.c.change_id.is_(None), job.c["class"] == "job")
        .where(day >= days.start, true() if days.end is None else day < days.end)
        .order_by(job.c.employee_id, job.c.key, change.c.effective_on, change.c.ordinal)
    )
    stated = ((row, json.loads(row.states)) for row in found)
    return tuple(
        StatedLevel(
            job=JobReference(id=row.id, employee_id=row.employee_id, key=row.key),
            level=states["level"],
            day=row.effective_on,
            recorded_at=row.recorded_at,
        )
        for row, states in stated
        if states.get("ladder") == ladder
    )


async def _read_all(connection: AsyncConnection) -> Definitions:
    companies, ladders, band_sets = [await connection.execute(one) for one in _ALL]
    return Definitions(
        companies=[Recorded(recorded_at=row.recorded_at, value=_company(row.document)) for row in companies],
        ladders=[Recorded(recorded_at=row.recorded_at, value=_ladder(row.document)) for row in ladders],
        bandsets=[Recorded(recorded_at=row.recorded_at, value=_band_set(row.document)) for row in band_sets],
    )


_ALL = (select(company_version), select(ladder_version), select(band_set))


# What was published never alters, and is read again whenever something else is.
@lru_cache(_KEPT)
def _company(document: str) -> Company:
    return company_from_document(json.loads(document))


@lru_cache(_KEPT)
def _ladder(document: str) -> Ladder:
    return ladder_from_document(json.loads(document))


@lru_cache(_KEPT)
def _band_set(document: str) -> BandSet:
    return bandset_from_document(json.loads(document))


def _text(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
