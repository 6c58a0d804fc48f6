"""Gusto as a kind of system: titles, and the rate where it is ours, written into compensations of its people."""

from collections.abc import AsyncIterator

from service.connectors.gusto.client import Client
from service.connectors.gusto.settings import SYSTEM, Credentials, Settings
from service.connectors.gusto.sink import Sink
from service.connectors.gusto.trying import tried
from service.connectors.kinds import Checked, Form, Source, Tools, formed
from service.domain.events import ACTS, PLAIN
from service.usecases.feeds import Feed
from service.usecases.open_connections import OpenConnection


class Gusto:
    """A Kind."""

    name = "gusto"
    system = SYSTEM
    settings: type[Form] = Settings
    credentials: type[Form] = Credentials

    def feed(self, settings: Form) -> Feed:
        """Everything about people: roles beside a job are passed by. Pay is read here, not sent along."""
        return Feed(event_types=(*PLAIN, *ACTS), with_pay=False)

    def sink(self, connection: OpenConnection, tools: Tools) -> Sink:
        return _opened(connection, tools)[2]

    def source(self, connection: OpenConnection, tools: Tools) -> Source | None:
        return None

    def check(self, connection: OpenConnection, tools: Tools) -> AsyncIterator[Checked]:
        settings, client, sink = _opened(connection, tools)
        return tried(connection, settings, client, sink, tools)


def _opened(connection: OpenConnection, tools: Tools) -> tuple[Settings, Client, Sink]:
    settings = formed(Settings, connection.settings)
    credentials = formed(Credentials, connection.credentials)
    client = Client(connection, settings, credentials, tools)
    return settings, client, Sink(connection, settings, client, tools)
