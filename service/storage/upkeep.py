"""What has to be done now and then so that tables stay small: nothing a caller could ask for."""

from collections.abc import Awaitable, Callable
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage import idempotency, reconciliations
from service.storage.database import Database
from service.webhooks import retention
from service.webhooks.retention import KEPT, PASS, Retention
from service.webhooks.rotation import forget_expired
from service.webhooks.store_days import make_days
from service.webhooks.tables import DAY_US

MOST_PASSES = 200
"""Of each kind in one upkeep: what is left over by then is left to the next."""
_ENDED_US = 3_600_000_000
"""After which whoever began to mend a report while it was still kept is done."""


async def keep_house(database: Database, kept: Retention = KEPT, *, reconciliations_from: int | None = None) -> None:
    """Forget answers kept for longer than their day and secrets that have expired, make the coming days of the attempt
    log, and let go what has been kept for long enough: a pass at a time, so that others write in between.

    `reconciliations_from` is the instant (µs) from which on reports are kept; None is for ever.
    """
    now = database.now_us()
    async with database.transaction() as tx:
        await database.keep_house_alone(tx)
        await idempotency.forget_old(tx, now=now)
        await forget_expired(tx, now=now)
        await make_days(tx, today=now // DAY_US)
    if (before := kept.attempts_from(now)) is not None:
        await _passes(database, partial(retention.forget_attempts, before=before), full=PASS)
        await _passes(database, partial(retention.forget_endings, before=before), full=PASS)
        await _passes(database, partial(retention.drop_days, before=before), full=1)
    if (before := kept.bodies_from(now)) is not None:
        await _empty_bodies(database, before)
    if reconciliations_from is not None:
        await _forget_reconciliations(database, reconciliations_from - _ENDED_US)


async def _passes(database: Database, one: Callable[[AsyncConnection], Awaitable[int]], *, full: int) -> None:
    for _ in range(MOST_PASSES):
        async with database.transaction() as tx:
            await database.keep_house_alone(tx)
            if await one(tx) < full:
                return


async def _forget_reconciliations(database: Database, before: int) -> None:
    for _ in range(MOST_PASSES):
        async with database.read() as connection:
            oldest = await reconciliations.oldest_unkept(connection, before=before)
        if oldest is None:
            return
        one = partial(reconciliations.forget_drifts, reconciliation_id=oldest)
        await _passes(database, one, full=reconciliations.AT_ONCE)


async def _empty_bodies(database: Database, before: int) -> None:
    after = 0
    for _ in range(MOST_PASSES):
        async with database.read() as connection:
            positions = await retention.bodies_to_empty(connection, before=before, after=after)
        if not positions:
            return
        async with database.transaction() as tx:
            await database.keep_house_alone(tx)
            await retention.empty_bodies(tx, positions)
        after = positions[-1]
