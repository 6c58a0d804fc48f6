"""Days of the attempt log. On Postgres each gets a partition, so that an old one goes as a whole."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

DAYS_AHEAD = 7


async def make_days(tx: AsyncConnection, *, today: int) -> None:
    """Make the partitions of the coming days; `today` counts days from the epoch. SQLite has no partitions.

    Never today's own: what is tried before it is made stands in the default partition, which then refuses it.
    """
    if tx.dialect.name == "sqlite":
        return
    for day in range(today + 1, today + 1 + DAYS_AHEAD):
        await tx.execute(
            text(f"CREATE TABLE IF NOT EXISTS dlog_{day} PARTITION OF dlog FOR VALUES FROM ({day}) TO ({day + 1})")
        )
