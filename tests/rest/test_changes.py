"""The list of changes: filtered, ordered, a page at a time, each as it was at the instant of the first page."""

from typing import Any

from tests.graphql.graph import asked
from tests.rest.served import Served, assert_problem
from tests.rest.test_timeline import act, acted

LIST = "/v1/changes"


async def found(served: Served, **params: Any) -> list[str]:
    answer = await served.get(LIST, params=params)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["data"]]


async def walked(served: Served, **params: Any) -> list[str]:
    """By pages of two to the end, and back again."""
    ids: list[str] = []
    cursor: str | None = None
    pages: list[Any] = []
    while cursor or not pages:
        more = {"cursor": cursor} if cursor else {}
        page = (await served.get(LIST, params={**params, **more, "limit": 2})).json()
        pages.append(page["data"])
        ids += [one["id"] for one in page["data"]]
        cursor = page["page"]["next_cursor"]
    back = page["page"]["prev_cursor"]
    for data in reversed(pages[:-1]):
        page = (await served.get(LIST, params={**params, "cursor": back, "limit": 2})).json()
        assert page["data"] == data
        back = page["page"]["prev_cursor"]
    assert back is None
    return ids


async def test_filters_orders_and_pages(served: Served) -> None:
    ids = await acted(served)
    hired, promoted, planned, dropped = ids.values()
    await served.person("bob", workday="7")
    other = (await served.change({"ladder": "design", "level": "d3"}, "2025-05-01", employee="bob"))["id"]
    corrected = (await act(served, hired, "correct", effective_on="2026-02-01"))["id"]
    await act(served, dropped, "cancel")
    every = [hired, promoted, planned, dropped, other, corrected]
    for params, wanted in (
        ({}, every),
        ({"sort": "-recorded_at"}, every[::-1]),
        ({"sort": "effective_on"}, [other, hired, corrected, promoted, planned, dropped]),
        ({"sort": "-effective_on"}, [dropped, planned, promoted, corrected, hired, other]),
        ({"employee": "ada"}, [one for one in every if one != other]),
        ({"employee": "workday:7"}, [other]),
        ({"status": "scheduled"}, [planned]),
        ({"status": ["scheduled", "cancelled"]}, [planned, dropped]),
        ({"status": "effective", "employee": "ada"}, [promoted, corrected]),
        ({"status": "superseded"}, [hired]),
        ({"status": "rescinded"}, []),
        ({"kind": ["track_switch", "promotion"]}, [promoted]),
        ({"kind": "hire", "job": "second"}, []),
        ({"reason": "growth"}, [promoted]),
        ({"effective_on[gte]": "2026-03-01", "effective_on[lt]": "2026-10-01"}, [promoted, planned]),
    ):
        assert await walked(served, **params) == await found(served, **params) == wanted, params
    second = (await served.get(f"{LIST}/{promoted}")).json()["recorded_at"]
    assert await found(served, **{"recorded_at[gte]": second}) == every[1:]
    assert await found(served, **{"recorded_at[lt]": second}) == [hired]

    counted = await served.get(LIST, params={"status": "scheduled"}, headers={"Prefer": "count=exact"})
    assert counted.json()["page"]["total"] == 1
    lines = await served.get(LIST, params={"employee": "bob"}, headers={"Accept": "application/x-ndjson"})
    assert lines.json() == (await served.get(LIST, params={"employee": "bob"})).json()["data"][0]
    table = (await served.get(f"{LIST}?fields=id,status", headers={"Accept": "text/csv"})).text.split()
    assert table == ["id,status", *(f"{one},{status}" for one, status in (await statuses(served)).items())]


async def statuses(served: Served, **params: Any) -> dict[str, str]:
    return {one["id"]: one["status"] for one in (await served.get(LIST, params=params)).json()["data"]}


async def test_a_walk_and_a_past_answer_stand_still(served: Served) -> None:
    ids = await acted(served)
    _, _, planned, dropped = ids.values()
    whole, plans = await served.get(LIST), await served.get(LIST, params={"status": "scheduled", "limit": 1})
    known = whole.json()["known_at"]
    then = {"known_at": known, "limit": 1, "status": "scheduled"}
    first = await served.get(LIST, params=then)
    await act(served, dropped, "cancel")
    served.clock.us += 100 * 86_400_000_000
    await served.change({"title": "Chief"}, "2026-09-20")

    # One was withdrawn since, one took effect: both were planned then.
    assert (await served.get(LIST, params={"known_at": known})).json() == whole.json()
    again = await served.get(LIST, params=then)
    assert again.content == first.content
    onward = (await served.get(again.links["next"]["url"])).json()
    assert [one["id"] for one in (*again.json()["data"], *onward["data"])] == [planned, dropped]
    assert {one["status"] for one in (*again.json()["data"], *onward["data"])} == {"scheduled"}
    # The cursor of the first page without an instant leads on as of it, as long as it lives.
    assert plans.json()["known_at"] == known
    assert await found(served, status="scheduled") == []
    assert (await statuses(served))[planned] == "effective"
    assert await found(served, employee="ada", known_at=known, status="cancelled") == []


async def test_what_is_refused_and_to_whom(served_once: Served) -> None:
    served = served_once
    await acted(served)
    for params, status, code, parameter in (
        ({"kind": "promotoin"}, 422, "unknown-kind", "kind"),
        ({"status": "planned"}, 422, "unknown-status", "status"),
        ({"sort": "kind"}, 422, "invalid-parameter", "sort"),
        ({"effective_on[gte]": "2026-13-01"}, 422, "invalid-date", "effective_on[gte]"),
        ({"recorded_at[lt]": "2026-01-01"}, 422, "invalid-parameter", "recorded_at[lt]"),
        ({"known_at": "2999-01-01T00:00:00Z"}, 422, "known-at-in-future", "known_at"),
        ({"team": "core"}, 400, "unknown-parameter", "team"),
        ({"effective_on[gt]": "2026-01-01"}, 400, "unknown-parameter", "effective_on[gt]"),
    ):
        refused = assert_problem(await served.get(LIST, params=params), status, code)
        assert [one["parameter"] for one in refused["errors"]] == [parameter]
    assert "Did you mean promotion?" in (await served.get(f"{LIST}?kind=promotoin")).json()["detail"]
    assert_problem(await served.get(f"{LIST}?employee=eve"), 404, "no-employee")
    assert_problem(await served.get(LIST, scopes=("bands:read",)), 403, "missing-scope")
    cursor = (await served.get(f"{LIST}?limit=1")).json()["page"]["next_cursor"]
    assert_problem(await served.get(f"{LIST}?sort=effective_on&cursor={cursor}"), 400, "cursor-mismatch")

    chosen = "totalCount nodes { kind person { key } }"
    query = f'{{ changes(first: 1, status: ["scheduled"], sort: "-recorded_at") {{ {chosen} }} }}'
    page = (await asked(served, query))["data"]["changes"]
    assert page == {"totalCount": 2, "nodes": [{"kind": "update", "person": {"key": "ada"}}]}
    for given, code in (('sort: "kind"', "invalid-parameter"), ('status: ["done"]', "unknown-status")):
        (error,) = (await asked(served, f"{{ changes({given}) {{ nodes {{ id }} }} }}"))["errors"]
        assert error["extensions"]["code"] == code
