"""Which lane an event takes at an endpoint, and what is queued when the endpoint's order changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.tables import endpoint, event, lane, queue

MOST_MOVED = 10_000
"""Queued events that change lanes within one transaction, during which their endpoint takes no others."""


class TooManyQueued(Exception):
    """More is queued than changes lanes at once. `count` is how much."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} events are queued")
        self.count = count


def lane_of(ordering: str, *, subject: str, event_id: str) -> str:
    """One lane for all, one for each subject, or one for each event, so that none waits for another."""
    match ordering:
        case "strict":
            return "*"
        case "none":
            return f"#{event_id}"
        case _:
            return subject


async def move_lanes(tx: AsyncConnection, number: int, *, ordering: str) -> None:
    """Give what is queued for an endpoint the lanes of another order. Its owner must read it anew afterwards.

    Nobody appends meanwhile, since that needs the endpoint; what is about to be appended under the order as it was
    finds that it no longer is. Raises TooManyQueued.
    """
    await tx.execute(select(endpoint.c.id).where(endpoint.c.id == number).with_for_update())
    mine = queue.c.endpoint_id == number
    count = (await tx.execute(select(func.count()).select_from(queue).where(mine))).scalar_one()
    if count > MOST_MOVED:
        raise TooManyQueued(count)
    queued = (
        await tx.execute(
            select(queue.c.pos, queue.c.subject_key, event.c.subject_key.label("subject"), event.c.id)
            .join(event, event.c.seq == queue.c.event_seq)
            .where(mine)
            .order_by(queue.c.pos)
        )
    ).all()
    before = {row.subject_key: row for row in await tx.execute(select(lane).where(lane.c.endpoint_id == number))}
    places = [lane_of(ordering, subject=row.subject, event_id=row.id) for row in queued]
    await tx.execute(delete(lane).where(lane.c.endpoint_id == number))
    if not queued:
        return
    moved = [
        {"at": row.pos, "old": row.subject_key, "new": place}
        for row, place in zip(queued, places, strict=True)
        if row.subject_key != place
    ]
    if moved:
        here = (mine, queue.c.pos == bindparam("at"), queue.c.subject_key == bindparam("old"))
        await tx.execute(update(queue).where(*here).values(subject_key=bindparam("new")), moved)
    await tx.execute(insert(lane), _lanes(number, queued, places, before))


def _lanes(
    number: int, queued: Sequence[Any], places: Sequence[str], before: Mapping[str, Row[Any]]
) -> list[dict[str, Any]]:
    """A lane goes on as that did whose head is now its own head, and begins anew otherwise.

    `gen` rises above all there were: a head read before must not be taken for one read since. How often an event
    was tried is looked up, up to `tried_to`, since its lane no longer says so.
    """
    gen = 1 + max((one.gen for one in before.values()), default=0)
    tried_to = queued[-1].pos if any(one.tries or one.tried_to for one in before.values()) else 0
    heads: set[str] = set()
    made: dict[str, dict[str, Any]] = {}
    for row, place in zip(queued, places, strict=True):
        leads = row.subject_key not in heads
        heads.add(row.subject_key)
        if place in made:
            continue
        old = before[row.subject_key] if leads and row.subject_key in before else None
        made[place] = {
            "endpoint_id": number,
            "subject_key": place,
            "gen": gen,
            "attempts": old.attempts if old else 0,
            "tries": old.tries if old else 0,
            "visible_at": old.visible_at if old else 0,
            "first_fail_at": old.first_fail_at if old else None,
            "tried_to": tried_to,
        }
    return list(made.values())
