"""Pausing and resuming by request, and what the owner of a failing endpoint is told while the worker runs."""

from tests.rest.served import Served, assert_problem
from tests.rest.test_endpoints import HIRE, assert_valid, worker_and_sink
from tests.webhooks.post import Sink


async def test_what_waited_is_sent_or_skipped_as_somebody_chooses(served: Served) -> None:
    made = (await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/hook"})).json()
    path = f"/v1/endpoints/{made['id']}"
    await served.person()
    await served.change(HIRE, "2026-01-01")
    second = await served.change({"level": "ic5"}, "2026-02-01")

    paused = await served.call("POST", f"{path}/pause", json={"reason": "their weekend"})
    assert (paused.status_code, paused.headers["etag"]) == (200, '"2"')
    assert (paused.json()["state"], paused.json()["state_reason"]) == ("paused", "their weekend")
    assert [one["state"] for one in (await served.get(f"{path}/deliveries")).json()["data"]] == ["held", "held"]

    since = {"deliver": "since", "since": second["recorded_at"]}
    for body, counts in (({}, (2, 0)), ({"deliver": "all"}, (2, 0)), ({"deliver": "skip"}, (0, 2)), (since, (1, 1))):
        dry = await served.call("POST", f"{path}/resume?dry_run=true", json=body)
        assert dry.status_code == 200, (body, dry.text)
        assert (dry.json()["to_deliver"], dry.json()["to_skip"]) == counts
        assert dry.json()["state"] == "healthy"
    assert (await served.get(path)).json()["state"] == "paused"

    resumed = await served.call("POST", f"{path}/resume", json=since, headers={"Idempotency-Key": "go"})
    again = await served.call("POST", f"{path}/resume", json=since, headers={"Idempotency-Key": "go"})
    assert again.json() == resumed.json()
    assert {**(await served.get(path)).json(), "to_deliver": 1, "to_skip": 1} == resumed.json()
    assert (resumed.json()["state"], resumed.json()["state_reason"], resumed.json()["revision"]) == ("healthy", None, 3)
    shown = (await served.get(f"{path}/deliveries")).json()["data"]
    assert (shown[0]["event"], shown[0]["state"]) == (second["events"][0]["id"], "pending")
    skipped = (await served.get(f"{path}/deliveries?state=skipped")).json()["data"]
    assert [one["state"] for one in skipped] == ["skipped"]

    ahead = await served.call("POST", f"{path}/resume", json={"deliver": "since", "since": "2999-01-01T00:00:00Z"})
    assert assert_problem(ahead, 422, "invalid-body")["errors"][0]["pointer"] == "/since"
    assert_problem(await served.call("POST", "/v1/endpoints/end_none/resume", json={}), 404, "no-such-endpoint")
    # Nothing has come of the choice yet, so another one stands in its place.
    assert (await served.call("POST", f"{path}/resume", json={})).json()["to_deliver"] == 2
    assert (await served.get(f"{path}/deliveries?state=skipped")).json()["data"] == []


async def test_the_owner_is_told_what_fits_the_schemas(served: Served) -> None:
    failing, owner = Sink(), Sink()
    failing.answer = lambda event, times: (404, {})
    await failing.start()
    kinds = ["endpoint.degraded", "endpoint.recovered"]
    async with worker_and_sink(served, owner):
        await served.call("POST", "/v1/endpoints", json={"url": owner.url, "event_types": kinds})
        asked = {"url": failing.url, "event_types": ["assignment.started"]}
        made = (await served.call("POST", "/v1/endpoints", json=asked)).json()
        await served.person()
        change = await served.change(HIRE, "2026-01-01")
        await owner.until(lambda: len(owner.delivered) == 1)
    await failing.stop()

    data = assert_valid(owner.requests[0][1])["data"]
    assert isinstance(data, dict)
    assert data["endpoint"] == {"id": made["id"]}
    assert (data["reason"], data["state"], data["last_status"], data["last_error"]) == (
        "rejected",
        "healthy",
        404,
        "rejected",
    )
    assert data["event"] == {"id": change["events"][0]["id"], "type": "assignment.started"}
    assert len(failing.got) == 1
