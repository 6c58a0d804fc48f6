"""What is sent to subscribe an endpoint and to change it."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.domain.instants import parse_instant
from service.domain.refusals import FieldError, Invalid
from service.usecases.endpoint_secrets import DAY_SECONDS, LONGEST_OVERLAP_SECONDS
from service.usecases.subscriptions import CLEARABLE, Deliver, EndpointRequest, ResumeRequest, Signature
from service.webhooks.access import OAuth2, TokenMethod
from service.webhooks.signing import Kind
from service.webhooks.subscriptions import Format, Mode, OnExhausted, Ordering, Verify

_Types = Annotated[list[str], Field(min_length=1, max_length=50, description="Event types; * is all of them.")]
_Filters = Annotated[
    dict[str, list[str]], Field(max_length=16, description="By facet (team, track …), values of which one must occur.")
]


_Printable = Annotated[str, Field(min_length=1, max_length=1_000, pattern="^[ -~]+$")]


class ClientCertificate(BaseModel):
    """What a receiver knows us by. Checked before it is kept, sealed, and never shown again."""

    model_config = ConfigDict(extra="forbid", strict=True)
    certificate: Annotated[str, Field(max_length=65_536, description="PEM: the certificate, then its chain.")]
    key: Annotated[str, Field(max_length=65_536, description="PEM: its private key, without a passphrase.")]


class TokenClient(BaseModel):
    """An OAuth2 client that is given tokens for itself. Its secret is sealed and never shown again."""

    model_config = ConfigDict(extra="forbid", strict=True)
    token_url: Annotated[str, Field(max_length=2000, description="Address of the token server.")]
    client_id: Annotated[_Printable, Field(description="Id of the client there.")]
    client_secret: Annotated[_Printable, Field(description="Its secret.")]
    scope: Annotated[_Printable | None, Field(description="Scope to ask for.")] = None
    audience: Annotated[_Printable | None, Field(description="Audience to ask for.")] = None
    method: Annotated[TokenMethod, Field(description="Send id and secret as Basic (basic), or in the form (post).")] = (
        "basic"
    )


class _Chosen(BaseModel):
    """What both have."""

    model_config = ConfigDict(extra="forbid", strict=True)
    description: Annotated[str | None, Field(max_length=400, description="What it is for.")] = None
    include_pay: Annotated[bool | None, Field(description="Send bands, too. Needs bands:read.")] = None
    max_in_flight: Annotated[int | None, Field(ge=1, le=256, description="Requests under way at once.")] = None
    timeout_ms: Annotated[int | None, Field(ge=100, le=30_000, description="Longest a request may take.")] = None
    on_exhausted: Annotated[
        OnExhausted | None, Field(description="Whether a dead event is passed by or blocks its key.")
    ] = None
    ordering: Annotated[
        Ordering | None,
        Field(description="Keep the order of each person (per_key), of all events (strict), or none."),
    ] = None
    mode: Annotated[Mode | None, Field(description="Send one event a request (single), or several (batch).")] = None
    batch_max: Annotated[int | None, Field(ge=1, le=1_000, description="Most events of a batch.")] = None
    batch_bytes: Annotated[
        int | None, Field(ge=1_024, le=10_485_760, description="Most bytes of a batch; one larger event goes alone.")
    ] = None
    linger_ms: Annotated[
        int | None, Field(ge=0, le=60_000, description="Milliseconds that a batch waits for more events.")
    ] = None
    rate: Annotated[float | None, Field(ge=0.01, le=10_000, description="Requests a second at most.")] = None
    burst: Annotated[int | None, Field(ge=1, le=10_000, description="Requests at once after a pause.")] = None
    retry_schedule: Annotated[
        list[Annotated[float, Field(ge=0, le=604_800)]] | None,
        Field(max_length=50, description="Seconds before each further try; empty for a single try."),
    ] = None
    format: Annotated[Format | None, Field(description="Standard Webhooks (standard) or cloudevents.")] = None
    thin: Annotated[bool | None, Field(description="Send events without their data, to be fetched by id.")] = None
    verify: Annotated[
        Verify | None, Field(description="handshake sends nothing before the receiver has consented to it.")
    ] = None
    headers: Annotated[
        dict[str, str] | None, Field(max_length=32, description="Headers of its own; sealed, values never shown.")
    ] = None
    client_certificate: Annotated[
        ClientCertificate | None, Field(description="Certificate to connect with, where the receiver wants one.")
    ] = None
    trusted_ca: Annotated[
        str | None,
        Field(max_length=65_536, description="PEM: authorities to believe there instead of everybody's."),
    ] = None
    oauth2: Annotated[TokenClient | None, Field(description="Send a token of this client (client credentials).")] = None


class NewEndpoint(_Chosen):
    """A subscription."""

    url: Annotated[str, Field(max_length=2000, description="Where to send.", examples=["https://payroll.example/hook"])]
    event_types: _Types = ["*"]
    filters: _Filters = {}
    signature: Annotated[
        Signature, Field(description="Sign with a shared secret (hmac), a key pair (ed25519), or both.")
    ] = "hmac"

    def asked(self) -> EndpointRequest:
        """As the use case takes it."""
        return replace(_asked(self), signature=self.signature)


class EndpointChange(_Chosen):
    """What is to be different; what is left out stays."""

    url: Annotated[str | None, Field(max_length=2000, description="Where to send.")] = None
    event_types: Annotated[_Types | None, Field(description="Event types.")] = None
    filters: Annotated[_Filters | None, Field(description="Facets.")] = None
    state: Annotated[
        Literal["active", "paused"] | None, Field(description="Pausing holds events; active lets them flow.")
    ] = None

    def asked(self) -> EndpointRequest:
        """As the use case takes it; what is left out stays."""
        return replace(_asked(self), state=self.state)


class EndpointPause(BaseModel):
    """Why it is to stand still."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: Annotated[str | None, Field(max_length=400, description="Why; shown as state_reason.")] = None


