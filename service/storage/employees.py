"""People: their ids, keys and names in other systems. The employee's row is the lock of their whole record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    Row,
    Select,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.employee_statements import (
    ACTS,
    FIND,
    LOCK,
    NAMES,
    NAMES_OF,
    RENAMED,
    SET_COUNTERS,
    TAKEN,
    columns,
)
from service.storage.pages import By, walked
from service.storage.tables import employee, external_id

Sort = Literal["id", "-id", "key", "-key"]
"""An order of people; a minus is the other way round. Ids rise with time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeRecord:
    """`revision` counts acts on the person, `sequence` their events. `known_at` is the record's instant when read."""

    id: str
    key: str | None
    name: str | None
    revision: int
    sequence: int
    known_at: int


async def insert_employee(
    tx: AsyncConnection, *, employee_id: str, key: str | None, name: str | None, recorded_at: int
) -> None:
    await tx.execute(
        insert(employee).values(id=employee_id, key=key, name=name, revision=0, sequence=0, recorded_at=recorded_at)
    )


async def find_employee(connection: AsyncConnection, reference: str, *, known_at: int | None) -> EmployeeRecord | None:
    """A person by id, by own key, or by `system:value` as it was bound at `known_at` (None = now).

    Nobody is found by an instant before they were made known, so that an answer for it stays what it was.
    The record's instant is read in the same statement, so a revision is never newer than what is read by it.
    """
    statement, given = _by_reference(reference, known_at)
    row = (await connection.execute(statement, given)).first()
    return record_of(row) if row else None


async def lock_employee(tx: AsyncConnection, reference: str) -> EmployeeRecord | None:
    """The same, with the person's record locked until the transaction ends."""
    found = await find_employee(tx, reference, known_at=None)
    if found is None:
        return None
    # A name in another system may have moved on while the lock was waited for; the id does not.
    return record_of((await tx.execute(LOCK, {"of_employee": found.id})).one())


async def revisions_at(connection: AsyncConnection, employee_ids: list[str], *, known_at: int) -> dict[str, int]:
    """The revision of each person as it was at an instant: how many acts on them were recorded by then.

    An act is a change, a change withdrawn, or an instant at which a name in another system was bound or released
    after the person was made known. A correction is one: the change that it is.
    """
    given = {"of_employees": employee_ids, "known_at": known_at}
    counted = await connection.execute(ACTS, given)
    counts = dict.fromkeys(employee_ids, 0) | {row[0]: row[1] for row in counted}
    for row in await connection.execute(RENAMED, given):
        counts[row[0]] += row[1]
    return counts


async def key_taken(tx: AsyncConnection, key: str) -> bool:
    return (await tx.execute(TAKEN, {"named": key})).first() is not None


async def set_counters(tx: AsyncConnection, employee_id: str, *, revision: int, sequence: int) -> None:
    await tx.execute(SET_COUNTERS, {"of_employee": employee_id, "revision": revision, "sequence": sequence})


async def external_ids(connection: AsyncConnection, employee_id: str, *, known_at: int | None) -> dict[str, str]:
    """Names in other systems, by system in alphabetical order, as known at an instant (None = now)."""
    given = {"of_employee": employee_id, **_at(known_at)}
    found = await connection.execute(NAMES[known_at is None], given)
    return {row.system: row.value for row in found}


async def external_ids_of(
    connection: AsyncConnection, employee_ids: Sequence[str], *, known_at: int | None
) -> dict[str, dict[str, str]]:
    """The same for many people, by employee id; people without any are left out."""
    given = {"of_employees": employee_ids, **_at(known_at)}
    found = await connection.execute(NAMES_OF[known_at is None], given)
    named: dict[str, dict[str, str]] = {}
    for row in found:
        named.setdefault(row.employee_id, {})[row.system] = row.value
    return named


async def external_id_holder(tx: AsyncConnection, system: str, value: str) -> str | None:
    found = await tx.execute(
        select(external_id.c.employee_id).where(
            external_id.c.system == system, external_id.c.value == value, external_id.c.known_to.is_(None)
        )
    )
    return found.scalar()


