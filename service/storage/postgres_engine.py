"""A pool of Postgres connections, as they must be behind a connection pooler and as they are best without one."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# A pooler in transaction mode gives each transaction another server connection, on which a statement that was
# prepared under a name is not known, or is another's. A statement without a name is parsed, bound and run before
# the transaction ends; both caches would keep names, the driver's and that of SQLAlchemy's dialect.
_WITHOUT_NAMES: dict[str, Any] = {"statement_cache_size": 0, "prepared_statement_cache_size": 0}


def postgres_engine(
    url: URL, *, pool_size: int, pooled: bool, connect_seconds: float = 60.0, wait_seconds: float = 5.0
) -> AsyncEngine:
    """`pooled`: the address is that of a pooler. `wait_seconds` is how long one waits for a free connection."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=wait_seconds,
        pool_pre_ping=False,
        connect_args={"timeout": connect_seconds, **(_WITHOUT_NAMES if pooled else {})},
    )


async def leads_through_pooler(url: URL) -> bool:
    """Whether a pooler answers at the address: it gives its clients process ids that are not the server's."""
    engine = postgres_engine(url, pool_size=1, pooled=True)
    try:
        async with engine.connect() as connection:
            server = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            return driver.get_server_pid() != server
    finally:
        await engine.dispose()
