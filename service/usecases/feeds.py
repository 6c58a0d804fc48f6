"""Endpoints that feed a connection: they are the sender's as any other, and set up by the connection alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.refusals import Conflict
from service.webhooks.subscriptions import Subscription

SCHEME = "connection:"
"""What the address of such an endpoint begins with; the rest is the connection's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How events reach a connection. `rate` is events a second at most, None without a limit."""

    event_types: Sequence[str]
    with_pay: bool
    max_in_flight: int = 2
    timeout_ms: int = 30_000
    rate: float | None = None


def is_fed(subscription: Subscription) -> bool:
    return subscription.url.startswith(SCHEME)


def refuse_fed(subscription: Subscription) -> None:
    """Of what only endpoints by themselves have. Raises Conflict `endpoint-of-connection`."""
    if is_fed(subscription):
        raise Conflict(
            "endpoint-of-connection",
            f"This endpoint feeds {subscription.url}, and this is set there. Change, check or delete the connection; "
            "here it may be paused, resumed, slowed down and replayed to.",
            extra={"connection": subscription.url.removeprefix(SCHEME)},
        )
