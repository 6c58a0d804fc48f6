"""Connections to other firms' systems, and what was set to map to what."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.connection_tables import (
    connection,
    connection_cursor,
    connection_link,
    connection_mapping,
    connection_receipt,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRecord:
    """A connection as kept. Instants are µs; `endpoint_id` is None where nothing goes out."""

    id: str
    key: str
    kind: str
    system: str
    settings: Mapping[str, Any]
    credentials_enc: str
    endpoint_id: str | None
    created_by: str
    created_at: int
    updated_at: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRecord:
    """A mapping as it was set at an instant (µs)."""

    version: int
    document: Any
    recorded_by: str
    recorded_at: int


async def insert_connection(tx: AsyncConnection, record: ConnectionRecord) -> None:
    values = {one.name: getattr(record, one.name) for one in fields(ConnectionRecord)}
    await tx.execute(insert(connection).values(**{**values, "settings": _text(record.settings)}))


async def find_connection(tx: AsyncConnection, reference: str, *, for_update: bool = False) -> ConnectionRecord | None:
    """By id or by key."""
    column = connection.c.id if reference.startswith("con_") else connection.c.key
    statement = select(connection).where(column == reference)
    row = (await tx.execute(statement.with_for_update() if for_update else statement)).first()
    return _record(row) if row else None


async def list_connections(
    tx: AsyncConnection, *, limit: int = 1_000, place: str | None = None, backward: bool = False
) -> tuple[ConnectionRecord, ...]:
    """By id from the one behind `place` on, or `backward` from the one before it."""
    by_id = connection.c.id
    statement = select(connection).order_by(by_id.desc() if backward else by_id).limit(limit)
    if place is not None:
        statement = statement.where(by_id < place if backward else by_id > place)
    return tuple(_record(row) for row in await tx.execute(statement))


async def update_connection(tx: AsyncConnection, connection_id: str, **values: Any) -> None:
    """Write what is given of it, and raise its revision."""
    if "settings" in values:
        values["settings"] = _text(values["settings"])
    await tx.execute(
        update(connection).where(connection.c.id == connection_id).values(**values, revision=connection.c.revision + 1)
    )


async def delete_connection(tx: AsyncConnection, connection_id: str) -> None:
    """With all that was kept of it. Its endpoint belongs to the sender and stays."""
    for table in (connection_receipt, connection_link, connection_cursor, connection_mapping):
        await tx.execute(delete(table).where(table.c.connection_id == connection_id))
    await tx.execute(delete(connection).where(connection.c.id == connection_id))


async def add_mapping(tx: AsyncConnection, connection_id: str, record: MappingRecord) -> None:
    await tx.execute(
        insert(connection_mapping).values(
            connection_id=connection_id,
            version=record.version,
            document=_text(record.document),
            recorded_by=record.recorded_by,
            recorded_at=record.recorded_at,
        )
    )


async def last_mapping(tx: AsyncConnection, connection_id: str) -> MappingRecord | None:
    """None while none was ever set."""
    row = (
        await tx.execute(
            select(connection_mapping)
            .where(connection_mapping.c.connection_id == connection_id)
            .order_by(connection_mapping.c.version.desc())
            .limit(1)
        )
    ).first()
    if row is None:
        return None
    return MappingRecord(
        version=row.version,
        document=json.loads(row.document),
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )


def _record(row: Row[Any]) -> ConnectionRecord:
    values = {one.name: getattr(row, one.name) for one in fields(ConnectionRecord)}
    return ConnectionRecord(**{**values, "settings": json.loads(row.settings)})


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
