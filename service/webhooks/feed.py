"""The events in the order of the record, to be read instead of being sent.

Positions become visible in their order, so whoever reads on from the last event he saw misses none. A place holds
the event's id beside its position: a database that was set back to an earlier state may give the position to
another event, and then reading on would skip without anybody knowing.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Row, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.facets import Filters, passes
from service.webhooks.tables import event

WINDOW = 5_000
"""Events that one read looks at, at most: with a filter that hardly anything passes it ends there and goes on later."""
LABELLED_WINDOW = 1_000
"""The same where labels are to be read, each by itself."""
_SUBJECTS = 500
"""Subjects that one statement asks for."""
_LARGEST = 2**62
"""Beyond every position; two of them still fit into what the databases count with."""


class PlaceLost(Exception):
    """The event of a place does not stand there (any more)."""


class BodiesGone(Exception):
    """Events that were asked for have no bodies any more: they were kept for long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Behind which event to read on: its position and its id. 0 and no id are the place before all events."""

    position: int
    event: str

    @property
    def text(self) -> str:
        packed = json.dumps([self.position, self.event], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")


START = Place(position=0, event="")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """`body` is what an endpoint of the rendering receives, byte for byte. `recorded_at` is µs."""

    place: Place
    type: str
    subject: str
    version: int
    recorded_at: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Events that passed the filter, the place up to which was looked, and whether there is more behind it now."""

    events: tuple[FeedEvent, ...]
    last: Place
    more: bool


def parse_place(text: str) -> Place | None:
    """None for a text that is no place."""
    try:
        position, event_id = json.loads(base64.urlsafe_b64decode((text + "=" * (-len(text) % 4)).encode("ascii")))
    except (ValueError, TypeError, RecursionError):
        return None
    if type(position) is not int or type(event_id) is not str or not 0 <= position < _LARGEST:
        return None
    place = Place(position=position, event=event_id)
    return place if event_id.isprintable() and place.text == text else None


async def latest_place(connection: AsyncConnection) -> Place:
    """The place of the last event there is."""
    found = await connection.execute(select(event.c.seq, event.c.id).order_by(event.c.seq.desc()).limit(1))
    row = found.first()
    return Place(position=row.seq, event=row.id) if row else START


async def place_at(connection: AsyncConnection, instant: int) -> Place:
    """The place of the last event recorded by an instant (µs); START when there is none.

    Instants rise with positions, so it is found by halving what lies between: no index by instant has to be kept.
    """
    latest = await latest_place(connection)
    best, low, high = START, 1, latest.position
    middle = high
    while low <= high:
        found = await connection.execute(_AT, {"until": middle})
        row = found.first()
        if row is None:
            low = middle + 1
        elif row.recorded_at <= instant:
            best, low = Place(position=row.seq, event=row.id), middle + 1
        else:
            high = row.seq - 1
        middle = (low + high) // 2
    return best


async def place_of(connection: AsyncConnection, event_id: str) -> Place:
    """The place of an event. Raises PlaceLost when there is none of that id."""
    position = (await connection.execute(select(event.c.seq).where(event.c.id == event_id))).scalar()
    if position is None:
        raise PlaceLost
    return Place(position=position, event=event_id)


async def find_event(connection: AsyncConnection, event_id: str, *, rendering: str) -> FeedEvent | None:
    """The event of an id."""
    row = (await connection.execute(select(event).where(event.c.id == event_id))).first()
    return event_of(row, rendering) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastEvent:
    """The last event about a subject: its id, and its number among the subject's."""

    id: str
    version: int


async def last_events(connection: AsyncConnection, subjects: Sequence[str], *, until: Place) -> Mapping[str, LastEvent]:
    """By subject the last event up to a place; those without any are left out."""
    found: dict[str, LastEvent] = {}
    for begin in range(0, len(subjects), _SUBJECTS):
        some = subjects[begin : begin + _SUBJECTS]
        last = (
            select(func.max(event.c.seq))
            .where(event.c.subject_key.in_(some), event.c.seq <= until.position)
            .group_by(event.c.subject_key)
        )
        rows = await connection.execute(
            select(event.c.subject_key, event.c.id, event.c.key_ver).where(event.c.seq.in_(last))
        )
        found |= {row.subject_key: LastEvent(id=row.id, version=row.key_ver) for row in rows}
    return found


async def bodies_of(
    connection: AsyncConnection, subject: str, *, after: int, rendering: str
) -> tuple[tuple[int, bytes], ...]:
    """Position and body of every event about a subject behind a position, in order; those without one are left out."""
    found = await connection.execute(
        select(event.c.seq, event.c.bodies)
        .where(event.c.subject_key == subject, event.c.seq > after)
        .order_by(event.c.seq)
    )
    bodies = ((row.seq, json.loads(row.bodies).get(rendering)) for row in found)
    return tuple((position, body.encode()) for position, body in bodies if body is not None)


async def read_feed(
    connection: AsyncConnection,
    *,
    after: Place,
    rendering: str,
    types: frozenset[str] | None,
    subject: str | None,
    limit: int,
    facets: Filters | None = None,
    window: int = WINDOW,
) -> Stretch:
    """Events behind a place, in order, `limit` at most; None as `types`, `subject` or `facets` lets all through.

    Raises PlaceLost when the event of the place does not stand there, BodiesGone when one of those to be read has
    no body any more.
    """
    # With a subject an index finds what is wanted, however far away it is.
    reach = _LARGEST if subject is not None else min(window, LABELLED_WINDOW) if facets else window
    found = (await connection.execute(_LOOK, {"after": after.position, "reach": reach})).first()
    if after != START and (found is None or found.stands != after.event):
        raise PlaceLost
    if found is None or found.seq <= after.position:
        return Stretch(events=(), last=after, more=False)
    rows = await _rows(connection, types, subject, facets, limit + 1, {"after": after.position, "until": found.seq})
    events = tuple(event_of(row, rendering) for row in rows[:limit])
    if len(rows) > limit:
        return Stretch(events=events, last=events[-1].place, more=True)
    return Stretch(events=events, last=Place(position=found.seq, event=found.id), more=found.seq < found.tail)


def _bounds() -> Any:
    """Where a read ends, read before the events: all up to there are visible to a statement that starts later.

    `stands` is the id at the place itself. Bounded by the first event behind the place, not by the place: positions
    may have gaps, and a read must get on.
    """
    after, own = bindparam("after", type_=BigInteger), event.alias("own")
    behind, all_ = event.alias("behind"), event.alias("every")
    first = select(func.min(behind.c.seq)).where(behind.c.seq > after).scalar_subquery()
    end = func.coalesce(first - 1, after) + bindparam("reach", type_=BigInteger)
    return (
        select(
            event.c.seq,
            event.c.id,
            select(func.max(all_.c.seq)).scalar_subquery().label("tail"),
            select(own.c.id).where(own.c.seq == after).scalar_subquery().label("stands"),
        )
        .where(event.c.seq <= end)
        .order_by(event.c.seq.desc())
        .limit(1)
    )


async def _rows(
    connection: AsyncConnection,
    types: frozenset[str] | None,
    subject: str | None,
    facets: Filters | None,
    most: int,
    stretch: dict[str, int],
) -> Sequence[Any]:
    if not facets:
        return (await connection.execute(_wanted(types, subject, WHOLE).limit(most), stretch)).all()
    # Labels first, which are short: bodies only of what is wanted.
    labelled = await connection.execute(_wanted(types, subject, (event.c.seq, event.c.facets)), stretch)
    chosen = [row.seq for row in labelled if passes(facets, json.loads(row.facets))][:most]
    return (await connection.execute(select(*WHOLE).where(event.c.seq.in_(chosen)).order_by(event.c.seq))).all()


def _wanted(types: frozenset[str] | None, subject: str | None, columns: tuple[Column[Any], ...]) -> Any:
    statement = (
        select(*columns)
        .where(event.c.seq > bindparam("after", type_=BigInteger), event.c.seq <= bindparam("until", type_=BigInteger))
        .order_by(event.c.seq)
    )
    if types is not None:
        statement = statement.where(event.c.type.in_(sorted(types)))
    return statement.where(event.c.subject_key == subject) if subject is not None else statement


def event_of(row: Row[Any], rendering: str) -> FeedEvent:
    """The event of a row that has the columns `WHOLE`. Raises BodiesGone."""
    body: str | None = json.loads(row.bodies).get(rendering)
    if body is None:
        raise BodiesGone
    return FeedEvent(
        place=Place(position=row.seq, event=row.id),
        type=row.type,
        subject=row.subject_key,
        version=row.key_ver,
        recorded_at=row.recorded_at,
        body=body.encode(),
    )


WHOLE = (
    *(event.c.seq, event.c.id, event.c.type, event.c.subject_key),
    *(event.c.key_ver, event.c.recorded_at, event.c.bodies),
)
"""What of an event is read."""
_AT = (
    select(event.c.seq, event.c.id, event.c.recorded_at)
    .where(event.c.seq <= bindparam("until", type_=BigInteger))
    .order_by(event.c.seq.desc())
    .limit(1)
)
"""The last event up to a position."""
_LOOK = _bounds()
