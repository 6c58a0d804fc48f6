"""Connections to other firms' systems."""

from datetime import date
from typing import Annotated, Any

import strawberry

from service.connectors.band_drifts import BandDriftReport
from service.connectors.checks import CheckedConnection
from service.domain.wire import plain
from service.graphql.arguments import After, Before, First, Last
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Asked
from service.graphql.endpoints import Deleted
from service.graphql.inputs import checked
from service.graphql.nodes import root
from service.graphql.payloads import Write, mutation
from service.graphql.shapes import shape_of
from service.requests.connections import ConnectionChange, NewConnection, NewMapping, Syncing
from service.usecases import connection_mappings, connection_syncs, connection_views, connections
from service.usecases.act import Outcome
from service.usecases.connection_mappings import ShownMapping
from service.usecases.connection_syncs import ShownSync
from service.usecases.connection_views import ShownLink, StandingConnection
from service.usecases.connections import ShownConnection
from service.usecases.paging import Part, Window

_Which = Annotated[str, strawberry.argument(description="Id or key of the connection.")]


async def _connection(info: Asked, connection: _Which) -> Any:
    ask = info.context
    return await connection_views.read_standing(ask.office.runtime, ask.actor, connection)


async def _connections(
    info: Asked, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    ask = info.context

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await connections.list_connections(ask.office.runtime, ask.actor, window=window)

    return await paged(info, Slice(first=first, after=after, last=last, before=before), read, place=(str,))


async def _mapping(info: Asked, connection: _Which) -> Any:
    ask = info.context
    return await connection_mappings.read_mapping(ask.office.runtime, ask.actor, connection)


async def _band_drift(info: Asked, connection: _Which) -> Any:
    ask = info.context
    return await ask.connecting.band_drift(ask.actor, connection)


async def _sync_read(info: Asked, connection: _Which) -> Any:
    ask = info.context
    return await connection_syncs.read_sync(ask.office.runtime, ask.actor, connection)


async def _links(
    info: Asked,
    connection: _Which,
    employee: Annotated[str, strawberry.argument(description="Id, your own key, or system:value.")],
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    ask = info.context

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await connection_views.list_links(ask.office.runtime, ask.actor, connection, employee, window=window)

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(int,),
        asked={"connection": connection, "employee": employee},
    )


async def _create(write: Write) -> Outcome:
    ask = write.ask
    return await connections.create_connection(
        ask.office.runtime,
        ask.office.sending,
        ask.actor,
        ask.connecting.asked(**checked(NewConnection, write.sent).model_dump()),
        key=write.key,
        dry_run=write.dry_run,
    )


async def _change(write: Write) -> Outcome:
    ask, connection = write.ask, write.sent["connection"]
    body = checked(ConnectionChange, write.sent)
    return await connections.change_connection(
        ask.office.runtime,
        ask.office.sending,
        ask.actor,
        connection,
        await ask.connecting.asked_anew(ask.actor, connection, **body.model_dump()),
        expected=write.expected,
        key=write.key,
        dry_run=write.dry_run,
    )


async def _delete(write: Write) -> Outcome:
    ask = write.ask
    return await connections.delete_connection(
        ask.office.runtime,
        ask.actor,
        write.sent["connection"],
        expected=write.expected,
        key=write.key,
        dry_run=write.dry_run,
    )


async def _map(write: Write) -> Outcome:
    ask = write.ask
    return await connection_mappings.set_mapping(
        ask.office.runtime,
        ask.actor,
        write.sent["connection"],
        checked(NewMapping, write.sent).asked(),
        expected=write.expected,
        key=write.key,
        dry_run=write.dry_run,
    )


async def _check(write: Write) -> Outcome:
    ask = write.ask
    return Outcome(answer=plain(await ask.connecting.check(ask.actor, write.sent["connection"])))


async def _sync(write: Write) -> Outcome:
    ask, body = write.ask, checked(Syncing, write.sent)
    connection: str = write.sent["connection"]
    told = await ask.connecting.sync(ask.actor, connection, dry_run=write.dry_run, **body.model_dump())
    return Outcome(answer=plain(told))


_WHICH = (("connection", "Id or key of the connection."),)
_RECORD = shape_of(ShownConnection)
_LINK = shape_of(ShownLink)
QUERIES: dict[str, Any] = {
    "connection": root(_connection, shape_of(StandingConnection), "A connected system and how it is doing."),
    "connections": root(_connections, connection_of(_RECORD, "ConnectionRecord"), "Connected systems by id."),
    "connection_mapping": root(_mapping, shape_of(ShownMapping), "What is called what in a connected system."),
    "connection_band_drift": root(
        _band_drift, shape_of(BandDriftReport), "Where a connected system's pay bands and ours part, asked there anew."
    ),
    "connection_sync": root(_sync_read, shape_of(ShownSync), "What the last sync that kept anything came to."),
    "connection_links": root(
        _links, connection_of(_LINK, "ConnectionLink"), "What of a person stands there as which row."
    ),
}
MUTATIONS: dict[str, Any] = {
    "create_connection": mutation(
        "createConnection",
        _create,
        _RECORD,
        said="Connect another firm's system. Events flow to it from now on, if its kind takes any.",
        body=NewConnection,
    ),
    "change_connection": mutation(
        "changeConnection",
        _change,
        _RECORD,
        said="Set settings and credentials of a connection anew, as a whole.",
        body=ConnectionChange,
        places=_WHICH,
        guarded=True,
    ),
    "delete_connection": mutation(
        "deleteConnection",
        _delete,
        Deleted,
        said="Disconnect. What was still to be written there is dropped; what stands there stays.",
        places=_WHICH,
        guarded=True,
    ),
    "set_mapping": mutation(
        "setMapping",
        _map,
        shape_of(ShownMapping),
        said="Set what is called what in a connected system, as a whole.",
        body=NewMapping,
        places=_WHICH,
        guarded=True,
    ),
    "check_connection": mutation(
        "checkConnection",
        _check,
        shape_of(CheckedConnection),
        said="Try a connection out. Nothing is written anywhere.",
        places=_WHICH,
    ),
    "sync_connection": mutation(
        "syncConnection",
        _sync,
        shape_of(ShownSync),
        said="Read what changed there, the first time everything. While the state is running, the same again joins it.",
        body=Syncing,
        places=_WHICH,
    ),
}
