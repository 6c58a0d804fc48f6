"""How endpoints are doing, in figures that cost the same however much is queued."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text, shown_instant
from service.usecases.act import Runtime
from service.usecases.endpoints import no_endpoint
from service.webhooks.condition import Backlog, Condition, Tally, conditions_of
from service.webhooks.tables import PROBED, TENDED

MOST_MS = 2**31 - 1
"""What GraphQL has a number for; 24 days that an event was held are told as such, and so are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBacklog:
    """What is still to be sent."""

    pending: Annotated[int, Field(description="Not tried yet.")]
    retrying: Annotated[int, Field(description="Tried and due again.")]
    held: Annotated[int, Field(description="All that is queued, while the endpoint takes nothing.")]
    blocked: Annotated[int, Field(description="Given up, and keeping their key waiting (on_exhausted: block).")]
    capped: Annotated[bool, Field(description="There is more than was counted: figures are lower bounds.")]
    oldest_seconds: Annotated[
        int | None,
        Field(description="Age of the oldest event queued, at least so much when capped; null when nothing is."),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long something took, over the latest tries."""

    sample: Annotated[int, Field(description="How many tries this is told of.")]
    p50_ms: Annotated[
        int | None, Field(description="Half of them took at most so many milliseconds; null without any.")
    ]
    p95_ms: Annotated[int | None, Field(description="All but one in twenty took at most so many milliseconds.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """How many tries delivered."""

    attempts: Annotated[int, Field(description="Tries in that time.")]
    delivered: Annotated[int, Field(description="Those answered with 2xx.")]
    share: Annotated[Decimal | None, Field(description="Delivered by attempts, to three places; null without any.")]
    capped: Annotated[bool, Field(description="There were more: this is of the latest.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointHealth:
    """How an endpoint is doing."""

    endpoint: Annotated[str, Field(description="Id of the endpoint.")]
    state: Annotated[str, Field(description="healthy, degraded, open, half_open, paused, disabled, gone; open-ended.")]
    reason: Annotated[str | None, Field(description="Why it is in this state.")]
    since: Annotated[str, Field(description="Since when.")]
    next_probe_at: Annotated[str | None, Field(description="While open, when it is tried again; else null.")]
    waits_until: Annotated[
        str | None,
        Field(
            description="Until when nothing is sent, since the receiver or a failing egress proxy asked so; else null."
        ),
    ]
    last_ok_at: Annotated[str | None, Field(description="When it last answered 2xx.")]
    fail_since: Annotated[str | None, Field(description="Since when it has not; null while it works.")]
    in_flight: Annotated[int | None, Field(description="Requests under way; null where another process sends to it.")]
    backlog: Annotated[ShownBacklog, Field(description="What is still to be sent.")]
    durations: Annotated[Spread, Field(description="How long the latest tries took.")]
    delays: Annotated[
        Spread, Field(description="From an event's recording to its first try, of those among the latest tries.")
    ]
    last_hour: Annotated[Success, Field(description="Tries of the last hour.")]
    last_day: Annotated[Success, Field(description="Tries of the last 24 hours.")]


async def read_health(runtime: Runtime, actor: Actor, endpoint: str) -> EndpointHealth:
    """Raises NotFound `no-such-endpoint`."""
    found = await read_healths(runtime, actor, [endpoint])
    if endpoint not in found:
        raise no_endpoint(endpoint)
    return found[endpoint]


async def read_healths(runtime: Runtime, actor: Actor, ids: Sequence[str]) -> dict[str, EndpointHealth]:
    """Of those of the endpoints that there are, by id. Needs webhooks:manage."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    now = runtime.database.now_us()
    async with runtime.database.read() as connection:
        found = await conditions_of(connection, ids, now=now)
    under_way = runtime.in_flight()
    return {one: _shown(held, now=now, in_flight=under_way.get(one)) for one, held in found.items()}


def _shown(found: Condition, *, now: int, in_flight: int | None) -> EndpointHealth:
    waits = found.not_before > now and found.state in TENDED
    return EndpointHealth(
        endpoint=found.id,
        state=found.state,
        reason=found.state_reason,
        since=instant_text(found.state_since),
        next_probe_at=shown_instant(found.probe_at or None) if found.state in PROBED else None,
        waits_until=instant_text(found.not_before) if waits else None,
        last_ok_at=shown_instant(found.last_ok_at),
        fail_since=shown_instant(found.fail_since),
        in_flight=in_flight,
        backlog=_backlog(found.backlog, found.oldest_at, now),
        durations=spread(found.durations),
        delays=spread(found.delays),
        last_hour=_success(found.last_hour),
        last_day=_success(found.last_day),
    )


def _backlog(found: Backlog, oldest_at: int | None, now: int) -> ShownBacklog:
    return ShownBacklog(
        pending=found.pending,
        retrying=found.retrying,
        held=found.held,
        blocked=found.blocked,
        capped=found.capped,
        oldest_seconds=None if oldest_at is None else max(0, now - oldest_at) // 1_000_000,
    )


def spread(ordered: Sequence[float]) -> Spread:
    """Of milliseconds in rising order, by nearest rank: each figure is one that was seen."""
    return Spread(sample=len(ordered), p50_ms=_rank(ordered, 50), p95_ms=_rank(ordered, 95))


def _rank(ordered: Sequence[float], percent: int) -> int | None:
    if not ordered:
        return None
    return min(MOST_MS, round(ordered[-(-len(ordered) * percent // 100) - 1]))


def _success(found: Tally) -> Success:
    share = Decimal(found.delivered) / found.attempts if found.attempts else None
    return Success(
        attempts=found.attempts,
        delivered=found.delivered,
        share=None if share is None else share.quantize(Decimal("0.001")),
        capped=found.capped,
    )
