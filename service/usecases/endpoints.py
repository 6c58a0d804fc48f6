"""Subscribing other systems, and seeing what was sent to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.announcements import BANDS_PUBLISHED, LADDER_PUBLISHED
from service.domain.events import ACTS, FACETS, PLAIN
from service.domain.findings import did_you_mean
from service.domain.instants import instant_text, shown_instant
from service.domain.refusals import FieldError, Forbidden, Invalid, NotFound
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.paging import Part, Window, part
from service.usecases.revisions import Expected, check_revision
from service.webhooks import endpoints
from service.webhooks.egress import EgressGuard, EgressRefused
from service.webhooks.endings import DELIVERY_DEAD, ENDPOINT_DISABLED
from service.webhooks.endpoints import Endpoint, Subscription
from service.webhooks.sealer import Sealer

WITH_PAY, WITHOUT_PAY = "v1+pay", "v1"

EVENT_TYPES = (
    *PLAIN,
    *ACTS,
    LADDER_PUBLISHED,
    BANDS_PUBLISHED,
    ENDPOINT_DISABLED,
    DELIVERY_DEAD,
)
"""Every type there is to subscribe to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What endpoints need beyond the runtime: the guard of addresses, and the sealer of secrets."""

    guard: EgressGuard
    sealer: Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRequest:
    """What a subscriber asks. In a change, None leaves a field as it is; `state` is active or paused."""

    url: str | None = None
    description: str | None = None
    event_types: tuple[str, ...] | None = None
    filters: Mapping[str, tuple[str, ...]] | None = None
    include_pay: bool | None = None
    max_in_flight: int | None = None
    timeout_ms: int | None = None
    on_exhausted: Literal["skip", "block"] | None = None
    state: Literal["active", "paused"] | None = None


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
    state: Annotated[str, Field(description="healthy, paused, disabled, gone and others; open-ended.")]
    state_reason: Annotated[str | None, Field(description="Why it is in this state.")]
    state_since: Annotated[str, Field(description="Since when.")]
    last_ok_at: Annotated[str | None, Field(description="When it last answered 2xx.")]
    fail_since: Annotated[str | None, Field(description="Since when it has not; null while it works.")]
    revision: Annotated[int, Field(description="Counts its changes; If-Match names it.")]
    secret: Annotated[str | None, Field(description="Signing secret (whsec_…), shown once: on creation.")]


async def create_endpoint(
    runtime: Runtime,
    sending: Sending,
    actor: Actor,
    request: EndpointRequest,
    *,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Subscribe; the answer is a ShownEndpoint with its secret, which a repeated request does not show again.

    Needs webhooks:manage, and bands:read to ask for pay. Raises Invalid `endpoint-url-refused`.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)
    chosen = _chosen(
        Subscription(url="", description=None, rendering=WITHOUT_PAY, event_types=("*",), filters={}), request, actor
    )
    await _check_url(sending.guard, chosen.url)
    shown_once: list[str] = []

    async def body(a: Act) -> ShownEndpoint:
        public_id = runtime.new_id("end")
        a.audit_detail.update(endpoint=public_id)
        secret = await endpoints.create_endpoint(
            a.tx,
            public_id=public_id,
            secret_id=runtime.new_id("sec"),
            subscription=chosen,
            sealer=sending.sealer,
            created_by=actor.id,
            now=a.now,
        )
        shown_once[:] = [secret]
        made = await endpoints.find_endpoint(a.tx, public_id)
        assert made is not None
        return _shown(made)

    outcome = await act(runtime, "endpoints.create", actor, body, key=key, dry_run=dry_run)
    if dry_run:
        return replace(outcome, answer={**outcome.answer, "id": None})
    if outcome.replayed:
        return outcome
    # Not part of what is kept under the key: the secret is stored sealed and nowhere else.
    return replace(outcome, answer={**outcome.answer, "secret": shown_once[0]})


async def change_endpoint(
    runtime: Runtime,
    sending: Sending,
    actor: Actor,
    endpoint: str,
    request: EndpointRequest,
    *,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Change what is given; the answer is the ShownEndpoint. Pausing holds its events, `active` lets them flow."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    if request.url is not None:
        await _check_url(sending.guard, request.url)

    async def body(a: Act) -> ShownEndpoint:
        before = await _locked(a, endpoint, expected)
        chosen = _chosen(
            Subscription(
                url=before.url,
                description=before.description,
                rendering=before.rendering,
                event_types=before.event_types,
                filters=before.filters,
                max_in_flight=before.max_in_flight,
                timeout_ms=before.timeout_ms,
                on_exhausted=before.on_exhausted,
            ),
            request,
            actor,
        )
        state = {"active": "healthy", "paused": "paused", None: before.state}[request.state]
        a.audit_detail.update(endpoint=endpoint, state=state)
        await endpoints.change_endpoint(a.tx, endpoint, subscription=chosen, state=state, now=a.now)
        after = await endpoints.find_endpoint(a.tx, endpoint)
        assert after is not None
        return _shown(after)

    return await act(runtime, "endpoints.change", actor, body, key=key, dry_run=dry_run)


async def delete_endpoint(
    runtime: Runtime,
    actor: Actor,
    endpoint: str,
    *,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Unsubscribe. What was still to be sent to it goes with it; its attempts stay readable by event."""
    require(actor, Scope.WEBHOOKS_MANAGE)

    async def body(a: Act) -> dict[str, str]:
        await _locked(a, endpoint, expected)
        a.audit_detail.update(endpoint=endpoint)
        await endpoints.delete_endpoint(a.tx, endpoint)
        return {"id": endpoint}

    return await act(runtime, "endpoints.delete", actor, body, key=key, dry_run=dry_run)


