"""A job's timeline as known at an instant: what holds by day, and every act that was recorded by then."""

from typing import Any

from tests.rest.served import Served, assert_problem

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin", "team": "core"}
PATH = "/v1/employees/ada/timeline"


async def act(served: Served, change: str, name: str, **body: Any) -> Any:
    done = await served.call("POST", f"/v1/changes/{change}/{name}", json=body, headers={"If-Match": "*"})
    assert done.status_code < 300, done.text
    return done.json()


async def acted(served: Served) -> dict[str, str]:
    """Ada is hired, corrected, promoted by override, planned and unplanned; ids by what was done."""
    await served.person()
    hired = await served.change(HIRE, "2026-01-01")
    promoted = await served.call(
        "POST",
        "/v1/employees/ada/changes",
        json={
            "effective_on": "2026-03-01",
            "to": {"level": "em4"},
            "reason": "growth",
            "override": {"codes": ["move-not-allowed"], "reason": "it happened"},
        },
        headers={"If-Match": "*"},
    )
    planned = await served.change({"team": "web"}, "2026-09-01")
    dropped = await served.change({"step": None, "title": "Chief"}, "2026-10-01")
    return {
        "hired": hired["id"],
        "promoted": promoted.json()["id"],
        "planned": planned["id"],
        "dropped": dropped["id"],
    }


async def test_rows_and_acts_as_they_were_known(served: Served) -> None:
    ids = await acted(served)
    before = await served.get(PATH)
    known = before.json()["known_at"]
    then = await served.get(PATH, params={"known_at": known})
    assert then.content == before.content

    corrected = (await act(served, ids["hired"], "correct", effective_on="2026-02-01", reason="wrong-day"))["id"]
    await act(served, ids["dropped"], "cancel", reason="no-need")
    served.clock.us += 100 * 86_400_000_000
    await served.change({"team": None}, "2026-09-10")

    assert (await served.get(PATH, params={"known_at": known})).content == before.content
    now = (await served.get(PATH)).json()
    shown = {one["id"]: one for one in now["changes"]}
    assert [one["id"] for one in now["changes"]][:2] == [ids["hired"], corrected]
    first = shown[ids["hired"]]
    assert (first["status"], first["superseded_by"], first["ended_reason"]) == ("superseded", corrected, "wrong-day")
    assert first["ended_at"] == shown[corrected]["recorded_at"] > first["recorded_at"]
    assert (shown[corrected]["status"], shown[corrected]["supersedes"]) == ("effective", ids["hired"])
    assert (shown[corrected]["ended_at"], shown[corrected]["activated_at"]) == (None, None)
    assert (shown[ids["promoted"]]["override_codes"], shown[ids["promoted"]]["reason"]) == (
        ["move-not-allowed"],
        "growth",
    )
    gone = shown[ids["dropped"]]
    assert (gone["status"], gone["ended_reason"], gone["superseded_by"]) == ("cancelled", "no-need", None)
    assert gone["ended_actor"] == gone["actor"] == f"key:{(await served.key('admin')).split('_')[1]}"
    taken = shown[ids["planned"]]
    assert (taken["status"], taken["activated_at"] > known) == ("effective", True)
    was = {one["id"]: (one["status"], one["activated_at"], one["ended_at"]) for one in before.json()["changes"]}
    assert set(was.values()) == {("effective", None, None), ("scheduled", None, None)}
    assert was[ids["planned"]] == was[ids["dropped"]] == ("scheduled", None, None)
    assert [(one["effective_from"], one["assignment"]["level"]) for one in now["segments"]] == [
        *(("2026-02-01", "ic3"), ("2026-03-01", "em4"), ("2026-09-01", "em4"), ("2026-09-10", "em4"))
    ]


async def test_a_range_of_days_and_what_is_refused(served: Served) -> None:
    ids = await acted(served)

    async def part(**asked: str) -> tuple[list[str], list[str]]:
        found = (await served.get(PATH, params=asked)).json()
        return [one["effective_from"] for one in found["segments"]], [one["id"] for one in found["changes"]]

    whole = ["2026-01-01", "2026-03-01", "2026-09-01", "2026-10-01"]
    assert await part() == (whole, list(ids.values()))
    assert await part(effective_from="2026-03-01", effective_to="2026-09-01") == (whole[1:2], [ids["promoted"]])
    assert await part(effective_from="2026-02-01", effective_to="2026-03-02") == (whole[:2], [ids["promoted"]])
    assert await part(effective_from="2026-12-01") == (whole[3:], [])
    assert await part(effective_to="2026-01-01") == ([], [])
    assert await part(effective_from="2026-03-01", effective_to="2026-03-01") == ([], [])
    assert await part(job="second") == ([], [])
    for asked, status, code, parameter in (
        ({"effective_from": "2026-03-02", "effective_to": "2026-03-01"}, 422, "range-reversed", "effective_from"),
        ({"effective_to": "2026-02-30"}, 422, "invalid-date", "effective_to"),
        ({"effectivefrom": "2026-02-03"}, 400, "unknown-parameter", "effectivefrom"),
        ({"known_at": "2999-01-01T00:00:00Z"}, 422, "known-at-in-future", "known_at"),
    ):
        refused = assert_problem(await served.get(PATH, params=asked), status, code)
        assert [one["parameter"] for one in refused["errors"]] == [parameter]
    assert_problem(await served.get("/v1/employees/eve/timeline"), 404, "no-employee")
    unpaid = (await served.get(PATH, scopes=("assignments:read",))).json()
    assert {tuple(one["assignment"]["redacted"]) for one in unpaid["segments"]} == {("band",)}
    assert "band" not in unpaid["segments"][0]["assignment"]
    assert_problem(await served.get(PATH, scopes=("ladders:read",)), 403, "missing-scope")
