"""Kept answers: the same bytes as long as they hold, for those they were made for, and not an instant longer."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from service.app import create_app
from service.domain.access import OPERATOR, parse_scopes
from service.middleware.published import Published
from service.rest.answers import MARK
from service.usecases.access import create_key, revoke_key
from service.usecases.published import Edition, Kept, PublishedStore
from tests.builders import DESIGN, ENGINEERING
from tests.engines import Engine
from tests.rest.published import publish, retitled, version_of
from tests.rest.served import Served, assert_problem, serving

LADDER = "/v1/ladders/engineering"
READER = ("ladders:read",)
PAY_READER = ("ladders:read", "bands:read")
TOMORROW = version_of(ENGINEERING, "2", "2026-06-16", levels=retitled(ENGINEERING, ic4="Staff"))


@pytest.fixture
async def on_sqlite(sqlite_url: str) -> AsyncGenerator[Served]:
    """For what no database has a part in."""
    async with serving(Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate")) as made:
        yield made


async def test_an_answer_is_kept_until_more_is_published_or_a_key_changes(served: Served) -> None:
    # Making a key raises the generation: it comes before anything is kept.
    await served.key("admin")
    first = await served.get(LADDER, scopes=READER)
    # Whatever is recorded moves `known_at`: an answer with the old one was not made anew.
    await served.person("ada")
    kept = await served.get(LADDER, scopes=READER, headers={"X-Request-Id": "mine"})
    same = await served.get(LADDER, scopes=READER, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    other = await served.get(LADDER, scopes=READER, headers={"If-None-Match": '"other"'})
    head = await served.call("HEAD", LADDER, scopes=READER)
    assert kept.content == first.content == other.content
    assert kept.headers["x-request-id"] == "mine"
    assert (same.status_code, same.content) == (304, b"")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(first.content)))
    for answer in (first, kept, same, other, head):
        assert answer.headers["etag"] == first.headers["etag"]
        assert answer.headers["vary"] == "Authorization, Accept"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert len(answer.headers.get_list("x-request-id")) == 1
        assert MARK not in answer.headers
    assert "content-type" not in same.headers and "content-length" not in same.headers

    await served.key("audit:read")
    remade = await served.get(LADDER, scopes=READER)
    unchanged = await served.get(LADDER, scopes=READER, headers={"If-None-Match": first.headers["etag"]})
    assert remade.json()["known_at"] > first.json()["known_at"]
    # The same but for `known_at`, so whoever has the old one need not read it again.
    assert (remade.headers["etag"], unchanged.status_code) == (first.headers["etag"], 304)

    await publish(served, ladders=(version_of(ENGINEERING, "2", "2026-01-01"), DESIGN))
    renewed = await served.get(LADDER, scopes=READER, headers={"If-None-Match": first.headers["etag"]})
    assert (renewed.status_code, renewed.json()["version"]["version"]) == (200, "2")
    assert renewed.headers["etag"] != first.headers["etag"]


async def test_every_published_address_answers_alike_when_it_is_asked_again(on_sqlite: Served) -> None:
    paths = [
        *("/v1/company", "/v1/grades", "/v1/ladders", LADDER, f"{LADDER}/versions", f"{LADDER}/versions/1"),
        *(f"{LADDER}/levels/ic4", f"{LADDER}/chart", "/v1/compare?a=engineering/ic4&b=engineering/em4"),
        *("/v1/parity", "/v1/coverage", "/v1/bands?limit=2", "/v1/band-sets", "/v1/definitions"),
    ]
    first = {path: await on_sqlite.get(path) for path in paths}
    await on_sqlite.person("ada")
    again = {path: await on_sqlite.get(path) for path in paths}
    for path in paths:
        assert first[path].status_code == 200, path
        assert first[path].content == again[path].content, path
        passing = {"date", "x-request-id"}
        shown, kept = (
            {name: value for name, value in answer.headers.items() if name not in passing}
            for answer in (first[path], again[path])
        )
        assert shown == kept, path
    # Parameters stand in any order, and `known_at` in the answer is that of the first.
    turned = await on_sqlite.get("/v1/compare?b=engineering/em4&a=engineering/ic4")
    assert turned.content == first["/v1/compare?a=engineering/ic4&b=engineering/em4"].content


async def test_nobody_is_answered_with_what_was_made_for_other_scopes(served: Served) -> None:
    hidden = [f"{LADDER}/levels/ic4", f"{LADDER}/chart", "/v1/compare?a=engineering/ic4&b=engineering/em4"]
    refused = ["/v1/bands", "/v1/band-sets", "/v1/definitions"]
    open_to_both = [LADDER, "/v1/company", "/v1/grades"]
    found: dict[tuple[str, tuple[str, ...]], list[httpx.Response]] = {}
    await served.key(*PAY_READER)
    await served.key(*READER)
    for scopes in (PAY_READER, READER, PAY_READER, READER):
        for path in (*hidden, *refused, *open_to_both):
            found.setdefault((path, scopes), []).append(await served.get(path, scopes=scopes))
    for (path, scopes), answers in found.items():
        pays = scopes == PAY_READER
        if path in refused and not pays:
            for answer in answers:
                assert_problem(answer, 403, "missing-scope")
            continue
        assert {answer.status_code for answer in answers} == {200}, path
        assert answers[0].content == answers[1].content, path
        shown = path not in open_to_both and pays and path != "/v1/band-sets"
        assert (b"0001.17" in answers[1].content) is shown, (path, scopes)
        storable = "private, no-store" if pays and path not in open_to_both else "private, no-cache"
        assert {answer.headers["cache-control"] for answer in answers} == {storable}, (path, scopes)
    nobody = await served.client.get(LADDER)
    assert_problem(nobody, 401, "missing-key")
    stranger = await served.client.get(LADDER, headers={"Authorization": "Bearer dt_0011223344556677_x"})
    assert_problem(stranger, 401, "key-refused")


async def test_the_day_begins_at_midnight_where_the_company_is(served: Served) -> None:
    await publish(served, ladders=(TOMORROW, DESIGN))

    async def versions() -> list[str]:
        answers = [await served.get(path) for path in (LADDER, f"{LADDER}?effective_on=2026-06-15")]
        return [answer.json()["version"]["version"] for answer in answers]

    # Berlin is two hours ahead of UTC in June.
    midnight = int(datetime(2026, 6, 15, 22, tzinfo=UTC).timestamp()) * 1_000_000
    served.clock.us = midnight - 1
    assert [await versions(), await versions()] == [["1", "1"], ["1", "1"]]
    served.clock.us = midnight
    assert [await versions(), await versions()] == [["2", "1"], ["2", "1"]]
    served.clock.us = midnight - 1
    assert await versions() == ["1", "1"]


async def test_a_key_stops_at_its_last_instant_and_when_it_is_revoked(served: Served) -> None:
    end = served.clock.us + 60_000_000
    scopes = parse_scopes(list(READER))
    made = await create_key(served.house.runtime, OPERATOR, name="short", scopes=scopes, expires_at=end)
    bearer = {"Authorization": f"Bearer {made.answer['key']}"}
    wrong = {"Authorization": f"Bearer {made.answer['key'][:-1]}"}
    served.clock.us = end - 1
    assert [(await served.client.get(LADDER, headers=bearer)).status_code for _ in range(2)] == [200, 200]
    assert_problem(await served.client.get(LADDER, headers=wrong), 401, "key-refused")
    served.clock.us = end
    assert_problem(await served.client.get(LADDER, headers=bearer), 401, "key-refused")

    assert [(await served.get(LADDER, scopes=READER)).status_code for _ in range(2)] == [200, 200]
    key_id = (await served.key(*READER)).split("_")[1]
    await revoke_key(served.house.runtime, OPERATOR, key_id)
    assert_problem(await served.get(LADDER, scopes=READER), 401, "key-refused")


async def test_what_hangs_on_people_is_not_kept(served: Served) -> None:
    await publish(served, ladders=(TOMORROW, DESIGN))
    path = "/v1/compare?a=engineering@1&b=engineering@2"
    await served.person("ada")
    empty = await served.get(path)
    hired = {"ladder": "engineering", "level": "ic4", "role": "engineer", "team": "core", "zone": "berlin"}
    await served.change(hired, "2026-06-15")
    assert empty.json()["versions"]["people"] == []
    assert (await served.get(path)).json()["versions"]["people"] == [{"level": "ic4", "people": 1}]

    person = await served.get("/v1/employees/ada")
    again = await served.get("/v1/employees/ada", headers={"If-None-Match": person.headers["etag"]})
    assert again.status_code == 304
    assert "vary" not in person.headers and person.headers["cache-control"] == "private, no-store"


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


async def test_many_who_ask_at_once_get_one_answer_made_once(on_sqlite: Served) -> None:
    kitchen = Kitchen()
    counter = Counter(on_sqlite, kitchen, await on_sqlite.key(*READER))
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


@pytest.mark.parametrize(("status", "kept"), [(404, True), (503, True), (200, False)])
async def test_what_may_not_be_kept_is_made_for_each(on_sqlite: Served, status: int, kept: bool) -> None:
    kitchen = Kitchen(status=status, kept=kept)
    counter = Counter(on_sqlite, kitchen, await on_sqlite.key(*READER))
    asked = [asyncio.create_task(counter.ask()) for _ in range(3)]
    await kitchen.begun.wait()
    kitchen.let.set()
    assert sorted(await asyncio.gather(*asked)) == [(status, b"1"), (status, b"2"), (status, b"3")]
    assert await counter.ask() == (status, b"4")


async def test_an_answer_begun_before_a_publication_does_not_outlive_it(on_sqlite: Served) -> None:
    kitchen = Kitchen()
    counter = Counter(on_sqlite, kitchen, await on_sqlite.key(*READER))
    early = asyncio.create_task(counter.ask())
    await kitchen.begun.wait()
    await publish(on_sqlite, ladders=(TOMORROW, DESIGN))
    late = asyncio.create_task(counter.ask())
    kitchen.let.set()
    assert await early == (200, b"1")
    assert await late == (200, b"2")
    assert await counter.ask() == (200, b"2")


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    today, tomorrow = Edition(1, date(2026, 6, 15)), Edition(1, date(2026, 6, 16))
    store = PublishedStore(most_bytes=10_000)

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
    assert store.size <= 10_000
    store.put(today, "g", kept(9_000))
    assert store.get(today, "g") is None
    store.put(tomorrow, "h", small[0])
    assert store.get(tomorrow, "a") is None
    assert (store.get(tomorrow, "h"), store.size) == (None, 0)
    store.put(today, "a", small[0])
    assert (store.get(tomorrow, "a"), store.size) == (None, 0)
