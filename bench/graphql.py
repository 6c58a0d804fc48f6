"""GraphQL beside PostGraphile on the same database: a published ladder with its bands, and a hundred people."""

import json
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg

from bench.bare import DAY
from bench.company import furnish
from bench.databases import Shelter
from bench.harness import Goal, Plan, Run, Size, interleave, report
from bench.load import Load, fetch
from bench.point_read import Unequal
from bench.served import Served, listening, service
from bench.wire import post
from service.graphql.trusted import FOLDER

HERE = Path(__file__).parent / "postgraphile"
NODE = HERE / "node_modules/node/bin/node"
"""PostGraphile wants a newer one than systems have."""
CONNECTIONS = 32
PEOPLE = 10_000
SMOKE_PEOPLE = 100
PAGE = 100
LADDER = "engineering"

OURS_LADDER, THEIRS_LADDER = "service, a ladder with bands", "PostGraphile, a ladder with bands"
OURS_PEOPLE, THEIRS_PEOPLE = "service, 100 people", "PostGraphile, 100 people"
GOALS = (
    Goal(name="a ladder with bands", target=OURS_LADDER, limit=THEIRS_LADDER, value="rate", ratio=3),
    Goal(name="100 people with assignments", target=OURS_PEOPLE, limit=THEIRS_PEOPLE, value="rate", ratio=1),
)

_LADDER_QUERY = """query Ladder($key: String!) {
  ladderByKey(key: $key) {
    version
    fork
    tracks: tracksByLadderList {
      key
      kind
      levels: levelsByLadderAndTrackList {
        key
        title
        grade
        bands: bandsByLadderAndTrackAndLevelList { zone currency min mid max }
      }
    }
  }
}"""
_PEOPLE_QUERY = """query People {
  nodes: allStandingsList(first: 100) {
    employee: personByEmployeeId { id: rowId key }
    track
    level
    grade
    title
    team
    zone
  }
}"""


class Missing(Exception):
    """What is to be measured beside is not installed."""


async def measure(plan: Plan, place: Shelter) -> None:
    plan.say(f"GraphQL, {place.engine}: {CONNECTIONS} connections, PostGraphile beside it")
    if place.server is None:
        plan.say("  PostGraphile reads Postgres alone: nothing to measure beside it here.\n")
        return
    if not NODE.exists():
        raise Missing("PostGraphile is not installed here: `make bench` installs it")
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(place.database())
        people = SMOKE_PEOPLE if plan.smoke else PEOPLE
        key = await furnish(database, people=people)
        plan.require(Size(what="people", count=people, least=PEOPLE))
        ours = stack.enter_context(service(database, worker=False))
        asking = {OURS_LADDER: _trusted("ladder_with_bands", key, key=LADDER)}
        asking[OURS_PEOPLE] = _trusted("everybody", key, on=DAY.isoformat())
        ladder, standing = [json.loads(await fetch(ours.url, one))["data"] for one in asking.values()]
        await _show(database, ladder["ladder"], standing["assignments"]["nodes"])
        theirs = stack.enter_context(
            listening("server.mjs", database, program=(str(NODE),), environment={"NODE_ENV": "production"}, folder=HERE)
        )
        plan.say(f"PostGraphile {_version()}, node {theirs.said['node']}")
        asking[THEIRS_LADDER] = _request(_LADDER_QUERY, {"key": LADDER})
        asking[THEIRS_PEOPLE] = _request(_PEOPLE_QUERY, {})
        servers = {OURS_LADDER: ours, OURS_PEOPLE: ours, THEIRS_LADDER: theirs, THEIRS_PEOPLE: theirs}
        await _compare(theirs, asking, ladder["ladder"], standing["assignments"]["nodes"])
        contenders = {name: _contender(plan, server, asking[name]) for name, server in servers.items()}
        await interleave(contenders, rounds=1)
        report(plan, await interleave(contenders, rounds=plan.rounds), GOALS)


def _trusted(name: str, token: str, **variables: str) -> bytes:
    """A document that comes with the service, sent whole: what a client without a build step does."""
    document = (FOLDER / f"{name}.graphql").read_text()
    return _request(document, variables, Authorization=f"Bearer {token}")


def _request(query: str, variables: dict[str, str], **headers: str) -> bytes:
    body = json.dumps({"query": query, "variables": variables}).encode()
    return post("/graphql", body, Content_Type="application/json", Accept="application/json", **headers)


def _contender(plan: Plan, served: Served, request: bytes) -> Run:
    load = Load(served.url, connections=CONNECTIONS, next_request=lambda: request)
    return lambda: load.run(seconds=plan.seconds, pid=served.pid)


async def _compare(theirs: Served, asking: dict[str, bytes], ladder: Any, nodes: Any) -> None:
    """Raises Unequal unless PostGraphile answers what the service does, money as numbers."""
    found = json.loads(await fetch(theirs.url, asking[THEIRS_LADDER]))["data"]["ladderByKey"]
    people = json.loads(await fetch(theirs.url, asking[THEIRS_PEOPLE]))["data"]["nodes"]
    for one in (found, ladder):
        for band in (band for track in one["tracks"] for level in track["levels"] for band in level["bands"]):
            band |= {name: Decimal(band[name]) for name in ("min", "mid", "max")}
    if found != ladder or not any(level["bands"] for track in found["tracks"] for level in track["levels"]):
        raise Unequal(f"ladder: {found} and {ladder}")
    if people != nodes or len(people) != PAGE:
        raise Unequal(f"people: {people[:1]} and {nodes[:1]}, {len(people)}")


async def _show(database: str, ladder: Any, nodes: Any) -> None:
    """The same ladder as rows, and the record's assignments as a view, in the way that PostGraphile takes them."""
    connection = await asyncpg.connect(database)
    await connection.execute((HERE / "shown.sql").read_text().replace("{day}", DAY.isoformat()))
    await connection.execute("INSERT INTO shown.ladder VALUES ($1, $2, $3)", LADDER, ladder["version"], ladder["fork"])
    for place, track in enumerate(ladder["tracks"]):
        row = (LADDER, place, track["key"], track["kind"])
        await connection.execute("INSERT INTO shown.track VALUES ($1, $2, $3, $4)", *row)
        for rank, level in enumerate(track["levels"]):
            row = (LADDER, track["key"], rank, level["key"], level["title"], level["grade"])
            await connection.execute("INSERT INTO shown.level VALUES ($1, $2, $3, $4, $5, $6)", *row)
            for number, band in enumerate(level["bands"]):
                row = (LADDER, track["key"], level["key"], number, band["zone"], band["currency"])
                money = [Decimal(band[name]) for name in ("min", "mid", "max")]
                await connection.execute(
                    "INSERT INTO shown.band VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", *row, *money
                )
    shown = {node["level"]: (node["track"], node["title"]) for node in nodes}
    rows = [(level, *told) for level, told in shown.items()]
    await connection.executemany("INSERT INTO shown.title VALUES ($1, $2, $3)", rows)
    await connection.execute("ANALYZE")
    await connection.close()


def _version() -> str:
    return json.loads((HERE / "node_modules/postgraphile/package.json").read_text())["version"]