async def list_endpoints(runtime: Runtime, actor: Actor, *, window: Window) -> Part[ShownEndpoint]:
    """Endpoints by id."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    async with runtime.database.read() as connection:
        found = await endpoints.list_endpoints(
            connection,
            place=window.place[0] if window.place else None,
            backward=window.backward,
            limit=window.limit + 1,
        )
    return part(found, window, lambda one: (one.id,)).each(_shown)


async def read_endpoint(runtime: Runtime, actor: Actor, endpoint: str) -> ShownEndpoint:
    """Raises NotFound `no-such-endpoint`."""
    found = await read_endpoints(runtime, actor, [endpoint])
    if endpoint not in found:
        raise no_endpoint(endpoint)
    return found[endpoint]


async def read_endpoints(runtime: Runtime, actor: Actor, ids: Sequence[str]) -> dict[str, ShownEndpoint]:
    """Those of the endpoints that there are, by id."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    async with runtime.database.read() as connection:
        found = await endpoints.find_endpoints(connection, ids)
    return {one.id: _shown(one) for one in found}


def _chosen(before: Subscription, request: EndpointRequest, actor: Actor) -> Subscription:
    if request.include_pay and not may_read_pay(actor):
        raise Forbidden(
            "missing-scope",
            "An endpoint that receives pay needs a key that may read it: use one with the scope bands:read.",
            extra={"scope": Scope.BANDS_READ.value},
        )
    refuse_unknown("event-type", "/event_types", request.event_types or (), ("*", *EVENT_TYPES))
    refuse_unknown("facet", "/filters", request.filters or (), FACETS)
    rendering = {None: before.rendering, True: WITH_PAY, False: WITHOUT_PAY}[request.include_pay]
    given = {
        "url": request.url,
        "description": request.description,
        "event_types": request.event_types,
        "filters": request.filters,
        "max_in_flight": request.max_in_flight,
        "timeout_ms": request.timeout_ms,
        "on_exhausted": request.on_exhausted,
    }
    return replace(before, rendering=rendering, **{name: value for name, value in given.items() if value is not None})


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


async def _check_url(guard: EgressGuard, url: str) -> None:
    try:
        await guard.check_url(url)
    except EgressRefused as error:
        raise Invalid(
            "endpoint-url-refused",
            f"{error.reason}: {error.remedy}",
            errors=(FieldError(pointer="/url", detail=error.reason, code="endpoint-url-refused"),),
        ) from None


async def _locked(a: Act, endpoint: str, expected: Expected) -> Endpoint:
    found = await endpoints.find_endpoint(a.tx, endpoint, for_update=True)
    if found is None:
        raise no_endpoint(endpoint)
    check_revision("endpoint", current=found.revision, expected=expected)
    return found


def no_endpoint(endpoint: str) -> NotFound:
    return NotFound("no-such-endpoint", f"There is no endpoint {endpoint}. Ids of endpoints begin with end_.")


def _shown(found: Endpoint) -> ShownEndpoint:
    return ShownEndpoint(
        id=found.id,
        url=found.url,
        description=found.description,
        event_types=found.event_types,
        filters=found.filters,
        include_pay=found.rendering == WITH_PAY,
        max_in_flight=found.max_in_flight,
        timeout_ms=found.timeout_ms,
        on_exhausted=found.on_exhausted,
        state=found.state,
        state_reason=found.state_reason,
        state_since=instant_text(found.state_since),
        last_ok_at=shown_instant(found.last_ok_at),
        fail_since=shown_instant(found.fail_since),
        revision=found.revision,
        secret=None,
    )
