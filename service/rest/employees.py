"""People and their names in other systems."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.domain.instants import instant_text
from service.requests.employees import ExternalId, NewEmployee
from service.rest.answers import answer, page, written
from service.rest.cursors import Place, cursor_for, place_of
from service.rest.office import Desk
from service.rest.parsing import DEFAULT_LIMIT, Cursor, DryRun, IfMatch, KeyHeader, KnownAt, Limit, idempotency_key
from service.rest.strict import StrictRoute
from service.usecases import employees

router = APIRouter(tags=["employees"], route_class=StrictRoute)


@router.post("/v1/employees", status_code=201, operation_id="create_employee", summary="Make a person known")
async def create(
    request: Request, office: Desk, actor: Caller, body: NewEmployee, _key: KeyHeader = None, dry_run: DryRun = "false"
) -> Response:
    """The person starts at revision 0 and holds no job; hiring is the first change."""
    dry = dry_run == "true"
    outcome = await employees.create_employee(
        office.runtime,
        actor,
        key=body.key,
        name=body.name,
        external_ids=body.external_ids,
        idempotency=await idempotency_key(request, actor),
        dry_run=dry,
    )
    return written(request, outcome, status=201, location=f"/v1/employees/{outcome.answer['id']}", dry_run=dry)


@router.get("/v1/employees", operation_id="list_employees", summary="List people")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """People by id, a page at a time; all pages are as known at the instant of the first."""
    place = place_of(request, cursor, str)
    found = await employees.list_employees(
        office.runtime,
        actor,
        after=place.after[0] if place else None,
        limit=limit,
        known_at=place.known_at if place else known_at,
    )
    following = cursor_for(request, Place(after=(found.after,), known_at=found.known_at)) if found.after else None
    return page(
        request,
        list(found.employees),
        next_cursor=following,
        limit=limit,
        known_at=instant_text(found.known_at),
    )


@router.get("/v1/employees/{employee}", operation_id="read_employee", summary="Read a person")
async def read(request: Request, office: Desk, actor: Caller, employee: str, known_at: KnownAt = None) -> Response:
    """The ETag is the person's revision: send it as If-Match with a change."""
    found = await employees.read_employee(office.runtime, actor, employee, known_at=known_at)
    return answer(request, found, revision=found.revision)


@router.put(
    "/v1/employees/{employee}/external-ids/{system}",
    operation_id="set_external_id",
    summary="Bind a person's id in another system",
)
async def bind(
    request: Request,
    office: Desk,
    actor: Caller,
    employee: str,
    system: str,
    body: ExternalId,
    expected: IfMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Replaces the one bound before. An id that somebody else holds must be released there first."""
    outcome = await employees.set_external_id(
        office.runtime,
        actor,
        employee,
        system,
        body.value,
        expected=expected,
        key=await idempotency_key(request, actor),
        dry_run=dry_run == "true",
    )
    return written(request, outcome, status=200)


@router.delete(
    "/v1/employees/{employee}/external-ids/{system}",
    operation_id="release_external_id",
    summary="Release a person's id in another system",
)
async def release(
    request: Request,
    office: Desk,
    actor: Caller,
    employee: str,
    system: str,
    expected: IfMatch,
    dry_run: DryRun = "false",
) -> Response:
    """The id still names the person for instants at which it was bound."""
    outcome = await employees.set_external_id(
        office.runtime, actor, employee, system, None, expected=expected, dry_run=dry_run == "true"
    )
    return written(request, outcome, status=200)
