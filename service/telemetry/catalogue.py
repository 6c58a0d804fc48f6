"""Every figure there is, once: its kind, what it means and its labels. docs/observing.md lists the same."""

from dataclasses import dataclass
from typing import Literal

PREFIX = "dualtrack_"
OTHERS = "other"
"""Label of what comes beyond a bound."""
NONE = "none"
"""Label of what there is none of, such as the error class of a delivery."""

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_TRY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0)
_DELAY = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0, 86400.0)

Kind = Literal["counter", "histogram", "gauge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`bounds` are the upper ends of a histogram's buckets, in seconds. A counter's name has `_total` added."""

    kind: Kind
    said: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


def _counter(said: str, *labels: str) -> Figure:
    return Figure(kind="counter", said=said, labels=labels)


def _histogram(said: str, bounds: tuple[float, ...], *labels: str) -> Figure:
    return Figure(kind="histogram", said=said, labels=labels, bounds=bounds)


def _gauge(said: str, *labels: str) -> Figure:
    return Figure(kind="gauge", said=said, labels=labels)


KEPT: dict[str, Figure] = {
    "http_requests": _counter("Requests answered, by route and status.", "method", "route", "status"),
    "http_request_duration_seconds": _histogram("From the first look at a request to its answer.", _FAST, "route"),
    "http_answers_from_memory": _counter("Requests answered from memory, which are not timed.", "route", "status"),
    "delivery_attempts": _counter("Tries, by what came of them.", "endpoint", "outcome", "error_class"),
    "delivery_attempt_duration_seconds": _histogram("How long a try took.", _TRY, "endpoint"),
    "delivery_delay_seconds": _histogram("From an event's recording to its first try.", _DELAY, "endpoint"),
    "sender_claim_seconds": _histogram("How long reading ahead took, for one endpoint.", _FAST),
    "sender_claimed": _counter("Deliveries read ahead."),
    "sender_faults": _counter("Times the sender could not reach its store, open a secret, or get out.", "kind"),
    "endpoints_stopped": _counter("Endpoints stopped since their receiver asked for it."),
    "worker_looks": _counter("Looks at what is due by the clock, by how they went.", "outcome"),
    "worker_batch_looks": _counter("Looks at batches that are to be applied, by how they went.", "outcome"),
}
"""Counted by each process for itself, and added up."""
PRESENT: dict[str, Figure] = {
    "deliveries_in_flight": _gauge("Requests to receivers under way.", "endpoint"),
    "endpoints_owned": _gauge("Endpoints that the processes here send to."),
    "http_requests_in_flight": _gauge("Requests that are being answered."),
    "worker_failed_looks": _gauge("Looks in a row that found something which could not be done."),
    "database_connections": _gauge(
        "Connections of the pools, those in use and the most there may be.", "pool", "state"
    ),
    "processes": _gauge("Processes that these figures are of."),
}
"""What is so now in each living process, added up."""
STORED: dict[str, Figure] = {
    "database_up": _gauge("1 when the database answers; without it the figures below are missing."),
    "endpoints": _gauge("Endpoints by state.", "state"),
    "delivery_backlog": _gauge("Deliveries queued, by endpoint and kind; counting ends at 10000.", "endpoint", "kind"),
    "delivery_oldest_seconds": _gauge("Age of the oldest event queued, by endpoint.", "endpoint"),
}
"""Asked of the database: the same whichever process tells them."""
EVERY = {**KEPT, **PRESENT, **STORED}