class EndpointResume(BaseModel):
    """What is to become of the events that waited."""

    model_config = ConfigDict(extra="forbid", strict=True)
    deliver: Annotated[
        Deliver, Field(description="Send all of them, those recorded since an instant, or none (skip).")
    ] = "all"
    since: Annotated[
        str | None,
        Field(max_length=64, description="With since: from which instant on.", examples=["2026-06-25T09:00:00Z"]),
    ] = None

    def asked(self) -> ResumeRequest:
        """As the use case takes it. Raises Invalid `invalid-body` when `since` is not what `deliver` asks for."""
        if (self.since is not None) != (self.deliver == "since"):
            code = "missing" if self.since is None else "extra"
            raise _bad_since("comes with deliver: since, and only with it", code)
        try:
            since = None if self.since is None else parse_instant(self.since)
        except (ValueError, OverflowError):
            raise _bad_since("is no RFC 3339 instant such as 2027-01-01T00:00:03Z", "invalid-instant") from None
        return ResumeRequest(deliver=self.deliver, since=since)


def _bad_since(why: str, code: str) -> Invalid:
    return Invalid("invalid-body", f"since {why}.", errors=(FieldError(pointer="/since", detail=why, code=code),))


_SAME = frozenset(_Chosen.model_fields) - {"retry_schedule", "client_certificate", "oauth2"}


def _asked(body: NewEndpoint | EndpointChange) -> EndpointRequest:
    schedule, pair, client = body.retry_schedule, body.client_certificate, body.oauth2
    return EndpointRequest(
        **{name: getattr(body, name) for name in _SAME},
        url=body.url,
        event_types=tuple(body.event_types) if body.event_types is not None else None,
        filters={name: tuple(values) for name, values in body.filters.items()} if body.filters is not None else None,
        retry_schedule=None if schedule is None else tuple(schedule),
        client_certificate=(pair.certificate, pair.key) if pair else None,
        oauth2=OAuth2(**client.model_dump()) if client else None,
        cleared=frozenset(name for name in body.model_fields_set & CLEARABLE if getattr(body, name) is None),
    )


class Rotation(BaseModel):
    """A new signing secret, and for how long the ones before it go on signing."""

    model_config = ConfigDict(extra="forbid", strict=True)
    overlap_seconds: Annotated[
        int, Field(ge=0, le=LONGEST_OVERLAP_SECONDS, description="Seconds for which the older ones still sign.")
    ] = DAY_SECONDS
    kind: Annotated[Kind | None, Field(description="hmac or ed25519; left out, hmac where the endpoint has one.")] = (
        None
    )


class EndpointTest(BaseModel):
    """An example to send."""

    model_config = ConfigDict(extra="forbid", strict=True)
    event_type: Annotated[str, Field(max_length=100, description="Type of the example.", examples=["track.switched"])]
