"""People in the graph: what REST says of them, in as few statements as a list needs."""

from typing import Any

import pytest

from bench.capture import captured
from tests.graphql.graph import asked, data, done
from tests.rest.served import Served

HELD = {"ladder": "engineering", "level": "ic4", "zone": "berlin", "role": "engineer"}


@pytest.fixture
async def staffed(served: Served) -> Served:
    for key in ("ada", "ben", "cem"):
        await served.person(key, workday=f"w-{key}")
        await served.change(HELD, "2024-01-01", employee=key)
    return served


async def test_a_person_reads_as_in_rest(staffed: Served) -> None:
    held = (await staffed.get("/v1/employees/ada/assignment?effective_on=2025-03-01")).json()
    query = """{ employee(reference: "workday:w-ada") {
        id key revision externalIds { name value }
        assignment(effectiveOn: "2025-03-01") {
          ladder ladderVersion track level grade title step zone currency gradeSince effectiveFrom effectiveTo
          recordedAt band { min mid max currency } person { key } onLevel { key tracks grade }
        } } }"""
    found = (await data(staffed, query))["employee"]
    assert found["externalIds"] == [{"name": "workday", "value": "w-ada"}]
    assert (found["id"], found["key"], found["revision"]) == (held["employee"]["id"], "ada", 1)
    shown = found["assignment"]
    assert shown.pop("person") == {"key": "ada"}
    assert shown.pop("onLevel") == {"key": "ic4", "tracks": ["ic"], "grade": "4"}
    band = shown.pop("band")
    assert band == {name: held["band"][name] for name in ("min", "mid", "max", "currency")}
    snake = {
        "ladderVersion": "ladder_version",
        "gradeSince": "grade_since",
        "effectiveFrom": "effective_from",
        "effectiveTo": "effective_to",
        "recordedAt": "recorded_at",
    }
    assert shown == {name: held[snake.get(name, name)] for name in shown}


async def test_pages_walk_everybody_once(staffed: Served) -> None:
    query = """query($after: String) { employees(first: 2, after: $after) {
        pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor node { key assignment { level } } } } }"""
    first = (await data(staffed, query))["employees"]
    await staffed.person("dan")
    second = (await data(staffed, query, {"after": first["pageInfo"]["endCursor"]}))["employees"]
    nodes = [edge["node"] for page in (first, second) for edge in page["edges"]]
    # Who came between the pages was not known at the instant of the first.
    assert nodes == [{"key": key, "assignment": {"level": "ic4"}} for key in ("ada", "ben", "cem")]
    assert first["edges"][-1]["cursor"] == first["pageInfo"]["endCursor"]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second)] == [True, False]
    assert [page["pageInfo"]["hasPreviousPage"] for page in (first, second)] == [False, True]
    again = (await data(staffed, query, {"after": first["edges"][0]["cursor"]}))["employees"]
    assert [edge["node"]["key"] for edge in again["edges"]] == ["ben", "cem"]


UNREADABLE = [
    ('{ employees(after: "%%%") { nodes { id } } }', "cursor-invalid"),
    ('{ employees(after: "e30") { nodes { id } } }', "cursor-invalid"),
    ("{ employees(first: 0) { nodes { id } } }", "invalid-parameter"),
    ('{ employees(knownAt: "yesterday") { nodes { id } } }', "invalid-parameter"),
    ('{ employees(knownAt: "2999-01-01T00:00:00Z") { nodes { id } } }', "known-at-in-future"),
    ('{ employee(reference: "nobody") { id } }', "no-employee"),
    ('{ assignment(employee: "ada", effectiveOn: "1990-01-01") { level } }', "no-assignment"),
    ('{ change(id: "chg_none") { id } }', "no-such-change"),
]


async def test_what_cannot_be_read_says_why(staffed: Served) -> None:
    for query, code in UNREADABLE:
        answer = await asked(staffed, query)
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code], query
        assert set(answer["data"].values()) == {None}


async def test_a_cursor_of_another_list_is_refused(staffed: Served) -> None:
    page = (await data(staffed, "{ assignments(first: 1) { pageInfo { endCursor } } }"))["assignments"]["pageInfo"]
    query = 'query($after: String) { assignments(first: 1, after: $after, level: ["ic4"]) { nodes { level } } }'
    answer = await asked(staffed, query, {"after": page["endCursor"]})
    assert answer["errors"][0]["extensions"]["code"] == "cursor-mismatch"


async def test_a_list_takes_as_many_statements_as_one_of_it(staffed: Served) -> None:
    query = """query($first: Int!) { employees(first: $first) { nodes {
        key externalIds { value } assignment { level band { mid } person { key revision } onLevel { title } }
        other: assignment(effectiveOn: "2025-01-01") { grade } } } }"""
    counts = [await statements(staffed, query, {"first": first}) for first in (1, 3)]
    assert counts == [14, 14]


