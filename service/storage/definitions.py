"""Definitions as documents: each recorded version is a row, read once per generation and kept as domain objects."""

import json
from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import insert, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.bands import BandSet, bandset_from_document
from service.domain.company import Company, company_from_document
from service.domain.dates import DateRange
from service.domain.definitions import Definitions, Recorded
from service.domain.ladders import Ladder, ladder_from_document
from service.storage.generation import current_generation
from service.storage.tables import assignment, band_set, change, company_version, ladder_version, scheduled

_KEPT = 1_024
"""Documents whose objects are kept, of each kind."""


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


async def planned_levels(tx: AsyncConnection, ladder: str, *, days: DateRange) -> tuple[tuple[str, int, str], ...]:
    """(employee id, job, level) of each planned change that names a level of the ladder on one of the days.

    Also of those that own no row, since another change of the same day decides: withdrawn, that one would leave it.
    """
    found = await tx.execute(
        select(change.c.employee_id, change.c.job_id, change.c.states)
        .join(scheduled, scheduled.c.change_id == change.c.id)
        .where(
            scheduled.c.effective_on >= days.start,
            true() if days.end is None else scheduled.c.effective_on < days.end,
        )
        .order_by(change.c.employee_id)
    )
    stated = ((row.employee_id, row.job_id, json.loads(row.states)) for row in found)
    return tuple((person, job, states["level"]) for person, job, states in stated if states.get("ladder") == ladder)


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
