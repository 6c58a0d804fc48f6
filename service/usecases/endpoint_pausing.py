"""Stopping an endpoint, and letting it go on with all of what waited, a part of it, or nothing."""

from service.domain.access import Actor, Scope, require
from service.domain.refusals import Conflict, FieldError, Invalid
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.endpoint_views import ResumedEndpoint, ShownEndpoint, resumed_endpoint, shown_endpoint
from service.usecases.endpoints import found_endpoint, locked_endpoint
from service.usecases.subscriptions import ResumeRequest
from service.webhooks import pausing, skipping
from service.webhooks.feed import latest_place, place_at


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
        await locked_endpoint(a, endpoint, "*")
        a.audit_detail.update(endpoint=endpoint, reason=reason)
        await pausing.pause_endpoint(a.tx, endpoint, reason=reason, now=a.now)
        return shown_endpoint(await found_endpoint(a, endpoint))

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

    Raises Invalid `invalid-body` for a `since` that is still to come, Conflict `not-consented` where the receiver has
    to agree and has not.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)

    async def body(a: Act) -> ResumedEndpoint:
        before = await locked_endpoint(a, endpoint, "*")
        if before.verify == "handshake" and before.consented_at is None:
            raise _not_consented(endpoint)
        skip_to = await _skipped_to(a, endpoint, request)
        to_deliver, to_skip = await skipping.counted(a.tx, endpoint, skip_to=skip_to)
        a.audit_detail.update(endpoint=endpoint, deliver=request.deliver, to_deliver=to_deliver, to_skip=to_skip)
        await pausing.resume_endpoint(a.tx, endpoint, skip_to=skip_to if to_skip else 0, now=a.now)
        return resumed_endpoint(await found_endpoint(a, endpoint), to_deliver=to_deliver, to_skip=to_skip)

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


def _not_consented(endpoint: str) -> Conflict:
    return Conflict(
        "not-consented",
        f"The receiver of {endpoint} must be asked and has not agreed. Set its state to active with PATCH, which asks.",
    )
