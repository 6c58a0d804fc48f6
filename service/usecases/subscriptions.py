"""What a subscriber may ask: checked, and put together with what was asked before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Literal

from service.domain.access import Actor, Scope, may_read_pay
from service.domain.announcements import BANDS_PUBLISHED, LADDER_PUBLISHED
from service.domain.events import ACTS, FACETS, PLAIN
from service.domain.findings import did_you_mean
from service.domain.refusals import FieldError, Forbidden, Invalid
from service.webhooks.access import OAuth2
from service.webhooks.notices import TYPES as OPERATIONAL
from service.webhooks.subscriptions import Format, Mode, OnExhausted, Ordering, Subscription, Verify

Signature = Literal["hmac", "ed25519", "both"]

WITH_PAY, WITHOUT_PAY = "v1+pay", "v1"

EVENT_TYPES = (
    *PLAIN,
    *ACTS,
    LADDER_PUBLISHED,
    BANDS_PUBLISHED,
    *OPERATIONAL,
)
"""Every type there is to subscribe to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRequest:
    """What a subscriber asks. In a change, None leaves a field as it is; `cleared` names those to be without.

    `state` is active or paused. `signature` is what a new endpoint signs with; `client_certificate` is certificate and
    key, `trusted_ca` certificates, all PEM.
    """

    url: str | None = None
    description: str | None = None
    event_types: tuple[str, ...] | None = None
    filters: Mapping[str, tuple[str, ...]] | None = None
    include_pay: bool | None = None
    max_in_flight: int | None = None
    timeout_ms: int | None = None
    on_exhausted: OnExhausted | None = None
    ordering: Ordering | None = None
    mode: Mode | None = None
    batch_max: int | None = None
    batch_bytes: int | None = None
    linger_ms: int | None = None
    rate: float | None = None
    burst: int | None = None
    retry_schedule: tuple[float, ...] | None = None
    format: Format | None = None
    thin: bool | None = None
    verify: Verify | None = None
    signature: Signature = "hmac"
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    client_certificate: tuple[str, str] | None = field(default=None, repr=False)
    trusted_ca: str | None = None
    oauth2: OAuth2 | None = None
    state: Literal["active", "paused"] | None = None
    cleared: frozenset[str] = frozenset()


Deliver = Literal["all", "since", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequest:
    """Which of the deliveries that waited are sent: all, those of events recorded `since` (µs), or none (skip)."""

    deliver: Deliver = "all"
    since: int | None = None


ACCESS = ("headers", "client_certificate", "trusted_ca", "oauth2")
"""What is sealed at rest."""
CLEARABLE = frozenset({"description", "rate", "burst", "retry_schedule", *ACCESS})
"""What an endpoint may be without."""
_BEFORE_ANY = Subscription(url="", description=None, rendering=WITHOUT_PAY, event_types=("*",), filters={})
_ASKED = frozenset(one.name for one in fields(Subscription)) - {"rendering"}


def chosen_by(request: EndpointRequest, actor: Actor, *, before: Subscription = _BEFORE_ANY) -> Subscription:
    """What was chosen `before`, with what is asked now.

    Raises Forbidden `missing-scope` when pay is asked for without bands:read, Invalid `unknown-event-type`,
    `unknown-facet` and `burst-without-rate`.
    """
    if request.include_pay and not may_read_pay(actor):
        raise Forbidden(
            "missing-scope",
            "An endpoint that receives pay needs a key that may read it: use one with the scope bands:read.",
            extra={"scope": Scope.BANDS_READ.value},
        )
    refuse_unknown("event-type", "/event_types", request.event_types or (), ("*", *EVENT_TYPES))
    refuse_unknown("facet", "/filters", request.filters or (), FACETS)
    rendering = {None: before.rendering, True: WITH_PAY, False: WITHOUT_PAY}[request.include_pay]
    given = {name: getattr(request, name) for name in _ASKED}
    chosen = replace(
        before,
        rendering=rendering,
        **{name: value for name, value in given.items() if value is not None or name in request.cleared},
    )
    if chosen.burst is not None and chosen.rate is None:
        raise Invalid(
            "burst-without-rate",
            f"burst {chosen.burst} bounds nothing without a rate. Give a rate, or leave burst out.",
            errors=(FieldError(pointer="/burst", detail="there is no rate", code="burst-without-rate"),),
        )
    return chosen


def asked_of_address(request: EndpointRequest) -> bool:
    """Whether it asks where events go or in which form, rather than which, when and how many."""
    fixed = (
        "url",
        "include_pay",
        "event_types",
        "mode",
        "format",
        "thin",
        "verify",
        "ordering",
        "on_exhausted",
        *ACCESS,
    )
    return any(getattr(request, name) is not None or name in request.cleared for name in fixed)


def refuse_unknown(what: str, pointer: str, given: Iterable[str], known: Sequence[str]) -> None:
    """A type or facet misspelt would match nothing, and nobody would be told. `pointer` may name a parameter."""
    unknown = [name for name in given if name not in known]
    if unknown:
        guess = did_you_mean(unknown[0], known)
        remedy = f"Did you mean {guess}?" if guess else f"Known are {', '.join(known)}."
        raise Invalid(
            f"unknown-{what}",
            f"There is no {what.replace('-', ' ')} {unknown[0][:60]}. {remedy}",
            errors=tuple(FieldError(pointer=pointer, detail=name[:60], code=f"unknown-{what}") for name in unknown),
        )
