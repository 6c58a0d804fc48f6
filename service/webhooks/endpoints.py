"""Endpoints: who subscribes, to what, in which rendering. Every function works inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.access import OPEN, Access, SealedAccess, open_access, sealed_columns
from service.webhooks.lanes import move_lanes
from service.webhooks.pausing import turned
from service.webhooks.rotation import add_secret
from service.webhooks.sealer import Sealer
from service.webhooks.selection import now_sql
from service.webhooks.signing import Kind
from service.webhooks.store_health import FRESH
from service.webhooks.subscriptions import Endpoint, Subscription, columns_of, endpoint_of
from service.webhooks.tables import endpoint, endpoint_secret, lane, queue
from service.webhooks.tables_replay import dead_letter, replay


async def create_endpoint(
    tx: AsyncConnection,
    *,
    public_id: str,
    secret_id: str,
    subscription: Subscription,
    sealer: Sealer,
    created_by: str,
    now: int,
    kind: Kind = "hmac",
    access: Access = OPEN,
    state: str = "healthy",
    reason: str | None = None,
    consented_at: int | None = None,
) -> str:
    """Subscribe. Returns the signing secret, which is kept sealed and can never be read again.

    `reason` says why it is in the state, `consented_at` (µs) when its receiver consented.
    """
    await tx.execute(
        insert(endpoint).values(
            public_id=public_id,
            **columns_of(subscription),
            **sealed_columns(access, endpoint=public_id, sealer=sealer),
            state=state,
            state_reason=reason,
            state_since=now,
            consented_at=consented_at,
            tests_until=0,
            **FRESH,
            easing=False,
            skip_to=0,
            epoch=0,
            owner_until=0,
            event_ver=0,
            created_by=created_by,
            created_at=now,
            updated_at=now,
            revision=1,
        )
    )
    return await add_secret(tx, public_id, secret_id=secret_id, kind=kind, sealer=sealer, now=now)


async def access_of(connection: AsyncConnection, public_id: str, *, sealer: Sealer) -> Access:
    """How one gets through to an endpoint. Raises Unsealable."""
    columns = (endpoint.c.headers_enc, endpoint.c.tls_enc, endpoint.c.oauth2_enc)
    row = (await connection.execute(select(*columns).where(endpoint.c.public_id == public_id))).one()
    kept = SealedAccess(headers=row.headers_enc, tls=row.tls_enc, oauth2=row.oauth2_enc)
    return open_access(kept, endpoint=public_id, sealer=sealer)


async def take_test(tx: AsyncConnection, public_id: str, *, now: int, gap_us: int, most: int) -> int | None:
    """Count a test of an endpoint: `most` at once, then one in each gap. None, or how many µs it is too early."""
    start = case((endpoint.c.tests_until > now, endpoint.c.tests_until), else_=now)
    done = await tx.execute(
        update(endpoint)
        .where(endpoint.c.public_id == public_id, start + gap_us <= now + most * gap_us)
        .values(tests_until=start + gap_us)
    )
    if done.rowcount:
        return None
    until = (await tx.execute(select(endpoint.c.tests_until).where(endpoint.c.public_id == public_id))).scalar_one()
    return until + gap_us - now - most * gap_us


async def list_endpoints(
    connection: AsyncConnection, *, place: str | None = None, backward: bool = False, limit: int = 1_000
) -> tuple[Endpoint, ...]:
    """Endpoints by id from the one behind `place` on, or `backward` from the one before it."""
    by_id = endpoint.c.public_id
    statement = select(endpoint).order_by(by_id.desc() if backward else by_id).limit(limit)
    if place is not None:
        statement = statement.where(by_id < place if backward else by_id > place)
    return tuple(endpoint_of(row) for row in await connection.execute(statement))


async def find_endpoint(connection: AsyncConnection, public_id: str, *, for_update: bool = False) -> Endpoint | None:
    statement = select(endpoint).where(endpoint.c.public_id == public_id)
    row = (await connection.execute(statement.with_for_update(key_share=True) if for_update else statement)).first()
    return endpoint_of(row) if row else None


async def find_endpoints(connection: AsyncConnection, public_ids: Sequence[str]) -> tuple[Endpoint, ...]:
    """Those of the endpoints that there are, in no order."""
    found = await connection.execute(select(endpoint).where(endpoint.c.public_id.in_(public_ids)))
    return tuple(endpoint_of(row) for row in found)


async def change_endpoint(
    tx: AsyncConnection,
    public_id: str,
    *,
    subscription: Subscription,
    state: str,
    now: int,
    reason: str | None = None,
    consented_at: int | None = None,
    sealed: Mapping[str, str | None] = {},
) -> None:
    """Make an endpoint what `subscription` and `state` say. What its owner had read ahead, it reads again.

    A state other than before starts anew: no pause, no history of failures. A new address is tried at once. What is
    queued changes lanes with another order; raises TooManyQueued. `sealed` are columns of a new access.
    """
    columns = (endpoint.c.id, endpoint.c.state, endpoint.c.url, endpoint.c.ordering)
    before = (await tx.execute(select(*columns).where(endpoint.c.public_id == public_id))).one()
    if before.ordering != subscription.ordering:
        await move_lanes(tx, before.id, ordering=subscription.ordering)
    moved: dict[str, Any] = {"consented_at": consented_at}
    if before.url != subscription.url:
        moved |= {"not_before": 0, "probe_at": 0}
    if before.state != state:
        moved |= turned(state, reason=reason, now=now)
    elif reason is not None:
        moved["state_reason"] = reason
    await tx.execute(
        update(endpoint)
        .where(endpoint.c.public_id == public_id)
        .values(**columns_of(subscription), **moved, **sealed, updated_at=now, revision=endpoint.c.revision + 1)
    )


async def delete_endpoint(tx: AsyncConnection, public_id: str) -> bool:
    """Unsubscribe: what was still to be sent goes with it. False when there is no such endpoint."""
    number = (
        await tx.execute(select(endpoint.c.id).where(endpoint.c.public_id == public_id).with_for_update())
    ).scalar()
    if number is None:
        return False
    # Whoever appends to its lanes or records about them holds a lock on it, so now nobody does.
    for table in (lane, queue, endpoint_secret, dead_letter):
        await tx.execute(delete(table).where(table.c.endpoint_id == number))
    await tx.execute(
        update(replay)
        .where(replay.c.endpoint_id == number, replay.c.state == "running")
        .values(state="cancelled", finished_at=now_sql(tx.dialect.name))
    )
    await tx.execute(delete(endpoint).where(endpoint.c.id == number))
    return True


async def withhold_pay(tx: AsyncConnection, created_by: str, *, rendering: str, now: int) -> int:
    """Set every endpoint of a creator back to a rendering without pay. Returns how many were."""
    done = await tx.execute(
        update(endpoint)
        .where(endpoint.c.created_by == created_by, endpoint.c.rendering != rendering)
        .values(rendering=rendering, updated_at=now, revision=endpoint.c.revision + 1)
    )
    return done.rowcount
