"""What one process works with, wired here and passed on by name: database, use cases, sender and clock.

No surface is wired here: a command that serves nothing starts without them.
"""

import os
import secrets
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from typeid import TypeID

from service import __version__
from service.settings import Settings
from service.storage import migrate, recorder
from service.storage.database import Database
from service.storage.definitions import DefinitionsShelf
from service.storage.replica import Replica
from service.usecases.act import Runtime
from service.usecases.endpoints import Sending
from service.usecases.generation import GenerationWatch
from service.webhooks.dispatcher import Dispatcher
from service.webhooks.egress import EgressGuard
from service.webhooks.replay_work import Replaying
from service.webhooks.retention import Retention
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
        pooled=settings.database_pooler != "none",
        direct_url=settings.database_listen_url,
    )
    replica = (
        Replica(
            database,
            url=settings.database_read_url,
            pool_size=settings.database_pool,
            pooled=settings.database_pooler != "none",
        )
        if settings.database_read_url
        else None
    )
    wake = PostgresWake(database.plain_url) if database.dialect == "postgresql" else EmbeddedWake()
    generation = GenerationWatch(database)
    runtime = Runtime(
        database=database,
        shelf=DefinitionsShelf(),
        generation=generation,
        new_id=new_id,
        wake=wake.wake,
        listen=wake.listen,
        replica=replica,
        retention=Retention(
            attempt_days=settings.keep_attempts_days or None, body_days=settings.keep_bodies_days or None
        ),
    )
    try:
        yield House(settings=settings, database=database, runtime=runtime, wake=wake)
    finally:
        await generation.close()
        await database.close()
        if replica:
            await replica.close()


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
    replaying = Replaying(
        connections=house.database,
        take_recorder=take_recorder,
        wake=house.wake.wake,
        now_us=house.database.now_us,
    )
    try:
        yield Worker(runtime=house.runtime, dispatcher=dispatcher, replaying=replaying)
    finally:
        await transport.close()


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
    migrate.upgrade(settings.database_listen_url or settings.database_url)
