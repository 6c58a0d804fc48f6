"""The sender's tables: events, who subscribes to them, what is still to be sent, and what was tried.

Instants are integer microseconds since the epoch, UTC. JSON is kept as text, so that what was written is
what is sent, byte for byte. A MetaData of its own and no foreign key to other tables: the sender can be
lifted out, yet commits with whatever transaction it is given.
"""

# SQLModel types `__tablename__` as a declared attribute, although a plain text is its documented use.
# pyright: reportAssignmentType=false

from sqlalchemy import BigInteger, CheckConstraint, Column, Float, Index, Integer, Text, text
from sqlmodel import Field

from service.webhooks.columns import Row, big, table_of, whole, words

STATES = ("healthy", "degraded", "open", "half_open", "paused", "disabled", "gone")
SENDING = ("healthy", "degraded", "half_open")
"""States in which an endpoint's lanes are claimed; in the others its queue rows are held."""
TAKING = ("healthy", "degraded")
"""States in which an endpoint takes whatever there is."""
TENDED = (*SENDING, "open")
"""States of an endpoint that its owner tends: an open one is probed. The others wait for somebody to decide."""

PROBED = ("open", "half_open")
"""States in which an endpoint is sent probes and nothing else."""


class EventRow(Row, table=True):
    """One event, for ever as it was. `bodies` maps each rendering to its exact text, `facets` labels to values."""

    __tablename__ = "event"
    __table_args__ = (Index("event_id", "id", unique=True), Index("event_subject", "subject_key", "seq"))
    seq: int = Field(sa_column=big(primary_key=True))
    id: str = Field(sa_column=words())
    type: str = Field(sa_column=words())
    schema_ver: int = Field(sa_column=whole())
    subject_key: str = Field(sa_column=words())
    key_ver: int = Field(sa_column=big())
    recorded_at: int = Field(sa_column=big())
    correlation_id: str | None = Field(sa_column=words(nullable=True))
    traceparent: str | None = Field(sa_column=words(nullable=True))
    facets: str = Field(sa_column=words())
    bodies: str = Field(sa_column=words())


class EndpointRow(Row, table=True):
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
    public_id: str = Field(sa_column=words())
    url: str = Field(sa_column=words())
    description: str | None = Field(sa_column=words(nullable=True))
    rendering: str = Field(sa_column=words())
    event_types: str = Field(sa_column=words())
    filters: str = Field(sa_column=words())
    mode: str = Field(sa_column=words())
    ordering: str = Field(sa_column=words())
    format: str = Field(sa_column=words())
    thin: bool = Field(nullable=False)
    max_in_flight: int = Field(sa_column=whole())
    rate: float | None = Field(sa_column=Column(Float, nullable=True))
    burst: int | None = Field(sa_column=whole(nullable=True))
    timeout_ms: int = Field(sa_column=whole())
    batch_max: int = Field(sa_column=whole())
    batch_bytes: int = Field(sa_column=whole())
    linger_ms: int = Field(sa_column=whole())
    retry_schedule: str | None = Field(sa_column=words(nullable=True))
    on_exhausted: str = Field(sa_column=words())
    state: str = Field(sa_column=words())
    state_reason: str | None = Field(sa_column=words(nullable=True))
    state_since: int = Field(sa_column=big())
    not_before: int = Field(sa_column=big())
    probe_n: int = Field(sa_column=whole())
    probe_at: int = Field(sa_column=big())
    easing: bool = Field(nullable=False)
    recent: int = Field(sa_column=whole())
    outages: int = Field(sa_column=whole())
    outage_since: int | None = Field(sa_column=big(nullable=True))
    outage_lane: str | None = Field(sa_column=words(nullable=True))
    fail_since: int | None = Field(sa_column=big(nullable=True))
    last_fail_at: int | None = Field(sa_column=big(nullable=True))
    failing_us: int = Field(sa_column=big())
    told: int = Field(sa_column=whole())
    rejected_told_at: int = Field(sa_column=big())
    last_ok_at: int | None = Field(sa_column=big(nullable=True))
    skip_to: int = Field(sa_column=big())
    headers_enc: str | None = Field(sa_column=words(nullable=True))
    tls_enc: str | None = Field(sa_column=words(nullable=True))
    oauth2_enc: str | None = Field(sa_column=words(nullable=True))
    access_shown: str | None = Field(sa_column=words(nullable=True))
    verify: str = Field(sa_column=Column(Text, nullable=False, server_default="none"))
    consented_at: int | None = Field(sa_column=big(nullable=True))
    tests_until: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    owner: str | None = Field(sa_column=words(nullable=True))
    epoch: int = Field(sa_column=big())
    owner_until: int = Field(sa_column=big())
    event_ver: int = Field(sa_column=big())
    created_by: str = Field(sa_column=words())
    created_at: int = Field(sa_column=big())
    updated_at: int = Field(sa_column=big())
    revision: int = Field(sa_column=big())


