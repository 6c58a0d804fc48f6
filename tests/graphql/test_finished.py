"""Answers about what is published are given again as they were, to those with the same rights, until it changes."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx

from service.domain.access import OPERATOR
from service.usecases.access import revoke_key
from tests.builders import DESIGN, ENGINEERING
from tests.graphql.graph import data, done
from tests.rest.published import publish
from tests.rest.served import Served, assert_problem

QUERY = """query($zone: String) { ladder(key: "engineering") {
    version knownAt chart(zone: $zone) { rows { grade cells { bands { zone } } } }
    levels { key bands { zone mid } } } }"""


def cells(chart: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for row in chart["rows"] for cell in row["cells"] if cell["bands"]]


async def test_a_finished_answer_is_given_again_by_rights_until_something_is_published(served: Served) -> None:
    first = (await data(served, QUERY))["ladder"]
    await served.person()
    # Somebody came, and nothing that is published altered: it is the very answer, its instant included.
    assert (await data(served, QUERY))["ladder"] == first
    hidden = (await data(served, QUERY, scopes=("ladders:read",)))["ladder"]
    assert [level["bands"] for level in hidden["levels"]] == [[]] * len(first["levels"])
    assert any(level["bands"] for level in first["levels"])
    # Variables, the text and the rights are what an answer is found by.
    elsewhere = (await data(served, QUERY, {"zone": "nyc"}))["ladder"]["chart"]
    assert {band["zone"] for cell in cells(elsewhere) for band in cell["bands"]} == {"nyc"}
    assert len({band["zone"] for cell in cells(first["chart"]) for band in cell["bands"]}) > 1
    titles = [{**ENGINEERING, "version": "2", "effective_from": "2026-01-01"}, DESIGN]
    await publish(served, ladders=titles)
    assert (await data(served, QUERY))["ladder"]["version"] == "2"
    assert (await data(served, QUERY, scopes=("ladders:read",)))["ladder"]["version"] == "2"


async def test_what_leads_to_people_is_made_anew(served: Served) -> None:
    query = '{ ladder(key: "engineering") { version } employees { nodes { key } } }'
    assert (await data(served, query))["employees"]["nodes"] == []
    await served.person()
    assert (await data(served, query))["employees"]["nodes"] == [{"key": "ada"}]


async def test_a_finished_answer_ends_with_the_day_and_with_the_key(served: Served) -> None:
    query = '{ ladder(key: "engineering") { version } }'
    later = {**ENGINEERING, "version": "2", "effective_from": "2026-06-16"}
    await publish(served, ladders=(later, DESIGN))
    # Berlin is two hours ahead of UTC in June.
    midnight = int(datetime(2026, 6, 15, 22, tzinfo=UTC).timestamp()) * 1_000_000
    found: list[str] = []
    for at in (midnight - 1, midnight - 1, midnight, midnight):
        served.clock.us = at
        found.append((await data(served, query))["ladder"]["version"])
    assert found == ["1", "1", "2", "2"]

    scopes = ("ladders:read",)
    assert [(await data(served, query, scopes=scopes))["ladder"]["version"] for _ in range(2)] == ["2", "2"]
    await revoke_key(served.house.runtime, OPERATOR, (await served.key(*scopes)).split("_")[1])
    refused = await served.call("POST", "/graphql", json={"query": query}, scopes=scopes)
    assert_problem(refused, 401, "key-refused")


async def test_what_differs_in_anything_is_answered_for_itself(served: Served) -> None:
    """Whole answers are kept in front of everything: nothing that decides one may be left out of what finds it."""
    ladder = "query($key: String!) { ladder(key: $key) { key } }"

    async def answer(**more: Any) -> httpx.Response:
        key = more.pop("key", "engineering")
        return await served.call("POST", "/graphql", json={"query": ladder, "variables": {"key": key}}, **more)

    first, again = await answer(), await answer(headers={"X-Request-Id": "mine"})
    assert (again.content, again.headers["content-type"]) == (first.content, first.headers["content-type"])
    assert again.headers["x-request-id"] == "mine" != first.headers["x-request-id"]
    assert "etag" not in again.headers and again.headers["cache-control"] == "private, no-store"
    assert again.headers["ratelimit"] < first.headers["ratelimit"]
    assert (await answer(key="design")).json() != first.json()
    other = await answer(headers={"Accept": "application/graphql-response+json"})
    assert other.headers["content-type"].startswith("application/graphql-response+json")
    assert (await answer(headers={"Accept": "text/html"})).status_code == 406
    assert (await answer(headers={"Content-Type": "text/plain"})).status_code == 415
    refused = (await answer(scopes=("assignments:read",))).json()
    assert refused["errors"][0]["extensions"]["code"] == "missing-scope"
    nobody = await served.client.post("/graphql", json={"query": ladder, "variables": {"key": "engineering"}})
    assert_problem(nobody, 401, "missing-key")

    tags = [(await served.get("/graphql?query={grades{key}}")).headers["etag"] for _ in range(2)]
    same = await served.get("/graphql?query={grades{key}}", headers={"If-None-Match": tags[0]})
    assert (tags[0], same.status_code, same.content) == (tags[1], 304, b"")


async def test_what_is_done_is_done_each_time(served: Served) -> None:
    query = 'mutation { createEmployee(input: {key: "ada"}) { __typename ... on Problem { code } } }'
    for expected in ("CreateEmployeeSuccess", "ConflictProblem"):
        assert (await data(served, query))["createEmployee"]["__typename"] == expected
    both = [asyncio.create_task(done(served, "createEmployee", {"name": "twin"}, "id")) for _ in range(2)]
    made = await asyncio.gather(*both)
    assert {one["__typename"] for one in made} == {"CreateEmployeeSuccess"}
    assert made[0]["result"]["id"] != made[1]["result"]["id"]


async def test_a_body_that_comes_in_pieces_or_not_at_all(served: Served) -> None:
    body = b'{"query": "{ grades { key } }"}'
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {served.client.base_url.netloc.decode()}\r\nConnection: close\r\n"
        f"Authorization: Bearer {await served.key('admin')}\r\nContent-Type: application/json\r\n"
    ).encode()
    whole = await served.raw(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    again = await served.raw(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:9], body[9:])) + b"0\r\n\r\n"
    chunked = await served.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + pieces)
    assert whole.partition(b"\r\n\r\n")[2] == again.partition(b"\r\n\r\n")[2] == chunked.partition(b"\r\n\r\n")[2]
    assert b'"data"' in whole and b"HTTP/1.1 200" in chunked
