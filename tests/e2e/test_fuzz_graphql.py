"""Queries and mutations made up from the schema, against a server with data.

No answer is a 5xx, none says that something went wrong here, what is refused has a code of the registry, and every
root field is carried out at least once.
"""

import asyncio
from pathlib import Path
from typing import Any

import httpx
from graphql import FieldNode, OperationDefinitionNode, parse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import mutations, nodes, queries

from service.domain.access import OPERATOR, Scope
from service.graphql.schema import schema
from service.problems import PROBLEMS
from service.usecases.access import create_key
from tests.e2e.house import NEARBY, a_house, inside
from tests.e2e.test_fuzz import stocked
from tests.engines import Engine

EXAMPLES_EACH = 50
AT_ONCE = 4
CORE = schema._schema
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Date": st.dates().map(str).map(nodes.String),
    "Decimal": st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str).map(nodes.String),
    "JSON": st.one_of(st.text(max_size=8).map(nodes.String), st.integers(-9, 9).map(nodes.Int)),
}


def made_up() -> list[str]:
    """Fifty documents for each root field, the same in every run."""
    assert CORE.query_type and CORE.mutation_type
    found: list[str] = []
    kinds = [(queries, name) for name in CORE.query_type.fields]
    kinds += [(mutations, name) for name in CORE.mutation_type.fields]
    for make, name in kinds:

        @settings(
            max_examples=EXAMPLES_EACH,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        )
        @given(make(CORE, fields=[name], custom_scalars=SCALARS))
        def gather(document: str) -> None:
            found.append(document)

        gather()
    return found


def roots_of(document: str) -> set[str]:
    return {
        node.name.value
        for operation in parse(document).definitions
        if isinstance(operation, OperationDefinitionNode)
        for node in operation.selection_set.selections
        if isinstance(node, FieldNode)
    }


async def sent(client: httpx.AsyncClient, documents: list[str]) -> set[str]:
    """Root fields that were carried out: they gave data, or a refusal of their own. Names are made up, few exist."""
    waiting, answered = list(reversed(documents)), set[str]()

    async def one_after_another() -> None:
        while waiting:
            document = waiting.pop()
            answer = await client.post("/graphql", json={"query": document})
            assert answer.status_code == 200, (document, answer.text)
            body = answer.json()
            for error in body.get("errors", ()):
                code = error["extensions"]["code"]
                assert code in PROBLEMS and code != "internal-error", (document, body)
            if "data" in body:
                answered.update(roots_of(document))

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return answered


async def test_queries_made_up_from_the_schema(sqlite_url: str, tmp_path: Path) -> None:
    engine = Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate")
    async with inside(engine) as within:
        made = await create_key(within.runtime, OPERATOR, name="fuzz", scopes=frozenset({Scope.ADMIN}))
    documents = await asyncio.to_thread(made_up)
    async with a_house(tmp_path, {**engine.environment(), **NEARBY}) as house:
        house.key = made.answer["key"]
        program = await house.serve()
        async with house.client(program) as client:
            await stocked(client, (await client.get("/openapi.json")).json())
            answered = await sent(client, documents)
            assert (await client.get("/readyz")).text.startswith("{")
    assert CORE.query_type and CORE.mutation_type
    assert {*CORE.query_type.fields, *CORE.mutation_type.fields} - answered == set()
