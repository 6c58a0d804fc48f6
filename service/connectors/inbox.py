"""Messages that connected systems send by themselves. The signature is the authentication: there is no key of ours.

Whatever is answered with 4xx some of them never send again. So that is for what is not theirs, and all that goes
wrong on our side, or because they are away, is a 503.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from service.connectors.inbox_problems import failed, refused
from service.connectors.kinds import Receiver, Tools
from service.domain.refusals import Conflict, NotFound
from service.usecases.open_connections import open_connection
from service.webhooks.sealer import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a message."""

    result: Annotated[
        str,
        Field(description="done; known: it came before; not-loaded: a first load comes first, and takes it in."),
    ]


async def take(tools: Tools, sealer: Sealer, connection: str, headers: Mapping[str, str], body: bytes) -> Taken:
    """Deal with a message. `headers` have names in lower case.

    Raises SurfaceProblem `signature-refused`, also where there is no such connection, `message-stale`,
    `message-unreadable` and `inbox-failed`.
    """
    if not connection.isprintable():
        # No connection is called so, and NUL is nothing that a database is asked for.
        raise refused()
    try:
        opened = await open_connection(tools.runtime, sealer, connection)
    except NotFound:
        raise refused() from None
    except Conflict as refusal:
        raise failed(refusal.detail) from None
    kind = tools.kinds.get(opened.kind)
    if not isinstance(kind, Receiver):
        raise refused()
    return Taken(result=await kind.received(opened, tools, headers, body))
