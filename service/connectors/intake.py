"""Claims of another system become changes here, through the ordinary use cases and in the connection's name.

    report = await run(tools, connection, source, caller=actor, dry_run=True)
"""

from collections.abc import Callable

from service.connectors.kinds import Source, Tools
from service.domain.access import Actor
from service.domain.intake_reports import IntakeReport, Tally
from service.usecases.connection_work import cursor_of
from service.usecases.open_connections import OpenConnection

CURSOR = "intake"
"""Under which name it is kept how far people were read."""


async def run(
    tools: Tools,
    connection: OpenConnection,
    source: Source,
    *,
    caller: Actor,
    dry_run: bool = False,
    on_progress: Callable[[IntakeReport], None] = lambda _report: None,
) -> IntakeReport:
    """Take in what has changed there since the last run; the first time everything, which needs `caller` to be admin.

    `on_progress` is told now and then how far it has come. Raises Forbidden `missing-scope`.
    """
    tally = Tally()
    since = await cursor_of(tools.runtime, connection, CURSOR)
    async for _ in source.claims(since):
        tally.people += 1
        on_progress(tally.report(connection.id, dry_run=dry_run, first_load=since is None))
    return tally.report(connection.id, dry_run=dry_run, first_load=since is None)
