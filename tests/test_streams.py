"""Streams of events whose caller does not read: what is not taken is not gathered, and keeps no process from ending."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Message

from service.streams import EventStream, Streams


class Deaf:
    """A caller that takes `most` messages and then reads no more, and stays."""

    def __init__(self, most: int) -> None:
        self.got: list[bytes] = []
        self.asked = 0
        self.closed = False
        self.full = asyncio.Event()
        self._most = most

    async def source(self) -> AsyncGenerator[bytes]:
        try:
            while True:
                self.asked += 1
                yield b"data: %d\n\n" % self.asked
        finally:
            self.closed = True

    async def send(self, message: Message) -> None:
        if len(self.got) == self._most:
            self.full.set()
            await asyncio.Event().wait()
        self.got.append(message.get("body", b""))

    async def receive(self) -> Message:
        return await asyncio.Event().wait() and {}

    async def holds(self) -> bool:
        return True

    def stream(self, streams: Streams) -> EventStream:
        streams.enter("key:a")
        return EventStream(
            self.source(),
            streams,
            still_allowed=self.holds,
            on_end=lambda: streams.leave("key:a"),
            on_failure=lambda error: b"",
        )


async def test_who_does_not_read_is_left() -> None:
    streams, deaf = Streams(write_seconds=0.05), Deaf(most=4)
    async with asyncio.timeout(5):
        await deaf.stream(streams)({"type": "http"}, deaf.receive, deaf.send)
    # The head, the first heartbeat, two events; the third was asked for, and no more.
    assert deaf.got == [b"", b":\n\n", b"data: 1\n\n", b"data: 2\n\n"]
    assert (deaf.asked, deaf.closed, streams.count) == (3, True, 0)


async def test_who_does_not_read_keeps_no_process_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.streams.LAST_WRITE_SECONDS", 0.02)
    streams, deaf = Streams(), Deaf(most=3)
    running = asyncio.create_task(deaf.stream(streams)({"type": "http"}, deaf.receive, deaf.send))
    async with asyncio.timeout(5):
        await deaf.full.wait()
        assert not running.done()
        streams.end()
        await running
    assert (deaf.asked, deaf.closed, streams.count) == (2, True, 0)
