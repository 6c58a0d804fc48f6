"""The feed: each event once, in order, as it is delivered, and no further than the caller may see."""

import asyncio
import base64
import json
from contextlib import aclosing
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from service.domain.access import Actor, Scope
from service.domain.refusals import Forbidden, Gone
from service.house import working
from service.usecases.assignments import read_assignment
from service.usecases.events import LATEST, EventPage, follow_events
from service.webhooks import feed
from tests.rest.served import Served, assert_problem
from tests.webhooks.post import Sink

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin", "team": "core"}
READER = ("assignments:read", "ladders:read", "webhooks:manage")
PEOPLE = Actor(id="key:r", scopes=frozenset({Scope.ASSIGNMENTS_READ}))


async def scripted(served: Served) -> list[str]:
    """Hire two, switch, plan, end, and let the plan take effect; returns the types told, definitions before."""
    for key in ("ada", "bob"):
        await served.person(key)
        await served.change(HIRE, "2026-01-01", employee=key)
    await served.change({"level": "em3"}, "2026-03-01")
    await served.change({"step": "b"}, "2026-09-01")
    await served.change(None, "2026-05-01", employee="bob")
    return [
        *("ladder.published", "ladder.published", "bands.published"),
        *("assignment.started", "assignment.started", "track.switched", "change.scheduled", "assignment.ended"),
    ]


async def walked(
    served: Served, query: str = "", *, after: str = "", scopes: tuple[str, ...] = READER
) -> tuple[list[Any], str]:
    """Every event of a walk in pages of two, and the place that it ends at."""
    found: list[Any] = []
    while True:
        answer = await served.get(f"/v1/events?limit=2{query}{after}", scopes=scopes)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body["data"]) <= 2
        assert ("next" in answer.links) == body["has_more"]
        found += body["data"]
        after = f"&after={body['page']['next_cursor']}"
        if not body["has_more"]:
            return found, after


async def test_each_event_once_in_order_as_it_is_delivered(served: Served) -> None:
    told = await scripted(served)
    sinks = {False: Sink(), True: Sink()}
    for pay, sink in sinks.items():
        await sink.start()
        made = await served.call("POST", "/v1/endpoints", json={"url": sink.url, "include_pay": pay})
        assert made.status_code == 201, made.text
    before, place = await walked(served)
    assert [event["type"] for event in before] == told

    served.clock.move_to(date(2026, 9, 2))
    async with working(served.house, served.office) as worker:
        running = asyncio.create_task(worker.run())
        await served.change({"team": "web"}, "2026-09-02")
        await served.change({"team": "core"}, "2026-09-03")
        for sink in sinks.values():
            await sink.until(lambda sink=sink: len(sink.got) >= 3)
        worker.stop()
        await running
    for pay, sink in sinks.items():
        await sink.stop()
        scopes = ("bands:read", *READER) if pay else READER
        answer = await served.get(f"/v1/events?{place[1:]}", scopes=scopes)
        assert answer.content.startswith(b'{"data":[' + b",".join(body for _, body in sink.requests) + b'],"page"')
        assert (b'"band":{' in answer.content) == pay
    after, end = await walked(served, after=place)
    assert [event["type"] for event in after] == ["step.changed", "assignment.changed", "change.scheduled"]
    assert [event["sequence"] for event in after] == [4, 5, 6]
    every, last = await walked(served)
    assert (every, last) == (before + after, end)
    # Nothing more: the same place again and again, and the same bytes.
    empty = await served.get(f"/v1/events?{last[1:]}", scopes=READER)
    assert (empty.json()["data"], empty.json()["page"]["next_cursor"]) == ([], last.partition("=")[2])
    again = await served.get(f"/v1/events?{last[1:]}", scopes=READER, headers={"If-None-Match": empty.headers["etag"]})
    assert again.status_code == 304


