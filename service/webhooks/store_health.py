"""The health of endpoints as it is kept: every write is for the owner of the endpoint under its epoch only, and for
nobody once a person has changed the endpoint since (its revision tells)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.health import Health, Notice, Sign
from service.webhooks.notices import (
    ENDPOINT_DEGRADED,
    ENDPOINT_DISABLED,
    ENDPOINT_RECOVERED,
    TakeRecorder,
    disabled_data,
    notice,
    shown,
    tell,
)
from service.webhooks.outbox import Outbox
from service.webhooks.tables import TENDED, endpoint, lane, queue
from service.webhooks.work import BLOCKED_US, FIRST_US, Connections, Owned

_SAME = (
    "probe_n",
    "probe_at",
    "easing",
    "recent",
    "outages",
    "outage_since",
    "outage_lane",
    "fail_since",
    "last_fail_at",
    "failing_us",
    "told",
    "rejected_told_at",
    "last_ok_at",
)
"""What column and field call by the same name."""

FRESH: dict[str, Any] = {
    "not_before": 0,
    "probe_n": 0,
    "probe_at": 0,
    "recent": 0,
    "outages": 0,
    "outage_since": None,
    "outage_lane": None,
    "fail_since": None,
    "last_fail_at": None,
    "failing_us": 0,
    "told": 0,
    "rejected_told_at": 0,
}
"""An endpoint that starts anew: no pause, no history of failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice, and the attempt that led to it."""

    notice: Notice
    sign: Sign


class HealthStore:
    """Each method is a transaction of its own. None of them waits for a dispatcher."""

    def __init__(
        self, connections: Connections, *, me: str, take_recorder: TakeRecorder, new_event_id: Callable[[], str]
    ) -> None:
        self._connections = connections
        self._me = me
        self._take_recorder = take_recorder
        self._new_event_id = new_event_id

    async def keep(self, kept: Sequence[tuple[Owned, Health]]) -> None:
        """Keep how endpoints are doing. Of those that are no longer ours as we know them, nothing is kept."""
        async with self._connections.transaction() as tx:
            for owned, health in sorted(kept, key=lambda one: one[0].id):
                await tx.execute(update(endpoint).where(*self._mine(owned)).values(**columns_of(health)))

    async def move(self, owned: Owned, health: Health, told: Sequence[Told]) -> bool:
        """Keep a turn for the worse or the better with what is told of it. False when it is no longer ours to say."""
        async with self._connections.transaction() as tx:
            if not await self._is_mine(tx, owned):
                return False
            raised = {"revision": endpoint.c.revision + 1} if health.state == "disabled" else {}
            await tx.execute(update(endpoint).where(endpoint.c.id == owned.id).values(**columns_of(health), **raised))
            if told:
                outbox = Outbox(tx)
                for one in told:
                    kind, data = _message(owned, health, one)
                    outbox.add(await notice(tx, owned.id, kind, data, event_id=self._new_event_id()))
                await tell(tx, outbox, self._take_recorder)
        return True

    async def begin_probe(self, owned: Owned, health: Health, *, now: int, busy: Collection[str], early: bool) -> bool:
        """Take the lane that waits least for a probe, whenever it is due. `health` is how it is with the probe begun.

        `early` takes only a lane that is untried, and not the one whose failures opened the endpoint. False when there
        is none, or when the endpoint was paused or changed.
        """
        async with self._connections.transaction() as tx:
            if not await self._is_mine(tx, owned, endpoint.c.not_before <= now):
                return False
            wanted = [lane.c.visible_at == 0, lane.c.subject_key != health.outage_lane] if early else []
            found = await tx.execute(
                select(lane.c.subject_key, lane.c.visible_at)
                .where(
                    lane.c.endpoint_id == owned.id,
                    lane.c.visible_at < BLOCKED_US,
                    lane.c.subject_key.not_in(list(busy)),
                    select(queue.c.pos)
                    .where(queue.c.endpoint_id == lane.c.endpoint_id, queue.c.subject_key == lane.c.subject_key)
                    .exists(),
                    *wanted,
                )
                .order_by(lane.c.visible_at)
                .limit(1)
                .with_for_update(of=lane, skip_locked=True)
            )
            row = found.first()
            if row is None:
                return False
            await tx.execute(
                update(lane)
                .where(lane.c.endpoint_id == owned.id, lane.c.subject_key == row.subject_key)
                .values(visible_at=FIRST_US)
            )
            await tx.execute(update(endpoint).where(endpoint.c.id == owned.id).values(**columns_of(health)))
        return True

    async def _is_mine(self, tx: AsyncConnection, owned: Owned, *conditions: ColumnElement[bool]) -> bool:
        found = await tx.execute(
            select(endpoint.c.id).where(*self._mine(owned), *conditions).with_for_update(key_share=True)
        )
        return found.first() is not None

    def _mine(self, owned: Owned) -> tuple[ColumnElement[bool], ...]:
        return (
            endpoint.c.id == owned.id,
            endpoint.c.owner == self._me,
            endpoint.c.epoch == owned.epoch,
            endpoint.c.revision == owned.revision,
            endpoint.c.state.in_(TENDED),
        )


def health_of(row: Row[Any]) -> Health:
    """The health that a row of an endpoint holds."""
    return Health(
        state=row.state,
        reason=row.state_reason,
        since=row.state_since,
        **{name: getattr(row, name) for name in _SAME},
    )


def columns_of(health: Health) -> dict[str, Any]:
    return {
        "state": health.state,
        "state_reason": health.reason,
        "state_since": health.since,
        **{name: getattr(health, name) for name in _SAME},
    }


def _message(owned: Owned, health: Health, told: Told) -> tuple[str, dict[str, object]]:
    """(type, data) of the event that tells a notice."""
    one, sign = told.notice, told.sign
    if one.kind == "recovered":
        about = {"endpoint": {"id": owned.public_id}, "state": health.state}
        return ENDPOINT_RECOVERED, {**about, "failing_since": shown(one.failing_since)}
    if one.kind == "disabled":
        return ENDPOINT_DISABLED, disabled_data(
            owned.public_id,
            state=health.state,
            reason="failing",
            status=sign.status,
            failing_since=one.failing_since,
        )
    return ENDPOINT_DEGRADED, {
        "endpoint": {"id": owned.public_id},
        "state": health.state,
        "reason": one.kind,
        "warning": one.warning,
        "failing_since": shown(one.failing_since),
        "disabled_at": shown(one.disabled_at),
        "event": {"id": sign.event[0], "type": sign.event[1]} if one.kind == "rejected" and sign.event else None,
        "last_status": sign.status,
        "last_error": sign.error,
    }
