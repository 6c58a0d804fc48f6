"""What the dispatcher keeps: who owns which endpoint, what to send next, what came of it.

The statements both engines share are here; how each claims and records in one go is in `store_postgres` and
`store_sqlite`, and nowhere else.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Row, Select, delete, func, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.access import SealedAccess
from service.webhooks.store_health import health_of
from service.webhooks.subscriptions import schedule_of
from service.webhooks.tables import TENDED, dispatcher, endpoint, endpoint_secret, lane
from service.webhooks.work import FIRST_US, Claimed, Connections, Group, Head, Look, Owned, Result, SealedKey

MOST_BYTES = 1 << 40
RETURNS = f"(tries > 0 OR visible_at = {FIRST_US})"
"""Of a lane that is due since an instant: it comes back from a pause, or was put first. Others were made by a replay,
and go behind those that something new has made."""


def depth_of(owned: Owned) -> int:
    """How many events of a lane are read at once."""
    return owned.batch_max if owned.batches else 1


class Store(Protocol):
    """The engine's part. Every method is one transaction of its own."""

    async def now_us(self) -> int:
        """The database's clock, which all scheduling goes by."""
        ...

    async def look(self, me: str) -> Look:
        """Which endpoints are mine, as they are now, and which of them have something due."""
        ...

    async def claim(
        self, me: str, owned: Owned, *, busy: Iterable[str], limit: int, most_bytes: int = MOST_BYTES
    ) -> Claimed:
        """Heads of due lanes that are not `busy` in memory, longest waiting first. Writes nothing.

        At most `limit`, and so many that what is stored of all but the last is less than `most_bytes`. For batches
        also what follows them in their lanes.
        """
        ...

    async def record(self, me: str, results: Sequence[Result]) -> Group:
        """Record what this dispatcher may still speak for, and read what follows, as one unit."""
        ...

    async def close(self) -> None: ...


