"""Lists in every order and both ways: what is read back is what was read, and a cursor is good for a while."""

from typing import Any

from tests.builders import BANDS, DESIGN, ENGINEERING
from tests.rest.published import publish, set_of, version_of
from tests.rest.served import Served, assert_problem
from tests.rest.test_lists import HIRE, packed, unpacked

ORDERS = {
    "/v1/employees": ("id", "-id", "key", "-key"),
    "/v1/assignments": (
        *("employee", "-employee", "effective_from", "-effective_from", "recorded_at", "-recorded_at"),
        *("-effective_from,employee", "effective_from,-employee", "-effective_from,recorded_at"),
    ),
}


async def pages(served: Served, path: str, rel: str) -> list[list[Any]]:
    """Items page by page, from a page on, following its links of one kind."""
    found: list[list[Any]] = []
    following: str | None = path
    while following:
        answer = await served.get(following)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["data"])
        following = answer.links.get(rel, {}).get("url")
    return found


async def there_and_back(served: Served, path: str, *, limit: int = 2) -> list[Any]:
    """Every item, after the same pages were met on the way back from the last one."""
    mark = "&" if "?" in path else "?"
    first = await served.get(f"{path}{mark}limit={limit}")
    whole = (await served.get(f"{path}{mark}limit=200")).json()
    assert (whole["page"]["next_cursor"], whole["page"]["prev_cursor"]) == (None, None), path
    assert first.json()["page"]["prev_cursor"] is None
    forth = await pages(served, f"{path}{mark}limit={limit}", "next")
    assert [item for page in forth for item in page] == whole["data"], path
    assert len(forth) > 1, path
    url = f"{path}{mark}limit={limit}"
    while following := (answer := await served.get(url)).links.get("next", {}).get("url"):
        url = following
    assert await pages(served, url, "prev") == forth[::-1], path
    assert answer.json()["data"] == forth[-1]
    return whole["data"]


async def test_people_and_assignments_in_every_order_there_and_back(served: Served) -> None:
    hired: dict[str, str] = {}
    for number, key in enumerate(("b", "a", "d", "c")):
        await served.person(key)
        hired[key] = f"2026-0{3 - number // 2}-01"
        await served.change(HIRE, hired[key], employee=key)
    for _ in range(3):
        assert (await served.call("POST", "/v1/employees", json={})).status_code == 201

    found = {order: await there_and_back(served, f"/v1/employees?sort={order}") for order in ORDERS["/v1/employees"]}
    assert [one["key"] for one in found["id"]] == ["b", "a", "d", "c", None, None, None]
    assert [one["key"] for one in found["key"]] == ["a", "b", "c", "d", None, None, None]
    assert found["-id"] == found["id"][::-1]
    assert found["-key"] == found["key"][::-1]
    assert [one["id"] for one in found["key"][4:]] == [one["id"] for one in found["id"][4:]]

    held = {order: await there_and_back(served, f"/v1/assignments?sort={order}") for order in ORDERS["/v1/assignments"]}
    keys = {order: "".join(one["employee"]["key"] for one in items) for order, items in held.items()}
    assert keys == {
        "employee": "badc",
        "-employee": "cdab",
        "effective_from": "dcba",
        "-effective_from": "abcd",
        "recorded_at": "badc",
        "-recorded_at": "cdab",
        "-effective_from,employee": "badc",
        "effective_from,-employee": "cdab",
        "-effective_from,recorded_at": "badc",
    }


async def test_orders_that_there_are_not(served: Served) -> None:
    for path, sort in (
        ("/v1/employees", "name"),
        ("/v1/employees", "id,key"),
        ("/v1/employees", ""),
        ("/v1/assignments", "effective_form"),
        ("/v1/assignments", "+employee"),
        ("/v1/assignments", "employee,"),
        ("/v1/assignments", "recorded_at,recorded_at"),
        ("/v1/assignments", "recorded_at,-recorded_at"),
    ):
        refused = assert_problem(await served.get(path, params={"sort": sort}), 422, "invalid-parameter")
        assert [one["parameter"] for one in refused["errors"]] == ["sort"], (path, sort)
        assert "twice" in refused["detail"] or "both" in refused["detail"] or "-" in refused["detail"], refused
    close = assert_problem(await served.get("/v1/assignments?sort=effective_form"), 422, "invalid-parameter")
    assert "Did you mean effective_from?" in close["detail"]
    assert "recorded_at" in close["detail"]
    cursor = (await there_cursor(served))[0]
    assert_problem(await served.get(f"/v1/employees?sort=key&limit=1&cursor={cursor}"), 400, "cursor-mismatch")


async def there_cursor(served: Served) -> tuple[str, str]:
    """Cursors of a page in the middle: the one onwards, and the one back."""
    for number in range(3):
        await served.person(f"q{number}")
    first = (await served.get("/v1/employees?limit=1")).json()["page"]["next_cursor"]
    middle = (await served.get(f"/v1/employees?limit=1&cursor={first}")).json()["page"]
    return middle["next_cursor"], middle["prev_cursor"]


