"""The transactional outbox: what a business transaction tells commits with it or not at all.

Lanes are locked before the recorder is taken, events and queue rows are written after it, each as one
statement in one order for all writers: two transactions and a group commit can then never wait for each other
in a ring.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.facets import passes
from service.webhooks.lanes import lane_of
from service.webhooks.store_lanes import raise_lanes
from service.webhooks.tables import endpoint, event, queue

SCHEMA_VERSION = 1
_AT_ONCE = 500
"""Events written by one statement: writing their bodies keeps everybody else in the process waiting."""

# Built once: building a statement takes many times as long as handing it over.
_SUBSCRIPTIONS = select(endpoint.c.id, endpoint.c.event_types, endpoint.c.filters, endpoint.c.ordering).order_by(
    endpoint.c.id
)
_INSERT_EVENTS, _INSERT_QUEUE = insert(event), insert(queue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An event to be told. `render` gives the exact body of each rendering, once the instant (µs) is known.

    `version` rises by one per subject, `facets` are the labels that filters look at. `traceparent` is the W3C trace
    of which each attempt becomes a part. One that is not `pushed` stands in the feed and goes to no endpoint.
    """

    id: str
    type: str
    subject: str
    version: int
    facets: Mapping[str, Sequence[str]]
    render: Callable[[int], Mapping[str, bytes]]
    traceparent: str | None = None
    correlation_id: str | None = None
    pushed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subscription:
    endpoint_id: int
    event_types: frozenset[str]
    filters: Mapping[str, frozenset[str]]
    ordering: str

    def wants(self, message: Message) -> bool:
        """Its type is asked for, and every named facet has a value in common."""
        is_asked_for = "*" in self.event_types or message.type in self.event_types
        return is_asked_for and passes(self.filters, message.facets)

    def lane_of(self, message: Message) -> str:
        return lane_of(self.ordering, subject=message.subject, event_id=message.id)


class Outbox:
    """Messages of one transaction. Never commits, never sends."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx
        self._messages: list[Message] = []
        self._wanted: list[tuple[int, str, int]] = []
        """(endpoint, lane, number of the message), sorted: the order in which rows are locked and written."""

    def add(self, message: Message) -> None:
        self._messages.append(message)

    def take_over(self, other: "Outbox") -> None:
        """Tell what another one was to tell, too."""
        self._messages += other._messages

    @property
    def count(self) -> int:
        """How many positions of the record the messages take."""
        return len(self._messages)

    async def lock_lanes(self) -> None:
        """Make or mark the lane of every delivery to come. Call once, before the recorder is taken.

        Raising `gen` tells a dispatcher that is about to drop a drained lane that somebody appends to it.
        """
        if not any(message.pushed for message in self._messages):
            return
        subscriptions = await _subscriptions(self._tx)
        self._wanted = []
        while subscriptions:
            missed = await self._lock(subscriptions)
            # Gone, or with another order than a moment ago: under the lock of those that are left, the order stays.
            again = {one.endpoint_id: one for one in await _subscriptions(self._tx)} if missed else {}
            subscriptions = [again[number] for number in sorted(missed) if number in again]
        self._wanted.sort()

    async def _lock(self, subscriptions: "list[_Subscription]") -> set[int]:
        """Lock the lanes that these take; returns the endpoints that are no longer as they were read."""
        wanted = [
            (subscription.endpoint_id, subscription.lane_of(message), index)
            for index, message in enumerate(self._messages)
            for subscription in subscriptions
            if message.pushed and subscription.wants(message)
        ]
        orderings = {one.endpoint_id: one.ordering for one in subscriptions}
        lanes = sorted({(number, lane) for number, lane, _ in wanted})
        raised = await raise_lanes(self._tx, lanes, orderings=orderings) if lanes else set[tuple[int, str]]()
        self._wanted += [entry for entry in wanted if entry[:2] in raised]
        return {number for number, lane in lanes if (number, lane) not in raised}

    async def write(self, *, at: int, first_position: int) -> None:
        """Write events and queue rows at the positions that the recorder gave, from `first_position` on."""
        if not self._messages:
            return
        for first in range(0, len(self._messages), _AT_ONCE):
            part = self._messages[first : first + _AT_ONCE]
            await self._tx.execute(
                _INSERT_EVENTS,
                [_event(message, at=at, seq=first_position + i) for i, message in enumerate(part, start=first)],
            )
        rows = [
            {
                "endpoint_id": number,
                "subject_key": lane,
                "pos": first_position + i,
                "key_ver": self._messages[i].version,
                "event_seq": first_position + i,
                "replay_id": "",
            }
            for number, lane, i in self._wanted
        ]
        if rows:
            await self._tx.execute(_INSERT_QUEUE, rows)


async def _subscriptions(tx: AsyncConnection) -> list[_Subscription]:
    found = await tx.execute(_SUBSCRIPTIONS)
    return [
        _Subscription(
            endpoint_id=row.id,
            event_types=frozenset(json.loads(row.event_types)),
            filters={name: frozenset(values) for name, values in json.loads(row.filters).items()},
            ordering=row.ordering,
        )
        for row in found
    ]


def _event(message: Message, *, at: int, seq: int) -> dict[str, object]:
    return {
        "seq": seq,
        "id": message.id,
        "type": message.type,
        "schema_ver": SCHEMA_VERSION,
        "subject_key": message.subject,
        "key_ver": message.version,
        "recorded_at": at,
        "correlation_id": message.correlation_id,
        "traceparent": message.traceparent,
        "facets": json.dumps(message.facets, ensure_ascii=False, separators=(",", ":")),
        "bodies": orjson.dumps({name: body.decode() for name, body in message.render(at).items()}).decode(),
    }
