"""What the dispatcher keeps: who owns which endpoint, what to send next, what came of it.

The statements both engines share are here; how each claims and records in one go is in `store_postgres` and
`store_sqlite`, and nowhere else.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Row, Select, delete, func, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.tables import SENDING, dispatcher, endpoint, endpoint_secret, lane
from service.webhooks.work import Connections, Group, Head, Look, Owned, Result


class Store(Protocol):
    """The engine's part. Every method is one transaction of its own."""

    async def now_us(self) -> int:
        """The database's clock, which all scheduling goes by."""
        ...

    async def look(self, me: str) -> Look:
        """Which endpoints are mine, as they are now, and which of them have something due."""
        ...

    async def claim(self, me: str, owned: Owned, *, busy: Iterable[str], limit: int) -> list[Head]:
        """Heads of due lanes that are not `busy` in memory, longest waiting first. Writes nothing."""
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
        await tx.execute(delete(dispatcher).where(dispatcher.c.alive_until < now, dispatcher.c.name != self._me))
        make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
        alive = {"alive_until": now + self._lease_us}
        await tx.execute(
            make(dispatcher).values(name=self._me, **alive).on_conflict_do_update(index_elements=["name"], set_=alive)
        )
        endpoints = (await tx.execute(select(func.count()).select_from(endpoint))).scalar_one()
        living = (await tx.execute(select(func.count()).select_from(dispatcher))).scalar_one()
        return -(-endpoints // max(1, living))


async def note_health(connections: Connections, *, ok: dict[int, int], failed: dict[int, int]) -> None:
    """Keep when each endpoint last worked and since when it has not; instants in µs by endpoint."""
    async with connections.transaction() as tx:
        for number in sorted({*ok, *failed}):
            values: dict[str, Any] = {}
            if number in ok:
                values |= {"last_ok_at": ok[number], "fail_since": None}
            if failed.get(number, 0) > ok.get(number, 0):
                values |= {"fail_since": func.coalesce(endpoint.c.fail_since, failed[number])}
            await tx.execute(update(endpoint).where(endpoint.c.id == number).values(**values))


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
    secrets: dict[int, list[tuple[str, str]]] = {}
    found = await tx.execute(
        select(endpoint_secret)
        .where(endpoint_secret.c.endpoint_id.in_(numbers))
        .where((endpoint_secret.c.expires_at.is_(None)) | (endpoint_secret.c.expires_at > now))
        .order_by(endpoint_secret.c.created_at.desc(), endpoint_secret.c.id.desc())
    )
    for row in found:
        secrets.setdefault(row.endpoint_id, []).append((row.id, row.secret_enc))
    rows = await tx.execute(select(endpoint).where(endpoint.c.id.in_(numbers), endpoint.c.state.in_(SENDING)))
    return [_owned_row(row, tuple(secrets.get(row.id, ()))) for row in rows]


def _owned_row(row: Row[Any], sealed: tuple[tuple[str, str], ...]) -> Owned:
    return Owned(
        id=row.id,
        public_id=row.public_id,
        epoch=row.epoch,
        url=row.url,
        rendering=row.rendering,
        state=row.state,
        max_in_flight=row.max_in_flight,
        timeout_ms=row.timeout_ms,
        retry_schedule=tuple(json.loads(row.retry_schedule)) if row.retry_schedule else None,
        on_exhausted=row.on_exhausted,
        revision=row.revision,
        sealed=sealed,
    )


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
