"""The whole company folder as one document: read it, plan with it, publish it."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.requests.definitions import DefinitionsBody
from service.rest.answers import answer, written
from service.rest.office import Desk
from service.rest.parsing import BaseMatch, DryRun, KeyHeader, KnownAt, guarded_key
from service.rest.strict import StrictRoute
from service.usecases import definitions

router = APIRouter(tags=["definitions"], route_class=StrictRoute)


@router.get("/v1/definitions", operation_id="read_definitions", summary="Export all definitions")
async def read(request: Request, office: Desk, actor: Caller, known_at: KnownAt = None) -> Response:
    """The latest of each, in source form: what `dualtrack export` writes. The ETag is the base of a plan."""
    found, base = await definitions.read_definitions(office.runtime, actor, known_at=known_at)
    return answer(request, found, tag=base, published="pay")


@router.put("/v1/definitions", operation_id="put_definitions", summary="Plan or publish definitions")
async def put(
    request: Request,
    office: Desk,
    actor: Caller,
    body: DefinitionsBody,
    base: BaseMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Publish what is new, all of it or nothing. With `dry_run=true` this is the plan: what would change, whom it
    touches, what it costs at the least. If-Match names the base of the plan; when more was published since, the
    answer is 412.
    """
    outcome = await definitions.apply_documents(
        office.runtime,
        actor,
        company=body.company,
        ladders=body.ladders,
        bands=body.bands,
        base=base,
        dry_run=dry_run == "true",
        key=await guarded_key(request, actor, base),
    )
    return written(request, outcome, status=200)
