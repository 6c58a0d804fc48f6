"""Requests by POST: what is one, what is none, and how each is answered."""

import json

import httpx
import pytest

from service.graphql import media
from service.problems import SurfaceProblem
from tests.graphql.served import RESPONSE, Small, refusal
from tests.rest.served import assert_problem

QUERY = {"query": "{ caller }"}


async def test_a_query_is_answered_with_its_cost(small: Small) -> None:
    answer = await small.ask("{ allLadders { key title } }")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "data": {"allLadders": [{"key": "engineering", "title": "Engineering"}]},
        "extensions": {"cost": {"requested": 10, "limit": 5000}},
    }
    assert answer.headers["content-type"] == f"{RESPONSE}; charset=utf-8"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "etag" not in answer.headers


async def test_a_mutation_with_variables(small: Small) -> None:
    query = 'mutation A($title: String!) { rename(title: $title) } mutation B { other: rename(title: "b") }'
    body = {"query": query, "variables": {"title": "Größe ✓"}, "operationName": "A", "extensions": {"any": 1}}
    answer = await small.send("POST", json=body)
    assert answer.json()["data"] == {"rename": "Größe ✓"}
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    other = await small.send("POST", json={"query": query, "operationName": "B", "variables": None})
    assert other.json()["data"] == {"other": "b"}


async def test_nobody_learns_anything(small: Small) -> None:
    for headers in ({}, {"Authorization": "Bearer dt_nobody_x"}):
        for sent in (b"{", b"[]", b'{"query":"{ caller }"}'):
            answer = await small.client.post("/graphql", content=sent, headers=headers)
            assert_problem(answer, 401, "key-refused" if headers else "missing-key")
            assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_other_bodies_than_json_in_utf_8_are_refused(small: Small) -> None:
    forms = [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/graphql",
        "application/json; charset=utf-16",
        "application/jsonx",
        "",
    ]
    for form in forms:
        answer = await small.send("POST", content=b'{"query":"{ caller }"}', headers={"Content-Type": form})
        assert_problem(answer, 415, "unsupported-media-type")
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert_problem(await small.send("POST", content=b"x", headers=packed), 415, "unsupported-media-type")
    for form in ('application/json; charset="UTF-8"', "APPLICATION/JSON;charset=utf8"):
        assert (await small.send("POST", json=QUERY, headers={"Content-Type": form})).status_code == 200


async def test_what_is_no_request_is_a_problem(small: Small) -> None:
    cases: list[tuple[bytes, int, str, str | None]] = [
        (b"", 400, "malformed-json", None),
        (b'{"query":"{ caller }"', 400, "malformed-json", None),
        (b'{"query":"\xff"}', 400, "malformed-json", None),
        (b'{"query":"{ a }","query":"{ b }"}', 422, "unsafe-json", None),
        (b'{"query":"{ caller }","variables":{"a":1,"a":2}}', 422, "unsafe-json", None),
        (b'{"query":"{ caller }","variables":{"a":9007199254740993}}', 422, "unsafe-json", None),
        (b'[{"query":"{ caller }"}]', 400, "not-a-graphql-request", ""),
        (b'"{ caller }"', 400, "not-a-graphql-request", ""),
        (b"null", 400, "not-a-graphql-request", ""),
        (b'{"query":7}', 400, "not-a-graphql-request", "/query"),
        (b'{"query":"{ caller }","variables":[]}', 400, "not-a-graphql-request", "/variables"),
        (b'{"query":"{ caller }","variables":"{}"}', 400, "not-a-graphql-request", "/variables"),
        (b'{"query":"{ caller }","extensions":1}', 400, "not-a-graphql-request", "/extensions"),
        (b'{"query":"{ caller }","operationName":1}', 400, "not-a-graphql-request", "/operationName"),
        (b'{"query":"{ caller }","operation":"x"}', 400, "not-a-graphql-request", "/operation"),
    ]
    for body, status, code, pointer in cases:
        answer = await small.send("POST", content=body, headers={"Content-Type": "application/json"})
        problem = assert_problem(answer, status, code)
        if pointer is not None:
            assert [one["pointer"] for one in problem["errors"]] == [pointer], body
    assert_problem(await small.send("POST", "/graphql?query={caller}", json=QUERY), 400, "unknown-parameter")


async def test_what_cannot_be_carried_out_has_no_data(small: Small) -> None:
    for query, code in [
        ("{", "query-invalid"),
        ("", "query-invalid"),
        ("{ nothing }", "query-invalid"),
        ("type A { b: Int }", "query-invalid"),
        ("query a { caller } query b { caller }", "query-invalid"),
        ("{ caller @defer }", "query-invalid"),
    ]:
        refusal(await small.ask(query), code)
    assert "Did you mean 'caller'?" in refusal(await small.ask("{ callr }"), "query-invalid")["message"]
    missing = await small.send("POST", json={"variables": {}}, headers={"Accept": RESPONSE})
    refusal(missing, "query-invalid")
    plain = await small.ask("{", accept="application/json")
    assert plain.status_code == 200
    assert plain.json()["errors"][0]["locations"] == [{"line": 1, "column": 2}]
    assert "data" not in plain.json()


async def test_no_other_method(small: Small) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        answer = await small.send(method, json=QUERY)
        assert_problem(answer, 405, "method-not-allowed")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", media.JSON),
        ("*/*", media.JSON),
        ("application/*", media.JSON),
        ("application/graphql-response+json, application/json", media.RESPONSE),
        ("application/json, application/graphql-response+json", media.RESPONSE),
        ("application/graphql-response+json;q=0.8, application/json;q=0.9", media.JSON),
        ("application/graphql-response+json, */*;q=0.1", media.RESPONSE),
        ("application/graphql-response+json;q=0.1, */*", media.JSON),
        ("application/json;q=0, */*", None),
        ("application/json;q=0, application/graphql-response+json;q=0.001", media.RESPONSE),
        ("text/event-stream", media.EVENTS),
        ("text/event-stream, application/json;q=0.5", media.EVENTS),
        ("APPLICATION/JSON ; Q=1.000 ; charset=UTF-8", media.JSON),
        ("application/json;charset=latin-1", None),
        ("application/json;q=7", None),
        ("application/json;q=nan", None),
        ("text/html", None),
        ("text/*", None),
    ],
)
def test_the_form_is_the_one_that_weighs_most(accept: str, form: str | None) -> None:
    if form is None:
        with pytest.raises(SurfaceProblem, match="not-acceptable"):
            media.chosen(accept)
    else:
        assert media.chosen(accept) == form


async def test_a_form_that_is_not_offered_is_406(small: Small) -> None:
    assert_problem(await small.ask("{ caller }", accept="application/xml"), 406, "not-acceptable")


async def test_the_mandatory_headers_do_not_come_from_the_query(small: Small) -> None:
    """Lines in what is sent stay in what is answered, as JSON."""
    answer = await small.ask('query($t: String!) { echo(wanted: {level: $t, amount: "1"}) }', {"t": "a\r\nX: y"})
    assert json.loads(answer.content)["data"] == {"echo": "a\r\nX: y"}
    assert "x" not in httpx.Headers(answer.headers)
