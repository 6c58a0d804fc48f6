"""The feed of a running service as it is told, through whatever interrupts it.

It goes on behind the last event that came whole: none is lost and none comes twice, however often it is cut off.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

from service.cli.receiving.remote import refusal, stopped

SILENCE_SECONDS = 45.0
"""Three heartbeats: who hears nothing for so long is cut off, and nobody told him."""
FIRST_PAUSE_SECONDS = 0.5
MOST_PAUSE_SECONDS = 30.0
MOST_EVENT_BYTES = 32 * 1024 * 1024
_LATER = {429, 502, 503, 504}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event: its type, and its body byte for byte."""

    name: str
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass(slots=True, kw_only=True)
class Feed:
    """`place` is where to go on, None the first event; `interrupted` is told why and for how long it was cut off."""

    client: httpx.AsyncClient
    place: str | None
    types: Sequence[str] = ()
    interrupted: Callable[[str, float], None]

    async def follow(self) -> AsyncGenerator[Told]:
        """For ever. Raises Exit for what no new try would mend."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with aclosing(self._once()) as stream:
                    async for told in stream:
                        pause = FIRST_PAUSE_SECONDS
                        yield told
                why, wait_for = "the service ended the stream", FIRST_PAUSE_SECONDS
            except _Later as later:
                why, wait_for = later.why, max(later.seconds, pause)
            except httpx.HTTPError as error:
                why, wait_for = f"{type(error).__name__}: {error}".rstrip(": "), pause
            self.interrupted(why, wait_for)
            await asyncio.sleep(wait_for)
            pause = min(2 * pause, MOST_PAUSE_SECONDS)

    async def _once(self) -> AsyncGenerator[Told]:
        asked: dict[str, Any] = {"types": list(self.types)} if self.types else {}
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        if self.place is not None:
            headers["Last-Event-ID"] = self.place
        async with self.client.stream("GET", "/v1/events", params=asked, headers=headers) as answer:
            if answer.status_code != 200:
                await answer.aread()
                if answer.status_code in _LATER:
                    raise _Later(f"it answers {answer.status_code}", _seconds(answer.headers.get("retry-after")))
                raise refusal(answer)
            async with aclosing(_events(answer.aiter_raw())) as parts:
                async for part in parts:
                    if part.name == "problem":
                        raise _Later(json.loads(part.data)["detail"], 0)
                    if part.data:
                        yield Told(name=part.name, body=part.data)
                    # Only once whoever reads has dealt with it, and comes for the next one.
                    self.place = part.id or self.place


@dataclass(slots=True)
class _Part:
    """What stands between two empty lines. A part without data only moves the place on."""

    id: str = ""
    name: str = ""
    data: bytes = b""


async def _events(pieces: AsyncIterator[bytes]) -> AsyncGenerator[_Part]:
    """Parts that came whole: one that is cut off comes again."""
    part, rest = _Part(), b""
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > MOST_EVENT_BYTES:
            raise stopped("What comes is no stream of events: a line of it does not end.")
        for line in lines:
            field, _, value = line.partition(b": ")
            match field:
                case b"":
                    yield part
                    part = _Part()
                case b"id":
                    part.id = value.decode("ascii")
                case b"event":
                    part.name = value.decode("ascii")
                case b"data":
                    part.data = value
                case _:
                    # Comments, which are heartbeats, and how soon a browser should come back.
                    pass


def _seconds(text: str | None) -> float:
    return min(float(text), MOST_PAUSE_SECONDS) if text and text.isascii() and text.isdigit() else 0.0


class _Later(Exception):
    """It could not be had now."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.why = why
        self.seconds = seconds
