"""Many changes at once."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from service.auth import Caller
from service.domain.access import Actor
from service.problems import SurfaceProblem
from service.requests.batches import MoreRows, NewBatch, Rejection
from service.rest.answers import answer, written
from service.rest.batch_bodies import Stated, batch_request
from service.rest.cursors import place_of
from service.rest.office import Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, DryRun, KeyHeader, Limit, idempotency_key
from service.rest.strict import StrictRoute, reads_body
from service.usecases import batch_decisions, batch_views, batches
from service.usecases.act import IdempotencyKey, Outcome

router = APIRouter(tags=["batches"], route_class=StrictRoute)

_Mode = Annotated[
    Literal["atomic", "partial"] | None,
    Query(description="Of lines and tables: all rows or none, or all that can."),
]
_Flag = Literal["true", "false"] | None
_Backfill = Annotated[_Flag, Query(description="Of lines and tables: a first load. Needs admin.")]
_Complete = Annotated[_Flag, Query(description="Of lines and tables: false when more rows follow.")]
_Outcome = Annotated[Literal["waiting", "applied", "failed"] | None, Query(description="Only these.")]
_State = Annotated[
    Literal["open", "stored", "proposed", "rejected", "applying", "applied", "failed"] | None,
    Query(description="Only these."),
]
_AGAIN = {"Retry-After": "1"}


@router.post(
    "/v1/change-batches",
    status_code=201,
    operation_id="create_change_batch",
    dependencies=[Depends(reads_body)],
    summary="Store many changes",
)
async def create(
    request: Request,
    office: Desk,
    actor: Caller,
    mode: _Mode = None,
    backfill: _Backfill = None,
    complete: _Complete = None,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Nothing is recorded yet: the answer reports each row that cannot be done and what the others mean.

    Rows come in one JSON document, by the line, or as a table, where an empty cell says nothing and `\\N` is null.
    """
    dry = dry_run == "true"
    key = await _needed_key(request, actor, dry=dry)
    asked = await batch_request(request, Stated(mode=mode, backfill=backfill, complete=complete), whole=NewBatch)
    outcome = await batches.create_batch(office.runtime, actor, asked, key=key, dry_run=dry)
    return written(request, outcome, status=201, location=_place(outcome), dry_run=dry)


@router.post(
    "/v1/change-batches/{batch}/rows",
    operation_id="add_batch_rows",
    dependencies=[Depends(reads_body)],
    summary="Add rows to an open batch",
)
async def add(
    request: Request,
    office: Desk,
    actor: Caller,
    batch: str,
    complete: _Complete = None,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """For more rows than fit into one request. Their form is looked at; rules are asked when they are applied."""
    dry = dry_run == "true"
    key = await _needed_key(request, actor, dry=dry)
    asked = await batch_request(request, Stated(complete=complete), whole=MoreRows)
    outcome = await batches.add_rows(office.runtime, actor, batch, asked, key=key, dry_run=dry)
    return written(request, outcome, status=200, dry_run=dry)


@router.get("/v1/change-batches", operation_id="list_change_batches", summary="List batches")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    state: _State = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The latest first."""
    window = window_of(place_of(request, cursor, str), limit)
    return paged(
        request, await batch_views.list_batches(office.runtime, actor, state=state, window=window), limit=limit
    )


@router.get("/v1/change-batches/{batch}", operation_id="read_change_batch", summary="Read a batch")
async def read(request: Request, office: Desk, actor: Caller, batch: str) -> Response:
    """Its state, and how many rows were done so far."""
    return answer(request, await batch_views.read_batch(office.runtime, actor, batch))


@router.get("/v1/change-batches/{batch}/rows", operation_id="list_batch_rows", summary="List a batch's rows")
async def rows(
    request: Request,
    office: Desk,
    actor: Caller,
    batch: str,
    outcome: _Outcome = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """By number: which change each became, or why it was not done."""
    window = window_of(place_of(request, cursor, int), limit)
    found = await batch_views.list_batch_rows(office.runtime, actor, batch, outcome=outcome, window=window)
    return paged(request, found, limit=limit)


@router.post(
    "/v1/change-batches/{batch}/apply",
    status_code=202,
    operation_id="apply_change_batch",
    summary="Have a batch applied",
)
async def apply(
    request: Request, office: Desk, actor: Caller, batch: str, _key: KeyHeader = None, dry_run: DryRun = "false"
) -> Response:
    """It is worked on from now on; read it to see how far it has come. Asking again alters nothing."""
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    outcome = await batch_decisions.apply_batch(office.runtime, actor, batch, key=key, dry_run=dry)
    return _accepted(request, outcome, dry=dry)


@router.post(
    "/v1/change-batches/{batch}/approve",
    status_code=202,
    operation_id="approve_change_batch",
    summary="Approve somebody else's batch",
)
async def approve(
    request: Request, office: Desk, actor: Caller, batch: str, _key: KeyHeader = None, dry_run: DryRun = "false"
) -> Response:
    """It is applied from now on, in the name of whoever approves it, who is not whoever proposed it."""
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    outcome = await batch_decisions.approve_batch(office.runtime, actor, batch, key=key, dry_run=dry)
    return _accepted(request, outcome, dry=dry)


@router.post("/v1/change-batches/{batch}/reject", operation_id="reject_change_batch", summary="Reject a batch")
async def reject(
    request: Request,
    office: Desk,
    actor: Caller,
    batch: str,
    body: Rejection,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """It is never applied. Whoever stored it may withdraw it this way, too."""
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    outcome = await batch_decisions.reject_batch(office.runtime, actor, batch, reason=body.reason, key=key, dry_run=dry)
    return written(request, outcome, status=200, dry_run=dry)


def _accepted(request: Request, outcome: Outcome, *, dry: bool) -> Response:
    made = written(request, outcome, status=202, location=_place(outcome), dry_run=dry)
    made.headers.update({} if dry else _AGAIN)
    return made


def _place(outcome: Outcome) -> str:
    return f"/v1/change-batches/{outcome.answer['id']}"


async def _needed_key(request: Request, actor: Actor, *, dry: bool) -> IdempotencyKey | None:
    key = await idempotency_key(request, actor)
    if key is None and not dry:
        raise SurfaceProblem(
            "idempotency-key-missing",
            "Rows are stored under an Idempotency-Key, so that sending them again stores nothing twice. Send one.",
            errors=[{"header": "Idempotency-Key", "detail": "is missing", "code": "idempotency-key-missing"}],
        )
    return key
