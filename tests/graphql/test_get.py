"""Requests by GET: queries alone, tagged, and never what changes something."""

import json

from tests.graphql.served import RESPONSE, Small, refusal
from tests.rest.served import assert_problem

NAMED = "query A($ids: [ID!]!) { nodes(ids: $ids) { key } }"


async def test_a_query_has_a_tag_and_is_not_sent_twice(small: Small) -> None:
    asked = {"query": NAMED, "variables": json.dumps({"ids": ["a", "b"]}), "operationName": "A", "extensions": ""}
    first = await small.send("GET", params=asked, headers={"Accept": RESPONSE})
    assert first.json()["data"] == {"nodes": [{"key": "a"}, {"key": "b"}]}
    assert first.json()["extensions"]["cost"]["requested"] == 2
    tag = first.headers["etag"]
    for given in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = await small.send("GET", params=asked, headers={"Accept": RESPONSE, "If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"].removeprefix("W/")) == (304, b"", tag)
        assert again.headers["vary"] == "Accept, Accept-Encoding"
    other = await small.send("GET", params={**asked, "variables": '{"ids":[]}'}, headers={"If-None-Match": tag})
    assert other.status_code == 200 and other.headers["etag"] != tag
    head = await small.send("HEAD", params=asked)
    assert (head.status_code, head.content) == (200, b"")


async def test_nothing_is_changed_by_get(small: Small) -> None:
    for query, name in [
        ('mutation { rename(title: "x") }', None),
        ('query a { caller } mutation b { rename(title: "x") }', "b"),
    ]:
        parameters = {"query": query} | ({"operationName": name} if name else {})
        answer = await small.send("GET", params=parameters)
        assert_problem(answer, 405, "method-not-allowed")
        assert answer.headers["allow"] == "POST"
    fine = {"query": 'query a { caller } mutation b { rename(title: "x") }', "operationName": "a"}
    assert (await small.send("GET", params=fine)).status_code == 200


async def test_what_is_no_request_is_a_problem(small: Small) -> None:
    for query, status, code in [
        ("query={caller}&query={caller}", 400, "not-a-graphql-request"),
        ("query={caller}&varables={}", 400, "not-a-graphql-request"),
        ("query={caller}&variables=[]", 400, "not-a-graphql-request"),
        ("query={caller}&variables={", 400, "malformed-json"),
        ('query={caller}&variables={"a":1,"a":2}', 422, "unsafe-json"),
    ]:
        assert_problem(await small.send("GET", f"/graphql?{query}"), status, code)
    refusal(await small.send("GET", headers={"Accept": RESPONSE}), "query-invalid")
    assert_problem(await small.client.get("/graphql?query={caller}"), 401, "missing-key")


async def test_an_answer_with_errors_is_told_every_time(small: Small) -> None:
    """Its request id differs, and with it the tag."""
    first, second = [await small.send("GET", params={"query": "{ refused }"}) for _ in range(2)]
    assert first.headers["etag"] != second.headers["etag"]
