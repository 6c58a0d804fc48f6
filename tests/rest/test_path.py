"""A person's next steps, as they are on a day and were known at an instant."""

from typing import Any

from tests.builders import BANDS, DESIGN, ENGINEERING
from tests.graphql.graph import asked
from tests.rest.published import publish, version_of
from tests.rest.served import Served, assert_problem

PATH = "/v1/employees/ada/path"
READS = ("assignments:read", "ladders:read")


async def path_of(served: Served, **params: str) -> Any:
    answer = await served.get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ways(path: Any) -> list[tuple[str, str, bool]]:
    return [(step["to"]["level"], step["kind"], step["allowed"]) for step in path["steps"]]


async def test_the_ways_on_from_where_somebody_stands(served: Served) -> None:
    await served.person(workday="7")
    await served.change({"ladder": "engineering", "level": "e2", "zone": "berlin"}, "2025-01-01")
    await served.change({"level": "ic4"}, "2026-03-01")
    first = await served.get(PATH)
    here = first.json()
    assert (here["current"]["level"], here["months_on_level"], here["months_in_job"]) == ("ic4", 3, 17)
    assert ways(here) == [("ic5", "promotion", True), ("em4", "track_switch", True)]
    assert here["steps"][1]["to"]["grade_since"] == here["current"]["grade_since"] == "2026-03-01"
    assert ways(await path_of(served, effective_on="2025-06-01")) == [
        ("ic3", "promotion", True),
        ("em3", "promotion", True),
    ]
    known = {"known_at": here["known_at"], "effective_on": here["effective_on"]}
    then = await served.get(PATH, params=known)
    assert then.content == first.content

    move = {"from_level": "ic4", "to_level": "ic5", "kind": "promotion", "minimum_months": 12, "approval": "CTO"}
    denied = {"from_level": "ic4", "to_level": "em4", "kind": "track_switch", "allowed": False}
    await publish(
        served, ladders=(version_of(ENGINEERING, "2", "2026-06-01", moves=[move, denied]), DESIGN), bands=(BANDS,)
    )
    await served.change({"level": "ic5"}, "2026-06-10")
    await served.change(None, "2026-08-01")
    assert (await served.get(PATH, params=known)).content == then.content
    assert ways(await path_of(served)) == []
    later = await path_of(served, effective_on="2026-06-05")
    assert ways(later) == [("ic5", "promotion", True), ("em4", "track_switch", False)]
    assert [(one["condition"], one["held"], one["met"]) for one in later["steps"][0]["conditions"]] == [
        *(("months_on_level", 3, False), ("approval", None, None))
    ]
    assert_problem(await served.get(f"{PATH}?effective_on=2026-08-01"), 404, "no-assignment")


async def test_who_may_read_it_and_what_is_refused(served_once: Served) -> None:
    served = served_once
    await served.person()
    await served.change({"ladder": "engineering", "level": "ic3", "zone": "berlin"}, "2026-01-01")
    unpaid = await served.get(PATH, scopes=READS)
    assert "band" not in unpaid.json()["current"]
    assert [step["to"]["redacted"] for step in unpaid.json()["steps"]] == [["band"], ["band"]]
    assert "40001.17" not in unpaid.text and "40001.17" in (await served.get(PATH, scopes=(*READS, "bands:read"))).text
    for scope, missing in (("assignments:read", "ladders:read"), ("ladders:read", "assignments:read")):
        refused = assert_problem(await served.get(PATH, scopes=(scope,)), 403, "missing-scope")
        assert refused["scope"] == missing
    for query, status, code in (
        ("job=second", 404, "no-assignment"),
        ("effective_on=2026-02-30", 422, "invalid-date"),
        ("known_at=2999-01-01T00:00:00Z", 422, "known-at-in-future"),
        ("ladder=design", 400, "unknown-parameter"),
    ):
        assert_problem(await served.get(f"{PATH}?{query}"), status, code)
    assert_problem(await served.get("/v1/employees/eve/path"), 404, "no-employee")

    chosen = '{ employee(reference: "ada") { key path(effectiveOn: "%s") { steps { kind to { level } } } } }'
    found = (await asked(served, chosen % "2026-02-01"))["data"]["employee"]["path"]["steps"]
    assert found[0] == {"kind": "promotion", "to": {"level": "ic4"}}
    before = await asked(served, chosen % "2025-02-01")
    assert before["data"] == {"employee": {"key": "ada", "path": None}}
    assert [error["extensions"]["code"] for error in before["errors"]] == ["no-assignment"]
