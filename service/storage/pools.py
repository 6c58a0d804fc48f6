"""How full the pools of connections are."""

from typing import cast

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool


def in_use_and_most(writer: AsyncEngine, reader: AsyncEngine) -> dict[str, tuple[int, int]]:
    """By pool, how many connections are in use and how many there may be. On Postgres both ways share one."""
    is_shared = writer.pool is reader.pool
    pools = {"shared": writer.pool} if is_shared else {"writer": writer.pool, "reader": reader.pool}
    # As both engines are made with: the base class counts nothing.
    return {name: (pool.checkedout(), pool.size()) for name, pool in cast(dict[str, QueuePool], pools).items()}
