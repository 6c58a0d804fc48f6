"""The schema: every noun's fields put together, and what names anything by its id."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from service.domain.refusals import Forbidden, NotFound
from service.graphql import (
    assignments,
    batches,
    changes,
    connected,
    definitions,
    diffs,
    digests,
    endpoint_care,
    endpoints,
    events,
    keys,
    ladders,
    movement,
    moves,
    names,
    overlays,
    payroll,
    people,
    reconciliations,
    replays,
    snapshots,
)
from service.graphql.context import Ask, Asked
from service.graphql.nodes import Node, leads
from service.graphql.projection import ProjectingExecutor
from service.graphql.scalars import SCALARS
from service.graphql.shapes import read
from service.problems import SurfaceProblem

_NOUNS = (
    people,
    names,
    assignments,
    snapshots,
    movement,
    moves,
    changes,
    batches,
    reconciliations,
    diffs,
    payroll,
    overlays,
    ladders,
    definitions,
    endpoints,
    endpoint_care,
    replays,
    connected,
    keys,
    events,
    digests,
)
_MOST_IDS = 100


async def _person(ask: Ask, id: str) -> Any:
    return await people.people(ask, None).load(id)


async def _level(ask: Ask, id: str) -> Any:
    ladder, _, key = id.removeprefix("level:").partition("/")
    return await ladders.seen_level(ask, ladder, key)


_FINDERS: dict[str, Callable[[Ask, str], Awaitable[Any]]] = {
    "emp_": _person,
    "chg_": changes.find,
    "bat_": batches.find,
    "rec_": reconciliations.find,
    "end_": lambda ask, id: endpoints.endpoints_by_id(ask).load(id),
    "dlv_": endpoints.find_delivery,
    "rep_": replays.find,
    "ladder:": lambda ask, id: ladders.seen_ladder(ask, id.removeprefix("ladder:")),
    "level:": _level,
}


async def _node(info: Asked, id: Annotated[strawberry.ID, strawberry.argument(description="Id of anything.")]) -> Any:
    return await _find(info.context, id)


async def _nodes(
    info: Asked,
    ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"At most {_MOST_IDS} ids.")],
) -> Any:
    if len(ids) > _MOST_IDS:
        fault = {"parameter": "ids", "detail": f"are more than {_MOST_IDS}", "code": "invalid-parameter"}
        raise SurfaceProblem("invalid-parameter", f"ids are more than {_MOST_IDS}. Ask for fewer.", errors=[fault])
    # Together, so that loaders gather them.
    return await asyncio.gather(*(_find(info.context, id) for id in ids))


async def _find(ask: Ask, id: str) -> Any:
    """What the id names; None when there is nothing, or nothing that this caller may know of."""
    find = next((find for prefix, find in _FINDERS.items() if id.startswith(prefix)), None)
    try:
        return await find(ask, id) if find else None
    except (NotFound, Forbidden):
        return None


def _root(name: str, said: str, fields: dict[str, Any]) -> Any:
    return strawberry.type(type(name, (), {"__annotations__": {}, **fields}), name=name, description=said)


schema = strawberry.Schema(
    query=_root(
        "Query",
        "Everything there is to read, on any day, as known at any instant.",
        {
            "node": leads(_node, Node | None, "What an id names; null when there is nothing to see."),
            "nodes": leads(_nodes, list[Node | None], "What each of several ids names, in their order."),
            **{name: field for noun in _NOUNS for name, field in noun.QUERIES.items()},
        },
    ),
    mutation=_root(
        "Mutation",
        "Everything there is to do. Each gives a success or a problem.",
        {name: field for noun in _NOUNS for name, field in getattr(noun, "MUTATIONS", {}).items()},
    ),
    subscription=_root("Subscription", "What can be followed live, as server-sent events.", events.SUBSCRIPTIONS),
    types=[
        changes.Change,
        batches.ChangeBatch,
        reconciliations.Reconciliation,
        endpoints.Delivery,
        replays.Replay,
        ladders.Ladder,
        ladders.Level,
    ],
    execution_context_class=ProjectingExecutor,
    config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS),
)

LENGTHS = {
    "Query.ladders": 50,
    "Query.grades": 20,
    "Ladder.levels": 20,
    "Ladder.tracks": 3,
    "Track.levels": 12,
    "Level.bands": 8,
    "Level.expectations": 8,
    "Expectation.statements": 5,
    "Path.steps": 4,
    "Mend.here": 2,
    "MendRow.to": 3,
    "MendRow.externalIds": 1,
}
"""How long lists without pages are about, which is what a query is reckoned to cost; ten where nothing is said."""
