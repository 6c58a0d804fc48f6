"""Endpoints: who subscribes, to what, in which rendering. Every function works inside the caller's transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.sealer import Sealer
from service.webhooks.signing import new_secret
from service.webhooks.tables import endpoint, endpoint_secret, lane, queue
from service.webhooks.tables_replay import dead_letter, replay

MAX_IN_FLIGHT = 16
TIMEOUT_MS = 15_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A subscription. Instants are µs; `filters` maps a facet to the values of which one must occur."""

    id: str
    url: str
    description: str | None
    rendering: str
    event_types: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]]
    max_in_flight: int
    timeout_ms: int
    on_exhausted: str
    state: str
    state_reason: str | None
    state_since: int
    not_before: int
    fail_since: int | None
    last_ok_at: int | None
    created_by: str
    created_at: int
    updated_at: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a subscriber chooses."""

    url: str
    description: str | None
    rendering: str
    event_types: Sequence[str]
    filters: Mapping[str, Sequence[str]]
    max_in_flight: int = MAX_IN_FLIGHT
    timeout_ms: int = TIMEOUT_MS
    on_exhausted: str = "skip"


async def create_endpoint(
    tx: AsyncConnection,
    *,
    public_id: str,
    secret_id: str,
    subscription: Subscription,
    sealer: Sealer,
    created_by: str,
    now: int,
) -> str:
    """Subscribe. Returns the signing secret (`whsec_…`), which is kept sealed and never shown again."""
    number = (
        await tx.execute(
            insert(endpoint)
            .values(
                public_id=public_id,
                **_chosen(subscription),
                mode="single",
                ordering="per_key",
                format="sw",
                thin=False,
                batch_max=1,
                linger_ms=0,
                state="healthy",
                state_since=now,
                not_before=0,
                probe_n=0,
                epoch=0,
                owner_until=0,
                event_ver=0,
                created_by=created_by,
                created_at=now,
                updated_at=now,
                revision=1,
            )
            .returning(endpoint.c.id)
        )
    ).scalar_one()
    secret = new_secret()
    await tx.execute(
        insert(endpoint_secret).values(
            id=secret_id,
            endpoint_id=number,
            kind="hmac",
            secret_enc=sealer.seal(secret.encode(), context=secret_id),
            created_at=now,
            expires_at=None,
        )
    )
    return secret


async def list_endpoints(
    connection: AsyncConnection, *, place: str | None = None, backward: bool = False, limit: int = 1_000
) -> tuple[Endpoint, ...]:
    """Endpoints by id from the one behind `place` on, or `backward` from the one before it."""
    by_id = endpoint.c.public_id
    statement = select(endpoint).order_by(by_id.desc() if backward else by_id).limit(limit)
    if place is not None:
        statement = statement.where(by_id < place if backward else by_id > place)
    return tuple(_endpoint(row) for row in await connection.execute(statement))


async def find_endpoint(connection: AsyncConnection, public_id: str, *, for_update: bool = False) -> Endpoint | None:
    statement = select(endpoint).where(endpoint.c.public_id == public_id)
    row = (await connection.execute(statement.with_for_update(key_share=True) if for_update else statement)).first()
    return _endpoint(row) if row else None


async def find_endpoints(connection: AsyncConnection, public_ids: Sequence[str]) -> tuple[Endpoint, ...]:
    """Those of the endpoints that there are, in no order."""
    found = await connection.execute(select(endpoint).where(endpoint.c.public_id.in_(public_ids)))
    return tuple(_endpoint(row) for row in found)


async def change_endpoint(
    tx: AsyncConnection, public_id: str, *, subscription: Subscription, state: str, now: int
) -> None:
    """Make an endpoint what `subscription` and `state` say. What its owner had read ahead, it reads again.

    A state other than before starts anew: no pause, no history of failures.
    """
    before = (await tx.execute(select(endpoint.c.state).where(endpoint.c.public_id == public_id))).scalar_one()
    moved: dict[str, Any] = {}
    if before != state:
        moved = {"state": state, "state_reason": None, "state_since": now, "not_before": 0, "fail_since": None}
    await tx.execute(
        update(endpoint)
        .where(endpoint.c.public_id == public_id)
        .values(**_chosen(subscription), **moved, updated_at=now, revision=endpoint.c.revision + 1)
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
        update(replay).where(replay.c.endpoint_id == number, replay.c.state == "running").values(state="cancelled")
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


def _chosen(subscription: Subscription) -> dict[str, Any]:
    return {
        "url": subscription.url,
        "description": subscription.description,
        "rendering": subscription.rendering,
        "event_types": json.dumps(list(subscription.event_types)),
        "filters": json.dumps({name: list(values) for name, values in subscription.filters.items()}),
        "max_in_flight": subscription.max_in_flight,
        "timeout_ms": subscription.timeout_ms,
        "on_exhausted": subscription.on_exhausted,
    }


def _endpoint(row: Row[Any]) -> Endpoint:
    filters: dict[str, list[str]] = json.loads(row.filters)
    return Endpoint(
        id=row.public_id,
        url=row.url,
        description=row.description,
        rendering=row.rendering,
        event_types=tuple(json.loads(row.event_types)),
        filters={name: tuple(values) for name, values in filters.items()},
        max_in_flight=row.max_in_flight,
        timeout_ms=row.timeout_ms,
        on_exhausted=row.on_exhausted,
        state=row.state,
        state_reason=row.state_reason,
        state_since=row.state_since,
        not_before=row.not_before,
        fail_since=row.fail_since,
        last_ok_at=row.last_ok_at,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )
