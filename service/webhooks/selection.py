"""Which events a replay is about: those of a stretch of the record that an endpoint would be sent now.

What an endpoint takes is asked by the database here and by the outbox in memory when an event is new: both must
answer alike, and a test compares them.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, Select, TextClause, case, func, literal, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.lanes import lane_of
from service.webhooks.tables import SENDING, TENDED, dlog, endpoint, event
from service.webhooks.tables_replay import dead_letter

EMPTIED = "{}"
"""`bodies` of an event whose bodies are not kept any more."""
WINDOW = 20_000
"""Positions that one look covers at most, unless an index leads to the events."""

Ended = Literal["dead", "dropped", "delivered"]
_Condition = ColumnElement[bool] | TextClause


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Events behind position `after`, up to `until`. None as `types`, `subject` or `state` lets all through.

    `facets` maps a facet to the values of which one must occur. With `state` only events count that have a delivery
    to the endpoint that ended so.
    """

    after: int
    until: int
    types: tuple[str, ...] | None = None
    facets: Mapping[str, tuple[str, ...]] | None = None
    subject: str | None = None
    state: Ended | None = None

    @property
    def is_led_to(self) -> bool:
        """An index finds what is wanted, however far away it is."""
        return self.subject is not None or self.state in {"dead", "dropped"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An endpoint as far as choosing and queueing events goes. `not_before` is µs."""

    number: int
    public_id: str
    event_types: frozenset[str]
    filters: Mapping[str, tuple[str, ...]]
    ordering: str
    state: str
    max_in_flight: int
    not_before: int
    revision: int

    @property
    def is_tended(self) -> bool:
        """Whether it is sent to, be it only to find out whether it works again."""
        return self.state in TENDED

    @property
    def takes(self) -> bool:
        return self.state in SENDING

    def lane_of(self, chosen: "Chosen") -> str:
        return lane_of(self.ordering, subject=chosen.subject, event_id=chosen.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many events there are, in how many lanes; `emptied` is how many more have no body any more."""

    events: int
    lanes: int
    emptied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One event: its position, id, subject and version."""

    seq: int
    id: str
    subject: str
    version: int


async def find_target(
    connection: AsyncConnection, *, public_id: str | None = None, number: int | None = None, for_share: bool = False
) -> Target | None:
    """By either name. `for_share` keeps it from being deleted until the transaction ends."""
    named = endpoint.c.public_id == public_id if number is None else endpoint.c.id == number
    statement = select(endpoint).where(named)
    if for_share:
        statement = statement.with_for_update(read=True, key_share=True)
    row = (await connection.execute(statement)).first()
    if row is None:
        return None
    filters: dict[str, list[str]] = json.loads(row.filters)
    return Target(
        number=row.id,
        public_id=row.public_id,
        event_types=frozenset(json.loads(row.event_types)),
        filters={name: tuple(values) for name, values in filters.items()},
        ordering=row.ordering,
        state=row.state,
        max_in_flight=row.max_in_flight,
        not_before=row.not_before,
        revision=row.revision,
    )


async def count_events(connection: AsyncConnection, target: Target, selection: Selection) -> Counted:
    """Everything that is selected, looked at once."""
    kept = event.c.bodies != EMPTIED
    statement = select(
        func.count(case((kept, 1))).label("events"),
        func.count(case((kept, event.c.subject_key)).distinct()).label("subjects"),
        func.count(case((~kept, 1))).label("emptied"),
    ).where(*_wanted(connection.dialect.name, target, selection, after=selection.after, until=selection.until))
    row = (await connection.execute(statement)).one()
    lanes = {"strict": min(1, row.events), "none": row.events}.get(target.ordering, row.subjects)
    return Counted(events=row.events, lanes=lanes, emptied=row.emptied)


async def next_events(
    connection: AsyncConnection,
    target: Target,
    selection: Selection,
    *,
    cursor: int,
    limit: int,
    window: int = WINDOW,
) -> tuple[tuple[Chosen, ...], int]:
    """The next events behind `cursor`, `limit` at most, and the position up to which was looked."""
    reach = selection.until if selection.is_led_to else min(selection.until, cursor + window)
    statement = _chosen(connection.dialect.name, target, selection, after=cursor, until=reach).limit(limit)
    rows = (await connection.execute(statement)).all()
    found = tuple(Chosen(seq=row.seq, id=row.id, subject=row.subject_key, version=row.key_ver) for row in rows)
    return found, found[-1].seq if len(found) == limit else reach


async def emptied(connection: AsyncConnection, positions: Sequence[int]) -> bool:
    """Whether the body of one of these events is not kept any more."""
    statement = select(event.c.seq).where(event.c.seq.in_(positions), event.c.bodies == EMPTIED).limit(1)
    return (await connection.execute(statement)).first() is not None


def now_sql(dialect: str) -> ColumnElement[int]:
    """The instant (µs) that scheduling goes by."""
    if dialect == "sqlite":
        # The process is on the machine of its database: they have one clock.
        return literal(time.time_ns() // 1000, BigInteger)
    return literal_column("(extract(epoch FROM now()) * 1000000)::bigint", BigInteger)


def _chosen(dialect: str, target: Target, selection: Selection, *, after: int, until: int) -> Select[*tuple[Any, ...]]:
    return (
        select(event.c.seq, event.c.id, event.c.subject_key, event.c.key_ver)
        .where(
            event.c.bodies != EMPTIED,
            *_wanted(dialect, target, selection, after=after, until=until),
        )
        .order_by(event.c.seq)
    )


def _wanted(dialect: str, target: Target, selection: Selection, *, after: int, until: int) -> list[_Condition]:
    conditions: list[_Condition] = [event.c.seq > after, event.c.seq <= until]
    if "*" not in target.event_types:
        conditions.append(event.c.type.in_(sorted(target.event_types)))
    if selection.types is not None:
        conditions.append(event.c.type.in_(sorted(selection.types)))
    if selection.subject is not None:
        conditions.append(event.c.subject_key == selection.subject)
    asked = [*target.filters.items(), *(selection.facets or {}).items()]
    conditions += [_has_facet(dialect, number, name, values) for number, (name, values) in enumerate(asked)]
    if selection.state is not None:
        conditions.append(event.c.seq.in_(_ended(target.number, selection.state, after=after, until=until)))
    return conditions


def _ended(number: int, state: Ended, *, after: int, until: int) -> Select[*tuple[Any, ...]]:
    rows = dlog if state == "delivered" else dead_letter
    ended = dlog.c.outcome if state == "delivered" else dead_letter.c.state
    return select(rows.c.event_seq).where(
        rows.c.endpoint_id == number, ended == state, rows.c.event_seq > after, rows.c.event_seq <= until
    )


_HAS_FACET = {
    "sqlite": "EXISTS (SELECT 1 FROM json_each(event.facets) n, json_each(n.value) v "
    "WHERE n.key = :{name} AND v.value IN (SELECT value FROM json_each(:{values})))",
    "postgresql": "EXISTS (SELECT 1 FROM json_array_elements_text(CAST(event.facets AS json) -> :{name}) v "
    "WHERE v IN (SELECT json_array_elements_text(CAST(:{values} AS json))))",
}


def _has_facet(dialect: str, number: int, name: str, values: Sequence[str]) -> TextClause:
    """One value of a facet of the event is among `values`."""
    statement = _HAS_FACET[dialect].format(name=f"facet_{number}", values=f"values_{number}")
    return text(statement).bindparams(**{f"facet_{number}": name, f"values_{number}": json.dumps(list(values))})
