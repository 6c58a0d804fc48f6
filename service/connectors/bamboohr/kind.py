"""BambooHR as a kind of system: job titles, and pay where it is ours, written into the tables of its people."""

from collections.abc import AsyncIterator, Mapping, Sequence

from service.connectors.bamboohr.account import Account
from service.connectors.bamboohr.bands import their_bands
from service.connectors.bamboohr.client import Client
from service.connectors.bamboohr.receiver import received
from service.connectors.bamboohr.settings import SYSTEM, Credentials, Settings
from service.connectors.bamboohr.sink import Sink
from service.connectors.bamboohr.source import BambooSource
from service.connectors.bamboohr.trying import tried
from service.connectors.bands import TheirBand
from service.connectors.kinds import Checked, Form, Source, Tools, formed
from service.domain.events import ACTS, PLAIN
from service.usecases.feeds import Feed
from service.usecases.open_connections import OpenConnection


class BambooHR:
    """A Kind, a Receiver, and Banded."""

    name = "bamboohr"
    system = SYSTEM
    settings: type[Form] = Settings
    credentials: type[Form] = Credentials

    def feed(self, settings: Form) -> Feed:
        """Everything about people: overlays and other jobs are passed by. Pay is read here, not sent along."""
        return Feed(event_types=(*PLAIN, *ACTS), with_pay=False)

    def sink(self, connection: OpenConnection, tools: Tools) -> Sink:
        return _opened(connection, tools)[2]

    def source(self, connection: OpenConnection, tools: Tools) -> Source:
        return BambooSource(connection, tools)

    def check(self, connection: OpenConnection, tools: Tools) -> AsyncIterator[Checked]:
        settings, account, sink = _opened(connection, tools)
        return tried(connection, settings, account, sink, tools)

    async def received(self, connection: OpenConnection, tools: Tools, headers: Mapping[str, str], body: bytes) -> str:
        return await received(connection, tools, headers, body)

    async def their_bands(self, connection: OpenConnection, tools: Tools) -> Sequence[TheirBand]:
        settings, credentials = formed(Settings, connection.settings), formed(Credentials, connection.credentials)
        return await their_bands(Client(settings, credentials, tools))


def _opened(connection: OpenConnection, tools: Tools) -> tuple[Settings, Account, Sink]:
    settings = formed(Settings, connection.settings)
    credentials = formed(Credentials, connection.credentials)
    account = Account(Client(settings, credentials, tools), settings, tools.now_seconds)
    return settings, account, Sink(connection, settings, account, tools)
