"""Trying a connection out: every look at it in one answer, whatever becomes of one of them."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from service.connectors.kinds import Checked, Tools, kind_of
from service.connectors.wire import Unreachable
from service.domain.refusals import Refused
from service.usecases.open_connections import OpenConnection
from service.webhooks.printing import printable

SECONDS = 60.0
"""How long all looks together may take."""
MOST_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One look at a connection."""

    name: Annotated[str, Field(description="What was looked at.")]
    ok: Annotated[bool, Field(description="Whether it is as it has to be.")]
    text: Annotated[str, Field(description="What was found; if it is not as it has to be, what to do.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedConnection:
    """What trying a connection out came to. Nothing was written anywhere."""

    connection: Annotated[str, Field(description="Id of the connection.")]
    ok: Annotated[bool, Field(description="Whether all is as it has to be.")]
    lines: Annotated[tuple[CheckLine, ...], Field(description="Every look, in order.")]


async def check_connection(tools: Tools, connection: OpenConnection) -> CheckedConnection:
    """Look at it as its kind does. What stops the looking is the last line. Raises Invalid for an unknown kind."""
    kind = kind_of(tools.kinds, connection.kind)
    lines: list[CheckLine] = []
    try:
        async with asyncio.timeout(SECONDS):
            async for one in kind.check(connection, tools):
                lines.append(_line(one))
                if len(lines) == MOST_LINES:
                    break
    except TimeoutError:
        lines.append(_stopped(f"it took more than {SECONDS:g} s: try again, or ask them"))
    except Unreachable as error:
        lines.append(_stopped(f"their system cannot be reached ({error.error_class}): {error}"))
    except Refused as refused:
        lines.append(_stopped(refused.detail))
    return CheckedConnection(connection=connection.id, ok=all(one.ok for one in lines), lines=tuple(lines))


def _line(one: Checked) -> CheckLine:
    return CheckLine(name=printable(one.name), ok=one.ok, text=printable(one.text))


def _stopped(why: str) -> CheckLine:
    return CheckLine(name="looking", ok=False, text=printable(why))
