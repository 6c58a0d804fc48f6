"""The one row that orders everything recorded.

Every transaction that records takes it last and once: its lock is held to the commit, so the order of
`recorded_at`, of feed positions and of visibility are one order, and an answer for a past `known_at` never
alters. A reader that asks for an instant the record has not reached yet raises the row to it first.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, bindparam, case, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.database import Database
from service.storage.tables import recorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`at` is the recorded_at (µs) of all rows of the transaction; its events end at `last_position`."""

    at: int
    last_position: int
    chain_head: str


_DATABASES_CLOCK = func.cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)


def _taking(clock: ColumnElement[int]):
    later = recorder.c.at + literal(1, BigInteger)
    return (
        update(recorder)
        .values(
            at=case((clock > recorder.c.at, clock), else_=later),
            position=recorder.c.position + bindparam("events", type_=BigInteger),
        )
        .returning(recorder.c.at, recorder.c.position, recorder.c.chain_head)
    )


# Statements of every write are built once: building one takes many times as long as handing it over.
_TAKE = {False: _taking(_DATABASES_CLOCK), True: _taking(bindparam("now", type_=BigInteger))}
"""By whether the instant is given, or the database's own clock tells it."""
_SET_CHAIN_HEAD = update(recorder)
_LATEST = select(recorder.c.at)


async def take(database: Database, tx: AsyncConnection, *, events: int) -> Taken:
    """Take the recorder. No lock may be taken after it in the same transaction."""
    now = database.given_now()
    given = {"now": now} if now is not None else {}
    row = (await tx.execute(_TAKE[now is not None], {"events": events, **given})).one()
    return Taken(at=row.at, last_position=row.position, chain_head=row.chain_head)


async def set_chain_head(tx: AsyncConnection, head: str) -> None:
    await tx.execute(_SET_CHAIN_HEAD, {"chain_head": head})


async def latest(connection: AsyncConnection) -> int:
    """The instant up to which everything is known: answers bounded by it never alter."""
    return (await connection.execute(_LATEST)).scalar_one()


async def reach(database: Database, instant: int) -> None:
    """Make the record reach `instant`, so that nothing can be recorded at or before it any more."""
    async with database.transaction() as tx:
        now = database.given_now()
        clock = _DATABASES_CLOCK if now is None else literal(now, BigInteger)
        wanted = literal(instant, BigInteger)
        await tx.execute(
            update(recorder).where(recorder.c.at < wanted).values(at=case((clock > wanted, clock), else_=wanted))
        )
