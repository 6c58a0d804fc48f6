"""Events read once more by where they stand or when they were recorded, whoever they are about."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.feed import WHOLE, FeedEvent, event_of
from service.webhooks.tables import event

_AT_ONCE = 500
"""Subjects or positions that one statement asks for."""


async def told_between(
    connection: AsyncConnection,
    *,
    after: int,
    until: int,
    types: Collection[str],
    rendering: str,
    limit: int,
    backward: bool = False,
) -> tuple[FeedEvent, ...]:
    """Events behind a position up to another one, `limit` at most in the direction of the walk.

    Raises BodiesGone when one of them has no body any more.
    """
    place = event.c.seq.desc() if backward else event.c.seq
    statement: Any = (
        select(*WHOLE)
        .where(event.c.seq > after, event.c.seq <= until, event.c.type.in_(sorted(types)))
        .order_by(place)
        .limit(limit)
    )
    return tuple(event_of(row, rendering) for row in await connection.execute(statement))


async def told_at(connection: AsyncConnection, positions: Sequence[int], *, rendering: str) -> tuple[FeedEvent, ...]:
    """The events of some positions, in the order of those. Raises BodiesGone likewise."""
    found: dict[int, FeedEvent] = {}
    for begin in range(0, len(positions), _AT_ONCE):
        some = positions[begin : begin + _AT_ONCE]
        statement: Any = select(*WHOLE).where(event.c.seq.in_(some))
        for row in await connection.execute(statement):
            found[row.seq] = event_of(row, rendering)
    return tuple(found[position] for position in positions if position in found)


async def positions_of(
    connection: AsyncConnection, acts: Collection[tuple[str, int]], *, types: Collection[str]
) -> tuple[int, ...]:
    """The positions of events of some types by (subject, instant in µs), in order."""
    subjects = sorted({subject for subject, _ in acts})
    positions: list[int] = []
    for begin in range(0, len(subjects), _AT_ONCE):
        statement: Any = select(event.c.seq, event.c.subject_key, event.c.recorded_at).where(
            event.c.subject_key.in_(subjects[begin : begin + _AT_ONCE]), event.c.type.in_(sorted(types))
        )
        rows = await connection.execute(statement)
        positions += [row.seq for row in rows if (row.subject_key, row.recorded_at) in acts]
    return tuple(sorted(positions))
