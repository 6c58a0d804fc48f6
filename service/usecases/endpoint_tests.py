"""Trying an endpoint: an example is sent to it at once, on the path that events take, and the whole outcome told.

It stands in no feed, queue or log. It is marked as a test, and its sequence is 0, below that of every event, so that a
receiver that keeps the highest one forgets nothing over it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text
from service.domain.refusals import Conflict
from service.domain.wire import plain
from service.logs import traceparent
from service.resources import folder
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.deliveries import whole_ms
from service.usecases.endpoint_access import not_openable
from service.usecases.endpoints import Sending, locked_endpoint
from service.usecases.events import EVENT_ID
from service.usecases.feeds import refuse_fed
from service.usecases.subscriptions import EVENT_TYPES, refuse_unknown
from service.webhooks import endpoints
from service.webhooks.kept_headers import told_headers
from service.webhooks.outcomes import Answer, NoAnswer
from service.webhooks.sealer import Unsealable
from service.webhooks.store import as_owned
from service.webhooks.trying import Trial, prepared, shown_headers, tried
from service.webhooks.work import Head, Owned

AT_ONCE = 10
GAP_US = 6_000_000
"""So many tests of an endpoint at once, and then one in so many µs."""
MARK = {"webhook-test": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedPhases:
    """Whole milliseconds; null where there was none or the connection was kept."""

    dns_ms: Annotated[int | None, Field(description="Looking the name up.")]
    connect_ms: Annotated[int | None, Field(description="Connecting, without TLS.")]
    tls_ms: Annotated[int | None, Field(description="TLS handshake.")]
    first_byte_ms: Annotated[int | None, Field(description="From the beginning to the end of the answer's headers.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedAttempt:
    """What came of the test."""

    status: Annotated[int | None, Field(description="HTTP status; null without an answer.")]
    outcome: Annotated[str, Field(description="What an event's would be: delivered, failed and others; open-ended.")]
    error_class: Annotated[str | None, Field(description="What kind of failure: timeout, tls, token, rejected …")]
    duration_ms: Annotated[int, Field(description="How long it took as a whole.")]
    phases: Annotated[TriedPhases, Field(description="Where the time went.")]
    response_head: Annotated[str, Field(description="Beginning of the answer, or what went wrong.")]
    response_headers: Annotated[Mapping[str, str], Field(description="Headers of the answer that tell something.")]
    ip: Annotated[str | None, Field(description="Address connected to.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRequest:
    """What was sent, without secrets."""

    method: Annotated[str, Field(description="POST.")]
    url: Annotated[str, Field(description="Where to.")]
    headers: Annotated[Mapping[str, str], Field(description="Its headers; … stands for values that are secret.")]
    body: Annotated[str, Field(description="Its body, byte for byte.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedEndpoint:
    """A test of an endpoint."""

    event: Annotated[str | None, Field(description="Id it was sent under; null in a dry run.")]
    event_type: Annotated[str, Field(description="Type of the example.")]
    state: Annotated[str, Field(description="State of the endpoint. A test is sent whatever it is.")]
    state_reason: Annotated[str | None, Field(description="Why it is in this state.")]
    attempt: Annotated[
        TriedAttempt | None, Field(description="What came of it; null in a dry run and when it is told again.")
    ]
    request: Annotated[TriedRequest | None, Field(description="What was sent; null when it is told again.")]


async def send_test(
    runtime: Runtime,
    sending: Sending,
    actor: Actor,
    endpoint: str,
    event_type: str,
    *,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Send an example of a type; the answer is a TriedEndpoint. Under a known key nothing is sent again.

    Raises NotFound `no-such-endpoint`, Invalid `unknown-event-type`, Conflict `tested-too-often` and `not-openable`.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)
    refuse_unknown("event-type", "/event_type", [event_type], EVENT_TYPES)
    made: list[Trial] = []

    async def body(a: Act) -> TriedEndpoint:
        shown = await locked_endpoint(a, endpoint)
        refuse_fed(shown)
        await _count(a, endpoint)
        event = a.new_id("evt")
        a.audit_detail.update(endpoint=endpoint, event=event, event_type=event_type)
        one = await as_owned(a.tx, endpoint, now=a.now)
        assert one is not None
        made[:] = [_trial(one, _example(one, event or f"{EVENT_ID}test", event_type, at=a.now), sending)]
        return TriedEndpoint(
            event=event,
            event_type=event_type,
            state=shown.state,
            state_reason=shown.state_reason,
            attempt=None,
            request=None,
        )

    outcome = await act(runtime, "endpoints.test", actor, body, key=key, dry_run=dry_run)
    if outcome.replayed:
        return outcome
    trial = made[0] if dry_run else await tried(made[0], sending.transport)
    request = TriedRequest(
        method=trial.request.method,
        url=trial.request.url,
        headers=shown_headers(trial.request, sending.origin),
        body=trial.request.body.decode(),
    )
    told = {"attempt": plain(_attempt(trial)), "request": plain(request)}
    return replace(outcome, answer={**outcome.answer, **told})


async def _count(a: Act, endpoint: str) -> None:
    early = await endpoints.take_test(a.tx, endpoint, now=a.now, gap_us=GAP_US, most=AT_ONCE)
    if early is not None:
        seconds = -(-early // 1_000_000)
        raise Conflict(
            "tested-too-often",
            f"This endpoint was tested {AT_ONCE} times within a minute. Test it again in {seconds} seconds.",
            extra={"retry_after_seconds": seconds},
        )


def _example(one: Owned, event: str, event_type: str, *, at: int) -> Head:
    """The published example of a type, as an event of its own."""
    path = folder("schemas") / "events" / "examples" / f"{event_type}.v1.json"
    found: dict[str, Any] = json.loads(path.read_bytes())
    body = {**found, "id": event, "timestamp": instant_text(at), "sequence": 0, "test": True}
    return Head(
        endpoint_id=one.id,
        lane="test",
        gen=0,
        attempts=0,
        tries=0,
        pos=0,
        event_seq=0,
        replay_id="",
        event_id=event,
        event_type=event_type,
        subject="test",
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        traceparent=traceparent.get(),
    )


def _trial(one: Owned, head: Head, sending: Sending) -> Trial:
    try:
        return prepared(one, head, sealer=sending.sealer, origin=sending.origin, headers=MARK)
    except Unsealable:
        raise not_openable() from None


def _attempt(trial: Trial) -> TriedAttempt | None:
    came = trial.came
    if came is None:
        return None
    status, head, headers = None, "", dict[str, str]()
    match came:
        case Answer():
            status, head = came.status, came.body_head
            headers = told_headers(came)
        case NoAnswer():
            head = came.detail
    return TriedAttempt(
        status=status,
        outcome=trial.outcome,
        error_class=trial.error_class,
        duration_ms=round(came.duration_ms),
        phases=TriedPhases(
            dns_ms=whole_ms(came.phases.dns_ms),
            connect_ms=whole_ms(came.phases.connect_ms),
            tls_ms=whole_ms(came.phases.tls_ms),
            first_byte_ms=whole_ms(came.phases.first_byte_ms),
        ),
        response_head=head,
        response_headers=headers,
        ip=came.peer_ip,
    )
