"""Connections as receivers: the sender's own transport, so order, retries, health and the log are those of webhooks.

    Sinks(transport, opened)      a Transport: what is addressed to a connection goes to its sink, all else goes out

A sink writes one event into another firm's system and says what came of it. It may be called again for the same
event at any time, also after it was done: it looks before it writes.
"""

import asyncio
import json
import math
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from service.connectors.news import News, news_of
from service.connectors.wire import Unreachable
from service.domain.refusals import Refused
from service.usecases.feeds import SCHEME
from service.webhooks.outcomes import Answer, NoAnswer
from service.webhooks.printing import printable
from service.webhooks.transport import OutboundRequest, Transport

HEAD_CHARS = 2_048
"""Of a note or a reason that are kept."""
BROKEN_STATUS, GONE = 422, 410
MOST_SECONDS = 86_400.0
"""That a sink may have the sender wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It stands there now, or had not to. `note` says what was done, without pay and without names."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """They cannot take it yet: an approval is pending, a period is locked, a name is not mapped. Its person waits,
    nobody else does, and it uses up no attempt. `seconds` until it is tried again; None for the usual wait.
    """

    code: str
    reason: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """They want fewer requests: the connection waits. None where they do not say for how long."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It did not work, by the HTTP status that says best why: by the schedule it is tried again.

    408, 425 and 5xx say that their system is out: five in a row, and nothing is written but a probe from time to time.
    Any other 4xx is about the event.
    """

    status: int
    reason: str


Told = Done | Postponed | Throttled | Failed


class NotTaken(Exception):
    """They did not do what they were asked. `told` is what that means for what was to be written."""

    def __init__(self, told: Told) -> None:
        super().__init__(type(told).__name__)
        self.told = told


def text_of(told: Told) -> str:
    """For an owner to read."""
    match told:
        case Done(note=note):
            return note
        case Postponed(code=code, reason=reason):
            return f"{code}: {reason}"
        case Throttled(seconds=seconds):
            return f"they want fewer requests: try again {'in a while' if seconds is None else f'in {seconds:g} s'}"
        case Failed(reason=reason):
            return reason


class Sink(Protocol):
    async def write(self, news: News) -> Told:
        """Have it stand there as it holds here. Raises Unreachable, and nothing else for what they do."""
        ...


@runtime_checkable
class Publisher(Protocol):
    """A sink that definitions are told too: events about no person."""

    async def publish(self, event: Mapping[str, Any]) -> Told:
        """Have what was published stand there. `event` is as it was sent. Raises Unreachable."""
        ...


class Sinks:
    """A Transport. `opened` gives the sink of a connection by id, as it is set now."""

    def __init__(self, transport: Transport, opened: Callable[[str], Awaitable[Sink]]) -> None:
        self._transport = transport
        self._opened = opened

    async def send(self, request: OutboundRequest) -> Answer | NoAnswer:
        if not request.url.startswith(SCHEME):
            return await self._transport.send(request)
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(request.timeout_seconds):
                told = await self._written(request)
        except TimeoutError:
            detail = f"it was not done within {request.timeout_seconds:g} s"
            return NoAnswer(error_class="timeout", detail=detail, duration_ms=_since(begun))
        except Unreachable as error:
            return NoAnswer(error_class=error.error_class, detail=_head(str(error)), duration_ms=_since(begun))
        except Refused as refused:
            return NoAnswer(error_class="protocol", detail=_head(refused.detail), duration_ms=_since(begun))
        return answer_of(told, duration_ms=_since(begun))

    async def _written(self, request: OutboundRequest) -> Told:
        """Raises Refused for a connection that cannot be opened, else what a sink raises by its contract."""
        sink = await self._opened(request.url.removeprefix(SCHEME))
        try:
            news = news_of(request.body)
            if news is not None:
                return await sink.write(news)
            if isinstance(sink, Publisher):
                return await sink.publish(json.loads(request.body))
            return Done(note="not about a person")
        except Unreachable:
            raise
        except Exception as error:  # noqa: BLE001 - the event may be at fault: it must not stop those of others
            return Failed(status=BROKEN_STATUS, reason=f"the connector broke off: {_place_of(error)}")


def answer_of(told: Told, *, duration_ms: float) -> Answer:
    """What the sender makes of it, in HTTP's terms."""
    headers: dict[str, str] = {}
    match told:
        case Done(note=note):
            status, head = 200, note
        case Postponed(code=code, reason=reason, seconds=seconds):
            # 423 Locked: by RFC 4918 the thing itself is fine, and cannot be written now.
            status, head = 423, f"{code}: {reason}"
            headers["webhook-delivery"] = "postpone"
            headers |= _retry_after(seconds)
        case Throttled(seconds=seconds):
            status, head = 429, "they want fewer requests"
            headers |= _retry_after(seconds)
        case Failed(status=status, reason=reason):
            # Whoever says that it failed has not taken it, nor spoken for the whole connection, whatever the number.
            status, head = status if 400 <= status <= 599 and status != GONE else BROKEN_STATUS, reason
    return Answer(status=status, headers=headers, body_head=_head(head), duration_ms=duration_ms, ours=True)


def _place_of(error: Exception) -> str:
    """Kind and place in the code: what it says may hold what was sent."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    what = error.code if isinstance(error, Refused) else type(error).__name__
    return f"{what} in {last.name}, {Path(last.filename).name}:{last.lineno}"


def _head(text: str) -> str:
    return printable(text)[:HEAD_CHARS]


def _retry_after(seconds: float | None) -> dict[str, str]:
    """In whole seconds, rounded up: a fraction less would ask before they want to be asked."""
    return {} if seconds is None else {"retry-after": str(max(0, math.ceil(min(seconds, MOST_SECONDS))))}


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
