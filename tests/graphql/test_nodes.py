"""Anything by its id, and lists walked as Relay walks them."""

from typing import Any

import pytest

from tests.graphql.graph import asked, data
from tests.rest.served import Served

HELD = {"ladder": "engineering", "level": "ic4", "zone": "berlin", "role": "engineer"}
KEYS = ("ada", "ben", "cem", "dan", "eva")


@pytest.fixture
async def staffed(served: Served) -> Served:
    await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/hook"})
    for key in KEYS:
        await served.person(key)
    await served.change(HELD, "2024-01-01")
    await served.change({"level": "em4"}, "2025-01-01")
    return served


async def ids_of(served: Served) -> dict[str, str]:
    endpoint = (await served.get("/v1/endpoints")).json()["data"][0]["id"]
    return {
        "Employee": (await served.get("/v1/employees/ada")).json()["id"],
        "Change": (await served.get("/v1/employees/ada/timeline")).json()["changes"][1]["id"],
        "Endpoint": endpoint,
        "Delivery": (await served.get(f"/v1/endpoints/{endpoint}/deliveries")).json()["data"][0]["id"],
        "Ladder": "ladder:engineering",
        "Level": "level:engineering/ic4",
    }


SHOWN = """__typename id
  ... on Employee { known: key } ... on Change { kind person { key } } ... on Endpoint { url }
  ... on Delivery { attemptsMade { n } } ... on Ladder { version } ... on Level { level: key }"""


async def test_an_id_names_what_it_is_of_and_each_is_found_by_its_own(staffed: Served) -> None:
    ids = await ids_of(staffed)
    query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {SHOWN} }} }}"
    wanted = [*ids.values(), "emp_none", "nothing:of-the-kind", ids["Change"]]
    found: list[Any] = (await data(staffed, query, {"ids": wanted}))["nodes"]
    assert [one and (one["__typename"], one["id"]) for one in found] == [
        *ids.items(),
        *(None, None, ("Change", ids["Change"])),
    ]
    by_kind = {one["__typename"]: one for one in found if one}
    assert (by_kind["Employee"]["known"], by_kind["Change"]["person"]["key"]) == ("ada", "ada")
    assert (by_kind["Change"]["kind"], by_kind["Level"]["level"]) == ("track_switch", "ic4")
    assert by_kind["Endpoint"]["url"] == "http://127.0.0.1:9/hook"
    for name, id in ids.items():
        one = (await data(staffed, f"query($id: ID!) {{ node(id: $id) {{ {SHOWN} }} }}", {"id": id}))["node"]
        assert one == by_kind[name]


async def test_what_a_caller_may_not_read_is_as_if_it_were_not_there(staffed: Served) -> None:
    ids = await ids_of(staffed)
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
    for scope, seen in (
        ("assignments:read", {"Employee", "Change"}),
        ("ladders:read", {"Ladder", "Level"}),
        ("webhooks:manage", {"Endpoint", "Delivery"}),
    ):
        found = (await data(staffed, query, {"ids": list(ids.values())}, scopes=(scope,)))["nodes"]
        assert {one["__typename"] for one in found if one} == seen, scope
    too_many = await asked(staffed, query, {"ids": ["emp_none"] * 101})
    assert [error["extensions"]["code"] for error in too_many["errors"]] == ["invalid-parameter"]


async def test_many_of_a_kind_at_once_take_no_more_than_one(staffed: Served) -> None:
    endpoint = (await staffed.get("/v1/endpoints")).json()["data"][0]["id"]
    sent = (await staffed.get(f"/v1/endpoints/{endpoint}/deliveries")).json()["data"]
    assert len(sent) == 2
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Delivery { id attemptsMade { n } } } }"
    found = (await data(staffed, query, {"ids": [one["id"] for one in sent]}))["nodes"]
    assert found == [{"id": one["id"], "attemptsMade": []} for one in sent]


async def walked(served: Served, arguments: str) -> tuple[list[str], dict[str, Any]]:
    chosen = "totalCount nodes { key } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    page = (await data(served, f"{{ employees({arguments}) {{ {chosen} }} }}"))["employees"]
    assert page["totalCount"] == len(KEYS)
    return [node["key"] for node in page["nodes"]], page["pageInfo"]


async def test_a_list_is_walked_from_its_end_as_from_its_beginning(staffed: Served) -> None:
    last, info = await walked(staffed, "last: 2")
    assert (last, info["hasNextPage"], info["hasPreviousPage"]) == (["dan", "eva"], False, True)
    middle, info = await walked(staffed, f'last: 2, before: "{info["startCursor"]}"')
    assert (middle, info["hasNextPage"], info["hasPreviousPage"]) == (["ben", "cem"], True, True)
    begin, info = await walked(staffed, f'last: 2, before: "{info["startCursor"]}"')
    assert (begin, info["hasNextPage"], info["hasPreviousPage"]) == (["ada"], True, False)
    forth, info = await walked(staffed, f'first: 3, after: "{info["endCursor"]}"')
    assert (forth, info["hasNextPage"], info["hasPreviousPage"]) == (["ben", "cem", "dan"], True, True)


async def test_slices_that_cannot_be_and_cursors_that_have_had_their_time(staffed: Served) -> None:
    _, info = await walked(staffed, "first: 2")
    cursor = info["endCursor"]
    for arguments in ("first: 1, last: 1", f'first: 1, before: "{cursor}"', f'last: 1, after: "{cursor}"', "last: 101"):
        answer = await asked(staffed, f"{{ employees({arguments}) {{ nodes {{ key }} }} }}")
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["invalid-parameter"], arguments
    staffed.clock.us += 9 * 86_400_000_000
    answer = await asked(staffed, f'{{ employees(first: 2, after: "{cursor}") {{ nodes {{ key }} }} }}')
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["cursor-expired"]
    assert answer["data"] == {"employees": None}
