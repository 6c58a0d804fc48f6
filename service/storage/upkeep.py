"""What has to be done now and then so that tables stay small: nothing a caller could ask for."""

from service.storage import idempotency
from service.storage.database import Database
from service.webhooks.rotation import forget_expired
from service.webhooks.store_days import make_days

_DAY_US = 86_400_000_000


async def keep_house(database: Database) -> None:
    """Forget answers kept beyond their day and secrets that have expired, and make the attempt log's coming days."""
    now = database.now_us()
    async with database.transaction() as tx:
        await database.keep_house_alone(tx)
        await idempotency.forget_old(tx, now=now)
        await forget_expired(tx, now=now)
        await make_days(tx, today=now // _DAY_US)
