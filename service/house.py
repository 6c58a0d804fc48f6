"""What one process works with, wired here and passed on by name: database, use cases, sender and clock.

No surface is wired here: a command that serves nothing starts without them.
"""

import os
import secrets
import socket
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from typeid import TypeID

from service import __version__
from service.connectors.kinds import Kind, Tools
from service.connectors.polling import Polls
from service.connectors.readings import Readings
from service.connectors.registry import KINDS, OpenSinks
from service.connectors.sinks import Sinks
from service.connectors.wire import Wires
from service.settings import Settings
from service.storage import migrate, recorder
from service.storage.database import Database
from service.storage.definitions import DefinitionsShelf
from service.storage.replica import Replica
from service.telemetry.book import Book, Counts
from service.telemetry.spans import Spans, spans_of
from service.telemetry.spool import Spool
from service.telemetry.steps import note_step
from service.usecases.act import Runtime
from service.usecases.endpoints import Sending
from service.usecases.generation import GenerationWatch
from service.webhooks.dispatcher import Dispatcher
from service.webhooks.egress import EgressGuard
from service.webhooks.forms import Origin
from service.webhooks.proxy import Proxy, proxy_of
from service.webhooks.replay_work import Replaying
from service.webhooks.retention import Retention
from service.webhooks.sealer import AesGcmSealer
from service.webhooks.tokens import Courier
from service.webhooks.transport import AiohttpTransport
from service.webhooks.wake import EmbeddedWake, PostgresWake, Wake
from service.webhooks.work import Tried
from service.worker import Worker

