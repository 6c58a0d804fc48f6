"""An endpoint as callers see it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Annotated

from pydantic import Field

from service.domain.instants import instant_text, shown_instant
from service.usecases.subscriptions import WITH_PAY
from service.webhooks.certificates import Described
from service.webhooks.subscriptions import Endpoint
from service.webhooks.tables import PROBED


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCertificate:
    """A certificate, without its key."""

    subject: Annotated[str, Field(description="Whom it is about.")]
    expires_at: Annotated[str, Field(description="Instant from which on it is not believed.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTokenClient:
    """Where tokens come from, without the secret."""

    token_url: Annotated[str, Field(description="Address of the token server.")]
    client_id: Annotated[str, Field(description="Id of the client there.")]
    scope: Annotated[str | None, Field(description="Scope that is asked for.")]
    audience: Annotated[str | None, Field(description="Audience that is asked for.")]
    method: Annotated[str, Field(description="basic or post: how id and secret are sent.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEndpoint:
    """A subscription and how it is doing."""

    id: Annotated[str | None, Field(description="Id of the endpoint; null in a dry run.")]
    url: Annotated[str, Field(description="Where events are sent.")]
    description: Annotated[str | None, Field(description="What it is for.")]
    event_types: Annotated[tuple[str, ...], Field(description="Types sent; * is all of them.")]
    filters: Annotated[
        Mapping[str, tuple[str, ...]], Field(description="By facet, values of which one must occur, before or after.")
    ]
    include_pay: Annotated[bool, Field(description="Whether bands are part of the events.")]
    max_in_flight: Annotated[int, Field(description="How many requests may be under way at once.")]
    timeout_ms: Annotated[int, Field(description="Milliseconds that one request may take as a whole.")]
    on_exhausted: Annotated[str, Field(description="skip passes a dead event by, block keeps its key waiting.")]
    ordering: Annotated[str, Field(description="per_key keeps each person's order, strict that of all, none does not.")]
    mode: Annotated[str, Field(description="single sends one event a request, batch several.")]
    batch_max: Annotated[int, Field(description="Most events of a batch.")]
    batch_bytes: Annotated[int, Field(description="Most bytes of a batch; one larger event goes alone.")]
    linger_ms: Annotated[int, Field(description="Milliseconds that a batch waits for more events.")]
    rate: Annotated[float | None, Field(description="Requests a second at most; null without a limit.")]
    burst: Annotated[int | None, Field(description="Requests at once after a pause; null for one second's worth.")]
    retry_schedule: Annotated[
        tuple[float, ...] | None, Field(description="Seconds before each further try; null for the usual ones.")
    ]
    format: Annotated[str, Field(description="standard (Standard Webhooks) or cloudevents.")]
    thin: Annotated[bool, Field(description="Whether events go without their data, which is fetched by id.")]
    verify: Annotated[str, Field(description="handshake when the receiver has to consent before it is sent to.")]
    consented_at: Annotated[str | None, Field(description="When it last consented; null while it has not.")]
    header_names: Annotated[tuple[str, ...], Field(description="Headers of its own; values are never shown.")]
    client_certificate: Annotated[ShownCertificate | None, Field(description="What it is connected to with.")]
    trusted_ca: Annotated[
        tuple[ShownCertificate, ...], Field(description="Authorities believed instead of everybody's.")
    ]
    oauth2: Annotated[ShownTokenClient | None, Field(description="Where its tokens come from.")]
    state: Annotated[str, Field(description="healthy, paused, disabled, gone and others; open-ended.")]
    state_reason: Annotated[str | None, Field(description="Why it is in this state.")]
    state_since: Annotated[str, Field(description="Since when.")]
    last_ok_at: Annotated[str | None, Field(description="When it last answered 2xx.")]
    fail_since: Annotated[str | None, Field(description="Since when it has not; null while it works.")]
    next_probe_at: Annotated[str | None, Field(description="While it is open: when one event is tried next.")]
    revision: Annotated[int, Field(description="Counts its changes; If-Match names it.")]
    secret: Annotated[str | None, Field(description="Signing secret (whsec_…), shown once: on creation.")]
    public_key: Annotated[
        str | None, Field(description="Public key (whpk_…) of ed25519, on creation; then among its secrets.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumedEndpoint(ShownEndpoint):
    """An endpoint that takes events again, and what is to become of those that waited."""

    to_deliver: Annotated[int, Field(description="How many of those that waited are sent to it.")]
    to_skip: Annotated[int, Field(description="How many are not: they end as skipped.")]


def resumed_endpoint(found: Endpoint, *, to_deliver: int, to_skip: int) -> ResumedEndpoint:
    """Without its secret."""
    shown = shown_endpoint(found)
    kept = {one.name: getattr(shown, one.name) for one in fields(shown)}
    return ResumedEndpoint(**kept, to_deliver=to_deliver, to_skip=to_skip)


def shown_endpoint(found: Endpoint) -> ShownEndpoint:
    """Without its secret."""
    certificate, oauth2 = found.access.client_certificate, found.access.oauth2
    return ShownEndpoint(
        id=found.id,
        url=found.url,
        description=found.description,
        event_types=tuple(found.event_types),
        filters={name: tuple(values) for name, values in found.filters.items()},
        include_pay=found.rendering == WITH_PAY,
        max_in_flight=found.max_in_flight,
        timeout_ms=found.timeout_ms,
        on_exhausted=found.on_exhausted,
        ordering=found.ordering,
        mode=found.mode,
        batch_max=found.batch_max,
        batch_bytes=found.batch_bytes,
        linger_ms=found.linger_ms,
        rate=found.rate,
        burst=found.burst,
        retry_schedule=None if found.retry_schedule is None else tuple(found.retry_schedule),
        format=found.format,
        thin=found.thin,
        verify=found.verify,
        consented_at=shown_instant(found.consented_at),
        header_names=found.access.header_names,
        client_certificate=_certificate(certificate) if certificate else None,
        trusted_ca=tuple(map(_certificate, found.access.trusted_ca)),
        oauth2=ShownTokenClient(**asdict(oauth2)) if oauth2 else None,
        state=found.state,
        state_reason=found.state_reason,
        state_since=instant_text(found.state_since),
        last_ok_at=shown_instant(found.last_ok_at),
        fail_since=shown_instant(found.fail_since),
        next_probe_at=shown_instant(found.probe_at or None) if found.state in PROBED else None,
        revision=found.revision,
        secret=None,
        public_key=None,
    )


def _certificate(one: Described) -> ShownCertificate:
    return ShownCertificate(subject=one.subject, expires_at=instant_text(one.not_after))