async def test_filters_move_the_place_on_and_leave_out_nothing_else(served: Served) -> None:
    told = await scripted(served)
    _, end = await walked(served)
    for query, expected in {
        "&types=track.switched": ["track.switched"],
        "&types=assignment.started&types=assignment.ended": ["assignment.started"] * 2 + ["assignment.ended"],
        "&subject=bob": ["assignment.started", "assignment.ended"],
        "&subject=bob&types=assignment.ended": ["assignment.ended"],
        "&types=step.changed": [],
        "": told,
    }.items():
        found, place = await walked(served, query)
        assert ([event["type"] for event in found], place) == (expected, end), query
    # An event's own id is a place, too.
    every, _ = await walked(served)
    found, _ = await walked(served, after=f"&after={every[5]['id']}")
    assert found == every[6:]
    latest = await served.get("/v1/events?after=latest&types=step.changed")
    assert latest.json() == {
        "data": [],
        "page": {"next_cursor": end.partition("=")[2], "prev_cursor": None, "limit": 50},
        "has_more": False,
    }


async def test_what_the_key_may_not_read_is_passed_by(served: Served) -> None:
    told = await scripted(served)
    every, end = await walked(served)
    people, place = await walked(served, scopes=("assignments:read",))
    assert people == every[3:] and place == end
    published, _ = await walked(served, scopes=("assignments:read", "ladders:read"))
    assert [event["type"] for event in published] == told
    assert "30001.17" not in json.dumps(every)
    paid, _ = await walked(served, scopes=("bands:read", "ladders:read", "assignments:read"))
    assert "30001.17" in json.dumps([event for event in paid if event["type"] == "bands.published"])
    assert "30001.17" in json.dumps([event for event in paid if event["type"] == "track.switched"])

    for name, scope in {
        "ladder.published": "ladders:read",
        "bands.published": "ladders:read",
        "endpoint.disabled": "webhooks:manage",
        "delivery.dead": "webhooks:manage",
    }.items():
        answer = await served.get(f"/v1/events?types=track.switched&types={name}", scopes=("assignments:read",))
        assert assert_problem(answer, 403, "missing-scope")["scope"] == scope


async def test_what_cannot_be_asked(served: Served) -> None:
    await scripted(served)
    place = (await served.get("/v1/events?limit=1")).json()["page"]["next_cursor"]
    position, event = json.loads(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)))
    made_up: list[Any] = [[position], [position, event, 1], [str(position), event], [True, event], [-1, event]]
    made_up += [[2**62, event], [position, None], [position, "\u0000"], [position, "\ud800"], {"a": 1}, 7]
    texts = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in made_up]
    for wrong in (*texts, place + "=", place[:-3], "x", "ü", "1", ""):
        answer = await served.get(f"/v1/events?after={wrong}")
        assert assert_problem(answer, 400, "cursor-invalid")["errors"][0]["parameter"] == "after", wrong
    for gone in ([position, "evt_other"], [position + 10**6, event], [2**62 - 1, "evt_x"], [0, "evt_x"]):
        packed = base64.urlsafe_b64encode(json.dumps(gone, separators=(",", ":")).encode()).decode().rstrip("=")
        assert (
            "/v1/snapshots"
            in assert_problem(await served.get(f"/v1/events?after={packed}"), 410, "cursor-lost")["detail"]
        )
    assert_problem(await served.get("/v1/events?after=evt_none"), 410, "cursor-lost")
    misspelt = await served.get("/v1/events?types=track.swiched")
    problem = assert_problem(misspelt, 422, "unknown-event-type")
    assert "Did you mean track.switched?" in problem["detail"]
    assert problem["errors"][0]["parameter"] == "types"
    assert_problem(await served.get("/v1/events?subject=nobody"), 404, "no-employee")
    assert_problem(await served.get("/v1/events?cursor=x"), 400, "unknown-parameter")
    for query in ("limit=0", "limit=201", "limit=x", "subject="):
        assert_problem(await served.get(f"/v1/events?{query}"), 422, "invalid-parameter")


async def test_a_database_that_was_set_back_is_noticed(served: Served) -> None:
    await scripted(served)
    _, end = await walked(served)
    async with served.house.database.transaction() as tx:
        await tx.execute(text("DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)"))
        await tx.execute(text("UPDATE recorder SET position = position - 1"))
    assert_problem(await served.get(f"/v1/events?{end[1:]}"), 410, "cursor-lost")
    await served.change({"team": "web"}, "2026-06-01")
    # Another event stands there now.
    assert_problem(await served.get(f"/v1/events?{end[1:]}"), 410, "cursor-lost")


