"""Statements that put deliveries together from what is queued, what ended without arriving, and what was delivered.

A delivery is in the queue or over, never both. Each of the three is read in the order of the list by an index of its
own and cut to what is asked for before it is put together with the others: no history is sorted.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import cast as cast_

from service.webhooks.tables import TAKING, dlog, endpoint, event, lane, queue
from service.webhooks.tables_replay import dead_letter
from service.webhooks.work import BLOCKED_US, FIRST_US

_QUEUED = frozenset(("pending", "retrying", "held", "blocked", "skipped"))
_LETTERS = frozenset(("dead", "dropped", "retried", "skipped"))
Rows = Select[*tuple[Any, ...]]
_NO_TEXT, _NO_NUMBER = cast_(null(), Text), cast_(null(), BigInteger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """`limit` deliveries from `place` on, latest event first; `backward` those before it, with the nearest first."""

    place: tuple[Any, ...] | None
    backward: bool
    limit: int

    def over(self, rows: Rows, *order: ColumnElement[Any]) -> Rows:
        """Those of the rows, in the order of these columns."""
        rows = rows.order_by(*(column.asc() if self.backward else column.desc() for column in order)).limit(self.limit)
        if self.place is None:
            return rows
        here, there = tuple_(*order), tuple_(*self.place)
        return rows.where(here > there if self.backward else here < there)


def listed(number: int, state: str | None, walk: Walk) -> Rows:
    """Deliveries of an endpoint; of one state, or of all."""
    parts: list[Rows] = []
    if state is None or state in _QUEUED:
        rows = _queued().where(queue.c.endpoint_id == number)
        if state is not None:
            rows = rows.where(_queued_as(state))
        parts.append(walk.over(rows, queue.c.event_seq, queue.c.replay_id))
    if state is None or state in _LETTERS:
        rows = _letters().where(dead_letter.c.endpoint_id == number)
        if state is not None:
            rows = rows.where(dead_letter.c.state == state)
        parts.append(walk.over(rows, dead_letter.c.event_seq, dead_letter.c.replay_id))
    if state in {None, "delivered"}:
        rows = _delivered().where(dlog.c.endpoint_id == number)
        parts.append(walk.over(rows, dlog.c.event_seq, dlog.c.replay_id))
    found = _shown(parts)
    whole = Walk(place=None, backward=walk.backward, limit=walk.limit)
    return whole.over(found, found.selected_columns.event_seq, found.selected_columns.replay_id)


def letters_everywhere(state: str, walk: Walk) -> Rows:
    """Deliveries of all endpoints that ended so without arriving."""
    order = (dead_letter.c.event_seq, dead_letter.c.replay_id, dead_letter.c.endpoint_id)
    found = _shown([walk.over(_letters().where(dead_letter.c.state == state), *order)])
    shown = found.selected_columns
    whole = Walk(place=None, backward=walk.backward, limit=walk.limit)
    return whole.over(found, shown.event_seq, shown.replay_id, shown.number)


def one_delivery(number: int, event_seq: int, replay_id: str) -> Rows:
    parts = [
        rows.where(table.c.endpoint_id == number, table.c.event_seq == event_seq, table.c.replay_id == replay_id)
        for rows, table in ((_queued(), queue), (_letters(), dead_letter), (_delivered(), dlog))
    ]
    return _shown(parts).limit(1)


def _shown(parts: list[Rows]) -> Rows:
    """The parts as one, with what is known of the event and the endpoint of each."""
    found = (
        union_all(*(select(part.subquery()) for part in parts)).subquery() if len(parts) > 1 else parts[0].subquery()
    )
    return select(
        *found.c,
        endpoint.c.public_id.label("endpoint"),
        found.c.event_seq.label("position"),
        event.c.id.label("event"),
        event.c.type.label("event_type"),
        event.c.subject_key.label("subject"),
        event.c.key_ver.label("sequence"),
        event.c.recorded_at.label("recorded_at"),
    ).select_from(found.join(event, event.c.seq == found.c.event_seq).join(endpoint, endpoint.c.id == found.c.number))


def _is_head() -> ColumnElement[bool]:
    other = queue.alias("earlier")
    first = select(func.min(other.c.pos)).where(
        other.c.endpoint_id == queue.c.endpoint_id, other.c.subject_key == queue.c.subject_key
    )
    return queue.c.pos == first.scalar_subquery()


def _queued_as(state: str) -> ColumnElement[bool]:
    """Whether what is queued is in a state. Said outright, so that the database can tell how much that is.

    Failures are those of a lane's head: what waits behind it has not been tried.
    """
    goes = queue.c.pos > endpoint.c.skip_to
    takes = and_(endpoint.c.state.in_(TAKING), goes)
    match state:
        case "skipped":
            return ~goes
        case "held":
            return and_(endpoint.c.state.not_in(TAKING), goes)
        case "pending":
            return and_(takes, or_(lane.c.tries == 0, ~_is_head()))
        case "blocked":
            return and_(takes, lane.c.tries > 0, lane.c.visible_at >= BLOCKED_US, _is_head())
        case _:
            return and_(takes, lane.c.tries > 0, lane.c.visible_at < BLOCKED_US, _is_head())


def _queued_state() -> ColumnElement[str]:
    names = ("skipped", "held", "blocked", "retrying")
    return case(*((_queued_as(name), literal(name)) for name in names), else_=literal("pending"))


def _is_due_again() -> ColumnElement[bool]:
    return and_(lane.c.tries > 0, lane.c.visible_at < BLOCKED_US, _is_head())


def _queued() -> Rows:
    here = and_(lane.c.endpoint_id == queue.c.endpoint_id, lane.c.subject_key == queue.c.subject_key)
    return select(
        queue.c.endpoint_id.label("number"),
        queue.c.event_seq,
        queue.c.replay_id,
        _queued_state().label("state"),
        case((_is_head(), lane.c.tries), else_=0).label("attempts"),
        case((_is_due_again(), case((lane.c.visible_at > FIRST_US, lane.c.visible_at), else_=0))).label(
            "next_attempt_at"
        ),
        queue.c.subject_key.label("lane"),
        queue.c.pos.label("queue_pos"),
        _NO_TEXT.label("reason"),
        _NO_NUMBER.label("ended_at"),
        _NO_TEXT.label("ended_by"),
        _NO_TEXT.label("taken_by"),
    ).select_from(queue.join(endpoint, endpoint.c.id == queue.c.endpoint_id).join(lane, here))


def _letters() -> Rows:
    # One row at a time: as EXISTS, Postgres would gather the whole log beforehand.
    arrived = (
        select(dlog.c.n)
        .where(
            dlog.c.endpoint_id == dead_letter.c.endpoint_id,
            dlog.c.event_seq == dead_letter.c.event_seq,
            dlog.c.replay_id == dead_letter.c.replay_id,
            dlog.c.outcome == "delivered",
        )
        .limit(1)
        .scalar_subquery()
    )
    return select(
        dead_letter.c.endpoint_id.label("number"),
        dead_letter.c.event_seq,
        dead_letter.c.replay_id,
        dead_letter.c.state,
        dead_letter.c.attempts,
        _NO_NUMBER.label("next_attempt_at"),
        _NO_TEXT.label("lane"),
        _NO_NUMBER.label("queue_pos"),
        dead_letter.c.reason,
        dead_letter.c.ended_at,
        dead_letter.c.ended_by,
        dead_letter.c.taken_by,
        # What was under way when it was dropped may have arrived; then that is what became of it.
    ).where((dead_letter.c.state != "dropped") | arrived.is_(None))


def _delivered() -> Rows:
    return select(
        dlog.c.endpoint_id.label("number"),
        dlog.c.event_seq,
        dlog.c.replay_id,
        literal("delivered").label("state"),
        dlog.c.n.label("attempts"),
        _NO_NUMBER.label("next_attempt_at"),
        _NO_TEXT.label("lane"),
        _NO_NUMBER.label("queue_pos"),
        _NO_TEXT.label("reason"),
        _NO_NUMBER.label("ended_at"),
        _NO_TEXT.label("ended_by"),
        _NO_TEXT.label("taken_by"),
    ).where(dlog.c.outcome == "delivered")
