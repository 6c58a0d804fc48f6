"""An endpoint as callers see it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated

from pydantic import Field

from service.domain.instants import instant_text, shown_instant
from service.usecases.subscriptions import WITH_PAY
from service.webhooks.subscriptions import Endpoint


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
    state: Annotated[str, Field(description="healthy, paused, disabled, gone and others; open-ended.")]
    state_reason: Annotated[str | None, Field(description="Why it is in this state.")]
    state_since: Annotated[str, Field(description="Since when.")]
    last_ok_at: Annotated[str | None, Field(description="When it last answered 2xx.")]
    fail_since: Annotated[str | None, Field(description="Since when it has not; null while it works.")]
    next_probe_at: Annotated[str | None, Field(description="While it is open: when one event is tried next.")]
    revision: Annotated[int, Field(description="Counts its changes; If-Match names it.")]
    secret: Annotated[str | None, Field(description="Signing secret (whsec_…), shown once: on creation.")]


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
        state=found.state,
        state_reason=found.state_reason,
        state_since=instant_text(found.state_since),
        last_ok_at=shown_instant(found.last_ok_at),
        fail_since=shown_instant(found.fail_since),
        next_probe_at=shown_instant(found.probe_at or None),
        revision=found.revision,
        secret=None,
    )
