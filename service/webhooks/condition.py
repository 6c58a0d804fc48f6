"""How an endpoint is doing: what is still to be sent to it, how old that is, and how its latest tries went.

Every read is bounded, however much there is: counts end at COUNTED and the log is read from its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Integer, and_, bindparam, case, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.tables import DAY_US, STATES, TAKING, dlog, endpoint, event, lane, queue
from service.webhooks.work import BLOCKED_US

COUNTED = 10_000
"""Rows that are counted; where there are more it is said that there are at least so many."""
LATEST = 200
"""Tries of which durations and delays are told."""
EARLIEST = 1_000
"""Queued events of an endpoint, earliest first, among which the oldest is looked for."""
LANES = 100
"""Lanes whose heads are looked at where that does not find it."""
SKIPPED = "skipped"
"""Outcome in the log of what was passed by: it ended so, and was not tried."""
HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is queued: not tried, due again, waiting for somebody to decide. All of it is `held` in a state that takes
    nothing. `capped`: there is more than was counted, so figures are lower bounds."""

    pending: int
    retrying: int
    held: int
    blocked: int
    capped: bool

    @property
    def total(self) -> int:
        return self.pending + self.retrying + self.held + self.blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Tries and how many of them delivered. `capped`: only the latest COUNTED of them."""

    attempts: int
    delivered: int
    capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Instants are µs. `durations` and `delays` are milliseconds of the latest tries, sorted; a delay runs from the
    event's recording to its first try. `oldest_at` is when the oldest queued event was recorded."""

    id: str
    state: str
    state_reason: str | None
    state_since: int
    not_before: int
    probe_at: int
    fail_since: int | None
    last_ok_at: int | None
    backlog: Backlog
    oldest_at: int | None
    durations: Sequence[float]
    delays: Sequence[float]
    last_hour: Tally
    last_day: Tally


async def conditions_of(connection: AsyncConnection, public_ids: Sequence[str], *, now: int) -> dict[str, Condition]:
    """By id, those of the endpoints that there are; `now` is µs."""
    rows = (await connection.execute(select(endpoint).where(endpoint.c.public_id.in_(public_ids)))).all()
    backlogs = {row.id: await _backlog(connection, row) for row in rows}
    oldest = await oldest_of(connection, [number for number, found in backlogs.items() if found.total])
    return {row.public_id: await _condition(connection, row, backlogs[row.id], oldest, now=now) for row in rows}


async def count_states(connection: AsyncConnection) -> dict[str, int]:
    """How many endpoints there are in each state, none included."""
    counted = select(endpoint.c.state, func.count().label("many")).group_by(endpoint.c.state)
    return {**dict.fromkeys(STATES, 0), **{row.state: row.many for row in await connection.execute(counted)}}


async def queued_by_endpoint(connection: AsyncConnection, *, most: int) -> dict[str, tuple[Backlog, int | None]]:
    """What is queued, and when the oldest of it was recorded (µs), of `most` endpoints, first made first."""
    rows = (
        await connection.execute(
            select(endpoint.c.id, endpoint.c.public_id, endpoint.c.state, endpoint.c.skip_to)
            .order_by(endpoint.c.id)
            .limit(most)
        )
    ).all()
    found = {row.id: await _backlog(connection, row) for row in rows}
    oldest = await oldest_of(connection, [number for number, one in found.items() if one.total])
    return {row.public_id: (found[row.id], oldest.get(row.id)) for row in rows}


async def oldest_of(connection: AsyncConnection, numbers: Sequence[int]) -> dict[int, int]:
    """By endpoint, when its oldest queued event was recorded (µs): of its earliest ones, else of some heads.

    Replayed events are old by themselves and do not count.
    """
    found: dict[int, int] = {}
    for number in numbers:
        for statement in (_EARLIEST, _HEADS):
            seq = (await connection.execute(statement, {"number": number})).scalar()
            if seq is not None:
                found[number] = seq
                break
    if not found:
        return {}
    told = await connection.execute(select(event.c.seq, event.c.recorded_at).where(event.c.seq.in_(found.values())))
    recorded: dict[int, int] = {row.seq: row.recorded_at for row in told}
    return {number: recorded[seq] for number, seq in found.items() if seq in recorded}


