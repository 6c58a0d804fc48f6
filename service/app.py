"""The composition root: the only place that wires. Everything is made here and passed on by name."""

import os
import secrets
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection
from typeid import TypeID

from service import __version__
from service.rest import (
    assignments,
    bands,
    changes,
    company,
    comparisons,
    definitions,
    employees,
    endpoints,
    failures,
    ladders,
    parity,
    system,
)
from service.rest.contract import Contract
from service.settings import Settings
from service.storage import migrate, recorder
from service.storage.database import Database
from service.storage.definitions import DefinitionsShelf
from service.usecases.access import KeyRing
from service.usecases.act import Runtime
from service.usecases.endpoints import Sending
from service.usecases.generation import GenerationWatch
from service.usecases.office import Office
from service.usecases.published import Editions, PublishedStore
from service.web import pages
from service.webhooks.dispatcher import Dispatcher
from service.webhooks.egress import EgressGuard
from service.webhooks.sealer import AesGcmSealer
from service.webhooks.transport import AiohttpTransport
from service.webhooks.wake import EmbeddedWake, PostgresWake, Wake
from service.worker import Worker

_LOG = structlog.get_logger("dualtrack")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What one process works with, whichever surface it serves."""

    settings: Settings
    database: Database
    runtime: Runtime
    wake: Wake


def new_id(prefix: str) -> str:
    return str(TypeID(prefix=prefix))


@asynccontextmanager
async def opened(settings: Settings, *, clock: Callable[[], int] | None = None) -> AsyncGenerator[House]:
    """Database and use cases of this process, closed at the end. `clock` (µs) is for trials only."""
    database = Database(
        url=settings.database_url,
        journal=settings.sqlite_journal,
        pool_size=settings.database_pool,
        clock=clock,
    )
    wake = (
        PostgresWake(settings.database_listen_url or database.plain_url)
        if database.dialect == "postgresql"
        else EmbeddedWake()
    )
    generation = GenerationWatch(database)
    runtime = Runtime(database=database, shelf=DefinitionsShelf(), generation=generation, new_id=new_id, wake=wake.wake)
    try:
        yield House(settings=settings, database=database, runtime=runtime, wake=wake)
    finally:
        await generation.close()
        await database.close()


@asynccontextmanager
async def sending(settings: Settings) -> AsyncGenerator[Sending]:
    """The guard of addresses and the sealer of secrets. Raises SettingsError without a secret key."""
    guard = EgressGuard(allow=settings.egress_allow)
    try:
        yield Sending(guard=guard, sealer=AesGcmSealer(settings.required_secret_key()))
    finally:
        guard.close()


@asynccontextmanager
async def working(house: House, office: Sending) -> AsyncGenerator[Worker]:
    """The clock and the sender, made inside a running loop; the caller runs and stops them."""
    transport = AiohttpTransport(guard=office.guard, user_agent=f"dualtrack/{__version__}")

    async def take_recorder(tx: AsyncConnection, events: int) -> tuple[int, int]:
        taken = await recorder.take(house.database, tx, events=events)
        return taken.at, taken.last_position

    dispatcher = Dispatcher(
        connections=house.database,
        transport=transport,
        sealer=office.sealer,
        take_recorder=take_recorder,
        new_event_id=lambda: new_id("evt"),
        wake=house.wake,
        name=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
        retry_scale=house.settings.retry_scale,
        on_step=_note,
    )
    try:
        yield Worker(runtime=house.runtime, dispatcher=dispatcher)
    finally:
        await transport.close()


def create_app(house: House, office: Sending) -> FastAPI:
    """The HTTP surface over use cases that are open already."""
    app = _surface()
    app.state.office = Office(
        runtime=house.runtime,
        sending=office,
        keys=KeyRing(house.runtime),
        editions=Editions(house.runtime),
        published=PublishedStore(),
    )
    return app


def contract() -> Contract:
    """The contract of the surface, which needs no database."""
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
    people = (employees, changes, assignments)
    definers = (definitions, company, ladders, comparisons, bands, parity)
    routers = [part.router for part in (*people, *definers, endpoints, system, pages)]
    failures.install(app, routes=[route for router in routers for route in router.routes])
    for router in routers:
        app.include_router(router)
    app.state.contract = Contract(app)
    return app


def _note(step: str, detail: object) -> None:
    """Of the sender's steps, those that somebody who runs it wants to read."""
    match step:
        case "failed":
            _LOG.warning("the sender could not reach its store", error=type(detail).__name__)
        case "unsealable":
            _LOG.error("a webhook secret cannot be opened with this DUALTRACK_SECRET_KEY", endpoint=str(detail)[:40])
        case "stopped":
            _LOG.warning("a receiver asked for nothing more", endpoint=str(detail))
        case _:
            pass


def migrate_database(settings: Settings) -> None:
    """Bring the database to this release's schema."""
    migrate.upgrade(settings.database_url)
