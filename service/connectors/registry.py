"""The kinds of systems that can be connected, and what opens a connection of any of them."""

from service.connectors.bamboohr.kind import BambooHR
from service.connectors.gusto.kind import Gusto
from service.connectors.kinds import Kind, Tools, kind_of
from service.connectors.sinks import Sink
from service.connectors.workday.kind import Workday
from service.usecases.open_connections import OpenConnection, open_connection
from service.webhooks.sealer import Sealer

KINDS: dict[str, Kind] = {
    "bamboohr": BambooHR(),
    "gusto": Gusto(),
    "workday": Workday(),
}
"""By name. What a process works with is handed on in its Tools."""


class OpenSinks:
    """Sinks by connection, made anew when its settings have changed."""

    def __init__(self, tools: Tools, sealer: Sealer) -> None:
        self._tools = tools
        self._sealer = sealer
        self._made: dict[str, tuple[OpenConnection, Sink]] = {}

    async def __call__(self, connection_id: str) -> Sink:
        """Raises NotFound and Conflict, as opening a connection does, and Invalid `unknown-connection-kind`."""
        connection = await open_connection(self._tools.runtime, self._sealer, connection_id)
        known = self._made.get(connection_id)
        if known is None or known[0].revision != connection.revision:
            known = connection, kind_of(self._tools.kinds, connection.kind).sink(connection, self._tools)
            self._made[connection_id] = known
        return known[1]
