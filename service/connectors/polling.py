"""Reading connected systems by the clock, as each connection's `poll_minutes` says."""

import structlog

from service.connectors.intake import CURSOR, run
from service.connectors.kinds import Tools
from service.connectors.readings import source_of
from service.domain.refusals import Conflict
from service.usecases.connection_turns import connections_due
from service.usecases.open_connections import open_connection
from service.webhooks.sealer import Sealer

_LOG = structlog.get_logger("dualtrack.polls")


class Polls:
    """One that fails holds up no other, and is read again when it is due again."""

    def __init__(self, tools: Tools, sealer: Sealer) -> None:
        self._tools = tools
        self._sealer = sealer

    async def look(self) -> bool:
        """Read what is due, one connection after the other; whether something could not be done."""
        failed = False
        try:
            for connection in await connections_due(self._tools.runtime, cursor=CURSOR):
                failed |= not await self._read(connection)
        except Exception:  # noqa: BLE001 - the database may be away; what is due stays due
            _LOG.exception("it could not be seen which connections are due")
            return True
        return failed

    async def _read(self, connection_id: str) -> bool:
        try:
            connection = await open_connection(self._tools.runtime, self._sealer, connection_id)
            source = source_of(self._tools, connection)
            report = await run(self._tools, connection, source, caller=connection.actor)
        except Conflict as refusal:
            # Another process was quicker, or its credentials were sealed with another key.
            _LOG.info("a connection was not read", connection=connection_id, code=refusal.code)
            return refusal.code == "intake-running"
        except Exception:  # noqa: BLE001 - the others are read, and this one when it is due again
            _LOG.exception("a connection could not be read", connection=connection_id)
            return False
        changes = sum(one.count for one in report.changes)
        problems = sum(one.count for one in report.problem_counts)
        alarms = [one.code for one in report.alarms]
        note = _LOG.warning if problems or alarms else _LOG.info
        note(
            "a connection was read",
            connection=connection_id,
            people=report.people,
            changes=changes,
            problems=problems,
            alarms=alarms,
        )
        return report.complete
