"""The kinds of systems that can be connected, and what opens a connection of any of them."""

from collections.abc import Mapping

from service.connectors.bamboohr.kind import BambooHR
from service.connectors.kinds import Kind, Tools
from service.connectors.sinks import Sink
from service.connectors.workday.kind import Workday
from service.usecases.open_connections import OpenConnection, open_connection
from service.webhooks.sealer import Sealer

KINDS: Mapping[str, Kind] = {
    "bamboohr": BambooHR(),
    "workday": Workday(),
}


class OpenSinks:
    """Sinks by connection, made anew when its settings have changed."""

    def __init__(self, tools: Tools, sealer: Sealer) -> None:
        self._tools = tools
        self._sealer = sealer
        self._made: dict[str, tuple[OpenConnection, Sink]] = {}

    async def __call__(self, connection_id: str) -> Sink:
        """Raises NotFound and Conflict, as opening a connection does."""
        connection = await open_connection(self._tools.runtime, self._sealer, connection_id)
        known = self._made.get(connection_id)
        if known is None or known[0].revision != connection.revision:
            known = connection, KINDS[connection.kind].sink(connection, self._tools)
            self._made[connection_id] = known
        return known[1]
