"""Roles that people take for a time beside a job."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.requests.overlays import NewOverlay
from service.rest.answers import answer, written
from service.rest.office import Desk
from service.rest.parsing import DryRun, IfMatch, KeyHeader, KnownAt, guarded_key
from service.rest.strict import StrictRoute
from service.usecases import overlays

router = APIRouter(tags=["changes"], route_class=StrictRoute)


@router.post(
    "/v1/employees/{employee}/overlays",
    status_code=201,
    operation_id="record_overlay",
    summary="Record a role beside a job",
)
async def record(
    request: Request,
    office: Desk,
    actor: Caller,
    employee: str,
    body: NewOverlay,
    expected: IfMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """For a time: it has an end. The job stays as it is. It is two changes, its beginning and its end.

    To move a day, correct that change; to undo it, cancel or rescind the change with which it begins.
    """
    dry = dry_run == "true"
    outcome = await overlays.record_overlay(
        office.runtime,
        actor,
        employee,
        body.asked(),
        expected=expected,
        key=await guarded_key(request, actor, expected),
        dry_run=dry,
    )
    location = f"/v1/changes/{outcome.answer['start_change']}"
    return written(request, outcome, status=201, location=location, dry_run=dry)


@router.get("/v1/employees/{employee}/overlays", operation_id="read_overlays", summary="Read somebody's overlays")
async def read(request: Request, office: Desk, actor: Caller, employee: str, known_at: KnownAt = None) -> Response:
    """What somebody takes on beside their jobs, past and to come. Withdrawn ones show at instants before that."""
    return answer(request, await overlays.read_overlays(office.runtime, actor, employee, known_at=known_at))
