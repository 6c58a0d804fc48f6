"""What moves between the store and the dispatcher: endpoints owned, heads to send, results to record."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

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
class Owned:
    """An endpoint this dispatcher owns, as the database last said. `sealed` are (secret id, sealed secret)."""

    id: int
    public_id: str
    epoch: int
    url: str
    rendering: str
    state: str
    max_in_flight: int
    timeout_ms: int
    retry_schedule: tuple[float, ...] | None
    on_exhausted: str
    revision: int
    sealed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A glance at the endpoints: `mine` maps each owned one that takes deliveries to (revision, something is due)."""

    mine: Mapping[int, tuple[int, bool]]
    unowned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first event of a lane: what to send, and what to say of the lane afterwards.

    `gen` is the lane's count of appends when the head was read, `attempts` its failures that use up the
    schedule, `tries` all of them, `body` the exact text to send. `recorded_at` is the event's, in µs.
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
class Result:
    """One attempt to record. `delay_us` and `burns` matter for failures only; None delays for ever (blocked).

    `response_headers` is a JSON object of those that are kept; `rendering` is the form of the body that was sent.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One attempt as whoever watches is told of it. `endpoint` is the public id.

    `traceparent` is what was sent: its span is this attempt's. None where the event has no trace. `is_dead` when it
    was the last attempt.
    """

    result: Result
    endpoint: str
    traceparent: str | None
    is_dead: bool


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


BLOCKED_US = 2**62
"""`visible_at` of a lane that waits for somebody to decide: beyond every clock."""