async def test_definitions_and_what_was_sent_there_and_back(served: Served) -> None:
    await publish(
        served,
        ladders=(
            version_of(ENGINEERING, "2", "2027-01-01"),
            DESIGN,
            *({**DESIGN, "key": f"other{number}"} for number in range(3)),
        ),
        bands=(set_of("2027", "2027-01-01"), set_of("2028", "2028-01-01")),
    )
    made = [
        (await served.call("POST", "/v1/endpoints", json={"url": f"http://127.0.0.1:9/{number}"})).json()["id"]
        for number in range(3)
    ]
    await served.person()
    for day in ("2026-01-01", "2026-02-01", "2026-03-01"):
        await served.change({**HIRE, "level": "ic4" if day[6] == "2" else "ic3"}, day)
    assert [one["id"] for one in await there_and_back(served, "/v1/endpoints")] == sorted(made)
    sent = await there_and_back(served, f"/v1/endpoints/{made[0]}/deliveries")
    assert [one["sequence"] for one in sent] == [3, 2, 1]
    assert [one["key"] for one in await there_and_back(served, "/v1/ladders")] == [
        *("design", "engineering", "other0", "other1", "other2")
    ]
    assert [one["key"] for one in await there_and_back(served, "/v1/grades")] == list("123456")
    assert len(await there_and_back(served, "/v1/bands?grade=3&grade=4")) == 4
    assert [one["key"] for one in await there_and_back(served, "/v1/band-sets")] == ["2000", "2027", "2028"]
    assert [one["version"] for one in await there_and_back(served, "/v1/ladders/engineering/versions", limit=1)] == [
        *("1", "2")
    ]
    empty = (await served.get("/v1/assignments?zone=nyc")).json()["page"]
    assert empty == {"next_cursor": None, "prev_cursor": None, "limit": 50}


async def test_definitions_published_between_two_pages_do_not_show(served: Served) -> None:
    first = await served.get("/v1/ladders?limit=1")
    assert [one["key"] for one in first.json()["data"]] == ["design"]
    await publish(served, ladders=(ENGINEERING, DESIGN, {**DESIGN, "key": "early"}), bands=(BANDS,))
    second = await served.get(first.links["next"]["url"])
    assert [one["key"] for one in second.json()["data"]] == ["engineering"]
    assert second.json()["page"]["next_cursor"] is None
    assert (await served.get(second.links["prev"]["url"])).json()["data"] == first.json()["data"]
    assert [one["key"] for one in (await served.get("/v1/ladders")).json()["data"]] == [
        "design",
        "early",
        "engineering",
    ]


async def test_cursors_expire_unless_the_question_names_its_instant(served: Served) -> None:
    onwards, back = await there_cursor(served)
    week = 7 * 86_400_000_000
    served.clock.us += week
    for cursor in (onwards, back):
        assert (await served.get(f"/v1/employees?limit=1&cursor={cursor}")).status_code == 200
        *parts, issued, way = unpacked(cursor)
        old = packed([*parts, issued - 1, way])
        assert_problem(await served.get(f"/v1/employees?limit=1&cursor={old}"), 410, "cursor-expired")
        assert_problem(await served.get(f"/v1/employees?limit=1&sort=id&cursor={old}"), 400, "cursor-mismatch")
    served.clock.us += 86_400_000_000
    expired = assert_problem(await served.get(f"/v1/employees?limit=1&cursor={onwards}"), 410, "cursor-expired")
    assert "Start without one" in expired["detail"]

    known = (await served.get("/v1/employees")).json()["known_at"]
    bound = f"/v1/employees?limit=1&known_at={known}"
    first = await served.get(bound)
    served.clock.us += 3 * week
    again = await served.get(bound, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert [one["key"] for one in (await served.get(first.links["next"]["url"])).json()["data"]] == ["q1"]


async def test_a_page_has_one_tag_all_day(served: Served) -> None:
    await there_cursor(served)
    first = await served.get("/v1/employees?limit=1")
    served.clock.us += 3_600_000_000
    same = await served.get("/v1/employees?limit=1", headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


async def test_assignments_by_their_first_day(served: Served) -> None:
    for key, day in (("a", "2026-01-01"), ("b", "2026-02-01"), ("c", "2026-03-01")):
        await served.person(key)
        await served.change(HIRE, day, employee=key)

    async def keys(**asked: str) -> str:
        answer = await served.get("/v1/assignments", params=asked)
        assert answer.status_code == 200, answer.text
        return "".join(one["employee"]["key"] for one in answer.json()["data"])

    assert await keys(**{"effective_from[gte]": "2026-02-01"}) == "bc"
    assert await keys(**{"effective_from[lt]": "2026-02-01"}) == "a"
    assert await keys(**{"effective_from[gte]": "2026-01-02", "effective_from[lt]": "2026-03-01"}) == "b"
    assert await keys(**{"effective_from[gte]": "2026-04-01"}) == ""
    for name in ("effective_from[gte]", "effective_from[lt]"):
        refused = await served.get("/v1/assignments", params={name: "2026-02-30"})
        assert assert_problem(refused, 422, "invalid-date")["errors"][0]["parameter"] == name
    assert_problem(await served.get("/v1/assignments?effective_from[gt]=2026-01-01"), 400, "unknown-parameter")


async def test_what_is_there_twice_is_refused(served: Served) -> None:
    for path, name in (
        ("/v1/employees?limit=1&limit=2", "limit"),
        ("/v1/assignments?effective_on=2026-01-01&effective_on=2026-02-01", "effective_on"),
        ("/v1/ladders?fields=key&fields=title", "fields"),
    ):
        refused = assert_problem(await served.get(path), 422, "invalid-parameter")
        assert [one["parameter"] for one in refused["errors"]] == [name]
    assert (await served.get("/v1/assignments?zone=berlin&zone=nyc")).status_code == 200
