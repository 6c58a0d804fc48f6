"""What waits at an endpoint because of what its receiver answered last, and since when it answers so."""

from dataclasses import dataclass

from sqlalchemy import and_, case, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.deliveries import Delivery, list_deliveries, parse_delivery_id
from service.webhooks.tables import dlog


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery that was answered so at its last try. `since` (µs) is when it first was, `said` the answer's text."""

    delivery: Delivery
    since: int
    said: str | None


async def waiting_of(connection: AsyncConnection, public_id: str, *, status: int, limit: int) -> tuple[Waiting, ...]:
    """Those among the `limit` latest that are due again whose last try was answered with `status`, latest event first.

    Tries are counted where they are kept: what waits for weeks has thousands.
    """
    due = await list_deliveries(connection, public_id, state="retrying", limit=limit)
    keys = {key: one for one in due if (key := parse_delivery_id(one.id))}
    parts = (dlog.c.endpoint_id, dlog.c.event_seq, dlog.c.replay_id)
    last = (
        select(
            *parts,
            func.max(dlog.c.n).label("n"),
            func.min(case((dlog.c.status == status, dlog.c.started_at))).label("since"),
        )
        .where(tuple_(*parts).in_([(key.endpoint, key.event_seq, key.replay_id) for key in keys]))
        .group_by(*parts)
        .subquery()
    )
    same = and_(*(dlog.c[name] == last.c[name] for name in ("endpoint_id", "event_seq", "replay_id", "n")))
    statement = select(*parts, dlog.c.response_head, last.c.since).join(last, same).where(dlog.c.status == status)
    found = {
        (row.endpoint_id, row.event_seq, row.replay_id): (row.since, row.response_head)
        for row in await connection.execute(statement)
    }
    return tuple(
        Waiting(delivery=one, since=since, said=said)
        for key, one in keys.items()
        for since, said in [found.get((key.endpoint, key.event_seq, key.replay_id), (None, None))]
        if since is not None
    )
