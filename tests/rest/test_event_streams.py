"""The feed by waiting and live: at once, byte for byte, and ended by whoever of the two leaves first."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from service.app import create_app
from service.cli.serve import server_over
from service.domain.access import OPERATOR, Actor, Scope
from service.domain.refusals import Forbidden
from service.house import opened, sending, working
from service.settings import Settings
from service.streams import Streams
from service.usecases.access import revoke_key
from service.usecases.events import LATEST, EventFilter, await_events
from tests.engines import SECRET_KEY, Engine
from tests.listening import bound, calling, running
from tests.rest.served import Served, assert_problem
from tests.rest.sse import STREAM, Told, streaming, told
from tests.stage import Clock, Stage, publish
from tests.webhooks.post import Sink

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin", "team": "core"}
PEOPLE = Actor(id="key:r", scopes=frozenset({Scope.ASSIGNMENTS_READ}))
READ = ("assignments:read",)


async def employed(served: Served, *people: str) -> None:
    for person in people:
        await served.person(person)
        await served.change(HIRE, "2026-01-01", employee=person)


async def some(stream: AsyncGenerator[Told], count: int) -> list[Told]:
    async with asyncio.timeout(20):
        return [await anext(stream) for _ in range(count)]


async def test_a_stream_has_what_is_paged_and_pushed_byte_for_byte(served: Served) -> None:
    await served.person("ada", workday="w-\u2028-ü")
    sink = Sink()
    await sink.start()
    made = await served.call("POST", "/v1/endpoints", json={"url": sink.url, "include_pay": True})
    assert made.status_code == 201, made.text
    start = (await served.get("/v1/events?after=latest")).json()["page"]["next_cursor"]
    async with streaming(served, f"?after={start}") as (answer, lines), aclosing(told(lines)) as stream:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "private, no-store"
        assert "content-length" not in answer.headers
        await served.change(HIRE, "2026-01-01")
        await served.change({"level": "em3"}, "2026-03-01")
        async with working(served.house, served.office) as worker:
            running = asyncio.create_task(worker.run())
            await served.change({"team": "web"}, "2026-04-01")
            await sink.until(lambda: len(sink.got) >= 3)
            worker.stop()
            await running
        got = await some(stream, 3)
    await sink.stop()
    page = await served.get(f"/v1/events?after={start}")
    assert [one.data for one in got] == [body for _, body in sink.requests]
    assert page.content.startswith(b'{"data":[' + b",".join(one.data for one in got) + b'],"page"')
    assert b'"band":{' in got[0].data and "\u2028".encode() not in got[0].name.encode()
    bodies: list[dict[str, Any]] = [json.loads(one.data) for one in got]
    assert [one.name for one in got] == [body["type"] for body in bodies]
    assert page.json()["page"]["next_cursor"] == got[-1].id
    # Each id is a place: for `after`, and for who comes back, whatever `after` says.
    behind = await served.get(f"/v1/events?after={got[0].id}")
    assert [body["id"] for body in behind.json()["data"]] == [body["id"] for body in bodies[1:]]
    for place in (got[0].id, bodies[0]["id"]):
        back = {"Last-Event-ID": place}
        async with (
            streaming(served, "?after=latest", headers=back) as (_, lines),
            aclosing(told(lines)) as stream,
        ):
            assert await some(stream, 2) == got[1:]
    async with streaming(served, f"?after={start}", scopes=READ) as (_, lines), aclosing(told(lines)) as stream:
        unpaid = await some(stream, 3)
    assert b'"band":{' not in b"".join(one.data for one in unpaid)


async def test_facets_mean_what_they_mean_for_endpoints(served: Served) -> None:
    await employed(served, "ada", "bob")
    await served.change({"team": "web", "level": "em3"}, "2026-02-01", employee="bob")
    await served.change({"team": "core"}, "2026-03-01", employee="bob")
    every = (await served.get("/v1/events?limit=200")).json()
    for query, filters in {
        "team=web": {"team": ["web"]},
        "team=web&team=core": {"team": ["web", "core"]},
        "track=manager&kind=track_switch": {"track": ["manager"], "kind": ["track_switch"]},
        "ladder=engineering&level=ic3&grade=3&zone=berlin": {"ladder": ["engineering"], "level": ["ic3"]},
        "role=nobody": {"role": ["nobody"]},
    }.items():
        made = await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/", "filters": filters})
        where = f"/v1/endpoints/{made.json()['id']}"
        # Each is told once more, to see what the endpoint takes of it.
        await served.change({"team": None}, "2026-06-01", employee="ada")
        await served.change({"team": "web"}, "2026-06-01", employee="ada")
        sent = (await served.get(f"{where}/deliveries?limit=200")).json()["data"]
        place = (await served.get(f"/v1/events?{query}&limit=200")).json()
        assert (
            place["page"]["next_cursor"] == (await served.get("/v1/events?after=latest")).json()["page"]["next_cursor"]
        )
        ids = [event["id"] for event in place["data"]]
        known = {event["id"] for event in every["data"]}
        every = (await served.get("/v1/events?limit=200")).json()
        assert [one for one in ids if one not in known] == [one["event"] for one in reversed(sent)]
        assert (await served.call("DELETE", where, headers={"If-Match": "*"})).status_code == 200
    assert [event["data"]["employee"]["key"] for event in (await read(served, "team=web&subject=bob"))] == ["bob"] * 2
    assert_problem(await served.get("/v1/events?teem=web"), 400, "unknown-parameter")
    # A page that lets nothing pass tells a stream where to come back to.
    async with streaming(served, "?role=nobody") as (_, lines):
        async with asyncio.timeout(20):
            found = [await anext(lines) for _ in range(3)]
    end = (await served.get("/v1/events?after=latest")).json()["page"]["next_cursor"]
    assert found == [b"retry: 1000", b"", f"id: {end}".encode()]


async def read(served: Served, query: str) -> list[dict[str, Any]]:
    return (await served.get(f"/v1/events?limit=200&{query}")).json()["data"]


async def test_a_read_that_waits_is_answered_at_once(served: Served) -> None:
    await employed(served, "ada")
    (last,) = await read(served, "types=assignment.started")
    # What is there is not waited for.
    assert (await served.get("/v1/events?wait=60&types=assignment.started")).json()["data"] == [last]
    waiting = f"/v1/events?wait=60&after={last['id']}"
    # Two who ask the same do not wait for each other, and what is not asked for wakes nobody.
    readers = [asyncio.create_task(served.get(waiting)) for _ in range(2)]
    switch = asyncio.create_task(served.get(f"{waiting}&track=manager&kind=track_switch"))
    await served.change({"level": "ic4"}, "2026-02-01")
    first, second = await asyncio.gather(*readers)
    assert [event["type"] for event in first.json()["data"]] == ["level.changed"]
    assert first.content == second.content
    assert not switch.done()
    await served.change({"level": "em4"}, "2026-03-01")
    assert [event["type"] for event in (await switch).json()["data"]] == ["track.switched"]
    nobody = {"wait": ["-1", "61", "x", "1&wait=2"], "limit": ["0"]}
    for name, values in nobody.items():
        for value in values:
            answer = await served.get(f"/v1/events?{name}={value}")
            assert answer.status_code in {400, 422} and answer.json()["code"] in {
                "invalid-parameter",
                "repeated-parameter",
            }, value


async def test_waiting_holds_nothing_and_ends_with_the_time_and_the_key(served: Served) -> None:
    runtime = served.house.runtime
    await served.house.wake.start()
    holds = True

    async def still() -> Actor:
        if not holds:
            raise Forbidden("missing-scope", "revoked")
        return PEOPLE

    async def wait(seconds: float) -> Any:
        only = EventFilter(facets={"team": ("core",)})
        return await await_events(runtime, PEOPLE, only, after=LATEST, limit=5, seconds=seconds, still=still)

    empty = await wait(0.02)
    assert (empty.events, empty.more) == ((), False)
    # More of them than there are connections, and others are served meanwhile.
    readers = [asyncio.create_task(wait(30)) for _ in range(40)]
    await employed(served, "ada")
    pages = await asyncio.gather(*readers)
    assert {len(page.events) for page in pages} == {1}
    last = asyncio.create_task(wait(30))
    holds = False
    with pytest.raises(Forbidden):
        await last
    await served.house.wake.close()


@asynccontextmanager
async def a_small_house(engine: Engine, streams: Streams) -> AsyncGenerator[tuple[Served, FastAPI, uvicorn.Server]]:
    """The service with its own bounds of streams."""
    clock = Clock()
    settings = Settings(database_url=engine.url, sqlite_journal=engine.journal, secret_key=SECRET_KEY)  # pyright: ignore[reportArgumentType]
    listening, url = bound()
    async with opened(settings, clock=clock) as house, sending(settings) as office:
        await publish(Stage(database=house.database, runtime=house.runtime, clock=clock, woken=[]))
        app = create_app(house, office)
        app.state.streams = streams
        server = server_over(app, settings)
        async with running(server, listening), calling(url, seconds=20) as client:
            yield Served(house=house, office=office, clock=clock, url=url, client=client), app, server


async def until(app: FastAPI, client: httpx.AsyncClient, count: int) -> None:
    """Returns when so many are open."""
    async with asyncio.timeout(20):
        while app.state.streams.count != count:
            await client.get("/livez")


async def test_bounds_heartbeats_and_a_key_that_is_revoked(one_engine: Engine) -> None:
    async with a_small_house(one_engine, Streams(most_for_a_key=2, heartbeat=0.05)) as (served, app, _):
        await employed(served, "ada")
        waiting = "/v1/events?after=latest&wait=60"
        async with streaming(served, "?after=latest", scopes=READ) as (_, lines):
            assert [await anext(lines) for _ in range(4)] == [b"retry: 1000", b"", *(await place(served)), b""]
            assert [await anext(lines) for _ in range(4)] == [b":", b""] * 2
            poll = asyncio.create_task(served.get(waiting, scopes=READ))
            await until(app, served.client, 2)
            # Streams and waiting reads are counted together, and by the key.
            for headers, path in ((STREAM, "/v1/events"), ({}, waiting)):
                refused = await served.get(path, scopes=READ, headers=headers)
                assert_problem(refused, 429, "too-many-subscriptions")
                assert refused.headers["retry-after"] == "5"
            # What is there already takes nobody's place.
            assert len((await served.get("/v1/events?wait=60", scopes=READ)).json()["data"]) == 1
            other = asyncio.create_task(served.get(waiting))
            await until(app, served.client, 3)
            await revoke_key(served.house.runtime, OPERATOR, (await served.key(*READ)).split("_")[1])
            assert_problem(await poll, 401, "key-refused")
            async with asyncio.timeout(20):
                ended = [line async for line in lines]
        heard = [line for line in ended if line not in {b":", b""}]
        # Whichever looks first ends it: the heartbeat says nothing more, the source says why.
        assert heard == [] or (heard[0] == b"event: problem" and b'"code":"key-refused"' in heard[1])
        assert_problem(await served.get("/v1/events", scopes=READ, headers=STREAM), 401, "key-refused")
        # Whoever asks for the head alone has it, and what he asks next, and holds no stream.
        bearer = f"Host: a\r\nAuthorization: Bearer {await served.key('admin')}"
        head = f"HEAD /v1/events HTTP/1.1\r\n{bearer}\r\nAccept: text/event-stream\r\n\r\n"
        both = await served.raw(f"{head}GET /livez HTTP/1.1\r\n{bearer}\r\nConnection: close\r\n\r\n".encode())
        assert both.startswith(b"HTTP/1.1 200 OK\r\n") and both.count(b"HTTP/1.1 200 OK\r\n") == 2
        assert b"content-type: text/event-stream" in both and b"retry:" not in both
        await until(app, served.client, 1)
        # Who leaves is waited for no more.
        other.cancel()
        await until(app, served.client, 0)


async def place(served: Served) -> list[bytes]:
    end = (await served.get("/v1/events?after=latest")).json()["page"]["next_cursor"]
    return [f"id: {end}".encode()]


async def test_all_end_cleanly_with_the_process(one_engine: Engine) -> None:
    async with a_small_house(one_engine, Streams()) as (served, app, server):
        poll = asyncio.create_task(served.get("/v1/events?after=latest&wait=60"))
        async with streaming(served, "?after=latest") as (_, lines):
            await until(app, served.client, 2)
            server.should_exit = True
            async with asyncio.timeout(10):
                assert [line async for line in lines][:2] == [b"retry: 1000", b""]
                answer = await poll
        assert (answer.status_code, answer.json()["data"]) == (200, [])
        assert app.state.streams.count == 0


async def test_what_refuses_a_stream_is_told_before_it_begins(served_once: Served) -> None:
    served = served_once
    for query, status, code in (
        ("after=x", 400, "cursor-invalid"),
        ("after=evt_none", 410, "cursor-lost"),
        ("types=track.swiched", 422, "unknown-event-type"),
        ("subject=nobody", 404, "no-employee"),
        ("limit=5", 422, "invalid-parameter"),
        ("wait=5", 422, "invalid-parameter"),
        ("fields=id", 422, "invalid-parameter"),
    ):
        assert_problem(await served.get(f"/v1/events?{query}", headers=STREAM), status, code)
    wrong = await served.get("/v1/events", headers={**STREAM, "Last-Event-ID": "x"})
    assert assert_problem(wrong, 400, "cursor-invalid")["errors"][0]["header"] == "Last-Event-ID"
    assert_problem(await served.get("/v1/events", scopes=("ladders:read",), headers=STREAM), 403, "missing-scope")
    assert_problem(await served.client.get("/v1/events", headers=STREAM), 401, "missing-key")