async def statements(served: Served, query: str, variables: dict[str, Any]) -> int:
    """How many statements the answer takes when everything that is kept between requests is there.

    Looks at the generation are not among them: time brings them about.
    """
    await data(served, query, variables)
    with captured(served.house.database) as seen:
        found = await data(served, query, variables)
    assert len(found["employees"]["nodes"]) == variables["first"]
    return len([one for one in seen if "FROM generation" not in one.text or "FROM assignment" in one.text])


async def test_pay_is_null_and_named_for_who_may_not_read_it(staffed: Served) -> None:
    query = '{ assignment(employee: "ada") { band { mid } redacted onLevel { bands { mid } redacted } } }'
    hidden = await asked(staffed, query, scopes=("assignments:read", "ladders:read"))
    assert hidden["data"]["assignment"] == {
        "band": None,
        "redacted": ["band"],
        "onLevel": {"bands": [], "redacted": ["bands"]},
    }
    refused = await asked(staffed, query, scopes=("ladders:read",))
    assert refused["data"] == {"assignment": None}
    assert refused["errors"][0]["extensions"]["code"] == "missing-scope"


async def test_a_change_is_recorded_once_and_refusals_are_problems(staffed: Served) -> None:
    given = {"employee": "ada", "effectiveOn": "2026-01-01", "to": {"level": "em4"}, "ifMatch": "1"}
    chosen = "id kind from { level } to { level grade } events { type sequence } revision"
    dry = await done(staffed, "recordChange", {**given, "dryRun": True}, chosen)
    assert (dry["result"]["id"], dry["dryRun"], dry["result"]["kind"]) == (None, True, "track_switch")
    first = await done(staffed, "recordChange", {**given, "idempotencyKey": "k1"}, chosen)
    assert first["result"]["from"] == {"level": "ic4"} and first["result"]["to"] == {"level": "em4", "grade": "4"}
    assert first["result"]["revision"] == 2
    again = await done(staffed, "recordChange", {**given, "idempotencyKey": "k1"}, chosen)
    assert again == {**first, "replayed": True}
    # What it is based on has moved with it, and what is done to somebody else is something else.
    moved = await done(staffed, "recordChange", {**given, "ifMatch": "2", "idempotencyKey": "k1"}, chosen)
    assert moved == again
    ben = await done(staffed, "recordChange", {**given, "employee": "ben", "idempotencyKey": "k1"}, chosen)
    assert (ben["replayed"], ben["result"]["id"] == first["result"]["id"]) == (False, False)
    other = await done(staffed, "recordChange", {**given, "reason": "x", "idempotencyKey": "k1"}, chosen)
    assert (other["__typename"], other["code"]) == ("InvalidProblem", "idempotency-key-reused")
    stale = await done(staffed, "recordChange", {**given, "to": {"level": "ic4"}}, chosen)
    assert (stale["__typename"], stale["code"], stale["status"]) == ("StaleProblem", "revision-stale", 412)
    assert stale["type"] == f"{staffed.url}/problems/revision-stale" and stale["requestId"]
    assert (await staffed.get("/v1/employees/ada")).json()["revision"] == 2


UNFIT: list[tuple[dict[str, Any], str, str, list[str]]] = [
    ({"to": {"level": "x" * 65}}, "InvalidProblem", "invalid-body", ["/to/level"]),
    ({"to": {"level": "nope"}}, "InvalidProblem", "level-not-in-force", ["/to/level"]),
    ({}, "InvalidProblem", "invalid-body", ["/to"]),
    ({"to": {"level": "em4"}, "effectiveOn": "2026-02-30"}, "InvalidProblem", "invalid-date", ["/effectiveOn"]),
    ({"to": {"level": "em4"}, "ifMatch": None}, "UnguardedProblem", "if-match-missing", []),
    ({"to": {"level": "em4"}, "ifMatch": "seven"}, "InvalidProblem", "invalid-if-match", ["ifMatch"]),
    ({"to": None, "idempotencyKey": ""}, "InvalidProblem", "invalid-idempotency-key", ["idempotencyKey"]),
    ({"to": {"level": "em4"}, "employee": "nobody"}, "NotFoundProblem", "no-employee", []),
]


async def test_bad_input_names_its_place_and_changes_nothing(staffed: Served) -> None:
    for given, kind, code, pointers in UNFIT:
        refused = await done(staffed, "recordChange", {"employee": "ada", "ifMatch": "*", **given}, "id")
        assert (refused["__typename"], refused["code"]) == (kind, code), refused
        assert [fault["pointer"] for fault in refused["errors"]] == pointers
    assert (await staffed.get("/v1/employees/ada")).json()["revision"] == 1


async def test_null_ends_a_job_and_clears_a_fact_and_left_out_does_neither(staffed: Served) -> None:
    cleared = await done(
        staffed, "recordChange", {"employee": "ada", "ifMatch": "*", "to": {"role": None}}, "to { role zone level }"
    )
    assert cleared["result"]["to"] == {"role": None, "zone": "berlin", "level": "ic4"}
    ended = await done(staffed, "recordChange", {"employee": "ben", "ifMatch": "*", "to": None}, "kind to { level }")
    assert ended["result"] == {"kind": "end", "to": None}
