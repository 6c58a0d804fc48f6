"""Operations on endpoints and on what was sent to them."""

from collections.abc import Mapping
from dataclasses import replace

from service.domain.access import Scope
from service.domain.instants import instant_text
from service.rest.contract import examples
from service.rest.contract.examples import PLANNED
from service.rest.contract.operation import Operation
from service.rest.contract.replay_operations import DELIVERY
from service.usecases.deliveries import ShownAttempt
from service.usecases.endpoint_secrets import ShownSecret
from service.usecases.endpoint_tests import TriedAttempt, TriedEndpoint, TriedPhases, TriedRequest
from service.usecases.endpoint_views import ResumedEndpoint, ShownCertificate, ShownEndpoint, ShownTokenClient

_ENDPOINT = ShownEndpoint(
    id=examples.ENDPOINT_ID,
    url="https://payroll.example/hook",
    description="Payroll",
    event_types=("*",),
    filters={"team": ("robots",)},
    include_pay=False,
    max_in_flight=16,
    timeout_ms=15_000,
    on_exhausted="skip",
    ordering="per_key",
    mode="single",
    batch_max=100,
    batch_bytes=1_048_576,
    linger_ms=0,
    rate=None,
    burst=None,
    retry_schedule=None,
    format="standard",
    thin=False,
    verify="none",
    consented_at=None,
    header_names=("X-Tenant",),
    client_certificate=ShownCertificate(subject="CN=dualtrack", expires_at="2028-01-01T00:00:00.000000Z"),
    trusted_ca=(ShownCertificate(subject="CN=Payroll Authority", expires_at="2030-01-01T00:00:00.000000Z"),),
    oauth2=ShownTokenClient(
        token_url="https://login.payroll.example/token",
        client_id="dualtrack",
        scope="hooks.write",
        audience=None,
        method="basic",
    ),
    state="healthy",
    state_reason=None,
    state_since=PLANNED,
    last_ok_at=examples.RECORDED,
    fail_since=None,
    next_probe_at=None,
    revision=1,
    secret=None,
    public_key=None,
)
_RESUMED = ResumedEndpoint(
    **{name: getattr(_ENDPOINT, name) for name in _ENDPOINT.__dataclass_fields__}, to_deliver=12, to_skip=340
)
_ATTEMPT = ShownAttempt(
    n=1,
    started_at=instant_text(examples.RECORDED_AT + 4_000),
    duration_ms=12,
    dns_ms=1,
    connect_ms=2,
    tls_ms=5,
    first_byte_ms=11,
    status=503,
    outcome="failed",
    error_class="unavailable",
    response_head="busy",
    ip="203.0.113.7",
    worker="sender-1-204-9f3a11c0",
    response_headers={"content-type": "text/plain", "retry-after": "120"},
    withheld=(),
)
_SECRET = ShownSecret(
    id=examples.SECRET_ID,
    kind="ed25519",
    created_at=PLANNED,
    expires_at=None,
    public_key="whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
    secret=None,
)
_TRIED = TriedEndpoint(
    event=examples.EVENT_ID,
    event_type="track.switched",
    state="paused",
    state_reason=None,
    attempt=TriedAttempt(
        status=403,
        outcome="failed",
        error_class="rejected",
        duration_ms=41,
        phases=TriedPhases(dns_ms=3, connect_ms=9, tls_ms=13, first_byte_ms=40),
        response_head="unknown tenant",
        response_headers={"content-type": "text/plain"},
        ip="203.0.113.7",
    ),
    request=TriedRequest(
        method="POST",
        url="https://payroll.example/hook",
        headers={
            "X-Tenant": "…",
            "webhook-test": "true",
            "webhook-id": examples.EVENT_ID,
            "webhook-timestamp": "1796893203",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "Content-Type": "application/json",
        },
        body=f'{{"id":"{examples.EVENT_ID}","type":"track.switched","timestamp":"{PLANNED}","sequence":0,'
        '"data":{},"test":true}',
    ),
)
_MANAGE = Scope.WEBHOOKS_MANAGE
_SUBSCRIBING = (
    *("endpoint-url-refused", "unknown-event-type", "unknown-facet", "burst-without-rate"),
    *("header-refused", "certificate-refused"),
)
_THERE = ("no-such-endpoint",)
_FED = "endpoint-of-connection"

ENDPOINT_OPERATIONS: Mapping[str, Operation] = {
    "create_endpoint": Operation(
        scope=_MANAGE,
        example=replace(_ENDPOINT, secret="whsec_WW91ciBrZXkgd291bGQgYmUgaGVyZSwgb25jZS4="),
        codes=_SUBSCRIBING,
        request={"url": "https://payroll.example/hook", "event_types": ["*"], "filters": {"team": ["robots"]}},
    ),
    "list_endpoints": Operation(scope=_MANAGE, example=_ENDPOINT, listed=True),
    "read_endpoint": Operation(scope=_MANAGE, example=_ENDPOINT, codes=("no-such-endpoint",)),
    "change_endpoint": Operation(
        scope=_MANAGE,
        example=_ENDPOINT,
        codes=("no-such-endpoint", "not-openable", "too-many-queued", _FED, *_SUBSCRIBING),
        request={"state": "paused"},
    ),
    "pause_endpoint": Operation(
        scope=_MANAGE,
        example=replace(_ENDPOINT, state="paused", state_reason="maintenance at the payroll firm"),
        codes=("no-such-endpoint",),
        request={"reason": "maintenance at the payroll firm"},
    ),
    "resume_endpoint": Operation(
        scope=_MANAGE,
        example=_RESUMED,
        codes=("no-such-endpoint", "not-consented"),
        request={"deliver": "since", "since": examples.RECORDED},
    ),
    "delete_endpoint": Operation(scope=_MANAGE, example={"id": examples.ENDPOINT_ID}, codes=("no-such-endpoint", _FED)),
    "list_deliveries": Operation(scope=_MANAGE, example=DELIVERY, codes=("no-such-endpoint",), listed=True),
    "read_delivery": Operation(scope=_MANAGE, example=DELIVERY, codes=("no-such-delivery",)),
    "list_attempts": Operation(scope=_MANAGE, example=_ATTEMPT, codes=("no-such-delivery",), listed=True),
    "rotate_secret": Operation(
        scope=_MANAGE,
        example=replace(_SECRET, kind="hmac", public_key=None, secret="whsec_WW91ciBrZXkgd291bGQgYmUgaGVyZSwgb25jZS4="),
        codes=(*_THERE, "too-many-secrets"),
        request={"overlap_seconds": 86_400},
    ),
    "list_secrets": Operation(scope=_MANAGE, example=_SECRET, codes=_THERE, listed=True),
    "revoke_secret": Operation(
        scope=_MANAGE, example={"id": examples.SECRET_ID}, codes=(*_THERE, "no-such-secret", "last-secret")
    ),
    "test_endpoint": Operation(
        scope=_MANAGE,
        example=_TRIED,
        codes=(*_THERE, "unknown-event-type", "tested-too-often", "not-openable", _FED),
        request={"event_type": "track.switched"},
    ),
}
