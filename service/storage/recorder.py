"""The one row that orders everything recorded.

Every transaction that records takes it last and once: its lock is held to the commit, so the order of
`recorded_at`, of feed positions and of visibility are one order, and an answer for a past `known_at` never
alters. A reader that asks for an instant the record has not reached yet raises the row to it first.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, case, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.database import Database
from service.storage.tables import recorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`at` is the recorded_at (µs) of all rows of the transaction; its events end at `last_position`."""

    at: int
    last_position: int
    chain_head: str


async def take(database: Database, tx: AsyncConnection, *, events: int) -> Taken:
    """Take the recorder. No lock may be taken after it in the same transaction."""
    clock = database.clock_sql()
    next_at = recorder.c.at + literal(1, BigInteger)
    row = (
        await tx.execute(
            update(recorder)
            .values(
                at=case((clock > recorder.c.at, clock), else_=next_at),
                position=recorder.c.position + literal(events, BigInteger),
            )
            .returning(recorder.c.at, recorder.c.position, recorder.c.chain_head)
        )
    ).one()
    return Taken(at=row.at, last_position=row.position, chain_head=row.chain_head)


async def set_chain_head(tx: AsyncConnection, head: str) -> None:
    await tx.execute(update(recorder).values(chain_head=head))


async def latest(connection: AsyncConnection) -> int:
    """The instant up to which everything is known: answers bounded by it never alter."""
    return (await connection.execute(select(recorder.c.at))).scalar_one()


async def reach(database: Database, instant: int) -> None:
    """Make the record reach `instant`, so that nothing can be recorded at or before it any more."""
    async with database.transaction() as tx:
        clock = database.clock_sql()
        wanted = literal(instant, BigInteger)
        await tx.execute(
            update(recorder).where(recorder.c.at < wanted).values(at=case((clock > wanted, clock), else_=wanted))
        )
