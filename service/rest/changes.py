"""Changes to a person's timeline."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.requests.changes import CorrectedChange, NewChange, Withdrawal
from service.rest.answers import answer, written
from service.rest.office import Desk
from service.rest.parsing import DryRun, IfMatch, KeyHeader, guarded_key
from service.rest.strict import StrictRoute
from service.usecases import amendments, changes, recorded_changes

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


@router.post("/v1/changes/{change}/cancel", operation_id="cancel_change", summary="Withdraw a planned change")
async def cancel(
    request: Request,
    office: Desk,
    actor: Caller,
    change: str,
    body: Withdrawal,
    expected: IfMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Before its day. What it would have made hold is not going to be; the revision is the person's."""
    how: amendments.Withdrawing = "cancelled"
    return await _withdraw(request, office, actor, change, how, body, expected, dry_run == "true")


@router.post("/v1/changes/{change}/rescind", operation_id="rescind_change", summary="Withdraw a change that holds")
async def rescind(
    request: Request,
    office: Desk,
    actor: Caller,
    change: str,
    body: Withdrawal,
    expected: IfMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """From its day on: it should never have been. A correction goes with what it replaced; what was known stays."""
    how: amendments.Withdrawing = "rescinded"
    return await _withdraw(request, office, actor, change, how, body, expected, dry_run == "true")


async def _withdraw(
    request: Request,
    office: Desk,
    actor: Caller,
    change: str,
    how: amendments.Withdrawing,
    body: Withdrawal,
    expected: IfMatch,
    dry: bool,
) -> Response:
    key = await guarded_key(request, actor, expected)
    outcome = await amendments.withdraw_change(
        office.runtime, actor, change, how, body.asked(), expected=expected, key=key, dry_run=dry
    )
    return written(request, outcome, status=200, dry_run=dry)


@router.post(
    "/v1/changes/{change}/correct",
    status_code=201,
    operation_id="correct_change",
    summary="Put another change in a change's place",
)
async def correct(
    request: Request,
    office: Desk,
    actor: Caller,
    change: str,
    body: CorrectedChange,
    expected: IfMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Past or planned, another day or another content. The answer is the new one; what was known stays known."""
    dry = dry_run == "true"
    outcome = await amendments.correct_change(
        office.runtime,
        actor,
        change,
        body.asked(),
        expected=expected,
        key=await guarded_key(request, actor, expected),
        dry_run=dry,
    )
    return written(request, outcome, status=201, location=f"/v1/changes/{outcome.answer['id']}", dry_run=dry)


@router.get("/v1/changes/{change}", operation_id="read_change", summary="Read a change")
async def read(request: Request, office: Desk, actor: Caller, change: str) -> Response:
    """The change as it was recorded, and what happened to it since."""
    return answer(request, await recorded_changes.read_change(office.runtime, actor, change))
