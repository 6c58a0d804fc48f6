"""Asking the graph of the served company over HTTP."""

from typing import Any

from tests.rest.served import Served


async def asked(
    served: Served, query: str, variables: dict[str, Any] | None = None, *, scopes: tuple[str, ...] = ("admin",)
) -> dict[str, Any]:
    """The whole answer, errors and all."""
    answer = await served.call("POST", "/graphql", json={"query": query, "variables": variables or {}}, scopes=scopes)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def data(served: Served, query: str, variables: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The data of an answer without errors."""
    answer = await asked(served, query, variables, **more)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def done(served: Served, name: str, given: dict[str, Any], chosen: str, **more: Any) -> dict[str, Any]:
    """What a mutation gave: a success with `chosen` of its result, or a problem."""
    title = name[0].upper() + name[1:]
    query = (
        f"mutation($given: {title}Input!) {{ {name}(input: $given) {{ __typename "
        f"... on {title}Success {{ replayed dryRun result {{ {chosen} }} }} "
        "... on Problem { code status title type detail requestId errors { pointer detail code } } } }"
    )
    return (await data(served, query, {"given": given}, **more))[name]
