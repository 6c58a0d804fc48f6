"""What moves between the store and the dispatcher: endpoints owned, heads to send, results to record."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.access import SealedAccess
from service.webhooks.health import Health
from service.webhooks.subscriptions import Format, Mode, Ordering, Verify

Verdict = Literal["delivered", "failed"]


class Connections(Protocol):
    """The database as the sender is given it. `transaction` commits at the end of its block."""

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]: ...

    @property
    def plain_url(self) -> str: ...

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]: ...

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A signing secret as it is kept. `expires_at` is µs; None never."""

    id: str
    sealed: str
    expires_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """An endpoint this dispatcher owns, as the database last said. `secrets` sign, newest first.

    Two are equal when nobody has changed it: how it is doing, its owner knows better than the database.
    """

    id: int
    public_id: str
    epoch: int
    url: str
    rendering: str
    max_in_flight: int
    timeout_ms: int
    retry_schedule: tuple[float, ...] | None
    on_exhausted: str
    revision: int
    mode: Mode
    ordering: Ordering
    format: Format
    thin: bool
    verify: Verify
    secrets: tuple[SealedKey, ...]
    access: SealedAccess
    health: Health = field(compare=False)
    skip_to: int = field(compare=False)
    rate: float | None
    burst: int | None
    batch_max: int
    batch_bytes: int
    linger_ms: int

    @property
    def batches(self) -> bool:
        """Whether a request carries several events."""
        return self.mode == "batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A glance at the endpoints: `mine` maps each owned one that takes deliveries to (revision, something is due)."""

    mine: Mapping[int, tuple[int, bool]]
    unowned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first event of a lane, or one behind it that may go with it: what to send, what to say of the lane then.

    `gen` is the lane's count of appends when the head was read, `attempts` its failures that use up the
    schedule (0 for those behind it), `tries` how often this event was tried, `body` the exact text to send,
    `recorded_at` when the event was recorded, in µs.
    """

    endpoint_id: int
    lane: str
    gen: int
    attempts: int
    tries: int
    pos: int
    event_seq: int
    replay_id: str
    event_id: str
    event_type: str
    subject: str
    body: str
    traceparent: str | None
    recorded_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Heads that were read, those of a lane beside each other in their order; `more` says that there were others."""

    heads: list[Head]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One attempt to record, of one lane. `delay_us` and `burns` matter for failures only; None delays for ever
    (blocked). `response_headers` is a JSON object of those that are kept; `rendering` is the form of the body that was
    sent.

    `rest` follow the head in its lane and came to the same. `before` stand in front of a head that failed and were
    delivered by the same request. `earlier` are tries of all of them that are recorded with this one, first to last;
    `unsent` are heads behind them that were part of such tries only.
    """

    head: Head
    epoch: int
    verdict: Verdict
    burns: bool
    delay_us: int | None
    started_at: int
    duration_ms: float
    dns_ms: float | None
    connect_ms: float | None
    ttfb_ms: float | None
    ip: str | None
    status: int | None
    outcome: str
    error_class: str | None
    response_head: str | None
    tls_ms: float | None = None
    response_headers: str | None = None
    rendering: str | None = None
    rest: tuple[Head, ...] = ()
    before: tuple[Head, ...] = ()
    earlier: "tuple[Result, ...]" = ()
    unsent: "tuple[tuple[tuple[Head, ...], tuple[Result, ...]], ...]" = ()

    @property
    def last(self) -> Head:
        """The position of the lane up to which this speaks."""
        return self.rest[-1] if self.rest else self.head

    @property
    def heads(self) -> tuple[Head, ...]:
        """Every event of the request in this lane, in order."""
        return (*self.before, self.head, *self.rest)

    @property
    def tried_to(self) -> int:
        """Up to which position events that stay were tried, where the lane's own count does not tell; 0 if it does."""
        if self.unsent:
            return max(heads[-1].pos for heads, _ in self.unsent)
        return self.last.pos if self.rest or self.earlier else 0


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt of one event as whoever watches is told of it. `endpoint` is the public id.

    `traceparent` is what was sent: its span is this attempt's. None where the event has no trace, and for a batch.
    `is_dead` when it was the last attempt.
    """

    result: Result
    head: Head
    endpoint: str
    traceparent: str | None
    is_dead: bool

    @property
    def n(self) -> int:
        """Which of the event's tries it was, from 1: those of a batch that was divided count."""
        return self.head.tries + len(self.result.earlier) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A result that was recorded, with the lane's next head if it has one.

    `revision` is the endpoint's as it then was: above the one that was known, what is known is out of date.
    """

    result: Result
    following: Head | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What became of results. `again` are those whose lane or endpoint somebody is writing to just now.

    Those in neither list can never be recorded: their endpoint is somebody else's by now, or there is none.
    """

    recorded: list[Recorded]
    again: list[Result]


FIRST_US = 1
"""`visible_at` of a lane that goes before all others that are due, tried ones and new ones."""
BLOCKED_US = 2**62
"""`visible_at` of a lane that waits for somebody to decide: beyond every clock."""
