"""Endpoints, and what was sent to them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.requests.endpoints import EndpointChange, EndpointPause, EndpointResume, NewEndpoint
from service.rest.answers import answer, written
from service.rest.cursors import place_of
from service.rest.office import Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, DryRun, IfMatch, KeyHeader, Limit, guarded_key, idempotency_key
from service.rest.strict import StrictRoute
from service.usecases import deliveries, endpoint_health, endpoint_pausing, endpoints
from service.usecases.paging import part_of

router = APIRouter(tags=["endpoints"], route_class=StrictRoute)


@router.post("/v1/endpoints", status_code=201, operation_id="create_endpoint", summary="Subscribe an endpoint")
async def create(
    request: Request, office: Desk, actor: Caller, body: NewEndpoint, _key: KeyHeader = None, dry_run: DryRun = "false"
) -> Response:
    """The answer carries the signing secret, this once; so it has its body, whatever is preferred."""
    dry = dry_run == "true"
    outcome = await endpoints.create_endpoint(
        office.runtime,
        office.sending,
        actor,
        body.asked(),
        key=await idempotency_key(request, actor),
        dry_run=dry,
    )
    location = f"/v1/endpoints/{outcome.answer['id']}"
    return written(request, outcome, status=201, location=location, dry_run=dry, is_whole=True)


@router.get("/v1/endpoints", operation_id="list_endpoints", summary="List endpoints")
async def list_all(
    request: Request, office: Desk, actor: Caller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Endpoints by id."""
    window = window_of(place_of(request, cursor, str), limit)
    return paged(request, await endpoints.list_endpoints(office.runtime, actor, window=window), limit=limit)


@router.get("/v1/endpoints/{endpoint}", operation_id="read_endpoint", summary="Read an endpoint")
async def read(request: Request, office: Desk, actor: Caller, endpoint: str) -> Response:
    """Its state tells how it is doing. The secret is never shown again. The ETag is what If-Match wants."""
    found = await endpoints.read_endpoint(office.runtime, actor, endpoint)
    return answer(request, found, revision=found.revision, conditional=False)


@router.patch("/v1/endpoints/{endpoint}", operation_id="change_endpoint", summary="Change, pause or resume an endpoint")
async def change(
    request: Request,
    office: Desk,
    actor: Caller,
    endpoint: str,
    body: EndpointChange,
    expected: IfMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """A new address gets everything that is still to be sent; the old one nothing more."""
    outcome = await endpoints.change_endpoint(
        office.runtime,
        office.sending,
        actor,
        endpoint,
        body.asked(),
        expected=expected,
        key=await guarded_key(request, actor, expected),
        dry_run=dry_run == "true",
    )
    return written(request, outcome, status=200)


@router.post("/v1/endpoints/{endpoint}/pause", operation_id="pause_endpoint", summary="Pause an endpoint")
async def pause(
    request: Request,
    office: Desk,
    actor: Caller,
    endpoint: str,
    body: EndpointPause,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Its events are held until it is resumed. What is under way ends as it does."""
    outcome = await endpoint_pausing.pause_endpoint(
        office.runtime,
        actor,
        endpoint,
        reason=body.reason,
        key=await idempotency_key(request, actor),
        dry_run=dry_run == "true",
    )
    return written(request, outcome, status=200)


@router.post("/v1/endpoints/{endpoint}/resume", operation_id="resume_endpoint", summary="Resume an endpoint")
async def resume(
    request: Request,
    office: Desk,
    actor: Caller,
    endpoint: str,
    body: EndpointResume,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Whatever stopped it. Events that waited are sent slowly at first; a dry run counts them. Those that are not to be
    sent end as skipped."""
    outcome = await endpoint_pausing.resume_endpoint(
        office.runtime,
        actor,
        endpoint,
        body.asked(),
        key=await idempotency_key(request, actor),
        dry_run=dry_run == "true",
    )
    return written(request, outcome, status=200)


@router.delete("/v1/endpoints/{endpoint}", operation_id="delete_endpoint", summary="Unsubscribe an endpoint")
async def delete(
    request: Request, office: Desk, actor: Caller, endpoint: str, expected: IfMatch, dry_run: DryRun = "false"
) -> Response:
    """What was still to be sent to it goes with it."""
    outcome = await endpoints.delete_endpoint(
        office.runtime, actor, endpoint, expected=expected, dry_run=dry_run == "true"
    )
    return written(request, outcome, status=200)


@router.get("/v1/endpoints/{endpoint}/health", operation_id="read_health", summary="Read how an endpoint is doing")
async def health(request: Request, office: Desk, actor: Caller, endpoint: str) -> Response:
    """State, what is still to be sent, and how the latest tries went. Costs the same however much is queued."""
    return answer(request, await endpoint_health.read_health(office.runtime, actor, endpoint))


@router.get(
    "/v1/endpoints/{endpoint}/deliveries", operation_id="list_deliveries", summary="List an endpoint's deliveries"
)
async def list_deliveries(
    request: Request,
    office: Desk,
    actor: Caller,
    endpoint: str,
    state: Annotated[
        Literal["pending", "retrying", "held", "blocked", "delivered", "dead", "dropped", "retried", "skipped"] | None,
        Query(description="Only these."),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Latest event first."""
    window = window_of(place_of(request, cursor, int, str), limit)
    found = await deliveries.list_deliveries(office.runtime, actor, endpoint, state=state, window=window)
    return paged(request, found, limit=limit)


@router.get("/v1/deliveries/{delivery}", operation_id="read_delivery", summary="Read a delivery")
async def read_delivery(request: Request, office: Desk, actor: Caller, delivery: str) -> Response:
    """One event for one endpoint."""
    return answer(request, await deliveries.read_delivery(office.runtime, actor, delivery))


@router.get("/v1/deliveries/{delivery}/attempts", operation_id="list_attempts", summary="List a delivery's attempts")
async def attempts(
    request: Request,
    office: Desk,
    actor: Caller,
    delivery: str,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Every try, first to last."""
    window = window_of(place_of(request, cursor, int), limit)
    found = await deliveries.list_attempts(office.runtime, actor, delivery)
    return paged(request, part_of(found, window, [one.n for one in found]), limit=limit)
