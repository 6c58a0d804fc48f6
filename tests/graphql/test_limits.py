"""What a query is taken to cost and to measure, exactly, and what a refusal says about it."""

from collections.abc import Mapping
from typing import Any

import pytest

from service.graphql.context import Ask
from service.graphql.documents import MOST_KEPT_CHARACTERS, Document, Documents, Operation
from service.graphql.faults import RequestError
from tests.engines import Engine
from tests.graphql.served import Small, refusal, serving_small
from tests.graphql.small import schema

DOCUMENTS = Documents(schema._schema, suggest=True, lengths={"Ladder.levels": 3})


def cost(query: str, variables: Mapping[str, Any] | None = None) -> int:
    document = DOCUMENTS.made(query)
    return document.cost_of(document.operation(None), variables or {})


def refused(query: str) -> RequestError:
    with pytest.raises(RequestError) as caught:
        cost(query)
    return caught.value


@pytest.mark.parametrize(
    ("query", "variables", "points"),
    [
        ("{ caller __typename }", {}, 0),
        ('{ __schema { types { name } } __type(name: "Level") { name } }', {}, 2),
        ("{ allLadders { key } }", {}, 10),
        ("{ allLadders { levels { key } } }", {}, 10 * (1 + 3)),
        ("{ allLadders { levels { ladder { key } } } }", {}, 10 * (1 + 3 * (1 + 1))),
        ("{ ladders(first: 4) { edges { cursor node { key } } } }", {}, 1 + 4 * (1 + 1)),
        ("{ ladders { edges { node { key } } } }", {}, 1 + 50 * 2),
        ("{ ladders(first: null) { edges { node { key } } } }", {}, 1 + 50 * 2),
        ("query($n: Int) { ladders(first: $n) { edges { node { key } } } }", {"n": 7}, 1 + 7 * 2),
        ("query($n: Int = 9) { ladders(first: $n) { edges { node { key } } } }", {}, 1 + 9 * 2),
        ("query($n: Int = 9) { ladders(first: $n) { edges { node { key } } } }", {"n": "no number"}, 1 + 50 * 2),
        ("query($n: Int = 9) { ladders(first: $n) { edges { node { key } } } }", {"n": -1}, 1 + 50 * 2),
        (
            "{ ladders(first: 2) { ...P } } fragment P on Page { edges { node { ...L } } } "
            "fragment L on Ladder { key }",
            {},
            5,
        ),
        ("{ ladders(first: 2) { ... on Page { edges { node { levels { key } } } } } }", {}, 1 + 2 * (1 + 1 + 3)),
        ('{ nodes(ids: ["a", "b"]) { key } }', {}, 2),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { levels { key } } }", {"ids": ["a"] * 5}, 5 * (1 + 3)),
        ("{ a: allLadders { key } allLadders { key } }", {}, 20),
    ],
)
def test_points(query: str, variables: dict[str, Any], points: int) -> None:
    assert cost(query, variables) == points
    document = DOCUMENTS.made(query)
    operation = document.operation(None)
    # Kept by what the cost depends on, and by nothing else.
    assert [document.cost_of(operation, variables) for _ in range(2)] == [points, points]
    assert len(operation.costs) == 1


def test_what_is_kept_is_told_apart_by_what_counts() -> None:
    document = DOCUMENTS.made(
        "query($n: Int, $w: Wanted!) { echo(wanted: $w) ladders(first: $n) { edges { cursor } } }"
    )
    operation = document.operation(None)
    assert operation.counting == ("n",)
    found = [document.cost_of(operation, {"n": n, "w": n}) for n in (1, 2, 1, None, "x", True)]
    assert found == [2, 3, 2, 51, 51, 51]
    assert len(operation.costs) == 3
    for n in range(500):
        document.cost_of(operation, {"n": n})
    assert len(operation.costs) == 64


