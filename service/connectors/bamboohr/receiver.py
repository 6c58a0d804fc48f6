"""BambooHR's webhooks: the people whom a message names are read anew, as the poll would.

A message says that something has happened, not what holds. So doubles, retries and messages that come in another
order than they were sent in do no harm: what is the same already is not recorded again.
"""

from collections.abc import Mapping

import structlog

from service.connectors.bamboohr.messages import TIMESTAMP, Unreadable, people_in, verdict
from service.connectors.bamboohr.source import BambooSource
from service.connectors.inbox_problems import failed, refused, stale, unreadable
from service.connectors.intake import CURSOR, run_for
from service.connectors.kinds import Tools
from service.usecases.connection_work import cursor_of, once, was_seen
from service.usecases.open_connections import OpenConnection

_LOG = structlog.get_logger("dualtrack.inbox")


async def received(connection: OpenConnection, tools: Tools, headers: Mapping[str, str], body: bytes) -> str:
    """`done`, `known` or `not-loaded`. Raises SurfaceProblem as the inbox says."""
    keys = [key for key in connection.credentials.get("webhook_keys") or () if key]
    match verdict(body, headers, keys, now_seconds=tools.now_seconds()):
        case "wrong":
            raise refused()
        case "stale":
            raise stale()
        case "good":
            pass
    # There is no id: the body with its time is what tells one message from another.
    message = body + b"\n" + headers[TIMESTAMP].encode()
    if await was_seen(tools.runtime, connection, message):
        return "known"
    try:
        people = people_in(body, headers.get("content-type", ""))
    except Unreadable as error:
        raise unreadable(str(error)) from None
    if await cursor_of(tools.runtime, connection, CURSOR) is None:
        return "not-loaded"
    report = await run_for(tools, connection, BambooSource(connection, tools, only=people))
    if not report.complete:
        raise failed("; ".join(one.detail for one in report.alarms) or "it was not read to the end")
    counts = {one.name: one.count for one in (*report.changes, *report.problem_counts)}
    _LOG.info("a message was dealt with", connection=connection.id, people=report.people, **counts)
    await once(tools.runtime, connection, message)
    return "done"