_LOG = structlog.get_logger("dualtrack")
Clock = Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What one process works with, whichever surface it serves. `senders` tell what they have under way, `kinds` are
    the systems that can be connected."""

    settings: Settings
    database: Database
    runtime: Runtime
    wake: Wake
    book: Book
    spool: Spool
    spans: Spans | None
    kinds: Mapping[str, Kind]
    senders: list[Callable[[], Mapping[str, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching(Sending):
    """What goes out: to endpoints, and by `wires` to connected systems, of which `readings` are under way."""

    wires: Wires
    readings: Readings


def new_id(prefix: str) -> str:
    return str(TypeID(prefix=prefix))


@asynccontextmanager
async def opened(
    settings: Settings, *, clock: Clock | None = None, spool: Path | None = None, kinds: Mapping[str, Kind] = KINDS
) -> AsyncGenerator[House]:
    """Database and use cases of this process, closed at the end. `clock` (µs) and other `kinds` are for trials only.

    `spool` is the folder in which processes behind one socket share their figures; None where there is one process.
    """
    database = _database(settings, clock)
    replica = _replica(settings, database)
    spans = spans_of(settings)
    wake = PostgresWake(database.plain_url) if database.dialect == "postgresql" else EmbeddedWake()
    generation = GenerationWatch(database)
    senders: list[Callable[[], Mapping[str, int]]] = []
    book = Book()
    book.sources.append(lambda: _connections(database))
    runtime = Runtime(
        database=database,
        shelf=DefinitionsShelf(),
        generation=generation,
        new_id=new_id,
        wake=wake.wake,
        listen=wake.listen,
        replica=replica,
        in_flight=lambda: {one: count for told in senders for one, count in told().items()},
        retention=Retention(
            attempt_days=settings.keep_attempts_days or None, body_days=settings.keep_bodies_days or None
        ),
        reconciliation_days=settings.keep_reconciliations_days or None,
    )
    try:
        yield House(
            settings=settings,
            database=database,
            runtime=runtime,
            wake=wake,
            book=book,
            spool=Spool(spool, book),
            spans=spans,
            kinds=kinds,
            senders=senders,
        )
    finally:
        if spans:
            await spans.close()
        await generation.close()
        await database.close()
        if replica:
            await replica.close()


def _database(settings: Settings, clock: Callable[[], int] | None) -> Database:
    return Database(
        url=settings.database_url,
        journal=settings.sqlite_journal,
        pool_size=settings.database_pool,
        clock=clock,
        pooled=settings.database_pooler != "none",
        direct_url=settings.database_listen_url,
    )


def _replica(settings: Settings, database: Database) -> Replica | None:
    if settings.database_read_url is None:
        return None
    return Replica(
        database,
        url=settings.database_read_url,
        pool_size=settings.database_pool,
        pooled=settings.database_pooler != "none",
    )


def _proxy(settings: Settings) -> Proxy | None:
    if settings.egress_proxy is None:
        return None
    return proxy_of(settings.egress_proxy.get_secret_value(), direct=settings.egress_direct)


@asynccontextmanager
async def sending(settings: Settings) -> AsyncGenerator[Reaching]:
    """The guard of addresses, the sealer of secrets and the way out, made inside a running loop.

    Raises SettingsError without a secret key.
    """
    sealer = AesGcmSealer(settings.required_secret_key())
    guard = EgressGuard(allow=settings.egress_allow, by_proxy=settings.egress_lookup == "proxy")
    proxy = _proxy(settings)
    origin = Origin(url=settings.public_url or "", agent=f"dualtrack/{__version__}")
    transport = AiohttpTransport(guard=guard, user_agent=origin.agent, proxy=proxy)
    wires = Wires(guard, agent=origin.agent, proxy=proxy)
    readings = Readings()
    try:
        yield Reaching(
            guard=guard,
            sealer=sealer,
            transport=Courier(transport),
            origin=origin,
            wires=wires,
            readings=readings,
        )
    finally:
        await readings.close()
        await wires.close()
        await transport.close()
        guard.close()


def tools_of(house: House, office: Reaching) -> Tools:
    """What connectors work with in this process."""
    return Tools(
        runtime=house.runtime,
        wires=office.wires,
        now_seconds=lambda: house.database.now_us() / 1_000_000,
        kinds=house.kinds,
        wsdl_folder=house.settings.wsdl_folder,
    )


@asynccontextmanager
async def working(house: House, office: Reaching) -> AsyncGenerator[Worker]:
    """The clock and the sender, made inside a running loop; the caller runs and stops them."""

    async def take_recorder(tx: AsyncConnection, events: int) -> tuple[int, int]:
        taken = await recorder.take(house.database, tx, events=events)
        return taken.at, taken.last_position

    dispatcher = Dispatcher(
        connections=house.database,
        transport=Sinks(office.transport, OpenSinks(tools_of(house, office), office.sealer)),
        sealer=office.sealer,
        take_recorder=take_recorder,
        new_event_id=lambda: new_id("evt"),
        wake=house.wake,
        name=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
        origin=office.origin,
        retry_scale=house.settings.retry_scale,
        on_step=partial(_note, house.book, house.spans),
    )
    replaying = Replaying(
        connections=house.database,
        take_recorder=take_recorder,
        wake=house.wake.wake,
        now_us=house.database.now_us,
    )
    polls = Polls(tools_of(house, office), office.sealer)
    look = partial(_note_look, house.book)
    worker = Worker(runtime=house.runtime, dispatcher=dispatcher, replaying=replaying, polls=polls, on_look=look)
    telling = partial(_under_way, house.book, dispatcher, worker)
    house.senders.append(dispatcher.in_flight)
    house.book.sources.append(telling)
    try:
        yield worker
    finally:
        house.book.sources.remove(telling)
        house.senders.remove(dispatcher.in_flight)


def _note_look(book: Book, of: str, failed: bool) -> None:
    book.count("worker_looks" if of == "clock" else "worker_batch_looks", "failed" if failed else "done")


def _under_way(book: Book, dispatcher: Dispatcher, worker: Worker) -> Counts:
    sending = dispatcher.in_flight()
    told: Counts = {("endpoints_owned", ()): len(sending), ("worker_failed_looks", ()): worker.failures}
    for endpoint, count in sending.items():
        key = ("deliveries_in_flight", (book.endpoint(endpoint),))
        told[key] = told.get(key, 0) + count
    return told


def _connections(database: Database) -> Counts:
    return {
        ("database_connections", (pool, state)): count
        for pool, (in_use, most) in database.connections().items()
        for state, count in (("in_use", in_use), ("most", most))
    }


def _note(book: Book, spans: Spans | None, step: str, detail: object) -> None:
    """Of the sender's steps what is counted and traced, and those that somebody who runs it wants to read."""
    note_step(book, step, detail)
    if spans and isinstance(detail, Tried):
        spans.attempt(detail)
    match step:
        case "failed":
            _LOG.warning("the sender could not reach its store", error=type(detail).__name__)
        case "unsealable":
            _LOG.error("a webhook secret cannot be opened with this DUALTRACK_SECRET_KEY", endpoint=str(detail)[:40])
        case "health":
            endpoint, state = cast(tuple[str, str], detail)
            _LOG.warning("an endpoint is doing otherwise than before", endpoint=endpoint, state=state)
        case "unsent":
            _LOG.error("the egress proxy of DUALTRACK_EGRESS_PROXY makes no tunnel", endpoint=str(detail))
        case "stopped":
            _LOG.warning("a receiver asked for nothing more", endpoint=str(detail))
        case _:
            pass


def migrate_database(settings: Settings) -> None:
    """Bring the database to this release's schema."""
    migrate.upgrade(settings.database_listen_url or settings.database_url)