async def had_another_id(tx: AsyncConnection, employee_id: str, system: str, value: str) -> bool:
    """Whether a person has, or once had, another id than this one in a system."""
    statement = select(external_id.c.id).where(
        external_id.c.employee_id == employee_id, external_id.c.system == system, external_id.c.value != value
    )
    return (await tx.execute(statement.limit(1))).first() is not None


async def bind_external_id(tx: AsyncConnection, *, employee_id: str, system: str, value: str, recorded_at: int) -> None:
    await tx.execute(
        insert(external_id).values(
            employee_id=employee_id, system=system, value=value, known_from=recorded_at, known_to=None
        )
    )


async def release_external_id(tx: AsyncConnection, *, employee_id: str, system: str, recorded_at: int) -> None:
    await tx.execute(
        update(external_id)
        .where(
            external_id.c.employee_id == employee_id,
            external_id.c.system == system,
            external_id.c.known_to.is_(None),
        )
        .values(known_to=recorded_at)
    )


async def employees_page(
    connection: AsyncConnection,
    *,
    known_at: int,
    limit: int,
    by: Sort = "id",
    place: tuple[str, ...] | None = None,
    backward: bool = False,
) -> tuple[EmployeeRecord, ...]:
    """People created by `known_at`, `limit` in the direction of the walk from `place` on (`place_in` an order)."""
    descending = by.startswith("-")
    known = columns().where(employee.c.recorded_at <= known_at)
    if by.removeprefix("-") == "id":
        order = [By(column=employee.c.id, descending=descending)]
        found = await connection.execute(walked(known, order, place=place, backward=backward, limit=limit))
        return tuple(record_of(row) for row in found)
    # People without a key come last. A part of its own, so that an index serves both.
    parts = [(employee.c.key, employee.c.key.is_not(None)), (employee.c.id, employee.c.key.is_(None))]
    if descending != backward:
        parts.reverse()
    if place is not None and bool(place[0]) != (parts[0][0] is employee.c.key):
        parts = parts[1:]
    records: list[EmployeeRecord] = []
    for column, belongs in parts:
        within = None if place is None else (place[0] or place[1],)
        order = [By(column=column, descending=descending)]
        statement = walked(known.where(belongs), order, place=within, backward=backward, limit=limit - len(records))
        records += [record_of(row) for row in await connection.execute(statement)]
        if len(records) == limit:
            break
        place = None
    return tuple(records)


def place_in(by: Sort, record: EmployeeRecord) -> tuple[str, ...]:
    """The id, or for an order by key the key (empty without one) and the id."""
    return (record.id,) if by.removeprefix("-") == "id" else (record.key or "", record.id)


async def count_employees(connection: AsyncConnection, *, known_at: int) -> int:
    found = await connection.execute(
        select(func.count()).select_from(employee).where(employee.c.recorded_at <= known_at)
    )
    return found.scalar_one()


async def employees_by_id(
    connection: AsyncConnection, employee_ids: list[str], *, known_at: int
) -> tuple[EmployeeRecord, ...]:
    """Those of the people that were made known by `known_at`, in no order."""
    found = await connection.execute(
        columns().where(employee.c.id.in_(employee_ids), employee.c.recorded_at <= known_at)
    )
    return tuple(record_of(row) for row in found)


def _by_reference(reference: str, known_at: int | None) -> tuple[Select[Any, Any, Any, Any, Any, Any], dict[str, Any]]:
    """The statement that finds somebody, and what it is given."""
    now, at = known_at is None, _at(known_at)
    if ":" not in reference:
        return FIND["id" if reference.startswith("emp_") else "key", now], {"named": reference, **at}
    system, _, value = reference.partition(":")
    return FIND["name", now], {"system": system, "value": value, **at}


def _at(known_at: int | None) -> dict[str, int]:
    return {} if known_at is None else {"known_at": known_at}


def record_of(row: Row[Any, Any, Any, Any, Any, Any]) -> EmployeeRecord:
    return EmployeeRecord(
        id=row.id, key=row.key, name=row.name, revision=row.revision, sequence=row.sequence, known_at=row.known_at
    )
