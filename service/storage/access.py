"""API keys. The secret part is never kept, only its SHA-256."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.tables import api_key


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """`expires_at` and `revoked_at` are µs, None while they do not apply."""

    id: str
    name: str
    secret_sha256: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int | None
    revoked_at: int | None


async def insert_key(tx: AsyncConnection, record: KeyRecord) -> None:
    await tx.execute(
        insert(api_key).values(
            id=record.id,
            name=record.name,
            secret_sha256=record.secret_sha256,
            scopes=json.dumps(record.scopes),
            created_at=record.created_at,
            expires_at=record.expires_at,
            revoked_at=record.revoked_at,
        )
    )


async def list_keys(connection: AsyncConnection) -> tuple[KeyRecord, ...]:
    """Keys ever made, oldest first: no two are made at one instant."""
    found = await connection.execute(select(api_key).order_by(api_key.c.created_at))
    return tuple(_record(row) for row in found)


async def find_key(connection: AsyncConnection, key_id: str) -> KeyRecord | None:
    row = (await connection.execute(select(api_key).where(api_key.c.id == key_id))).first()
    return _record(row) if row else None


async def revoke_key(tx: AsyncConnection, key_id: str, *, at: int) -> bool:
    """False when there is no such key or it is revoked already."""
    done = await tx.execute(
        update(api_key).where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None)).values(revoked_at=at)
    )
    return done.rowcount == 1


def _record(row: Row[Any]) -> KeyRecord:
    return KeyRecord(
        id=row.id,
        name=row.name,
        secret_sha256=row.secret_sha256,
        scopes=tuple(json.loads(row.scopes)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
