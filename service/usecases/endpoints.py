"""Subscribing other systems, and seeing what was sent to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.domain.access import Actor, Scope, require
from service.domain.refusals import FieldError, Invalid, NotFound
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.endpoint_views import ResumedEndpoint, ShownEndpoint, resumed_endpoint, shown_endpoint
from service.usecases.paging import Part, Window, part
from service.usecases.revisions import Expected, check_revision
from service.usecases.subscriptions import EndpointRequest, ResumeRequest, chosen_by
from service.webhooks import endpoints, pausing, skipping
from service.webhooks.egress import EgressGuard, EgressRefused
from service.webhooks.feed import latest_place, place_at
from service.webhooks.sealer import Sealer
from service.webhooks.subscriptions import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What endpoints need beyond the runtime: the guard of addresses, and the sealer of secrets."""

    guard: EgressGuard
    sealer: Sealer


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
    chosen = chosen_by(request, actor)
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
        return shown_endpoint(made)

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
        chosen = chosen_by(request, actor, before=before)
        state = {"active": "healthy", "paused": "paused", None: before.state}[request.state]
        a.audit_detail.update(endpoint=endpoint, state=state)
        await endpoints.change_endpoint(a.tx, endpoint, subscription=chosen, state=state, now=a.now)
        return shown_endpoint(await _found(a, endpoint))

    return await act(runtime, "endpoints.change", actor, body, key=key, dry_run=dry_run)


async def pause_endpoint(
    runtime: Runtime,
    actor: Actor,
    endpoint: str,
    *,
    reason: str | None,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Hold its events until it is resumed; the answer is the ShownEndpoint. It may be said of one that stands still."""
    require(actor, Scope.WEBHOOKS_MANAGE)

    async def body(a: Act) -> ShownEndpoint:
        await _locked(a, endpoint, "*")
        a.audit_detail.update(endpoint=endpoint, reason=reason)
        await pausing.pause_endpoint(a.tx, endpoint, reason=reason, now=a.now)
        return shown_endpoint(await _found(a, endpoint))

    return await act(runtime, "endpoints.pause", actor, body, key=key, dry_run=dry_run)


async def resume_endpoint(
    runtime: Runtime,
    actor: Actor,
    endpoint: str,
    request: ResumeRequest,
    *,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Let its events flow again, slowly at first; the answer is a ResumedEndpoint, which counts what waited.

    Raises Invalid `invalid-body` for a `since` that is still to come.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)

    async def body(a: Act) -> ResumedEndpoint:
        await _locked(a, endpoint, "*")
        skip_to = await _skipped_to(a, endpoint, request)
        to_deliver, to_skip = await skipping.counted(a.tx, endpoint, skip_to=skip_to)
        a.audit_detail.update(endpoint=endpoint, deliver=request.deliver, to_deliver=to_deliver, to_skip=to_skip)
        await pausing.resume_endpoint(a.tx, endpoint, skip_to=skip_to if to_skip else 0, now=a.now)
        return resumed_endpoint(await _found(a, endpoint), to_deliver=to_deliver, to_skip=to_skip)

    return await act(runtime, "endpoints.resume", actor, body, key=key, dry_run=dry_run)


async def _skipped_to(a: Act, endpoint: str, request: ResumeRequest) -> int:
    """The position up to which nothing is sent; 0 when all is."""
    if request.deliver == "all":
        return 0
    if request.since is None:
        return await skipping.last_queued(a.tx, endpoint)
    place = await place_at(a.tx, request.since - 1)
    # An event may have been recorded at an instant that the clock has not reached.
    if request.since > a.now and place == await latest_place(a.tx):
        fault = FieldError(pointer="/since", detail="lies in the future", code="future-instant")
        raise Invalid("invalid-body", "since lies in the future. Send skip to have nothing sent.", errors=(fault,))
    return place.position


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
    return part(found, window, lambda one: (one.id,)).each(shown_endpoint)


async def read_endpoint(runtime: Runtime, actor: Actor, endpoint: str) -> ShownEndpoint:
    """Raises NotFound `no-such-endpoint`."""
    found = await read_endpoints(runtime, actor, [endpoint])
    if endpoint not in found:
        raise _no_endpoint(endpoint)
    return found[endpoint]


async def read_endpoints(runtime: Runtime, actor: Actor, ids: Sequence[str]) -> dict[str, ShownEndpoint]:
    """Those of the endpoints that there are, by id."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    async with runtime.database.read() as connection:
        found = await endpoints.find_endpoints(connection, ids)
    return {one.id: shown_endpoint(one) for one in found}


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
        raise _no_endpoint(endpoint)
    check_revision("endpoint", current=found.revision, expected=expected)
    return found


async def _found(a: Act, endpoint: str) -> Endpoint:
    found = await endpoints.find_endpoint(a.tx, endpoint)
    assert found is not None
    return found


def _no_endpoint(endpoint: str) -> NotFound:
    return NotFound("no-such-endpoint", f"There is no endpoint {endpoint}. Ids of endpoints begin with end_.")
