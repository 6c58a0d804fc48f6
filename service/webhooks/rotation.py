"""The signing secrets of an endpoint: a new one beside the old ones, which sign on until they expire.

Every function works inside the caller's transaction, with the endpoint locked where it writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.sealer import Sealer
from service.webhooks.signing import Kind, new_secret, public_key
from service.webhooks.tables import endpoint, endpoint_secret

Revoked = Literal["revoked", "unknown", "last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A live secret without itself. Instants are µs; `expires_at` None never. `public_key` of ed25519 only."""

    id: str
    kind: Kind
    created_at: int
    expires_at: int | None
    public_key: str | None


async def add_secret(
    tx: AsyncConnection, public_id: str, *, secret_id: str, kind: Kind, sealer: Sealer, now: int
) -> str:
    """Make a secret of an endpoint. Returns it: it is kept sealed and can never be read again."""
    secret = new_secret(kind)
    number = await _number(tx, public_id)
    await tx.execute(
        insert(endpoint_secret).values(
            id=secret_id,
            endpoint_id=number,
            kind=kind,
            secret_enc=sealer.seal(secret.encode(), context=secret_id),
            public_key=public_key(secret),
            created_at=now,
            expires_at=None,
        )
    )
    return secret


async def live_secrets(connection: AsyncConnection, public_id: str, *, now: int) -> tuple[Secret, ...]:
    """Those that sign now, newest first."""
    return (await secrets_of(connection, [public_id], now=now)).get(public_id, ())


async def secrets_of(
    connection: AsyncConnection, public_ids: Sequence[str], *, now: int
) -> dict[str, tuple[Secret, ...]]:
    """Of each endpoint those that sign now, newest first; one that has none is left out."""
    rows = await connection.execute(
        select(endpoint_secret, endpoint.c.public_id)
        .join(endpoint, endpoint.c.id == endpoint_secret.c.endpoint_id)
        .where(endpoint.c.public_id.in_(public_ids), _is_live(now))
        .order_by(endpoint_secret.c.created_at.desc(), endpoint_secret.c.id.desc())
    )
    found: dict[str, tuple[Secret, ...]] = {}
    for row in rows:
        one = Secret(
            id=row.id, kind=row.kind, created_at=row.created_at, expires_at=row.expires_at, public_key=row.public_key
        )
        found[row.public_id] = (*found.get(row.public_id, ()), one)
    return found


async def rotate(
    tx: AsyncConnection,
    public_id: str,
    *,
    secret_id: str,
    kind: Kind,
    overlap_us: int,
    sealer: Sealer,
    now: int,
) -> str:
    """Make a new secret; the older ones of its kind expire after the overlap, or earlier if they already were to."""
    number = await _number(tx, public_id)
    until = now + overlap_us
    await tx.execute(
        update(endpoint_secret)
        .where(
            endpoint_secret.c.endpoint_id == number,
            endpoint_secret.c.kind == kind,
            or_(endpoint_secret.c.expires_at.is_(None), endpoint_secret.c.expires_at > until),
        )
        .values(expires_at=until)
    )
    made = await add_secret(tx, public_id, secret_id=secret_id, kind=kind, sealer=sealer, now=now)
    await _changed(tx, number, now)
    return made


async def revoke(tx: AsyncConnection, public_id: str, secret_id: str, *, now: int) -> Revoked:
    """Have a secret sign nothing more from now on. The only one without an end stays."""
    number = await _number(tx, public_id)
    live = await live_secrets(tx, public_id, now=now)
    if all(one.id != secret_id for one in live):
        return "unknown"
    if all(one.expires_at is not None for one in live if one.id != secret_id):
        return "last"
    await tx.execute(delete(endpoint_secret).where(endpoint_secret.c.id == secret_id))
    await _changed(tx, number, now)
    return "revoked"


async def forget_expired(tx: AsyncConnection, *, now: int) -> int:
    """Remove secrets that sign nothing any more. Returns how many there were."""
    done = await tx.execute(delete(endpoint_secret).where(endpoint_secret.c.expires_at <= now))
    return done.rowcount


def _is_live(now: int) -> ColumnElement[bool]:
    return or_(endpoint_secret.c.expires_at.is_(None), endpoint_secret.c.expires_at > now)


async def _number(tx: AsyncConnection, public_id: str) -> int:
    return (await tx.execute(select(endpoint.c.id).where(endpoint.c.public_id == public_id))).scalar_one()


async def _changed(tx: AsyncConnection, number: int, now: int) -> None:
    """Whoever sends to it reads its secrets anew."""
    await tx.execute(
        update(endpoint).where(endpoint.c.id == number).values(updated_at=now, revision=endpoint.c.revision + 1)
    )
