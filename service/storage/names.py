"""A person's names in other systems over time: by which system, under which value, known from when to when."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.pages import By, walked
from service.storage.tables import external_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRecord:
    """A binding. `known_to` (µs) is None while it holds, or held at the instant asked."""

    system: str
    value: str
    known_from: int
    known_to: int | None


async def names_page(
    connection: AsyncConnection,
    employee_id: str,
    *,
    known_at: int,
    limit: int,
    place: tuple[Any, ...] | None = None,
    backward: bool = False,
) -> tuple[NameRecord, ...]:
    """Bindings made by `known_at`, by instant and system, `limit` in the direction of the walk from `place` on.

    One that was released later reads as it then was: not yet.
    """
    ended = case((external_id.c.known_to <= known_at, external_id.c.known_to), else_=null())
    statement = select(
        external_id.c.system, external_id.c.value, external_id.c.known_from, ended.label("known_to")
    ).where(external_id.c.employee_id == employee_id, external_id.c.known_from <= known_at)
    order = [By(column=external_id.c.known_from), By(column=external_id.c.system)]
    found = await connection.execute(walked(statement, order, place=place, backward=backward, limit=limit))
    return tuple(
        NameRecord(system=row.system, value=row.value, known_from=row.known_from, known_to=row.known_to)
        for row in found
    )


def place_in(record: NameRecord) -> tuple[int, str]:
    """The instant and the system: a person has one value by each system at a time."""
    return record.known_from, record.system
