"""The feed through the graph: the bodies that REST and webhooks have, and live from any place in it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from tests.graphql.graph import asked, data
from tests.rest.served import Served

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}
EVENT = "id type timestamp sequence data cursor"


async def test_the_feed_reads_as_in_rest(served: Served) -> None:
    await served.person()
    await served.change(HIRE, "2026-01-01")
    await served.change({"level": "em3"}, "2026-03-01")
    rest = (await served.get("/v1/events?limit=200")).json()
    page = (await data(served, f"{{ events(first: 100) {{ events {{ {EVENT} }} endCursor hasMore }} }}"))["events"]
    bodies = [{name: held for name, held in one.items() if name != "cursor"} for one in page["events"]]
    assert bodies == [{"sequence": None, **one} for one in rest["data"]]
    assert (page["endCursor"], page["hasMore"]) == (rest["page"]["next_cursor"], False)
    behind = f'{{ events(after: "{page["events"][-2]["cursor"]}", types: ["track.switched"]) {{ events {{ id }} }} }}'
    assert (await data(served, behind))["events"]["events"] == [{"id": bodies[-1]["id"]}]
    labelled = await data(served, '{ events(kind: ["track_switch", "hire"], track: ["manager"]) { events { id } } }')
    assert labelled["events"]["events"] == [{"id": bodies[-1]["id"]}]
    for after, code in (("???", "cursor-invalid"), ("evt_none", "cursor-lost")):
        answer = await asked(served, f'{{ events(after: "{after}") {{ hasMore }} }}')
        assert answer["errors"][0]["extensions"]["code"] == code


@asynccontextmanager
async def followed(
    served: Served, after: str, scope: str = "assignments:read", only: str = ""
) -> AsyncGenerator[AsyncGenerator[Any]]:
    """What a subscription sends, an event at a time; `only` is more arguments."""
    query = f"subscription($after: String) {{ events(after: $after {only}) {{ type sequence cursor }} }}"
    headers = {"Authorization": f"Bearer {await served.key(scope)}", "Accept": "text/event-stream"}
    body = {"query": query, "variables": {"after": after}}

    async def told() -> AsyncGenerator[Any]:
        name = ""
        async for line in stream.aiter_lines():
            if line.startswith("event:"):
                name = line.removeprefix("event:").strip()
            elif line.startswith("data:") and name == "next":
                yield json.loads(line.removeprefix("data:"))

    async with served.client.stream("POST", "/graphql", json=body, headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        yield told()


async def test_a_stream_brings_only_what_it_asks_for(served: Served) -> None:
    await served.person()
    await served.person("ben")
    async with asyncio.timeout(20):
        async with (
            followed(served, "latest", only=', types: ["track.switched"], team: ["core"]') as switches,
            followed(served, "latest", only=', subject: "ben"') as of_ben,
        ):
            await served.change(HIRE, "2026-01-01")
            await served.change(HIRE, "2026-01-02", employee="ben")
            await served.change({"level": "em3"}, "2026-02-01", employee="ben")
            await served.change({"level": "em3", "team": "core"}, "2026-02-01")
            first = (await anext(switches))["data"]["events"]
            assert (first["type"], first["sequence"]) == ("track.switched", 2)
            other = (await anext(of_ben))["data"]["events"]
            assert (other["type"], other["sequence"]) == ("assignment.started", 1)


async def test_a_stream_goes_on_where_it_was_left_and_ends_with_its_key(served: Served) -> None:
    await served.person()
    await served.change(HIRE, "2026-01-01")
    async with asyncio.timeout(20):
        async with followed(served, "latest") as told:
            # Who subscribes is behind what is there once the stream has begun: what comes after must arrive.
            await served.change({"level": "ic4"}, "2026-02-01")
            first = (await anext(told))["data"]["events"]
            assert (first["type"], first["sequence"]) == ("level.changed", 2)
        await served.change({"level": "ic5"}, "2026-03-01")
        async with followed(served, first["cursor"]) as told:
            missed = (await anext(told))["data"]["events"]
            assert (missed["type"], missed["sequence"]) == ("level.changed", 3)
            key = (await served.key("assignments:read")).split("_")[1]
            assert (await served.call("DELETE", f"/v1/keys/{key}")).status_code == 200
            last = await anext(told)
            assert last["errors"][0]["extensions"]["code"] == "key-refused"
            assert [one async for one in told] == []
