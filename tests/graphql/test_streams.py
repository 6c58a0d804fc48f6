"""Subscriptions as server-sent events: how they run, how they end, and that nothing is left of them."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from service.domain.access import OPERATOR
from service.streams import Streams
from service.usecases.access import revoke_key
from tests.engines import Engine
from tests.graphql.served import Small, refusal, serving_small
from tests.graphql.small import CLOSED, OPENED, PAY
from tests.rest.served import assert_problem

EVENTS = {"Accept": "text/event-stream"}


@asynccontextmanager
async def subscribed(
    small: Small, query: str, *, scopes: tuple[str, ...] = ("admin",)
) -> AsyncGenerator[tuple[httpx.Response, AsyncIterator[str]]]:
    headers = {**EVENTS, **await small.bearer(*scopes)}
    async with small.client.stream("POST", "/graphql", json={"query": query}, headers=headers) as answer:
        yield answer, answer.aiter_lines()


async def told(lines: AsyncIterator[str]) -> list[Any]:
    """What was sent up to the end of the stream: answers, and how it ended."""
    found: list[Any] = []
    async for line in lines:
        if line == "event: complete":
            found.append("complete")
        elif line.startswith("data: "):
            found.append(json.loads(line[6:]))
    return found


async def first(lines: AsyncIterator[str]) -> Any:
    async for line in lines:
        if line.startswith("data: "):
            return json.loads(line[6:])
    raise AssertionError("the stream ended")


async def until(small: Small, streams: int) -> None:
    """Returns when so many are open."""
    async with asyncio.timeout(5):
        while small.app.state.streams.count != streams:
            await small.client.get("/livez")


async def test_events_arrive_with_their_cost_and_complete(small: Small) -> None:
    async with subscribed(small, "subscription { counting(upto: 2) }") as (answer, lines):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "private, no-store"
        cost = {"cost": {"requested": 0, "limit": 5000}}
        assert await told(lines) == [
            {"data": {"counting": 0}, "extensions": cost},
            {"data": {"counting": 1}, "extensions": cost},
            "complete",
        ]
    await until(small, 0)


async def test_by_get_and_for_queries_too(small: Small) -> None:
    asked = {"query": "subscription { counting(upto: 1) }"}
    assert "event: next" in (await small.send("GET", params=asked, headers=EVENTS)).text
    plain = (await small.send("GET", params={"query": "{ allLadders { key } }"}, headers=EVENTS)).text
    assert plain.count("event: next") == plain.count("event: complete") == 1
    changing = {"query": 'mutation { rename(title: "x") }'}
    assert_problem(await small.send("GET", params=changing, headers=EVENTS), 405, "method-not-allowed")
    assert_problem(await small.send("POST", json=asked), 406, "not-acceptable")
    refusal(await small.send("POST", json={"query": "subscription { nothing }"}, headers=EVENTS), "query-invalid")
    unfit = {"query": "subscription A($n: Int!) { counting(upto: $n) }", "variables": {"n": PAY}}
    answer = await small.send("POST", json=unfit, headers=EVENTS)
    refusal(answer, "variables-invalid")
    assert PAY not in answer.text
    await until(small, 0)


async def test_a_source_that_breaks_is_masked_and_one_that_refuses_is_told(small: Small) -> None:
    for query, code, before in [("breaking", "internal-error", 1), ("refusing", "unknown-step", 0)]:
        async with subscribed(small, f"subscription {{ {query} }}") as (_, lines):
            *events, last, ended = await told(lines)
            assert (len(events), ended) == (before, "complete")
            assert last["errors"][0]["extensions"]["code"] == code
            assert PAY not in json.dumps(last)
    await until(small, 0)


async def test_who_leaves_ends_the_source_at_once(small: Small) -> None:
    async with subscribed(small, 'subscription { waiting(name: "left") }') as (_, lines):
        assert (await first(lines))["data"] == {"waiting": 1}
        assert "left" in OPENED and "left" not in CLOSED
    await until(small, 0)
    assert "left" in CLOSED


async def test_a_key_has_so_many_and_another_key_its_own(sqlite: Engine) -> None:
    query = 'subscription { waiting(name: "many") }'
    async with serving_small(sqlite, streams=Streams(most_for_a_key=2)) as small:
        async with subscribed(small, query) as (_, one), subscribed(small, query) as (_, two):
            await first(one)
            await first(two)
            refused = await small.send("POST", json={"query": query}, headers=EVENTS)
            assert_problem(refused, 429, "too-many-subscriptions")
            assert refused.headers["retry-after"] == "5"
            async with subscribed(small, query, scopes=("ladders:read",)) as (other, lines):
                assert other.status_code == 200
                await first(lines)
        await until(small, 0)
        async with subscribed(small, query) as (again, lines):
            assert again.status_code == 200


async def test_draining_completes_every_stream(sqlite: Engine) -> None:
    async with serving_small(sqlite) as small:
        async with subscribed(small, 'subscription { waiting(name: "drained") }') as (_, lines):
            await first(lines)
            small.server.should_exit = True
            assert await asyncio.wait_for(told(lines), 5) == ["complete"]
        await until_gone(small)
    assert "drained" in CLOSED


async def until_gone(small: Small) -> None:
    async with asyncio.timeout(5):
        while small.app.state.streams.count:
            await asyncio.to_thread(lambda: None)


async def test_heartbeats_pass_and_a_revoked_key_ends_its_streams(sqlite: Engine) -> None:
    async with serving_small(sqlite, streams=Streams(heartbeat=0.05)) as small:
        async with subscribed(small, 'subscription { waiting(name: "revoked") }') as (_, lines):
            await first(lines)
            beats = 0
            async for line in lines:
                beats += line == ":"
                if beats == 3:
                    break
            await revoke_key(small.house.runtime, OPERATOR, small.key_ids()[0])
            assert (await asyncio.wait_for(told(lines), 5))[-1] == "complete"
        await until(small, 0)
    assert "revoked" in CLOSED


@pytest.mark.parametrize("accept", ["text/event-stream", "text/event-stream;q=0.9, application/json;q=0.1"])
async def test_nobody_opens_a_stream(small: Small, accept: str) -> None:
    answer = await small.client.post("/graphql", json={"query": "{ caller }"}, headers={"Accept": accept})
    assert_problem(answer, 401, "missing-key")
    assert small.app.state.streams.count == 0