async def _condition(
    connection: AsyncConnection, row: Any, backlog: Backlog, oldest: Mapping[int, int], *, now: int
) -> Condition:
    tried = [one for one in await connection.execute(_LATEST, {"number": row.id}) if one.outcome != SKIPPED]
    firsts = [one for one in tried if one.n == 1 and not one.replay_id and one.recorded_at is not None]
    counted = (
        await connection.execute(
            _TALLY, {"number": row.id, "hour": now - HOUR_US, "day": now - DAY_US, "first": (now - DAY_US) // DAY_US}
        )
    ).one()
    return Condition(
        id=row.public_id,
        state=row.state,
        state_reason=row.state_reason,
        state_since=row.state_since,
        not_before=row.not_before,
        probe_at=row.probe_at,
        fail_since=row.fail_since,
        last_ok_at=row.last_ok_at,
        backlog=backlog,
        oldest_at=oldest.get(row.id),
        durations=sorted(one.duration_ms for one in tried),
        # Two clocks: that of the process that sent, and that of the record.
        delays=sorted(max(0.0, (one.started_at - one.recorded_at) / 1000) for one in firsts),
        last_hour=_tally(counted.in_hour, counted.hour_ok, seen=counted.hour_seen),
        last_day=_tally(counted.in_day, counted.day_ok, seen=counted.day_seen),
    )


def _tally(attempts: int | None, delivered: int | None, *, seen: int | None) -> Tally:
    return Tally(attempts=attempts or 0, delivered=delivered or 0, capped=(seen or 0) >= COUNTED)


async def _backlog(connection: AsyncConnection, found: Any) -> Backlog:
    """Of an endpoint's row. What it passes by since it was resumed is not to be sent any more, and does not count."""
    if found.skip_to:
        row = (await connection.execute(_BEYOND, {"number": found.id, "skip_to": found.skip_to})).one()
    else:
        row = (await connection.execute(_COUNTS, {"number": found.id})).one()
    seen = row.seen if found.skip_to else row.queued
    capped = seen >= COUNTED or row.retrying >= COUNTED or row.blocked >= COUNTED
    if found.state not in TAKING:
        return Backlog(pending=0, retrying=0, held=row.queued, blocked=0, capped=capped)
    waiting = max(0, row.queued - row.retrying - row.blocked)
    return Backlog(pending=waiting, retrying=row.retrying, held=0, blocked=row.blocked, capped=capped)


def _some(rows: Any) -> Any:
    return rows.limit(COUNTED).subquery()


def _lanes(*conditions: Any) -> Any:
    rows = select(lane.c.endpoint_id, lane.c.subject_key, lane.c.tries).where(
        lane.c.endpoint_id == _NUMBER, *conditions
    )
    return _some(rows.order_by(lane.c.visible_at))


def _count(some: Any, *wanted: Any) -> Any:
    """How many of these rows are as wanted."""
    return select(func.count(case((and_(true(), *wanted), 1)))).select_from(some).scalar_subquery()


def _stays(lanes: Any) -> Any:
    """Whether the head of a lane is one that is not passed by."""
    here = (queue.c.endpoint_id == lanes.c.endpoint_id, queue.c.subject_key == lanes.c.subject_key)
    return select(func.min(queue.c.pos)).where(*here).correlate(lanes).scalar_subquery() > _SKIP_TO


def _counts(*, passing: bool) -> Any:
    """In the order of an index, so that no more is read than is counted. A lane that was tried becomes visible at some
    instant, as does one that a replay makes; one that waits for a decision never does. While `passing`, what the
    endpoint passes by is left out."""
    queued = _some(select(queue.c.pos).where(queue.c.endpoint_id == _NUMBER).order_by(queue.c.subject_key, queue.c.pos))
    due = _lanes(lane.c.visible_at > 0, lane.c.visible_at < BLOCKED_US)
    blocked = _lanes(lane.c.visible_at >= BLOCKED_US)
    return select(
        *([_count(queued).label("seen")] if passing else []),
        _count(queued, *([queued.c.pos > _SKIP_TO] if passing else [])).label("queued"),
        _count(due, due.c.tries > 0, *([_stays(due)] if passing else [])).label("retrying"),
        _count(blocked, *([_stays(blocked)] if passing else [])).label("blocked"),
    )


_SKIP_TO = bindparam("skip_to", type_=BigInteger)
_NUMBER = bindparam("number", type_=Integer)
_COUNTS, _BEYOND = _counts(passing=False), _counts(passing=True)
_FIRST = (
    select(queue.c.event_seq, queue.c.replay_id)
    .where(queue.c.endpoint_id == _NUMBER)
    .order_by(queue.c.event_seq, queue.c.replay_id)
    .limit(EARLIEST)
    .subquery()
)
_EARLIEST = select(func.min(_FIRST.c.event_seq)).where(_FIRST.c.replay_id == "")
_SOME = (
    select(lane.c.endpoint_id, lane.c.subject_key)
    .where(lane.c.endpoint_id == _NUMBER)
    .order_by(lane.c.visible_at)
    .limit(LANES)
    .subquery()
)
_HEAD = (
    select(queue.c.event_seq)
    .where(queue.c.endpoint_id == _SOME.c.endpoint_id, queue.c.subject_key == _SOME.c.subject_key)
    .where(queue.c.replay_id == "")
    .order_by(queue.c.pos)
    .limit(1)
    .correlate(_SOME)
    .scalar_subquery()
    .label("seq")
)
_HEADS = select(func.min(select(_HEAD).select_from(_SOME).subquery().c.seq))
_TRIED = (
    select(dlog.c.event_seq, dlog.c.n, dlog.c.replay_id, dlog.c.started_at, dlog.c.duration_ms, dlog.c.outcome)
    .where(dlog.c.endpoint_id == _NUMBER)
    .order_by(dlog.c.started_at.desc())
    .limit(LATEST)
    .subquery()
)
# Not a join: that may read all events to find these.
_RECORDED: Any = select(event.c.recorded_at).where(event.c.seq == _TRIED.c.event_seq).correlate(_TRIED)
_LATEST = select(_TRIED, _RECORDED.scalar_subquery().label("recorded_at"))
_DAY: Any = (
    select(dlog.c.started_at, dlog.c.outcome)
    .where(
        dlog.c.endpoint_id == _NUMBER,
        dlog.c.day >= bindparam("first"),
        dlog.c.started_at >= bindparam("day", type_=BigInteger),
    )
    .order_by(dlog.c.started_at.desc())
    .limit(COUNTED)
    .subquery()
)
_IN_HOUR = _DAY.c.started_at >= bindparam("hour", type_=BigInteger)
_OK = _DAY.c.outcome == "delivered"
_TRY = _DAY.c.outcome != SKIPPED
_TALLY = select(
    func.count().label("day_seen"),
    func.sum(case((_TRY, 1), else_=0)).label("in_day"),
    func.sum(case((_OK, 1), else_=0)).label("day_ok"),
    func.sum(case((_IN_HOUR, 1), else_=0)).label("hour_seen"),
    func.sum(case((_IN_HOUR & _TRY, 1), else_=0)).label("in_hour"),
    func.sum(case((_IN_HOUR & _OK, 1), else_=0)).label("hour_ok"),
).select_from(_DAY)
