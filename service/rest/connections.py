"""Connections to other firms' systems."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.domain.wire import plain
from service.requests.connections import ConnectionChange, NewConnection, NewMapping, Syncing
from service.rest.answers import answer, written
from service.rest.cursors import place_of
from service.rest.office import Connecting, Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, DryRun, IfMatch, KeyHeader, Limit, guarded_key, idempotency_key
from service.rest.strict import StrictRoute
from service.usecases import connection_mappings, connection_syncs, connection_views, connections
from service.usecases.act import Outcome

router = APIRouter(tags=["connections"], route_class=StrictRoute)

_Person = Annotated[str, Query(min_length=1, max_length=400, description="Id, your own key, or system:value.")]


@router.post("/v1/connections", status_code=201, operation_id="create_connection", summary="Connect a system")
async def create(
    request: Request,
    office: Desk,
    connecting: Connecting,
    actor: Caller,
    body: NewConnection,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Events flow to it from now on, if its kind takes any. What is there already comes by a sync."""
    dry = dry_run == "true"
    outcome = await connections.create_connection(
        office.runtime,
        office.sending,
        actor,
        connecting.asked(**body.model_dump()),
        key=await idempotency_key(request, actor),
        dry_run=dry,
    )
    location = f"/v1/connections/{outcome.answer['id']}"
    return written(request, outcome, status=201, location=location, dry_run=dry)


@router.get("/v1/connections", operation_id="list_connections", summary="List connections")
async def list_all(
    request: Request, office: Desk, actor: Caller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Connections by id."""
    window = window_of(place_of(request, cursor, str), limit)
    return paged(request, await connections.list_connections(office.runtime, actor, window=window), limit=limit)


@router.get("/v1/connections/{connection}", operation_id="read_connection", summary="Read how a connection is doing")
async def read(request: Request, office: Desk, actor: Caller, connection: str) -> Response:
    """What was set, and how it goes. Credentials are never shown. The ETag is what If-Match wants."""
    found = await connection_views.read_standing(office.runtime, actor, connection)
    return answer(request, found, revision=found.revision, conditional=False)


@router.put("/v1/connections/{connection}", operation_id="change_connection", summary="Set a connection anew")
async def change(
    request: Request,
    office: Desk,
    connecting: Connecting,
    actor: Caller,
    connection: str,
    body: ConnectionChange,
    expected: IfMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Settings and credentials as a whole, for what is still to be written, too."""
    outcome = await connections.change_connection(
        office.runtime,
        office.sending,
        actor,
        connection,
        await connecting.asked_anew(actor, connection, **body.model_dump()),
        expected=expected,
        key=await guarded_key(request, actor, expected),
        dry_run=dry_run == "true",
    )
    return written(request, outcome, status=200)


@router.delete("/v1/connections/{connection}", operation_id="delete_connection", summary="Disconnect a system")
async def delete(
    request: Request, office: Desk, actor: Caller, connection: str, expected: IfMatch, dry_run: DryRun = "false"
) -> Response:
    """What was still to be written there is dropped. What stands there stays."""
    outcome = await connections.delete_connection(
        office.runtime, actor, connection, expected=expected, dry_run=dry_run == "true"
    )
    return written(request, outcome, status=200)


@router.get("/v1/connections/{connection}/mapping", operation_id="read_mapping", summary="Read what is called what")
async def read_mapping(request: Request, office: Desk, actor: Caller, connection: str) -> Response:
    """Warnings and levels without a name are those of today. The ETag is the version, which If-Match wants."""
    found = await connection_mappings.read_mapping(office.runtime, actor, connection)
    return answer(request, found, revision=found.version, conditional=False)


@router.put("/v1/connections/{connection}/mapping", operation_id="set_mapping", summary="Set what is called what")
async def set_mapping(
    request: Request,
    office: Desk,
    actor: Caller,
    connection: str,
    body: NewMapping,
    expected: IfMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """The whole mapping. What waits for a name is written when it is tried again."""
    outcome = await connection_mappings.set_mapping(
        office.runtime,
        actor,
        connection,
        body.asked(),
        expected=expected,
        key=await guarded_key(request, actor, expected),
        dry_run=dry_run == "true",
    )
    return written(request, outcome, status=200, tag=str(outcome.answer["version"]))


@router.get(
    "/v1/connections/{connection}/band-drift", operation_id="read_band_drift", summary="Compare their bands with ours"
)
async def band_drift(request: Request, connecting: Connecting, actor: Caller, connection: str) -> Response:
    """Asked there anew each time, and compared with the bands in force today. Nothing is kept, and nothing taken over.

    That their system cannot be reached or refuses is an alarm of the answer.
    """
    return answer(request, await connecting.band_drift(actor, connection))


@router.post("/v1/connections/{connection}/check", operation_id="check_connection", summary="Try a connection out")
async def check(
    request: Request, connecting: Connecting, actor: Caller, connection: str, _dry_run: DryRun = "false"
) -> Response:
    """Credentials, permissions and mapping are looked at there. Nothing is written anywhere, dry run or not."""
    return _told(request, await connecting.check(actor, connection))


@router.post("/v1/connections/{connection}/sync", operation_id="sync_connection", summary="Read what changed there")
async def sync(
    request: Request,
    connecting: Connecting,
    actor: Caller,
    connection: str,
    body: Syncing,
    dry_run: DryRun = "false",
) -> Response:
    """The first time all of it. It goes on by itself: while the state is running, the same request joins it."""
    told = await connecting.sync(actor, connection, dry_run=dry_run == "true", **body.model_dump())
    return _told(request, told)


@router.get("/v1/connections/{connection}/sync", operation_id="read_sync", summary="Read what the last sync came to")
async def read_sync(request: Request, office: Desk, actor: Caller, connection: str) -> Response:
    """Of the last one that was no dry run, whichever process runs it."""
    return answer(request, await connection_syncs.read_sync(office.runtime, actor, connection))


@router.get("/v1/connections/{connection}/links", operation_id="list_links", summary="List what stands there")
async def links(
    request: Request,
    office: Desk,
    actor: Caller,
    connection: str,
    employee: _Person,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Of a person: which of our days stand there as which row, by job, place and day."""
    window = window_of(place_of(request, cursor, int), limit)
    found = await connection_views.list_links(office.runtime, actor, connection, employee, window=window)
    return paged(request, found, limit=limit)


def _told(request: Request, shown: Any) -> Response:
    """The answer of what is asked of another system, and is no write of ours."""
    return written(request, Outcome(answer=plain(shown)), status=200)
