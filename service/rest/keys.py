"""API keys: made, listed, revoked."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.requests.keys import NewKey
from service.rest.answers import answer, written
from service.rest.cursors import place_of
from service.rest.office import Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, DryRun, KeyHeader, Limit, idempotency_key
from service.rest.strict import StrictRoute
from service.usecases import access

router = APIRouter(tags=["keys"], route_class=StrictRoute)


@router.post("/v1/keys", status_code=201, operation_id="create_key", summary="Make an API key")
async def create(
    request: Request, office: Desk, actor: Caller, body: NewKey, _key: KeyHeader = None, dry_run: DryRun = "false"
) -> Response:
    """The answer carries the key, this once: under the same Idempotency-Key the same key is named, but not shown."""
    dry = dry_run == "true"
    outcome = await access.create_key(
        office.runtime,
        actor,
        name=body.name,
        scopes=frozenset(body.scopes),
        expires_at=body.expiry(),
        idempotency=await idempotency_key(request, actor),
        dry_run=dry,
    )
    return written(
        request, outcome, status=201, location=f"/v1/keys/{outcome.answer['id']}", dry_run=dry, is_whole=True
    )


@router.get("/v1/keys", operation_id="list_keys", summary="List API keys")
async def list_all(
    request: Request, office: Desk, actor: Caller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Every key ever made, oldest first, without its secret; those revoked or expired, too."""
    window = window_of(place_of(request, cursor, int), limit)
    return paged(request, await access.list_keys(office.runtime, actor, window=window), limit=limit)


@router.get("/v1/keys/{key}", operation_id="read_key", summary="Read an API key")
async def read(request: Request, office: Desk, actor: Caller, key: str) -> Response:
    """What it is for and what it may do. The key itself is never shown again."""
    return answer(request, await access.read_key(office.runtime, actor, key))


@router.delete("/v1/keys/{key}", operation_id="revoke_key", summary="Revoke an API key")
async def revoke(request: Request, office: Desk, actor: Caller, key: str, dry_run: DryRun = "false") -> Response:
    """It works for no further request. Once it is revoked, asking again finds no key to stop: 404, nothing done."""
    return written(request, await access.revoke_key(office.runtime, actor, key, dry_run=dry_run == "true"), status=200)
