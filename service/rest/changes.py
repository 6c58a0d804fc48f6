"""Changes to a person's timeline."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.requests.changes import CorrectedChange, NewChange, Withdrawal
from service.rest.answers import answer, written
from service.rest.exports import ExportForm, exported
from service.rest.office import Desk
from service.rest.paging import listed
from service.rest.parsing import (
    DEFAULT_LIMIT,
    Cursor,
    DryRun,
    IfMatch,
    KeyHeader,
    KnownAt,
    Limit,
    dated,
    guarded_key,
    instanted,
)
from service.rest.preferences import Counted
from service.rest.strict import StrictRoute
from service.usecases import amendments, changes, recorded_changes
from service.usecases.paging import Listing, Window

router = APIRouter(tags=["changes"], route_class=StrictRoute)

_Filter = Annotated[list[str], Query(max_length=100, description="Only these; repeat for one of several.")]
_Person = Annotated[
    str | None, Query(min_length=1, max_length=400, description="Only of this person: id, key, system:value.")
]
_EffectiveFrom = Annotated[date | None, dated("effective_on[gte]", "Only what is effective on this day or later.")]
_EffectiveBefore = Annotated[date | None, dated("effective_on[lt]", "Only what is effective before this day.")]
_RecordedFrom = Annotated[int | None, instanted("recorded_at[gte]", "Only what was recorded at this instant or later.")]
_RecordedBefore = Annotated[int | None, instanted("recorded_at[lt]", "Only what was recorded before this instant.")]
_Sort = Annotated[
    Literal["recorded_at", "-recorded_at", "effective_on", "-effective_on"],
    Query(description="By what; - is the other way round."),
]


@router.get("/v1/changes", operation_id="list_changes", summary="List changes")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    form: ExportForm,
    is_counted: Counted,
    employee: _Person = None,
    job: _Filter = [],  # noqa: B006 - the framework copies defaults
    kind: _Filter = [],  # noqa: B006
    status: _Filter = [],  # noqa: B006
    reason: _Filter = [],  # noqa: B006
    effective_from: _EffectiveFrom = None,
    effective_before: _EffectiveBefore = None,
    recorded_from: _RecordedFrom = None,
    recorded_before: _RecordedBefore = None,
    known_at: KnownAt = None,
    sort: _Sort = "recorded_at",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """A page at a time, each change as it was at the instant of the first; `status=scheduled` is what is planned.

    As `text/csv` or `application/x-ndjson` it is the whole list; in CSV, a text that a spreadsheet would take for a
    formula has an apostrophe in front.
    """
    wanted = recorded_changes.WantedChanges(
        employee=employee,
        job=tuple(job),
        kind=tuple(kind),
        status=tuple(status),
        reason=tuple(reason),
        effective_from=effective_from,
        effective_before=effective_before,
        recorded_from=recorded_from,
        recorded_before=recorded_before,
    )

    async def read(window: Window, _day: date | None, instant: int | None) -> Listing[recorded_changes.ShownChange]:
        return await recorded_changes.list_changes(
            office.runtime, actor, wanted=wanted, known_at=instant, window=window, by=sort, counted=is_counted
        )

    bounds = (None, known_at)
    if form:
        shape = recorded_changes.ShownChange
        return await exported(request, form, read, name="changes", shape=shape, bounds=bounds)
    place = recorded_changes.SORTS[sort.removeprefix("-")]
    return await listed(request, read, place=place, limit=limit, cursor=cursor, bounds=bounds, is_dated=False)


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
