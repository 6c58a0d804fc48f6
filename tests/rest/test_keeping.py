"""How answers are kept: made once for all who wait, not where they may not be, and as many as there is room for."""

import asyncio
from datetime import date

import pytest
from starlette.types import Message, Receive, Scope, Send

from service.app import create_app
from service.middleware.published import Published
from service.rest.answers import MARK
from service.usecases.published import LONGEST_KEY, Edition, Kept, PublishedStore
from tests.builders import DESIGN, ENGINEERING
from tests.rest.published import publish, version_of
from tests.rest.served import Served

READER = ("ladders:read",)
TOMORROW = version_of(ENGINEERING, "2", "2026-06-16")


class Kitchen:
    """Stands for all that is behind: counts what it makes, and makes nothing before it is let."""

    def __init__(self, *, status: int = 200, kept: bool = True) -> None:
        self.made = 0
        self.status, self.is_kept = status, kept
        self.begun, self.let = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.made += 1
        body = b"%d" % self.made
        self.begun.set()
        await self.let.wait()
        if self.is_kept and MARK in scope["state"]:
            scope["state"][MARK] = True
        headers = [(b"etag", b'"%s"' % body), (b"x-request-id", b"made-here")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Counter:
    """Where requests for the kitchen are handed in."""

    def __init__(self, served: Served, kitchen: Kitchen, key: str) -> None:
        self._app = Published(kitchen, office=create_app(served.house, served.office).state.office)
        self._key = key

    async def ask(self, *headers: tuple[bytes, bytes], method: str = "GET", path: str = "/x") -> tuple[int, bytes]:
        messages: list[Message] = []

        async def send(message: Message) -> None:
            messages.append(message)

        async def receive() -> Message:
            raise AssertionError("nobody asks for a body here")

        scope: Scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "scheme": "http",
            "headers": [(b"host", b"x"), (b"authorization", b"Bearer " + self._key.encode()), *headers],
            "state": {},
        }
        await self._app(scope, receive, send)
        start, body = messages
        return start["status"], body["body"]


async def test_many_who_ask_at_once_get_one_answer_made_once(served_once: Served) -> None:
    kitchen = Kitchen()
    counter = Counter(served_once, kitchen, await served_once.key(*READER))
    asked = [asyncio.create_task(counter.ask()) for _ in range(20)]
    await kitchen.begun.wait()
    kitchen.let.set()
    assert await asyncio.gather(*asked) == [(200, b"1")] * 20
    assert await counter.ask() == (200, b"1")
    assert kitchen.made == 1
    # What is asked for otherwise is another answer; a body or a doubled header goes the whole way each time.
    assert await counter.ask((b"accept", b"text/html")) == (200, b"2")
    assert await counter.ask((b"accept", b"text/html")) == (200, b"2")
    assert await counter.ask((b"content-length", b"2")) == (200, b"3")
    assert await counter.ask((b"host", b"y")) == (200, b"4")
    assert await counter.ask(method="POST") == (200, b"5")
    assert await counter.ask((b"if-none-match", b'"1"')) == (304, b"")
    assert await counter.ask(method="HEAD") == (200, b"")
    long = (b"accept", b"a" * LONGEST_KEY)
    assert [await counter.ask(long) for _ in range(2)] == [(200, b"6"), (200, b"7")]


@pytest.mark.parametrize(("status", "kept"), [(404, True), (503, True), (200, False)])
async def test_what_may_not_be_kept_is_made_for_each(served_once: Served, status: int, kept: bool) -> None:
    kitchen = Kitchen(status=status, kept=kept)
    counter = Counter(served_once, kitchen, await served_once.key(*READER))
    asked = [asyncio.create_task(counter.ask()) for _ in range(3)]
    await kitchen.begun.wait()
    kitchen.let.set()
    assert sorted(await asyncio.gather(*asked)) == [(status, b"1"), (status, b"2"), (status, b"3")]
    assert await counter.ask() == (status, b"4")


async def test_an_answer_begun_before_a_publication_does_not_outlive_it(served_once: Served) -> None:
    kitchen = Kitchen()
    counter = Counter(served_once, kitchen, await served_once.key(*READER))
    early = asyncio.create_task(counter.ask())
    await kitchen.begun.wait()
    await publish(served_once, ladders=(TOMORROW, DESIGN))
    late = asyncio.create_task(counter.ask())
    kitchen.let.set()
    assert await early == (200, b"1")
    assert await late == (200, b"2")
    assert await counter.ask() == (200, b"2")


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    today, tomorrow = Edition(1, date(2026, 6, 15)), Edition(1, date(2026, 6, 16))
    store = PublishedStore(most_bytes=15_000)

    def kept(size: int) -> Kept:
        return Kept(body=bytes(size), tag=b"", headers=(), unchanged=())

    assert store.get(today, "a") is None
    small = [kept(900) for _ in range(6)]
    for name, one in zip("abcde", small, strict=False):
        store.put(today, name, one)
    assert store.size == sum(one.size for one in small[:5])
    assert store.get(today, "a") is small[0]
    store.put(today, "f", small[5])
    assert [store.get(today, name) for name in "abf"] == [small[0], None, small[5]]
    assert store.size <= 15_000
    store.put(today, "g", kept(9_000))
    assert store.get(today, "g") is None
    store.put(tomorrow, "h", small[0])
    assert store.get(tomorrow, "a") is None
    assert (store.get(tomorrow, "h"), store.size) == (None, 0)
    store.put(today, "a", small[0])
    assert (store.get(tomorrow, "a"), store.size) == (None, 0)
