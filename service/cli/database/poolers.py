"""Addresses behind which a connection pooler is found unexpectedly."""

from service.domain.refusals import Unavailable
from service.house import House


async def pooler_fault(house: House) -> str | None:
    """A sentence with the remedy; None when the addresses can be used. Raises Unavailable when no database answers.

    Without the setting, statements would fail now and then; whoever listens through a pooler hears nothing.
    """
    settings, database = house.settings, house.database
    if settings.database_pooler == "none" and await database.pooler_at("address"):
        return (
            "DUALTRACK_DATABASE_URL leads through a connection pooler: set DUALTRACK_DATABASE_POOLER=transaction, "
            "and DUALTRACK_DATABASE_LISTEN_URL to the address of the server itself."
        )
    replica = house.runtime.replica
    if settings.database_pooler == "none" and replica and await replica.is_behind_pooler():
        return (
            "DUALTRACK_DATABASE_READ_URL leads through a connection pooler: set DUALTRACK_DATABASE_POOLER=transaction."
        )
    if settings.database_listen_url is None:
        return None
    try:
        misled = await database.pooler_at("direct address")
    except Unavailable:
        return "the database does not answer at DUALTRACK_DATABASE_LISTEN_URL. Check the address."
    return (
        "DUALTRACK_DATABASE_LISTEN_URL leads through a connection pooler: set it to the address of the server itself."
        if misled
        else None
    )