class Ownership:
    """Which endpoints this dispatcher may send to. `lease_us` is how long it may without being heard of."""

    def __init__(self, connections: Connections, *, me: str, lease_us: int) -> None:
        self._connections = connections
        self._me = me
        self._lease_us = lease_us
        self.surplus = 0
        """How many beyond my share I keep because they have work under way."""

    async def renew(self, *, now: int, idle: Iterable[int], take: bool = True) -> list[Owned]:
        """Renew what is mine; with `take` also take what nobody holds, up to a fair share, and give back `idle`
        ones beyond it. Returns those of mine that take deliveries."""
        async with self._connections.transaction() as tx:
            share = await self._share(tx, now)
            # Waits where `free` does not: one of mine that I passed over would be lost to me.
            mine = list((await tx.execute(_locked(endpoint.c.owner == self._me, skip=False))).scalars())
            surplus = [number for number in idle if take and number in mine][: max(0, len(mine) - share)]
            if surplus:
                await tx.execute(update(endpoint).where(endpoint.c.id.in_(surplus)).values(owner=None, owner_until=0))
            kept = [number for number in mine if number not in surplus]
            self.surplus = max(0, len(kept) - share)
            if kept:
                await tx.execute(
                    update(endpoint).where(endpoint.c.id.in_(kept)).values(owner_until=now + self._lease_us)
                )
            free = await self._take(tx, now=now, limit=share - len(kept)) if take and share > len(kept) else []
            return await _owned(tx, [*kept, *free], now=now)

    async def _take(self, tx: AsyncConnection, *, now: int, limit: int) -> list[int]:
        # On SQLite this process is the only one: whoever owned an endpoint before is gone.
        left = endpoint.c.owner_until < now if tx.dialect.name == "postgresql" else true()
        others = endpoint.c.owner.is_distinct_from(self._me)
        free = list((await tx.execute(_locked(left, others, skip=True).limit(limit))).scalars())
        if free:
            await tx.execute(
                update(endpoint)
                .where(endpoint.c.id.in_(free))
                .values(owner=self._me, owner_until=now + self._lease_us, epoch=endpoint.c.epoch + 1)
            )
        return free

    async def give_back(self) -> None:
        async with self._connections.transaction() as tx:
            await tx.execute(update(endpoint).where(endpoint.c.owner == self._me).values(owner=None, owner_until=0))
            await tx.execute(delete(dispatcher).where(dispatcher.c.name == self._me))

    async def _share(self, tx: AsyncConnection, now: int) -> int:
        """Endpoints divided by living dispatchers, rounded up. Also says that this one lives."""
        # On SQLite the others were killed, however long they said that they would live.
        gone = dispatcher.c.alive_until < now if tx.dialect.name == "postgresql" else true()
        await tx.execute(delete(dispatcher).where(gone, dispatcher.c.name != self._me))
        make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
        alive = {"alive_until": now + self._lease_us}
        await tx.execute(
            make(dispatcher).values(name=self._me, **alive).on_conflict_do_update(index_elements=["name"], set_=alive)
        )
        endpoints = (await tx.execute(select(func.count()).select_from(endpoint))).scalar_one()
        living = (await tx.execute(select(func.count()).select_from(dispatcher))).scalar_one()
        return -(-endpoints // max(1, living))


async def drop_headless(tx: AsyncConnection, endpoint_id: int, key: str, gen: int) -> None:
    """Remove a lane found without a head, unless somebody has appended to it since (`gen` tells)."""
    await tx.execute(
        delete(lane).where(lane.c.endpoint_id == endpoint_id, lane.c.subject_key == key, lane.c.gen == gen)
    )


def _locked(*conditions: Any, skip: bool) -> Select[int]:
    """Endpoints in the order in which everybody locks them. A KEY lock is left to those that append to lanes."""
    return (
        select(endpoint.c.id)
        .where(*conditions)
        .order_by(endpoint.c.id)
        .with_for_update(skip_locked=skip, key_share=True)
    )


async def _owned(tx: AsyncConnection, numbers: list[int], *, now: int) -> list[Owned]:
    if not numbers:
        return []
    secrets = await _secrets(tx, numbers, now=now)
    rows = await tx.execute(select(endpoint).where(endpoint.c.id.in_(numbers), endpoint.c.state.in_(TENDED)))
    return [_owned_row(row, tuple(secrets.get(row.id, ()))) for row in rows]


async def as_owned(connection: AsyncConnection, public_id: str, *, now: int) -> Owned | None:
    """An endpoint as a dispatcher would have it, whoever owns it and whether it takes deliveries or not."""
    row = (await connection.execute(select(endpoint).where(endpoint.c.public_id == public_id))).first()
    if row is None:
        return None
    secrets = await _secrets(connection, [row.id], now=now)
    return _owned_row(row, tuple(secrets.get(row.id, ())))


async def _secrets(tx: AsyncConnection, numbers: list[int], *, now: int) -> dict[int, list[SealedKey]]:
    """The unexpired ones of each endpoint, newest first."""
    secrets: dict[int, list[SealedKey]] = {}
    found = await tx.execute(
        select(endpoint_secret)
        .where(endpoint_secret.c.endpoint_id.in_(numbers))
        .where((endpoint_secret.c.expires_at.is_(None)) | (endpoint_secret.c.expires_at > now))
        .order_by(endpoint_secret.c.created_at.desc(), endpoint_secret.c.id.desc())
    )
    for row in found:
        kept = SealedKey(id=row.id, sealed=row.secret_enc, expires_at=row.expires_at)
        secrets.setdefault(row.endpoint_id, []).append(kept)
    return secrets


def _owned_row(row: Row[Any], secrets: tuple[SealedKey, ...]) -> Owned:
    return Owned(
        id=row.id,
        public_id=row.public_id,
        epoch=row.epoch,
        url=row.url,
        rendering=row.rendering,
        max_in_flight=row.max_in_flight,
        timeout_ms=row.timeout_ms,
        retry_schedule=schedule_of(row.retry_schedule),
        on_exhausted=row.on_exhausted,
        revision=row.revision,
        health=health_of(row),
        skip_to=row.skip_to,
        mode=row.mode,
        ordering=row.ordering,
        format=row.format,
        thin=row.thin,
        verify=row.verify,
        rate=row.rate,
        burst=row.burst,
        batch_max=row.batch_max,
        batch_bytes=row.batch_bytes,
        linger_ms=row.linger_ms,
        secrets=secrets,
        access=SealedAccess(headers=row.headers_enc, tls=row.tls_enc, oauth2=row.oauth2_enc),
    )


def claimed(endpoint_id: int, rows: Sequence[Any], *, limit: int, most_bytes: int) -> Claimed:
    """What was read, and whether a limit cut it off; `total` of a row counts the bytes up to it."""
    largest = max((row["total"] or 0 for row in rows), default=0)
    heads = [head_from(row, endpoint_id=endpoint_id) for row in rows if row["pos"] is not None]
    return Claimed(heads=heads, more=len(rows) >= limit or largest >= most_bytes)


def head_from(values: Any, *, endpoint_id: int) -> Head:
    """A head from a row whose columns carry the names of its fields."""
    return Head(
        endpoint_id=endpoint_id,
        lane=values["lane"],
        gen=values["gen"],
        attempts=values["attempts"],
        tries=values["tries"],
        pos=values["pos"],
        event_seq=values["event_seq"],
        replay_id=values["replay_id"],
        event_id=values["event_id"],
        event_type=values["event_type"],
        subject=values["subject"],
        body=values["body"],
        traceparent=values["traceparent"],
        recorded_at=values["recorded_at"],
    )
