"""What stands beside a timeline, over HTTP: locked pay periods, overlays, switches on trial."""

from typing import Any

from tests.builders import COMPANY
from tests.rest.published import publish, read
from tests.rest.served import Served, assert_problem

ANY = {"If-Match": "*"}
PAID = {
    **COMPANY,
    "zones": [{"key": "berlin", "currency": "EUR", "pay_calendar": "monthly"}, COMPANY["zones"][1]],
    "pay_calendars": [{"key": "monthly", "frequency": "monthly", "anchor": "2026-05-01"}],
    "locked_periods": "refuse",
}
MAY = {"calendar": "monthly", "period": "2026-05-01", "from": "2026-05-01", "to": "2026-06-01"}


async def sent(served: Served, path: str, body: dict[str, Any], *scopes: str) -> Any:
    return await served.call("POST", path, json=body, headers=ANY, scopes=scopes or ("admin",))


async def test_a_locked_period_says_when_the_next_one_is_open(served_once: Served) -> None:
    """The service's today is 2026-06-15 there."""
    served = served_once
    await publish(served, company=PAID)
    await served.person("ada")
    hire = {"effective_on": "2026-05-10", "to": {"ladder": "engineering", "level": "ic3", "zone": "berlin"}}
    refused = await sent(served, "/v1/employees/ada/changes", hire)
    problem = assert_problem(refused, 409, "period-locked")
    assert problem["next_open_on"] == "2026-06-01"
    assert problem["errors"] == [
        {"pointer": "/effective_on", "detail": "in a locked pay period", "code": "period-locked"}
    ]
    override = {"codes": ["period-locked"], "reason": "paid by hand"}
    passed = await sent(served, "/v1/employees/ada/changes", {**hire, "override": override})
    assert (passed.status_code, passed.json()["affected_periods"]) == (201, [MAY])
    withdrawal = f"/v1/changes/{passed.json()['id']}/rescind"
    assert_problem(await sent(served, withdrawal, {}), 409, "period-locked")
    assert_problem(await sent(served, withdrawal, {"override": override}, "assignments:write"), 403, "missing-scope")
    done = await sent(served, withdrawal, {"override": override})
    assert (done.status_code, done.json()["affected_periods"]) == (200, [MAY])
    feed = await read(served, "/v1/events?types=change.rescinded")
    assert [event["data"]["affected_periods"] for event in feed] == [[MAY]]


async def test_an_overlay_from_its_beginning_to_its_end(served_once: Served) -> None:
    served = served_once
    await served.person("ada")
    await served.change({"ladder": "engineering", "level": "ic3", "team": "core"}, "2026-01-01")
    body = {"role": "tech-lead", "name": "Night shift", "from": "2026-06-01", "to": "2026-12-01"}
    for wrong, status, code, pointer in (
        ({"to": None}, 422, "overlay-needs-end", "/to"),
        ({"to": "2026-13-01"}, 422, "invalid-date", "/to"),
        ({"form": "2026-06-01"}, 422, "invalid-body", "/form"),
        ({"role": "king"}, 422, "unknown-role", "/role"),
    ):
        problem = assert_problem(await sent(served, "/v1/employees/ada/overlays", {**body, **wrong}), status, code)
        assert problem["errors"][0]["pointer"] == pointer
        if code == "invalid-body":
            assert "did you mean from?" in problem["errors"][0]["detail"]
    made = await sent(served, "/v1/employees/ada/overlays", {**body, "high_profile": True})
    answer = made.json()
    assert (made.status_code, made.headers["etag"]) == (201, '"3"')
    assert made.headers["location"] == f"/v1/changes/{answer['start_change']}"
    assert (answer["from"], answer["to"], answer["retroactive"]) == ("2026-06-01", "2026-12-01", True)
    seen = await read(served, "/v1/reports/visibility?effective_from=2026-06-01&effective_to=2026-07-01")
    assert seen["tracks"] == [{"kind": "ic", "people": 1, "seen": 1, "share_percent": "100.0"}]
    # The day of its end is moved by correcting that change.
    corrected = await sent(served, f"/v1/changes/{answer['end_change']}/correct", {"effective_on": "2026-08-01"})
    assert corrected.json()["overlay"]["current"]["to"] == "2026-08-01"
    assert_problem(await sent(served, f"/v1/changes/{corrected.json()['id']}/cancel", {}), 422, "overlay-needs-end")
    (shown,) = (await read(served, "/v1/employees/ada/overlays"))["overlays"]
    assert (shown["id"], shown["to"], shown["end_change"]) == (answer["id"], "2026-08-01", corrected.json()["id"])
    told = await read(served, "/v1/events?types=overlay.started")
    assert [event["data"]["overlay"]["current"]["name"] for event in told] == ["Night shift"]
    # It is no job, and cannot be made one.
    assert [held["job"] for held in await read(served, "/v1/assignments")] == ["primary"]
    wrong = {"job": answer["id"], "to": {"ladder": "engineering", "level": "ic3"}}
    problem = assert_problem(await sent(served, "/v1/employees/ada/changes", wrong), 422, "invalid-body")
    assert problem["errors"][0]["pointer"] == "/job"
    assert_problem(await served.get(f"/v1/employees/ada/assignment?job={answer['id']}"), 404, "no-assignment")


async def test_a_switch_on_trial_is_shown_with_its_way_back(served_once: Served) -> None:
    served = served_once
    await served.person("ada")
    await served.change({"ladder": "engineering", "level": "ic5"}, "2026-01-01")
    switch = {"effective_on": "2026-06-01", "to": {"level": "em4"}, "review_on": "2026-09-01"}
    missing = assert_problem(await sent(served, "/v1/employees/ada/changes", switch), 422, "invalid-body")
    assert [error["pointer"] for error in missing["errors"]] == ["/return"]
    switch["return"] = {"until": "2026-10-01", "level": "ic5"}
    promotion = assert_problem(
        await sent(served, "/v1/employees/ada/changes", {**switch, "to": {"level": "ic4"}}), 422, "trial-not-a-switch"
    )
    assert [error["pointer"] for error in promotion["errors"]] == ["/return"]
    made = (await sent(served, "/v1/employees/ada/changes", switch)).json()
    trial = {
        "review_on": "2026-09-01",
        "return": {"until": "2026-10-01", "ladder": "engineering", "level": "ic5", "step": None},
    }
    assert (made["trial"], (await read(served, f"/v1/changes/{made['id']}"))["trial"]) == (trial, trial)
    (told,) = await read(served, "/v1/events?types=track.switched")
    assert told["data"]["change"]["trial"] == trial
    back = {"to": {"level": "ic5"}}
    late = await sent(served, "/v1/employees/ada/changes", {**back, "effective_on": "2026-10-01"})
    assert_problem(late, 422, "move-not-allowed")
    taken = await sent(served, "/v1/employees/ada/changes", {**back, "effective_on": "2026-09-30"})
    assert (taken.status_code, taken.json()["kind"]) == (201, "track_switch")
