"""The composition root of the HTTP surfaces: the only place that wires them."""

from functools import cache

from fastapi import APIRouter, FastAPI

from service import __version__
from service.connectors.desk import ConnectionDesk
from service.graphql.finished import KeptAnswers
from service.graphql.schema import LENGTHS, schema
from service.graphql.transport import router
from service.graphql.trusted import TrustedDocuments
from service.house import House, Reaching, tools_of
from service.rest import (
    assignments,
    bands,
    batches,
    changes,
    company,
    comparisons,
    connections,
    custom_reports,
    definitions,
    diffs,
    digests,
    employees,
    endpoint_care,
    endpoints,
    events,
    failures,
    hot,
    inboxes,
    keys,
    ladders,
    metrics,
    movement,
    moves,
    names,
    overlays,
    parity,
    path,
    payroll,
    reconciliations,
    replays,
    reports,
    snapshots,
    system,
)
from service.rest.contract import Contract
from service.settings import Settings
from service.streams import Streams
from service.usecases.access import KeyRing
from service.usecases.office import Office
from service.usecases.published import Editions, PublishedStore
from service.web import about, pages


def create_app(house: House, office: Reaching, *, graph: APIRouter | None = None) -> FastAPI:
    """The HTTP surface over use cases that are open already. `graph` is served instead of the service's own."""
    app = _surface()
    app.state.office = Office(
        runtime=house.runtime,
        sending=office,
        keys=KeyRing(house.runtime),
        editions=Editions(house.runtime),
        published=PublishedStore(),
        secret=house.settings.required_secret_key().encode(),
    )
    app.state.tools = tools_of(house, office)
    app.state.connecting = ConnectionDesk(tools=app.state.tools, sealer=office.sealer, readings=office.readings)
    app.state.spool = house.spool
    app.state.spans = house.spans
    app.state.security_contact = house.settings.security_contact
    app.state.streams = Streams()
    made = graph or _graph(house.settings, app.state.streams, app.state.office)
    app.router.routes += made.routes
    app.state.routes = [*app.state.routes, *made.routes]
    return app


def _graph(settings: Settings, streams: Streams, office: Office) -> APIRouter:
    return router(
        schema,
        production=settings.environment == "production",
        trusted=TrustedDocuments(mode=settings.graphql_documents),
        streams=streams,
        finished=KeptAnswers(editions=office.editions, store=office.published),
        lengths=LENGTHS,
    )


@cache
def contract() -> Contract:
    """The contract of the surface, which needs no database. One for the process: it takes seconds to make."""
    return _surface().state.contract


def _surface() -> FastAPI:
    app = FastAPI(
        title="dualtrack",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    people = (
        employees,
        names,
        changes,
        batches,
        reconciliations,
        overlays,
        assignments,
        snapshots,
        diffs,
        path,
        movement,
        moves,
    )
    definers = (definitions, company, ladders, comparisons, bands, parity)
    senders = (events, digests, endpoints, endpoint_care, replays, connections, inboxes)
    others = (keys, system, metrics, pages, about)
    routers = [part.router for part in (*people, payroll, *definers, reports, custom_reports, *senders, *others)]
    routes = [route for part in routers for route in part.routes]
    failures.install(app, routes=routes)
    # The routes themselves, and not the routers: of what a router includes all is made anew, within a request.
    app.router.routes += routes
    hot.install(app, routes=routes)
    app.state.contract = Contract(app)
    return app
