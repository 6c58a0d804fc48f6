"""Another system's extract held against our record."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.auth import Caller
from service.connectors.extracts.reading import read_extract
from service.domain.drift_shapes import Kind
from service.problems import SurfaceProblem
from service.requests.reconciliations import Mends, shell_of
from service.rest.answers import answer, written
from service.rest.cursors import place_of
from service.rest.media import JSON
from service.rest.office import Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, DryRun, KeyHeader, Limit, idempotency_key
from service.rest.strict import StrictRoute, reads_body
from service.strict_json import parse_json
from service.usecases import reconciliation_mends, reconciliation_views, reconciliations
from service.usecases.reconciliations import ReconciliationRequest

router = APIRouter(tags=["reconciliations"], route_class=StrictRoute)

_System = Annotated[str | None, Query(min_length=1, max_length=64, description="Only of this system.")]
_Kind = Annotated[Kind | None, Query(description="Only these.")]
_Person = Annotated[
    str | None,
    Query(min_length=1, max_length=400, description="Only of this person: id, own key, or system:value."),
]


@router.post(
    "/v1/reconciliations",
    status_code=201,
    operation_id="create_reconciliation",
    dependencies=[Depends(reads_body)],
    summary="Hold an extract against the record",
)
async def create(
    request: Request, office: Desk, actor: Caller, _key: KeyHeader = None, dry_run: DryRun = "false"
) -> Response:
    """The answer counts what differs; nobody's timeline is touched. Names and pay are neither compared nor kept.

    An extract has at most 100 000 rows, and the body 16 MB.
    """
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    asked = await _asked(request)
    outcome = await reconciliations.create_reconciliation(office.runtime, actor, asked, key=key, dry_run=dry)
    location = f"/v1/reconciliations/{outcome.answer['id']}"
    return written(request, outcome, status=201, location=location, dry_run=dry)


@router.get("/v1/reconciliations", operation_id="list_reconciliations", summary="List reconciliations")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    system: _System = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The latest first."""
    window = window_of(place_of(request, cursor, str), limit)
    found = await reconciliation_views.list_reconciliations(office.runtime, actor, system=system, window=window)
    return paged(request, found, limit=limit)


@router.get("/v1/reconciliations/{reconciliation}", operation_id="read_reconciliation", summary="Read a reconciliation")
async def read(request: Request, office: Desk, actor: Caller, reconciliation: str) -> Response:
    """How it was made, and how many differences of which kind were found."""
    return answer(request, await reconciliation_views.read_reconciliation(office.runtime, actor, reconciliation))


@router.delete(
    "/v1/reconciliations/{reconciliation}", operation_id="delete_reconciliation", summary="Delete a reconciliation"
)
async def delete(
    request: Request, office: Desk, actor: Caller, reconciliation: str, dry_run: DryRun = "false"
) -> Response:
    """With all its differences, once none of its mends can still be applied. Once it is gone, asking again finds none:
    404, nothing done.
    """
    outcome = await reconciliations.delete_reconciliation(
        office.runtime, actor, reconciliation, dry_run=dry_run == "true"
    )
    return written(request, outcome, status=200)


@router.get(
    "/v1/reconciliations/{reconciliation}/drifts", operation_id="list_drifts", summary="List a report's differences"
)
async def drifts(
    request: Request,
    office: Desk,
    actor: Caller,
    reconciliation: str,
    kind: _Kind = None,
    person: _Person = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """By number, with what would mend each. Figures of our bands are for keys with bands:read."""
    window = window_of(place_of(request, cursor, int), limit)
    found = await reconciliation_views.list_drifts(
        office.runtime, actor, reconciliation, kind=kind, person=person, window=window
    )
    return paged(request, found, limit=limit)


@router.post(
    "/v1/reconciliations/{reconciliation}/apply",
    status_code=201,
    operation_id="apply_reconciliation",
    summary="Make a batch of mends",
)
async def apply(
    request: Request,
    office: Desk,
    actor: Caller,
    reconciliation: str,
    body: Mends,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Stores a batch of changes like any other; nothing is recorded before that is applied."""
    key, dry = await idempotency_key(request, actor), dry_run == "true"
    if key is None and not dry:
        raise SurfaceProblem(
            "idempotency-key-missing",
            "A batch is stored under an Idempotency-Key, so that sending this again stores nothing twice. Send one.",
            errors=[{"header": "Idempotency-Key", "detail": "is missing", "code": "idempotency-key-missing"}],
        )
    outcome = await reconciliation_mends.apply_reconciliation(
        office.runtime, actor, reconciliation, body.asked(), key=key, dry_run=dry
    )
    location = f"/v1/change-batches/{outcome.answer['batch']['id']}"
    return written(request, outcome, status=201, location=location, dry_run=dry)


async def _asked(request: Request) -> ReconciliationRequest:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != JSON or request.headers.get("content-encoding", "identity") != "identity":
        raise SurfaceProblem(
            "unsupported-media-type", f"An extract is sent within {JSON}: say so, and send no Content-Encoding."
        )
    # A large body takes a while to read: others go on meanwhile.
    return await asyncio.to_thread(_read, await request.body())


def _read(body: bytes) -> ReconciliationRequest:
    shell, extract = shell_of(parse_json(body))
    columns = shell.columns.asked() if shell.columns else None
    rows = read_extract(extract, format=shell.format, system=shell.system, columns=columns, parse=parse_json)
    return shell.asked(rows)
