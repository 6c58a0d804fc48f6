"""Changes to a person's timeline."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.requests.changes import NewChange
from service.rest.answers import answer, written
from service.rest.office import Desk
from service.rest.parsing import DryRun, IfMatch, KeyHeader, guarded_key
from service.rest.strict import StrictRoute
from service.usecases import changes

router = APIRouter(tags=["changes"], route_class=StrictRoute)


@router.post(
    "/v1/employees/{employee}/changes", status_code=201, operation_id="record_change", summary="Record a change"
)
async def record(
    request: Request,
    office: Desk,
    actor: Caller,
    employee: str,
    body: NewChange,
    expected: IfMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Past, present or future. The answer has both sides, the events told, and the person's new revision."""
    dry = dry_run == "true"
    outcome = await changes.record_change(
        office.runtime,
        actor,
        employee,
        body.asked(),
        expected=expected,
        key=await guarded_key(request, actor, expected),
        dry_run=dry,
    )
    return written(request, outcome, status=201, location=f"/v1/changes/{outcome.answer['id']}", dry_run=dry)


@router.get("/v1/changes/{change}", operation_id="read_change", summary="Read a change")
async def read(request: Request, office: Desk, actor: Caller, change: str) -> Response:
    """The change as it was recorded, and what happened to it since."""
    return answer(request, await changes.read_change(office.runtime, actor, change))
