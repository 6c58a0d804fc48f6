"""Other people's programs find nothing to mend in how GraphQL is served: graphql-http's audit, graphql-sse's client."""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from tests.engines import Engines
from tests.graphql.served import Small, serving_small
from tests.graphql.small import CLOSED, OPENED
from tests.rest.served import Served

HERE = Path(__file__).parent
SECONDS = 60


@pytest.fixture
async def small(engines: Engines, tmp_path: Path) -> AsyncGenerator[Small]:
    with engines.fresh("sqlite-truncate", tmp_path) as engine:
        async with serving_small(engine) as made:
            yield made


async def node(script: str, *arguments: str) -> list[Any]:
    """What the script printed, a JSON document a line."""
    program = shutil.which("node")
    assert program, "node is not installed: make conform needs it"
    running = await asyncio.create_subprocess_exec(
        program, str(HERE / script), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await asyncio.wait_for(running.communicate(), SECONDS)
    assert running.returncode == 0, errors.decode()
    return [json.loads(line) for line in out.decode().splitlines()]


async def test_every_audit_of_graphql_over_http_passes(served: Served) -> None:
    (results,) = await node("audit.mjs", f"{served.url}/graphql", await served.key("admin"))
    assert [one for one in results if one["status"] != "ok"] == []
    assert len(results) == 61


async def test_a_subscription_arrives_and_completes(small: Small) -> None:
    arrived = await node(
        "subscribe.mjs", f"{small.url}/graphql", await small.key("admin"), "subscription { counting(upto: 3) }"
    )
    assert [one["data"]["counting"] for one in arrived[:-1]] == [0, 1, 2]
    assert arrived[-1] == {"ended": True}


async def test_a_client_that_leaves_ends_the_source(small: Small) -> None:
    query = 'subscription { waiting(name: "left by javascript") }'
    arrived = await node("subscribe.mjs", f"{small.url}/graphql", await small.key("admin"), query, "1")
    assert arrived[0]["data"] == {"waiting": 1}
    assert "left by javascript" in OPENED
    async with asyncio.timeout(5):
        while small.app.state.streams.count:
            await small.client.get("/livez")
    assert "left by javascript" in CLOSED


async def test_a_query_is_one_event(small: Small) -> None:
    arrived = await node("subscribe.mjs", f"{small.url}/graphql", await small.key("admin"), "{ allLadders { key } }")
    assert [one.get("data") for one in arrived] == [{"allLadders": [{"key": "engineering"}]}, None]


async def test_what_does_not_begin_is_told_with_its_status(small: Small) -> None:
    for query, status in [("subscription { nothing }", 400), ("subscription {", 400)]:
        assert await node("subscribe.mjs", f"{small.url}/graphql", await small.key("admin"), query) == [
            {"failed": status}
        ]
    assert await node("subscribe.mjs", f"{small.url}/graphql", "dt_nobody_x", "{ caller }") == [{"failed": 401}]
