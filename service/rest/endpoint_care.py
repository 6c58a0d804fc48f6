"""What is done to an endpoint once it is there: its secrets, and trying it."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.requests.endpoints import EndpointTest, Rotation
from service.rest.answers import written
from service.rest.cursors import place_of
from service.rest.office import Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, DryRun, KeyHeader, Limit, idempotency_key
from service.rest.strict import StrictRoute
from service.usecases import endpoint_secrets, endpoint_tests
from service.usecases.paging import part_of

router = APIRouter(tags=["endpoints"], route_class=StrictRoute)


@router.post(
    "/v1/endpoints/{endpoint}/rotate-secret",
    status_code=201,
    operation_id="rotate_secret",
    summary="Give an endpoint a new signing secret",
)
async def rotate(
    request: Request,
    office: Desk,
    actor: Caller,
    endpoint: str,
    body: Rotation,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """The answer carries the new secret, this once. The older ones of its kind sign beside it for the overlap."""
    outcome = await endpoint_secrets.rotate_secret(
        office.runtime,
        office.sending,
        actor,
        endpoint,
        overlap_seconds=body.overlap_seconds,
        kind=body.kind,
        key=await idempotency_key(request, actor),
        dry_run=dry_run == "true",
    )
    return written(request, outcome, status=201, is_whole=True)


@router.get("/v1/endpoints/{endpoint}/secrets", operation_id="list_secrets", summary="List an endpoint's secrets")
async def list_secrets(
    request: Request, office: Desk, actor: Caller, endpoint: str, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Those that sign, newest first, without themselves. Public keys are shown."""
    window = window_of(place_of(request, cursor, int), limit)
    found = await endpoint_secrets.list_secrets(office.runtime, actor, endpoint)
    return paged(request, part_of(found, window), limit=limit)


@router.delete(
    "/v1/endpoints/{endpoint}/secrets/{secret}", operation_id="revoke_secret", summary="Revoke a signing secret"
)
async def revoke(
    request: Request,
    office: Desk,
    actor: Caller,
    endpoint: str,
    secret: str,
    dry_run: DryRun = "false",
) -> Response:
    """It signs nothing more, at once. The last one that nothing ends cannot be revoked: rotate it first."""
    outcome = await endpoint_secrets.revoke_secret(office.runtime, actor, endpoint, secret, dry_run=dry_run == "true")
    return written(request, outcome, status=200)


@router.post("/v1/endpoints/{endpoint}/test", operation_id="test_endpoint", summary="Send an example to an endpoint")
async def send_test(
    request: Request,
    office: Desk,
    actor: Caller,
    endpoint: str,
    body: EndpointTest,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """The example goes out at once, on the path that events take, whatever the endpoint's state; 200 tells what came
    of it, be it good or bad. It is marked (`webhook-test: true`, `"test": true`) and its sequence is 0."""
    outcome = await endpoint_tests.send_test(
        office.runtime,
        office.sending,
        actor,
        endpoint,
        body.event_type,
        key=await idempotency_key(request, actor),
        dry_run=dry_run == "true",
    )
    return written(request, outcome, status=200, is_whole=True)