class EndpointSecretRow(Row, table=True):
    """A signing secret, sealed. Every unexpired one signs, newest first."""

    __tablename__ = "endpoint_secret"
    __table_args__ = (Index("endpoint_secret_endpoint", "endpoint_id"),)
    id: str = Field(sa_column=words(primary_key=True))
    endpoint_id: int = Field(sa_column=whole())
    kind: str = Field(sa_column=words())
    secret_enc: str = Field(sa_column=words())
    public_key: str | None = Field(sa_column=words(nullable=True))
    created_at: int = Field(sa_column=big())
    expires_at: int | None = Field(sa_column=big(nullable=True))


class QueueRow(Row, table=True):
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
    endpoint_id: int = Field(sa_column=whole(primary_key=True))
    subject_key: str = Field(sa_column=words(primary_key=True))
    pos: int = Field(sa_column=big(primary_key=True))
    key_ver: int = Field(sa_column=big())
    event_seq: int = Field(sa_column=big())
    replay_id: str = Field(sa_column=words())


class LaneRow(Row, table=True):
    """The queue of one key at one endpoint while it has work: its order, its back-off, its count of appends.

    `attempts` counts failures of the head that use up its schedule, `tries` all of them; a success resets both.
    Events up to the position `tried_to` may have been tried behind another one, in a batch: attempts tell how often.
    """

    __tablename__ = "lane"
    __table_args__ = (Index("lane_visible", "endpoint_id", "visible_at"),)
    endpoint_id: int = Field(sa_column=whole(primary_key=True))
    subject_key: str = Field(sa_column=words(primary_key=True))
    gen: int = Field(sa_column=big())
    attempts: int = Field(sa_column=whole())
    tries: int = Field(sa_column=whole())
    visible_at: int = Field(sa_column=big())
    first_fail_at: int | None = Field(sa_column=big(nullable=True))
    tried_to: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))


class DispatcherRow(Row, table=True):
    """A dispatcher that lives, so that all of them know how many share the endpoints."""

    __tablename__ = "dispatcher"
    name: str = Field(sa_column=words(primary_key=True))
    alive_until: int = Field(sa_column=big())


class AttemptRow(Row, table=True):
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
    day: int = Field(sa_column=whole(primary_key=True))
    endpoint_id: int = Field(sa_column=whole(primary_key=True))
    event_seq: int = Field(sa_column=big(primary_key=True))
    replay_id: str = Field(sa_column=words(primary_key=True))
    n: int = Field(sa_column=whole(primary_key=True))
    started_at: int = Field(sa_column=big())
    duration_ms: float = Field(sa_column=Column(Float, nullable=False))
    dns_ms: float | None = Field(sa_column=Column(Float, nullable=True))
    connect_ms: float | None = Field(sa_column=Column(Float, nullable=True))
    tls_ms: float | None = Field(sa_column=Column(Float, nullable=True))
    ttfb_ms: float | None = Field(sa_column=Column(Float, nullable=True))
    ip: str | None = Field(sa_column=words(nullable=True))
    status: int | None = Field(sa_column=whole(nullable=True))
    outcome: str = Field(sa_column=words())
    error_class: str | None = Field(sa_column=words(nullable=True))
    response_head: str | None = Field(sa_column=words(nullable=True))
    worker: str = Field(sa_column=words())
    response_headers: str | None = Field(sa_column=words(nullable=True))
    rendering: str | None = Field(sa_column=words(nullable=True))


event = table_of(EventRow)
endpoint = table_of(EndpointRow)
endpoint_secret = table_of(EndpointSecretRow)
queue = table_of(QueueRow)
lane = table_of(LaneRow)
dispatcher = table_of(DispatcherRow)
dlog = table_of(AttemptRow)

DAY_US = 86_400_000_000
"""Of the `day` of an attempt."""
UNTRIED = {"attempts": 0, "tries": 0, "visible_at": 0, "first_fail_at": None}
"""What a lane says of a head that has not been tried."""
