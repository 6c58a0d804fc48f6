"""An endpoint that fails, and its owner who is told of it."""

import json
from typing import Any

from sqlalchemy import update

from service.webhooks.deliveries import list_deliveries
from service.webhooks.tables import endpoint
from tests.webhooks.depot import open_depot
from tests.webhooks.post import Office, Sink

FAR = 2**60
"""An instant that no test lives to see."""


async def subscribe(office: Office, sink: Sink, owner: Sink, **chosen: Any) -> None:
    await office.subscribe(sink.url, event_types=("thing.happened",), **chosen)
    kinds = (
        *(f"endpoint.{one}" for one in ("degraded", "recovered", "disabled")),
        "delivery.dead",
        "delivery.postponed",
    )
    await office.subscribe(owner.url, "end_owner", event_types=kinds)


def heard(owner: Sink) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in owner.requests]


async def put(office: Office, **values: Any) -> None:
    """As if it had come to this."""
    async with office.database.transaction() as tx:
        changed = {**values, "revision": endpoint.c.revision + 1}
        await tx.execute(update(endpoint).where(endpoint.c.public_id == "end_a").values(**changed))
    office.wake()


async def lanes(office: Office) -> dict[str, int]:
    """Used up tries by lane."""
    async with open_depot(office.database) as depot:
        return dict(await depot.rows("lane", "subject_key, attempts"))


async def states(office: Office) -> dict[str, tuple[str, int]]:
    """By event of end_a: the state of its delivery, and how often it was tried."""
    async with office.database.read() as connection:
        found = await list_deliveries(connection, "end_a", state=None, limit=1_000)
    return {one.event: (one.state, one.attempts) for one in found}
