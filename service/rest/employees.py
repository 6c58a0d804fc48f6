"""People and their names in other systems."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.domain.instants import parse_instant
from service.requests.employees import ExternalId, NewEmployee
from service.rest.answers import answer, written
from service.rest.exports import ExportForm, exported
from service.rest.fields import expanded
from service.rest.office import Desk
from service.rest.paging import listed
from service.rest.parsing import (
    DEFAULT_LIMIT,
    Cursor,
    DryRun,
    EffectiveOn,
    Guarded,
    IfMatch,
    KeyHeader,
    KnownAt,
    Limit,
    guarded_key,
    idempotency_key,
    names_of,
)
from service.rest.preferences import Counted
from service.rest.strict import StrictRoute
from service.usecases import employees
from service.usecases.employees import Employee
from service.usecases.expansions import ExpandedEmployee, with_assignments
from service.usecases.paging import Listing, Window, part_of

router = APIRouter(tags=["employees"], route_class=StrictRoute)

EXPANSIONS = ("assignment",)
_Expand = Annotated[str | None, names_of(EXPANSIONS, "What is to be put in.")]
_Sort = Annotated[Literal["id", "-id", "key", "-key"], Query(description="By what; - is the other way round.")]


@router.post("/v1/employees", status_code=201, operation_id="create_employee", summary="Make a person known")
async def create(
    request: Request,
    office: Desk,
    actor: Caller,
    body: NewEmployee,
    is_guarded: Guarded,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """The person starts at revision 0 and holds no job; hiring is the first change.

    A key that somebody has is refused with 409 `key-taken`. With `If-None-Match: *` it is a precondition that failed,
    412 `key-exists`, for callers who only make sure that somebody is known. The condition is read as being about the
    person that is to be made: the list that is posted to always exists.
    """
    dry = dry_run == "true"
    outcome = await employees.create_employee(
        office.runtime,
        actor,
        key=body.key,
        name=body.name,
        external_ids=body.external_ids,
        is_guarded=is_guarded,
        idempotency=await idempotency_key(request, actor),
        dry_run=dry,
    )
    return written(request, outcome, status=201, location=f"/v1/employees/{outcome.answer['id']}", dry_run=dry)


@router.get("/v1/employees", operation_id="list_employees", summary="List people")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    form: ExportForm,
    is_counted: Counted,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    sort: _Sort = "id",
    expand: _Expand = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """A page at a time; all pages are as known at the instant of the first. Ids rise with time.

    By key, as the database orders texts, those without one come last. `effective_on` is the day of expanded
    assignments. As `text/csv` or `application/x-ndjson` it is the whole list; in CSV, a text that a spreadsheet would
    take for a formula has an apostrophe in front.
    """
    is_expanded = bool(expanded(expand, EXPANSIONS))

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[Employee]:
        found = await employees.list_employees(
            office.runtime, actor, window=window, known_at=instant, by=sort, counted=is_counted
        )
        if is_expanded:
            return await with_assignments(office.runtime, actor, found, effective_on=day)
        return found

    bounds = (effective_on, known_at)
    if form:
        shape = ExpandedEmployee if is_expanded else Employee
        return await exported(request, form, read, name="employees", shape=shape, bounds=bounds)
    place = (str,) if sort.endswith("id") else (str, str)
    return await listed(request, read, place=place, limit=limit, cursor=cursor, bounds=bounds, is_dated=False)


@router.get("/v1/employees/{employee}", operation_id="read_employee", summary="Read a person")
async def read(
    request: Request,
    office: Desk,
    actor: Caller,
    employee: str,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    expand: _Expand = None,
) -> Response:
    """The ETag is the person's revision: send it as If-Match with a change.

    Expanded, the answer depends on the day as well (`effective_on`), so its ETag is another: take `revision`.
    """
    is_expanded = bool(expanded(expand, EXPANSIONS))
    found = await employees.read_employee(office.runtime, actor, employee, known_at=known_at)
    if not is_expanded or found.known_at is None:
        return answer(request, found, revision=found.revision)
    alone = Listing(part=part_of((found,), Window(limit=1)), effective_on=None, known_at=parse_instant(found.known_at))
    whole = await with_assignments(office.runtime, actor, alone, effective_on=effective_on)
    return answer(request, whole.part.items[0])


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
    """Replaces the one bound before. An id that somebody else holds must be released there first.

    Where another one was bound before, connections of that system are sent what there is of the person once more: rows
    that were written under the wrong id are taken back there, and stand under the right one.
    """
    outcome = await employees.set_external_id(
        office.runtime,
        actor,
        employee,
        system,
        body.value,
        expected=expected,
        key=await guarded_key(request, actor, expected),
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
