"""Subscribing other systems, and seeing what was sent to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.domain.access import Actor, Scope, require
from service.domain.refusals import Conflict, NotFound
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.consents import Asked, Standing, ask, decided, must_ask
from service.usecases.endpoint_access import access_before, accessed, check_addresses, touches_access
from service.usecases.endpoint_views import ShownEndpoint, shown_endpoint
from service.usecases.feeds import refuse_fed
from service.usecases.paging import Part, Window, part
from service.usecases.revisions import Expected, check_revision
from service.usecases.subscriptions import EndpointRequest, Signature, asked_of_address, chosen_by
from service.webhooks import endpoints, rotation
from service.webhooks.access import Access, sealed_columns
from service.webhooks.egress import EgressGuard
from service.webhooks.forms import Origin
from service.webhooks.lanes import MOST_MOVED, TooManyQueued
from service.webhooks.sealer import Sealer
from service.webhooks.subscriptions import Endpoint, Subscription
from service.webhooks.transport import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What endpoints need beyond the runtime: the guard of addresses, the sealer of secrets, and for what is sent at
    once the way out and the name of who sends."""

    guard: EgressGuard
    sealer: Sealer
    transport: Transport
    origin: Origin


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

    Needs webhooks:manage, and bands:read to ask for pay. Raises Invalid `endpoint-url-refused`, `header-refused` and
    `certificate-refused`.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)
    chosen = chosen_by(request, actor)
    await check_addresses(sending.guard, request)
    access = accessed(request, now=runtime.database.now_us())
    asks = must_ask(chosen, None, None) and not dry_run
    asked = await ask(sending.transport, sending.origin, chosen, access) if asks else None
    shown_once: list[str] = []

    async def body(a: Act) -> ShownEndpoint:
        agreed, standing = decided(chosen, None, None, asked, now=a.now)
        made, secret = await _subscribed(a, sending, agreed, standing, access, request.signature)
        shown_once[:] = [secret] if secret else []
        a.audit_detail.update(endpoint=made.id)
        return made

    outcome = await act(runtime, "endpoints.create", actor, body, key=key, dry_run=dry_run)
    if dry_run:
        # The key would be another one.
        return replace(outcome, answer={**outcome.answer, "id": None, "public_key": None})
    if outcome.replayed or not shown_once:
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
    """Change what is given; the answer is the ShownEndpoint. Pausing holds its events, `active` lets them flow.

    An endpoint whose receiver has to consent asks it before it flows. Raises what `create_endpoint` raises, and
    Conflict `too-many-queued` for another order while much waits.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)
    await check_addresses(sending.guard, request)
    asked = None if dry_run else await _asked(runtime, sending, actor, endpoint, request)

    async def body(a: Act) -> ShownEndpoint:
        before = await locked_endpoint(a, endpoint, expected)
        if asked_of_address(request):
            refuse_fed(before)
        agreed, standing = decided(chosen_by(request, actor, before=before), before, request.state, asked, now=a.now)
        a.audit_detail.update(endpoint=endpoint, state=standing.state)
        sealed: dict[str, str | None] = {}
        if touches_access(request):
            kept = await access_before(a.tx, endpoint, request, sending.sealer)
            sealed = sealed_columns(accessed(request, kept, now=a.now), endpoint=endpoint, sealer=sending.sealer)
        try:
            await endpoints.change_endpoint(
                a.tx,
                endpoint,
                subscription=agreed,
                state=standing.state,
                now=a.now,
                reason=standing.reason,
                consented_at=standing.consented_at,
                sealed=sealed,
            )
        except TooManyQueued as error:
            raise _too_many(error) from None
        return shown_endpoint(await found_endpoint(a, endpoint))

    return await act(runtime, "endpoints.change", actor, body, key=key, dry_run=dry_run)


async def _subscribed(
    a: Act, sending: Sending, chosen: Subscription, standing: Standing, access: Access, signature: Signature
) -> tuple[ShownEndpoint, str | None]:
    """The endpoint with its public key, and the secret it shares with its receiver; each None where it has none."""
    public_id, new_id = a.runtime.new_id("end"), a.runtime.new_id
    secret = await endpoints.create_endpoint(
        a.tx,
        public_id=public_id,
        secret_id=new_id("sec"),
        subscription=chosen,
        sealer=sending.sealer,
        created_by=a.actor.id,
        now=a.now,
        kind="ed25519" if signature == "ed25519" else "hmac",
        access=access,
        state=standing.state,
        reason=standing.reason,
        consented_at=standing.consented_at,
    )
    if signature == "both":
        await rotation.add_secret(
            a.tx, public_id, secret_id=new_id("sec"), kind="ed25519", sealer=sending.sealer, now=a.now
        )
    made = await endpoints.find_endpoint(a.tx, public_id)
    assert made is not None
    keys = [one.public_key for one in await rotation.live_secrets(a.tx, public_id, now=a.now) if one.public_key]
    shown = replace(shown_endpoint(made), public_key=keys[0] if keys else None)
    return shown, None if signature == "ed25519" else secret


async def _asked(
    runtime: Runtime, sending: Sending, actor: Actor, endpoint: str, request: EndpointRequest
) -> Asked | None:
    """What the receiver says to what the endpoint is to become, with no transaction open; None when it is not asked."""
    async with runtime.database.read() as connection:
        before = await endpoints.find_endpoint(connection, endpoint)
        if before is None:
            raise no_endpoint(endpoint)
        chosen = chosen_by(request, actor, before=before)
        if not must_ask(chosen, before, request.state):
            return None
        kept = await access_before(connection, endpoint, request, sending.sealer)
    access = accessed(request, kept, now=runtime.database.now_us())
    return await ask(sending.transport, sending.origin, chosen, access)


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
        refuse_fed(await locked_endpoint(a, endpoint, expected))
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
        raise no_endpoint(endpoint)
    return found[endpoint]


async def read_endpoints(runtime: Runtime, actor: Actor, ids: Sequence[str]) -> dict[str, ShownEndpoint]:
    """Those of the endpoints that there are, by id."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    async with runtime.database.read() as connection:
        found = await endpoints.find_endpoints(connection, ids)
    return {one.id: shown_endpoint(one) for one in found}


async def locked_endpoint(a: Act, endpoint: str, expected: Expected = "*") -> Endpoint:
    """An endpoint that stays as it is until the act ends. Raises NotFound, and Stale or Unguarded by `expected`."""
    found = await endpoints.find_endpoint(a.tx, endpoint, for_update=True)
    if found is None:
        raise no_endpoint(endpoint)
    check_revision("endpoint", current=found.revision, expected=expected)
    return found


async def found_endpoint(a: Act, endpoint: str) -> Endpoint:
    """One that is locked, as it is by now."""
    found = await endpoints.find_endpoint(a.tx, endpoint)
    assert found is not None
    return found


def _too_many(error: TooManyQueued) -> Conflict:
    return Conflict(
        "too-many-queued",
        f"{error.count} events wait for the endpoint, and its order can be changed while there are at most "
        f"{MOST_MOVED}. Let them be sent first, or subscribe another endpoint.",
        extra={"queued": error.count, "most": MOST_MOVED},
    )


def no_endpoint(endpoint: str) -> NotFound:
    return NotFound("no-such-endpoint", f"There is no endpoint {endpoint}. Ids of endpoints begin with end_.")
