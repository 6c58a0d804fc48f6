"""The store under test: lanes filled through the outbox, results as a dispatcher would hand them in."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.database import Database
from service.webhooks import tables
from service.webhooks.outbox import Outbox
from service.webhooks.store import Ownership, Store
from service.webhooks.store_lanes import raise_lanes
from service.webhooks.store_postgres import PostgresStore
from service.webhooks.store_sqlite import SQLiteStore
from service.webhooks.work import Head, Owned, Result
from tests.webhooks.post import Office, message, take_recorder

LEASE_US = 5_000_000


@dataclass(slots=True, kw_only=True)
class Depot:
    """One store and the office that fills it. `me` owns what `own` has taken."""

    office: Office
    store: Store
    me: str = "d1"

    @property
    def database(self) -> Database:
        return self.office.database

    def ownership(self, name: str = "d1") -> Ownership:
        return Ownership(self.database, me=name, lease_us=LEASE_US)

    async def own(self, name: str = "d1", *, later_us: int = 0, take: bool = True) -> list[Owned]:
        """Renew as `name`, at the present plus `later_us`."""
        now = await self.store.now_us() + later_us
        return await self.ownership(name).renew(now=now, idle=(), take=take)

    async def claim(self, owned: Owned, *, busy: tuple[str, ...] = (), limit: int = 100) -> list[Head]:
        return (await self.store.claim(self.me, owned, busy=busy, limit=limit)).heads

    async def only_head(self, owned: Owned) -> Head:
        (head,) = await self.claim(owned)
        return head

    async def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        async with self.database.read() as connection:
            found = await connection.execute(text(f"SELECT {columns} FROM {table} ORDER BY {columns}"))
            return [tuple(row) for row in found]

    async def set_endpoint(self, **values: object) -> None:
        async with self.database.transaction() as tx:
            await tx.execute(update(tables.endpoint).values(**values))

    async def set_lane(self, **values: object) -> None:
        async with self.database.transaction() as tx:
            await tx.execute(update(tables.lane).values(**values))

    @asynccontextmanager
    async def appending(self, *subjects: str) -> AsyncGenerator[AsyncConnection]:
        """A transaction that has told one event a subject and commits when the block ends."""
        async with self.database.transaction() as tx:
            await append(self.office, tx, *subjects)
            yield tx

    async def replay(self, event_seq: int, replay_id: str) -> None:
        """Queue an old event again, at a position of its own."""
        async with self.database.transaction() as tx:
            row = (await tx.execute(select(tables.event).where(tables.event.c.seq == event_seq))).one()
            number = (await tx.execute(select(tables.endpoint.c.id))).scalar_one()
            await raise_lanes(tx, [(number, row.subject_key)])
            _, position = await take_recorder(self.database, tx, 1)
            await tx.execute(
                insert(tables.queue).values(
                    endpoint_id=number,
                    subject_key=row.subject_key,
                    pos=position,
                    key_ver=row.key_ver,
                    event_seq=event_seq,
                    replay_id=replay_id,
                )
            )


async def append(office: Office, tx: AsyncConnection, *subjects: str) -> None:
    outbox = Outbox(tx)
    for subject in subjects:
        office.told[subject] += 1
        outbox.add(message(f"{subject}-{office.told[subject]}", subject, office.told[subject], "thing.happened", {}))
    await outbox.lock_lanes()
    at, last = await take_recorder(office.database, tx, outbox.count)
    await outbox.write(at=at, first_position=last - outbox.count + 1)


@asynccontextmanager
async def open_depot(database: Database) -> AsyncGenerator[Depot]:
    postgres = database.dialect == "postgresql"
    store: Store = await PostgresStore.open(database.plain_url) if postgres else SQLiteStore(database)
    try:
        yield Depot(office=Office(database), store=store)
    finally:
        await store.close()


def result(
    head: Head, *, epoch: int = 1, ok: bool = True, delay_us: int | None = 60_000_000, burns: bool = True
) -> Result:
    return Result(
        head=head,
        epoch=epoch,
        verdict="delivered" if ok else "failed",
        burns=burns and not ok,
        delay_us=0 if ok else delay_us,
        started_at=1_800_000_000_000_000,
        duration_ms=1.5,
        dns_ms=None,
        connect_ms=None,
        ttfb_ms=1.25,
        ip="127.0.0.1",
        status=200 if ok else 500,
        outcome="delivered" if ok else "failed",
        error_class=None if ok else "unavailable",
        response_head="",
    )


async def until_waiting(database: Database) -> None:
    """Until some transaction on Postgres waits for another."""
    async with asyncio.timeout(10), database.read() as connection:
        waiting = text(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN "
            "(SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
        )
        while not (await connection.execute(waiting)).scalar_one():
            pass
