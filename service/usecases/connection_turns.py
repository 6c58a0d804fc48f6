"""Whose turn it is to read a connection: one process at a time, and which ones are due."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from service.domain.access import Actor
from service.domain.refusals import Conflict
from service.storage import connection_work, connections
from service.usecases.act import Act, Runtime, act
from service.usecases.open_connections import OpenConnection, no_connection

TURN_SECONDS = 120.0
"""For how long a turn is kept without a sign of life: after that its process is taken for killed."""
SETTING = "poll_minutes"
"""Name of the setting, of any kind of system, that says every how many minutes it is read; without it never."""
TURN = "turn"
"""Under which name it is kept, beside the cursors."""
_US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """As it is kept. `until` and `ended` are µs; `holder` None while nobody has it."""

    holder: str | None = None
    until: int = 0
    ended: int = 0

    @classmethod
    def kept(cls, text: str | None) -> "_Turn":
        return cls(**json.loads(text)) if text else cls()

    def text(self) -> str:
        return json.dumps({"holder": self.holder, "until": self.until, "ended": self.ended})


async def take_turn(runtime: Runtime, connection: OpenConnection, *, caller: Actor, first_load: bool) -> str:
    """Have the turn; what is returned keeps it on and ends it. Raises Conflict `intake-running`, and NotFound for a
    connection that was deleted since it was opened."""
    holder = runtime.new_id("trn")

    async def body(a: Act) -> str:
        if await connections.find_connection(a.tx, connection.id, for_update=True) is None:
            raise no_connection(connection.key)
        turn = _Turn.kept(await connection_work.read_cursor(a.tx, connection.id, TURN))
        if turn.holder is not None and turn.until > a.now:
            raise Conflict(
                "intake-running",
                f"{connection.key} is being read already. Wait until that is done; a reading that was killed is "
                f"given up after {TURN_SECONDS:g} s.",
            )
        await _keep(a, connection, _Turn(holder=holder, until=a.now + int(TURN_SECONDS * _US), ended=turn.ended))
        a.audit_detail.update(connection=connection.id, first_load=first_load)
        return holder

    outcome = await act(runtime, "connections.pull", caller, body)
    return cast(str, outcome.answer)


async def keep_turn(runtime: Runtime, connection: OpenConnection, holder: str) -> None:
    """A sign of life. Raises Conflict `intake-running` when somebody else has the turn by now, and NotFound for a
    connection that was deleted meanwhile."""

    async def body(a: Act) -> None:
        turn = await _own(a, connection, holder)
        await _keep(a, connection, _Turn(holder=holder, until=a.now + int(TURN_SECONDS * _US), ended=turn.ended))
        a.audit_detail.update(connection=connection.id)

    await act(runtime, "connections.pull_on", connection.actor, body)


async def end_turn(runtime: Runtime, connection: OpenConnection, holder: str, *, cursors: Mapping[str, str]) -> None:
    """Give the turn back, and keep how far was read, value by name; without any, what was kept stays.

    Raises what `keep_turn` does.
    """

    async def body(a: Act) -> None:
        await _own(a, connection, holder)
        await _keep(a, connection, _Turn(ended=a.now))
        for name, value in cursors.items():
            await connection_work.set_cursor(a.tx, connection.id, name, value, at=a.now)
        a.audit_detail.update(connection=connection.id, read_to_the_end=bool(cursors))

    await act(runtime, "connections.pulled", connection.actor, body)


async def connections_due(runtime: Runtime, *, cursor: str) -> tuple[str, ...]:
    """Ids of connections that are to be read now: their setting says so, nobody is at it, a first load was done.

    `cursor` is the name under which it is kept how far was read.
    """
    due: list[str] = []
    async with runtime.database.read() as reading:
        now = runtime.database.now_us()
        for record in await connections.list_connections(reading):
            minutes = _minutes(record.settings)
            if minutes is None or await connection_work.read_cursor(reading, record.id, cursor) is None:
                continue
            turn = _Turn.kept(await connection_work.read_cursor(reading, record.id, TURN))
            if turn.until <= now and turn.ended + minutes * 60 * _US <= now:
                due.append(record.id)
    return tuple(due)


def _minutes(settings: Mapping[str, Any]) -> int | None:
    said = settings.get(SETTING)
    return said if isinstance(said, int) and said > 0 else None


async def _own(a: Act, connection: OpenConnection, holder: str) -> _Turn:
    if await connections.find_connection(a.tx, connection.id, for_update=True) is None:
        raise no_connection(connection.key)
    turn = _Turn.kept(await connection_work.read_cursor(a.tx, connection.id, TURN))
    if turn.holder != holder:
        raise Conflict("intake-running", f"{connection.key} is being read by another process by now. Nothing is lost.")
    return turn


async def _keep(a: Act, connection: OpenConnection, turn: _Turn) -> None:
    await connection_work.set_cursor(a.tx, connection.id, TURN, turn.text(), at=a.now)