async def test_a_read_that_finds_little_ends_and_goes_on(served: Served) -> None:
    told = await scripted(served)
    place, types, reads = feed.START, [], 0
    async with served.house.database.transaction() as tx:
        # Positions may have gaps wider than a read.
        await tx.execute(text("UPDATE event SET seq = seq + 100 WHERE seq > 5"))
    async with served.house.database.read() as connection:
        while True:
            found = await feed.read_feed(
                connection,
                after=place,
                rendering="v1",
                types=frozenset({"assignment.ended"}),
                subject=None,
                limit=10,
                window=3,
            )
            types += [one.type for one in found.events]
            reads += 1
            assert (found.last != place) or not found.more
            place = found.last
            if not found.more:
                break
    assert types == ["assignment.ended"]
    assert (place.position, reads) == (len(told) + 100, 3)


async def test_nothing_is_skipped_while_many_write(served: Served) -> None:
    """Readers from everywhere in the feed, writers at once; all see the same events, those of the table."""
    people = [f"p{number}" for number in range(4)]
    for person in people:
        await served.person(person)
    done = asyncio.Event()
    start = await served.get("/v1/events?after=latest")

    async def write(person: str) -> None:
        for number in range(4):
            await served.change({**HIRE, "title": f"T{number}"}, f"2026-01-0{number + 1}", employee=person)

    async def read(query: str) -> list[str]:
        seen: list[str] = []
        after = start.json()["page"]["next_cursor"]
        while True:
            ended = done.is_set()
            body = (await served.get(f"/v1/events?after={after}{query}")).json()
            seen += [event["id"] for event in body["data"]]
            after = body["page"]["next_cursor"]
            if ended and not body["has_more"]:
                return seen

    readers = [
        asyncio.create_task(read(query)) for query in ("", "&limit=3", "&types=assignment.started", "&subject=p3")
    ]
    await asyncio.gather(*(write(person) for person in people))
    done.set()
    whole, small, started, subject = await asyncio.gather(*readers)
    async with served.house.database.read() as connection:
        rows = (await connection.execute(text("SELECT id, type, bodies FROM event ORDER BY seq"))).all()[3:]
    assert whole == small == [row.id for row in rows]
    assert started == [row.id for row in rows if row.type == "assignment.started"]
    assert len(whole) == 16 and len(started) == 4
    assert subject == [
        row.id for row in rows if json.loads(json.loads(row.bodies)["v1"])["data"]["employee"]["key"] == "p3"
    ]


async def test_following_yields_what_is_told_and_holds_nothing(served: Served) -> None:
    await served.person("ada")
    runtime = served.house.runtime
    pages: list[EventPage] = []
    got = asyncio.Event()
    stops = asyncio.Event()

    async def still() -> Actor:
        if stops.is_set():
            raise Forbidden("missing-scope", "revoked")
        return PEOPLE

    async def follow() -> None:
        async with aclosing(follow_events(runtime, PEOPLE, after=LATEST, still=still)) as stream:
            async for page in stream:
                pages.append(page)
                got.set()

    async def told(count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(found := [event.type for page in pages for event in page.events]) < count:
                got.clear()
                await got.wait()
        return found

    await served.house.wake.start()
    readers = [asyncio.create_task(follow()) for _ in range(30)]
    async with asyncio.timeout(20):
        while len(pages) < 30:
            got.clear()
            await got.wait()
    # More readers than connections wait, and nobody is kept from one.
    await served.change(HIRE, "2026-01-01")
    assert await told(30) == ["assignment.started"] * 30
    assert {page.last for page in pages[:30]} != {page.last for page in pages[30:]}
    for reader in readers[1:]:
        reader.cancel()
    await asyncio.gather(*readers[1:], return_exceptions=True)
    assert all(reader.cancelled() for reader in readers[1:])
    assert (await read_assignment(runtime, PEOPLE, "ada", effective_on=date(2026, 2, 1))).level == "ic3"

    stops.set()
    await served.change({"level": "em3"}, "2026-03-01")
    with pytest.raises(Forbidden):
        async with asyncio.timeout(20):
            await readers[0]
    assert "track.switched" not in {event.type for page in pages for event in page.events}
    with pytest.raises(Gone):
        await anext(follow_events(runtime, PEOPLE, after="evt_none"))
    await served.house.wake.close()
