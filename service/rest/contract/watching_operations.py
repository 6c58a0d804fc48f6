"""What the operations answer that show the service and its sender from outside."""

from collections.abc import Mapping
from decimal import Decimal

from service.domain.access import Scope
from service.rest.contract import examples
from service.rest.contract.examples import PLANNED
from service.rest.contract.operation import Operation
from service.usecases.endpoint_health import EndpointHealth, ShownBacklog, Spread, Success

HEALTH = EndpointHealth(
    endpoint=examples.ENDPOINT_ID,
    state="open",
    reason="5 failures in a row",
    since=PLANNED,
    next_probe_at=examples.RECORDED,
    waits_until=None,
    last_ok_at=PLANNED,
    fail_since=PLANNED,
    in_flight=0,
    backlog=ShownBacklog(pending=0, retrying=0, held=218, blocked=0, capped=False, oldest_seconds=61),
    durations=Spread(sample=200, p50_ms=38, p95_ms=412),
    delays=Spread(sample=180, p50_ms=4, p95_ms=57),
    last_hour=Success(attempts=240, delivered=216, share=Decimal("0.900"), capped=False),
    last_day=Success(attempts=5_000, delivered=4_965, share=Decimal("0.993"), capped=False),
)

WATCHING_OPERATIONS: Mapping[str, Operation] = {
    "read_health": Operation(scope=Scope.WEBHOOKS_MANAGE, example=HEALTH, codes=("no-such-endpoint",)),
}
