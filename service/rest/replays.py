"""Sending once more, dropping and forgetting what was sent."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.requests.replays import Dropping, NewReplay
from service.rest.answers import answer, written
from service.rest.cursors import place_of
from service.rest.office import Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, DryRun, KeyHeader, Limit, idempotency_key
from service.rest.strict import StrictRoute
from service.usecases import deliveries, delivery_acts, replays

router = APIRouter(tags=["endpoints"], route_class=StrictRoute)


@router.post(
    "/v1/endpoints/{endpoint}/replay",
    status_code=201,
    operation_id="create_replay",
    summary="Have events sent once more",
)
async def create(
    request: Request,
    office: Desk,
    actor: Caller,
    endpoint: str,
    body: NewReplay,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Counted, then queued part by part, each key in its order, as long as the endpoint has little else to be sent.

    Each request carries the webhook-id of the event as it was first sent, and `webhook-replay` with the replay's id.
    `dry_run=true` counts only. Naming a person needs assignments:read as well.
    """
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    outcome = await replays.create_replay(office.runtime, actor, endpoint, body.asked(), key=key, dry_run=dry)
    location = f"/v1/replays/{outcome.answer['id']}"
    return written(request, outcome, status=201, location=location, dry_run=dry)


@router.get("/v1/endpoints/{endpoint}/replays", operation_id="list_replays", summary="List an endpoint's replays")
async def list_all(
    request: Request, office: Desk, actor: Caller, endpoint: str, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """The latest first."""
    window = window_of(place_of(request, cursor, str), limit)
    return paged(request, await replays.list_replays(office.runtime, actor, endpoint, window=window), limit=limit)


@router.get("/v1/replays/{replay}", operation_id="read_replay", summary="Read a replay")
async def read(request: Request, office: Desk, actor: Caller, replay: str) -> Response:
    """Its state, how much of it is queued, and how much of that is still to be sent."""
    return answer(request, await replays.read_replay(office.runtime, actor, replay))


@router.post("/v1/replays/{replay}/cancel", operation_id="cancel_replay", summary="Cancel a replay")
async def cancel(
    request: Request, office: Desk, actor: Caller, replay: str, _key: KeyHeader = None, dry_run: DryRun = "false"
) -> Response:
    """Nothing more of it is queued, and what waits is dropped. What was sent stays sent."""
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    outcome = await replays.cancel_replay(office.runtime, actor, replay, key=key, dry_run=dry)
    return written(request, outcome, status=200, dry_run=dry)


@router.get("/v1/deliveries", operation_id="list_unarrived", summary="List what did not arrive anywhere")
async def list_unarrived(
    request: Request,
    office: Desk,
    actor: Caller,
    state: Annotated[
        Literal["dead", "dropped", "retried"],
        Query(description="Given up by the sender, dropped by somebody, or queued again after either."),
    ] = "dead",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Deliveries of all endpoints, latest event first. Those of one endpoint are listed under it."""
    window = window_of(place_of(request, cursor, int, str, int), limit)
    found = await deliveries.list_unarrived(office.runtime, actor, state=state, window=window)
    return paged(request, found, limit=limit)


@router.post(
    "/v1/deliveries/{delivery}/retry", status_code=202, operation_id="retry_delivery", summary="Try a delivery now"
)
async def retry(
    request: Request, office: Desk, actor: Caller, delivery: str, _key: KeyHeader = None, dry_run: DryRun = "false"
) -> Response:
    """One that is queued is due at once, in the order of its key. One that is over is queued again, as the delivery
    that is answered; a dry run answers with the one that is over."""
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    outcome = await delivery_acts.retry_delivery(office.runtime, actor, delivery, key=key, dry_run=dry)
    location = f"/v1/deliveries/{outcome.answer['id']}"
    return written(request, outcome, status=202, location=location, dry_run=dry)


@router.post("/v1/deliveries/{delivery}/drop", operation_id="drop_delivery", summary="Drop a delivery")
async def drop(
    request: Request,
    office: Desk,
    actor: Caller,
    delivery: str,
    body: Dropping,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """It is not sent any more, and what waits behind it goes on. What is under way may still arrive."""
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    outcome = await delivery_acts.drop_delivery(
        office.runtime, actor, delivery, reason=body.reason, key=key, dry_run=dry
    )
    return written(request, outcome, status=200, dry_run=dry)


@router.post(
    "/v1/deliveries/{delivery}/expunge", operation_id="expunge_delivery", summary="Forget what a receiver answered"
)
async def expunge_delivery(
    request: Request, office: Desk, actor: Caller, delivery: str, _key: KeyHeader = None, dry_run: DryRun = "false"
) -> Response:
    """The texts of its attempts are blanked; that they were made, and when, stays."""
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    outcome = await delivery_acts.expunge_delivery(office.runtime, actor, delivery, key=key, dry_run=dry)
    return written(request, outcome, status=200, dry_run=dry)


@router.post(
    "/v1/endpoints/{endpoint}/expunge", operation_id="expunge_endpoint", summary="Forget what an endpoint answered"
)
async def expunge_endpoint(
    request: Request, office: Desk, actor: Caller, endpoint: str, _key: KeyHeader = None, dry_run: DryRun = "false"
) -> Response:
    """The same of all its attempts, 10 000 at a time: ask again while `more` is true."""
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    outcome = await delivery_acts.expunge_endpoint(office.runtime, actor, endpoint, key=key, dry_run=dry)
    return written(request, outcome, status=200, dry_run=dry)