def test_refusals_say_the_limit_what_was_asked_and_how_to_mend_it() -> None:
    for query, code, limit, requested in [
        ("{ allLadders " + "{ levels { ladder " * 6 + "{ key }" + "} }" * 6 + "}", "query-too-deep", 12, 14),
        (
            "{ __schema { types { fields { args { type { fields { type { fields { name } } } } } } } } }",
            "query-too-deep",
            2,
            3,
        ),
        ("{" + " ".join(f"a{n}: caller" for n in range(16)) + "}", "query-too-wide", 15, 16),
        ("{ caller #" + "x" * 20_000 + "\n}", "query-too-long", 16_384, 20_012),
    ]:
        (fault,) = refused(query).faults
        assert (fault.code, fault.told["limit"], fault.told["requested"]) == (code, limit, requested)
        assert str(limit) in fault.message and str(requested) in fault.message
    (fault,) = refused("{ ladders(first: 3000) { edges { node { key } } } }").faults
    assert fault.told == {"cost": {"requested": 6001, "limit": 5000}}
    assert "6001" in fault.message and "smaller pages with first" in fault.message


def test_up_to_the_limits_it_is_answered() -> None:
    twelve = "{ allLadders " + "{ levels { ladder " * 5 + "{ key }" + "} }" * 5 + "}"
    assert refused(twelve).faults[0].code == "query-too-costly"
    assert cost("{" + " ".join(f"a{n}: caller" for n in range(15)) + "}") == 0
    assert cost("{" + "caller " * 100 + "}") == 0
    assert cost("{ ladders(first: 2499) { edges { node { key } } } }") == 4999
    aliased = "{ a: caller ...F } fragment F on Query { b: caller ...G } fragment G on Query { c: caller }"
    assert cost(aliased) == 0


async def test_documents_are_kept_within_bounds() -> None:
    documents = Documents(schema._schema, suggest=True, lengths={})
    first = await documents.read("{ caller }")
    assert await documents.read("{ caller }") is first
    padding = "# " + "x" * 900
    for number in range(MOST_KEPT_CHARACTERS // 900 + 10):
        await documents.read(f"query q{number} {{ caller }} {padding}")
    assert documents.characters_kept <= MOST_KEPT_CHARACTERS
    assert await documents.read("{ caller }") is not first


class Kept:
    """Answers about ladders, by what was asked: the shape of what the definitions' answers will be kept in."""

    def __init__(self) -> None:
        self.bodies: dict[bytes, bytes] = {}
        self.given = 0

    async def key(
        self, document: Document, operation: Operation, variables: Mapping[str, Any], ask: Ask
    ) -> bytes | None:
        covered = operation.roots <= {"allLadders", "brokenRoot"}
        return f"{document.digest} {operation.name} {sorted(variables.items())}".encode() if covered else None

    def get(self, key: bytes) -> bytes | None:
        self.given += key in self.bodies
        return self.bodies.get(key)

    def put(self, key: bytes, body: bytes) -> None:
        self.bodies[key] = body


async def test_finished_answers_are_given_again(sqlite: Engine) -> None:
    kept = Kept()
    async with serving_small(sqlite, finished=kept) as small:
        query = "query A { ...F } fragment F on Query { allLadders { key } }"
        first, again = [await small.ask(query) for _ in range(2)]
        # The very same request is answered in front of all this; another that means the same is answered from here.
        assert first.content == again.content and kept.given == 0
        second = await small.ask(query, {})
        assert first.content == second.content and kept.given == 1
        by_get = await small.send("GET", params={"query": query})
        assert by_get.content == first.content and by_get.headers["etag"]
        for other in (
            "{ caller }",
            "{ allLadders { key } caller }",
            'mutation { rename(title: "a") }',
            "{ brokenRoot }",
        ):
            assert (await small.ask(other)).status_code == 200
        assert (kept.given, len(kept.bodies)) == (2, 1)


async def test_no_text_holds_nul(small: Small) -> None:
    """Postgres has no such text. JSON that holds one is refused before anything is read."""
    for written in ("\\u0000", "\\u{0}", "\\u{00000}"):
        for query in (
            f'mutation {{ rename(title: "a{written}") }}',
            f'{{ ladders(after: "{written}") {{ __typename }} }}',
        ):
            error = refusal(await small.ask(query), "query-invalid")
            assert "NUL" in error["message"]
    fine = await small.ask('mutation { rename(title: "\\\\u0000") }')
    assert "errors" not in fine.json()


async def test_over_the_wire(small: Small) -> None:
    asked = "query($n: Int!) { ladders(first: $n) { edges { node { key } } } }"
    fine = await small.ask(asked, {"n": 20})
    assert fine.json()["extensions"] == {"cost": {"requested": 41, "limit": 5000}}
    error = refusal(await small.ask(asked, {"n": 10**9}), "query-too-costly")
    assert error["extensions"]["cost"] == {"requested": 10**9, "limit": 5000}
