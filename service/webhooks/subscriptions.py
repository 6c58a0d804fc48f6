"""What a subscriber chooses, and how an endpoint is kept of it: the one place that knows its columns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row

from service.webhooks.access import ShownAccess, shown_access

Mode = Literal["single", "batch"]
Ordering = Literal["per_key", "strict", "none"]
Format = Literal["standard", "cloudevents"]
Verify = Literal["none", "handshake"]
OnExhausted = Literal["skip", "block"]

MAX_IN_FLIGHT = 16
TIMEOUT_MS = 15_000
BATCH_MAX = 100
BATCH_BYTES = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a subscriber chooses. `filters` maps a facet to the values of which one must occur.

    `rate` is requests a second and `burst` how many may come at once after a pause, None without a limit.
    `retry_schedule` are the seconds before each further try, None for the usual ones. A batch holds at most
    `batch_max` events and `batch_bytes` bytes, and waits `linger_ms` for more. With `verify` handshake the receiver
    is sent to only after it has consented.
    """

    url: str
    description: str | None
    rendering: str
    event_types: Sequence[str]
    filters: Mapping[str, Sequence[str]]
    max_in_flight: int = MAX_IN_FLIGHT
    timeout_ms: int = TIMEOUT_MS
    on_exhausted: OnExhausted = "skip"
    mode: Mode = "single"
    ordering: Ordering = "per_key"
    format: Format = "standard"
    thin: bool = False
    rate: float | None = None
    burst: int | None = None
    batch_max: int = BATCH_MAX
    batch_bytes: int = BATCH_BYTES
    linger_ms: int = 0
    retry_schedule: Sequence[float] | None = None
    verify: Verify = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Subscription):
    """A subscription and how it is doing. Instants are µs; `consented_at` is when its receiver last consented."""

    id: str
    access: ShownAccess
    consented_at: int | None
    state: str
    state_reason: str | None
    state_since: int
    not_before: int
    probe_at: int
    fail_since: int | None
    last_ok_at: int | None
    created_by: str
    created_at: int
    updated_at: int
    revision: int


_PLAIN = (
    "url",
    "description",
    "rendering",
    "max_in_flight",
    "timeout_ms",
    "on_exhausted",
    "mode",
    "ordering",
    "format",
    "thin",
    "rate",
    "burst",
    "batch_max",
    "batch_bytes",
    "linger_ms",
    "verify",
)
_KEPT = (
    "consented_at",
    "state",
    "state_reason",
    "state_since",
    "not_before",
    "probe_at",
    "fail_since",
    "last_ok_at",
    "created_by",
    "created_at",
    "updated_at",
    "revision",
)


def columns_of(subscription: Subscription) -> dict[str, Any]:
    """What is kept of what was chosen."""
    schedule = subscription.retry_schedule
    return {
        **{name: getattr(subscription, name) for name in _PLAIN},
        "event_types": json.dumps(list(subscription.event_types)),
        "filters": json.dumps({name: list(values) for name, values in subscription.filters.items()}),
        "retry_schedule": None if schedule is None else json.dumps(list(schedule)),
    }


def endpoint_of(row: Row[Any]) -> Endpoint:
    """The endpoint that a row holds."""
    filters: dict[str, list[str]] = json.loads(row.filters)
    return Endpoint(
        id=row.public_id,
        **{name: getattr(row, name) for name in (*_PLAIN, *_KEPT)},
        event_types=tuple(json.loads(row.event_types)),
        filters={name: tuple(values) for name, values in filters.items()},
        access=shown_access(row.access_shown),
        retry_schedule=schedule_of(row.retry_schedule),
    )


def schedule_of(kept: str | None) -> tuple[float, ...] | None:
    """The seconds before each further try; None for the usual ones."""
    return None if kept is None else tuple(json.loads(kept))
