"""What a connection needs to go on where it stopped: cursors, links between rows, messages it has seen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.connection_tables import connection_cursor, connection_link, connection_receipt
from service.storage.tables import external_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A person's job from a day on, and the row it is over there.

    `remote_id` is None while it is not known; `written` is a digest of what was written, never the content.
    """

    employee_id: str
    job: str
    place: str
    effective_on: date
    remote_id: str | None
    change_id: str | None = None
    written: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def read_cursor(tx: AsyncConnection, connection_id: str, name: str) -> str | None:
    """None before anything was read."""
    statement = select(connection_cursor.c.value).where(
        connection_cursor.c.connection_id == connection_id, connection_cursor.c.name == name
    )
    return (await tx.execute(statement)).scalar()


async def cursors_of(tx: AsyncConnection, connection_id: str) -> tuple[tuple[str, str, int], ...]:
    """Name, value and instant (µs) of each, by name."""
    columns = connection_cursor.c
    statement = select(columns.name, columns.value, columns.updated_at).where(columns.connection_id == connection_id)
    found = await tx.execute(statement.order_by(columns.name))
    return tuple((row.name, row.value, row.updated_at) for row in found)


async def set_cursor(tx: AsyncConnection, connection_id: str, name: str, value: str, *, at: int) -> None:
    """`at` is µs."""
    await tx.execute(
        _insert(tx, connection_cursor)
        .values(connection_id=connection_id, name=name, value=value, updated_at=at)
        .on_conflict_do_update(index_elements=["connection_id", "name"], set_={"value": value, "updated_at": at})
    )


async def drop_cursor(tx: AsyncConnection, connection_id: str, name: str) -> None:
    columns = connection_cursor.c
    await tx.execute(delete(connection_cursor).where(columns.connection_id == connection_id, columns.name == name))


async def links_of(
    tx: AsyncConnection, connection_id: str, employee_id: str, *, place: str | None = None
) -> tuple[Link, ...]:
    """By job, place and day."""
    columns = connection_link.c
    statement = select(connection_link).where(
        columns.connection_id == connection_id, columns.employee_id == employee_id
    )
    if place is not None:
        statement = statement.where(columns.place == place)
    found = await tx.execute(statement.order_by(columns.job, columns.place, columns.effective_on))
    return tuple(_link(row) for row in found)


async def links_of_people(
    tx: AsyncConnection, connection_id: str, employee_ids: Sequence[str]
) -> dict[tuple[str, str], list[Link]]:
    """Of many people, by person and job; who has none is left out. As many as one statement can name."""
    columns = connection_link.c
    statement = select(connection_link).where(
        columns.connection_id == connection_id, columns.employee_id.in_(employee_ids)
    )
    links: dict[tuple[str, str], list[Link]] = {}
    for row in await tx.execute(statement.order_by(columns.effective_on)):
        links.setdefault((row.employee_id, row.job), []).append(_link(row))
    return links


async def links_of_former(
    tx: AsyncConnection, connection_id: str, system: str, values: Sequence[str]
) -> list[tuple[str, Link]]:
    """Of people who once had one of the ids in `system`: that id, and what stands there of them under whichever."""
    statement = (
        select(external_id.c.value.label("value"), connection_link)
        .distinct()
        .join_from(external_id, connection_link, connection_link.c.employee_id == external_id.c.employee_id)
        .where(
            external_id.c.known_to.is_not(None),
            external_id.c.system == system,
            external_id.c.value.in_(values),
            connection_link.c.connection_id == connection_id,
        )
    )
    return [(row.value, _link(row)) for row in await tx.execute(statement)]


async def keep_link(tx: AsyncConnection, connection_id: str, link: Link, *, at: int) -> None:
    """Written over one of the same person, job, place and day. `at` is µs."""
    values = {
        "remote_id": link.remote_id,
        "change_id": link.change_id,
        "written": link.written,
        "detail": json.dumps(dict(link.detail), ensure_ascii=False),
        "updated_at": at,
    }
    key = {
        "connection_id": connection_id,
        "employee_id": link.employee_id,
        "job": link.job,
        "place": link.place,
        "effective_on": link.effective_on,
    }
    await tx.execute(
        _insert(tx, connection_link)
        .values(**key, **values)
        .on_conflict_do_update(index_elements=list(key), set_=values)
    )


async def drop_link(tx: AsyncConnection, connection_id: str, link: Link) -> None:
    columns = connection_link.c
    await tx.execute(
        delete(connection_link).where(
            columns.connection_id == connection_id,
            columns.employee_id == link.employee_id,
            columns.job == link.job,
            columns.place == link.place,
            columns.effective_on == link.effective_on,
        )
    )


async def was_received(tx: AsyncConnection, connection_id: str, digest: str) -> bool:
    statement = select(connection_receipt.c.digest).where(
        connection_receipt.c.connection_id == connection_id, connection_receipt.c.digest == digest
    )
    return (await tx.execute(statement)).first() is not None


async def keep_receipt(tx: AsyncConnection, connection_id: str, digest: str, *, at: int, forget_before: int) -> bool:
    """False when it was kept before. Those from before `forget_before` go. Instants are µs."""
    done = await tx.execute(
        _insert(tx, connection_receipt)
        .values(connection_id=connection_id, digest=digest, received_at=at)
        .on_conflict_do_nothing()
    )
    columns = connection_receipt.c
    await tx.execute(
        delete(connection_receipt).where(columns.connection_id == connection_id, columns.received_at < forget_before)
    )
    return done.rowcount == 1


def _link(row: Row[Any]) -> Link:
    return Link(
        employee_id=row.employee_id,
        job=row.job,
        place=row.place,
        effective_on=row.effective_on,
        remote_id=row.remote_id,
        change_id=row.change_id,
        written=row.written,
        detail=json.loads(row.detail),
    )


def _insert(tx: AsyncConnection, table: Any) -> Any:
    return (sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert)(table)
