"""The sender's tables: events, who subscribes to them, what is still to be sent, and what was tried.

Instants are integer microseconds since the epoch, UTC. JSON is kept as text, so that what was written is
what is sent, byte for byte. A MetaData of its own and no foreign key to other tables: the sender can be
lifted out, yet commits with whatever transaction it is given.
"""

# SQLModel types `__tablename__` as a declared attribute, although a plain text is its documented use.
# pyright: reportAssignmentType=false

from typing import Any, cast

from sqlalchemy import BigInteger, CheckConstraint, Column, Float, Index, Integer, MetaData, Table, Text, text
from sqlmodel import Field, SQLModel

METADATA = MetaData()

STATES = ("healthy", "degraded", "open", "half_open", "paused", "disabled", "gone")
SENDING = ("healthy", "degraded", "half_open")
"""States in which an endpoint's lanes are claimed; in the others its queue rows are held."""
TAKING = ("healthy", "degraded")
"""States in which an endpoint takes whatever there is."""
TENDED = (*SENDING, "open")
"""States of an endpoint that its owner tends: an open one is probed. The others wait for somebody to decide."""

PROBED = ("open", "half_open")
"""States in which an endpoint is sent probes and nothing else."""


class _Row(SQLModel):
    metadata = METADATA


def _big(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Column(BigInteger, nullable=nullable, primary_key=primary_key, autoincrement=False)


def _whole(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Column(Integer, nullable=nullable, primary_key=primary_key, autoincrement=False)


def _text(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Column(Text, nullable=nullable, primary_key=primary_key)


class EventRow(_Row, table=True):
    """One event, for ever as it was. `bodies` maps each rendering to its exact text, `facets` labels to values."""

    __tablename__ = "event"
    __table_args__ = (Index("event_id", "id", unique=True), Index("event_subject", "subject_key", "seq"))
    seq: int = Field(sa_column=_big(primary_key=True))
    id: str = Field(sa_column=_text())
    type: str = Field(sa_column=_text())
    schema_ver: int = Field(sa_column=_whole())
    subject_key: str = Field(sa_column=_text())
    key_ver: int = Field(sa_column=_big())
    recorded_at: int = Field(sa_column=_big())
    correlation_id: str | None = Field(sa_column=_text(nullable=True))
    traceparent: str | None = Field(sa_column=_text(nullable=True))
    facets: str = Field(sa_column=_text())
    bodies: str = Field(sa_column=_text())


class EndpointRow(_Row, table=True):
    """A subscriber's address. `id` is the short number used inside, `public_id` the name outside.

    From `state` to `last_ok_at` is its health (`health.py`). Queue rows up to the position `skip_to` are not sent any
    more (`skipping.py`); 0 is none. What ends with `_enc` is sealed; `access_shown` is what of it may be shown.
    `tests_until` counts tests.
    """

    __tablename__ = "endpoint"
    __table_args__ = (
        Index("endpoint_public_id", "public_id", unique=True),
        Index("endpoint_owner", "owner_until"),
        CheckConstraint(f"state IN {STATES}", name="endpoint_state"),
        # Numbers are never used again: what was tried for a deleted endpoint is not the next one's history.
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    public_id: str = Field(sa_column=_text())
    url: str = Field(sa_column=_text())
    description: str | None = Field(sa_column=_text(nullable=True))
    rendering: str = Field(sa_column=_text())
    event_types: str = Field(sa_column=_text())
    filters: str = Field(sa_column=_text())
    mode: str = Field(sa_column=_text())
    ordering: str = Field(sa_column=_text())
    format: str = Field(sa_column=_text())
    thin: bool = Field(nullable=False)
    max_in_flight: int = Field(sa_column=_whole())
    rate: float | None = Field(sa_column=Column(Float, nullable=True))
    burst: int | None = Field(sa_column=_whole(nullable=True))
    timeout_ms: int = Field(sa_column=_whole())
    batch_max: int = Field(sa_column=_whole())
    batch_bytes: int = Field(sa_column=_whole())
    linger_ms: int = Field(sa_column=_whole())
    retry_schedule: str | None = Field(sa_column=_text(nullable=True))
    on_exhausted: str = Field(sa_column=_text())
    state: str = Field(sa_column=_text())
    state_reason: str | None = Field(sa_column=_text(nullable=True))
    state_since: int = Field(sa_column=_big())
    not_before: int = Field(sa_column=_big())
    probe_n: int = Field(sa_column=_whole())
    probe_at: int = Field(sa_column=_big())
    easing: bool = Field(nullable=False)
    recent: int = Field(sa_column=_whole())
    outages: int = Field(sa_column=_whole())
    outage_since: int | None = Field(sa_column=_big(nullable=True))
    outage_lane: str | None = Field(sa_column=_text(nullable=True))
    fail_since: int | None = Field(sa_column=_big(nullable=True))
    last_fail_at: int | None = Field(sa_column=_big(nullable=True))
    failing_us: int = Field(sa_column=_big())
    told: int = Field(sa_column=_whole())
    rejected_told_at: int = Field(sa_column=_big())
    last_ok_at: int | None = Field(sa_column=_big(nullable=True))
    skip_to: int = Field(sa_column=_big())
    headers_enc: str | None = Field(sa_column=_text(nullable=True))
    tls_enc: str | None = Field(sa_column=_text(nullable=True))
    oauth2_enc: str | None = Field(sa_column=_text(nullable=True))
    access_shown: str | None = Field(sa_column=_text(nullable=True))
    verify: str = Field(sa_column=Column(Text, nullable=False, server_default="none"))
    consented_at: int | None = Field(sa_column=_big(nullable=True))
    tests_until: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    owner: str | None = Field(sa_column=_text(nullable=True))
    epoch: int = Field(sa_column=_big())
    owner_until: int = Field(sa_column=_big())
    event_ver: int = Field(sa_column=_big())
    created_by: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_big())
    updated_at: int = Field(sa_column=_big())
    revision: int = Field(sa_column=_big())


class EndpointSecretRow(_Row, table=True):
    """A signing secret, sealed. Every unexpired one signs, newest first."""

    __tablename__ = "endpoint_secret"
    __table_args__ = (Index("endpoint_secret_endpoint", "endpoint_id"),)
    id: str = Field(sa_column=_text(primary_key=True))
    endpoint_id: int = Field(sa_column=_whole())
    kind: str = Field(sa_column=_text())
    secret_enc: str = Field(sa_column=_text())
    public_key: str | None = Field(sa_column=_text(nullable=True))
    created_at: int = Field(sa_column=_big())
    expires_at: int | None = Field(sa_column=_big(nullable=True))


class QueueRow(_Row, table=True):
    """One event still to be sent to one endpoint. Rows are inserted and deleted, never altered.

    `pos` is a position of the record: the event's own, or for a replay a fresh one. `replay_id` is empty for
    the first delivery.
    """

    __tablename__ = "queue"
    __table_args__ = (
        Index("queue_delivery", "endpoint_id", "event_seq", "replay_id"),
        Index(
            "queue_replay",
            "endpoint_id",
            "replay_id",
            postgresql_where=text("replay_id <> ''"),
            sqlite_where=text("replay_id <> ''"),
        ),
    )
    endpoint_id: int = Field(sa_column=_whole(primary_key=True))
    subject_key: str = Field(sa_column=_text(primary_key=True))
    pos: int = Field(sa_column=_big(primary_key=True))
    key_ver: int = Field(sa_column=_big())
    event_seq: int = Field(sa_column=_big())
    replay_id: str = Field(sa_column=_text())


class LaneRow(_Row, table=True):
    """The queue of one key at one endpoint while it has work: its order, its back-off, its count of appends.

    `attempts` counts failures of the head that use up its schedule, `tries` all of them; a success resets both.
    Events up to the position `tried_to` may have been tried behind another one, in a batch: attempts tell how often.
    """

    __tablename__ = "lane"
    __table_args__ = (Index("lane_visible", "endpoint_id", "visible_at"),)
    endpoint_id: int = Field(sa_column=_whole(primary_key=True))
    subject_key: str = Field(sa_column=_text(primary_key=True))
    gen: int = Field(sa_column=_big())
    attempts: int = Field(sa_column=_whole())
    tries: int = Field(sa_column=_whole())
    visible_at: int = Field(sa_column=_big())
    first_fail_at: int | None = Field(sa_column=_big(nullable=True))
    tried_to: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))


class DispatcherRow(_Row, table=True):
    """A dispatcher that lives, so that all of them know how many share the endpoints."""

    __tablename__ = "dispatcher"
    name: str = Field(sa_column=_text(primary_key=True))
    alive_until: int = Field(sa_column=_big())


class AttemptRow(_Row, table=True):
    """One try, and what came of it. Inserted, and at most blanked; a success is one row. `day` counts from the epoch.

    On Postgres the table is partitioned by `day`, so that old days go as a whole. `rendering` is the form that was
    sent, `response_headers` a JSON object of those worth keeping; both None for tries from before they were kept.
    """

    __tablename__ = "dlog"
    __table_args__ = (
        Index("dlog_delivery", "endpoint_id", "event_seq", "replay_id"),
        Index("dlog_endpoint", "endpoint_id", "started_at"),
        {"postgresql_partition_by": "RANGE (day)"},
    )
    day: int = Field(sa_column=_whole(primary_key=True))
    endpoint_id: int = Field(sa_column=_whole(primary_key=True))
    event_seq: int = Field(sa_column=_big(primary_key=True))
    replay_id: str = Field(sa_column=_text(primary_key=True))
    n: int = Field(sa_column=_whole(primary_key=True))
    started_at: int = Field(sa_column=_big())
    duration_ms: float = Field(sa_column=Column(Float, nullable=False))
    dns_ms: float | None = Field(sa_column=Column(Float, nullable=True))
    connect_ms: float | None = Field(sa_column=Column(Float, nullable=True))
    tls_ms: float | None = Field(sa_column=Column(Float, nullable=True))
    ttfb_ms: float | None = Field(sa_column=Column(Float, nullable=True))
    ip: str | None = Field(sa_column=_text(nullable=True))
    status: int | None = Field(sa_column=_whole(nullable=True))
    outcome: str = Field(sa_column=_text())
    error_class: str | None = Field(sa_column=_text(nullable=True))
    response_head: str | None = Field(sa_column=_text(nullable=True))
    worker: str = Field(sa_column=_text())
    response_headers: str | None = Field(sa_column=_text(nullable=True))
    rendering: str | None = Field(sa_column=_text(nullable=True))


def _table(model: type[SQLModel]) -> Table:
    return cast(Table, cast(Any, model).__table__)


event = _table(EventRow)
endpoint = _table(EndpointRow)
endpoint_secret = _table(EndpointSecretRow)
queue = _table(QueueRow)
lane = _table(LaneRow)
dispatcher = _table(DispatcherRow)
dlog = _table(AttemptRow)
