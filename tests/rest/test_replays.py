"""Sending once more, trying now, dropping and forgetting, by request, while the worker runs."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select
from standardwebhooks import Webhook

from service.house import working
from service.storage.tables import audit
from service.webhooks.retention import DAY_US
from tests.rest.served import Served, assert_problem
from tests.webhooks.post import Sink

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}
EVER = "2020-01-01T00:00:00Z"
ABORT = {"webhook-delivery": "abort-message"}


@asynccontextmanager
async def working_for(served: Served, sink: Sink, *types: str) -> AsyncGenerator[dict[str, Any]]:
    """The endpoint of a sink, while the worker runs."""
    await sink.start()
    async with working(served.house, served.office) as worker:
        running = asyncio.create_task(worker.run())
        try:
            asked = {"url": sink.url, "event_types": types or ["*"]}
            yield (await served.call("POST", "/v1/endpoints", json=asked)).json()
        finally:
            worker.stop()
            await running
            await sink.stop()


async def until(served: Served, path: str, wanted: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(20):
        while not wanted(found := (await served.get(path)).json()):
            pass
    return found


async def two_people(served: Served) -> None:
    for person in ("ada", "ben"):
        await served.person(person)
        await served.change(HIRE, "2026-01-01", employee=person)
        await served.change({"level": "em3"}, "2026-03-01", employee=person)


async def deliveries(served: Served, endpoint: str, state: str = "") -> list[dict[str, Any]]:
    query = f"?state={state}" if state else ""
    return (await served.get(f"/v1/endpoints/{endpoint}/deliveries{query}")).json()["data"]


async def test_what_is_counted_is_sent_in_order_with_its_own_ids(served: Served) -> None:
    sink = Sink()
    async with working_for(served, sink) as made:
        path = f"/v1/endpoints/{made['id']}/replay"
        await two_people(served)
        await sink.until(lambda: len(sink.got) == 4)
        first = [event for event, _ in sink.got]
        assert not any("webhook-replay" in headers for headers, _ in sink.requests)

        asked = {"from": EVER, "subject": "ada"}
        counted = await served.call("POST", f"{path}?dry_run=true", json=asked)
        assert (counted.status_code, counted.json()["id"]) == (201, None)
        assert (counted.json()["events"], counted.json()["lanes"]) == (2, 1)
        assert (await served.get(f"/v1/endpoints/{made['id']}/replays")).json()["data"] == []
        begun = await served.call("POST", path, json=asked, headers={"Idempotency-Key": "r"})
        again = await served.call("POST", path, json=asked, headers={"Idempotency-Key": "r"})
        assert again.json() == begun.json()
        assert begun.headers["location"] == f"/v1/replays/{begun.json()['id']}"
        await sink.until(lambda: len(sink.got) == 6)
        done = await until(served, begun.headers["location"], lambda found: found["waiting"] == 0)

        everybody = await served.call("POST", path, json={"after": first[0], "event_types": ["track.switched"]})
        assert (everybody.json()["events"], everybody.json()["lanes"]) == (2, 2)
        await sink.until(lambda: len(sink.got) == 8)
    assert (done["state"], done["events"], done["queued"]) == ("done", 2, 2)
    assert done["asked"]["subject"].startswith("emp_")
    ada = [event for event, _ in sink.got[4:6]]
    assert ada == [event for event in first if event in ada]
    replays = [headers.get("webhook-replay") for headers, _ in sink.requests[4:]]
    assert replays == [begun.json()["id"]] * 2 + [everybody.json()["id"]] * 2
    bodies: dict[str, set[bytes]] = {}
    for headers, body in sink.requests:
        Webhook(made["secret"]).verify(body, {name.lower(): value for name, value in headers.items()})
        bodies.setdefault(headers["webhook-id"], set()).add(body)
    assert {len(told) for told in bodies.values()} == {1}
    shown = await deliveries(served, made["id"], "delivered")
    assert sorted(one["replay"] or "" for one in shown) == sorted(["", "", "", "", *(one or "" for one in replays)])


async def test_a_dead_letter_is_listed_tried_again_and_dropped(served: Served) -> None:
    sink = Sink(answer=lambda event, times: (400, ABORT) if times == 0 else (200, {}))
    async with working_for(served, sink, "assignment.started", "track.switched") as made:
        await two_people(served)
        dead = await until(served, "/v1/deliveries", lambda found: len(found["data"]) == 4)
        letters = dead["data"]
        assert [one["state"] for one in letters] == ["dead"] * 4
        assert [(one["reason"], one["attempts"]) for one in letters] == [("aborted", 1)] * 4
        assert await deliveries(served, made["id"], "dead") == dead["data"]

        one, other = letters[0], letters[1]
        tried = await served.call("POST", f"/v1/deliveries/{one['id']}/retry")
        assert (tried.status_code, tried.json()["event"], tried.json()["state"]) == (202, one["event"], "pending")
        assert tried.json()["id"] != one["id"]
        await sink.until(lambda: one["event"] in sink.delivered)
        refused = await served.call("POST", f"/v1/deliveries/{one['id']}/retry")
        assert assert_problem(refused, 409, "delivery-state")["state"] == "retried"
        assert (await served.get(f"/v1/deliveries/{one['id']}")).json()["taken_up_by"] == tried.json()["replay"]

        gone = await served.call("POST", f"/v1/deliveries/{other['id']}/drop", json={"reason": "by hand"})
        assert (gone.json()["state"], gone.json()["reason"]) == ("dropped", "by hand")
        assert gone.json()["ended_by"].startswith("key:")
        left = await served.call("POST", f"/v1/endpoints/{made['id']}/replay", json={"state": "dead"})
        assert left.json()["events"] == 2
        await sink.until(lambda: len(sink.delivered) == 3)
        assert (await served.get("/v1/deliveries")).json()["data"] == []
        nothing = await served.call("POST", f"/v1/endpoints/{made['id']}/replay", json={"state": "dead"})
        assert_problem(nothing, 422, "nothing-to-replay")
    assert other["event"] not in sink.delivered
    texts = await served.get(f"/v1/deliveries/{one['id']}/attempts")
    assert [tried["response_head"] for tried in texts.json()["data"]] == [""]
    for path, count in ((f"/v1/deliveries/{one['id']}/expunge", 1), (f"/v1/endpoints/{made['id']}/expunge", 6)):
        assert (await served.call("POST", path)).json() == {"attempts": count, "more": False}
        assert (await served.call("POST", path)).json()["attempts"] == 0
    texts = await served.get(f"/v1/deliveries/{one['id']}/attempts")
    assert [(tried["status"], tried["response_head"]) for tried in texts.json()["data"]] == [(400, None)]


async def test_what_is_queued_is_hurried_or_dropped_and_its_key_goes_on(served: Served) -> None:
    broken = {"is": True}
    sink = Sink(answer=lambda event, times: (500 if broken["is"] else 200, {}))
    async with working_for(served, sink) as made:
        await served.person("ada")
        await served.change(HIRE, "2026-01-01")
        await served.change({"level": "em3"}, "2026-03-01")
        path = f"/v1/endpoints/{made['id']}/deliveries?state=retrying"
        (head,) = (await until(served, path, lambda found: found["data"]))["data"]
        (behind,) = await deliveries(served, made["id"], "pending")
        # Whichever is hurried, the head is tried.
        hurried = await served.call("POST", f"/v1/deliveries/{behind['id']}/retry")
        assert (hurried.status_code, hurried.json()["id"]) == (202, behind["id"])
        await sink.until(lambda: len(sink.got) >= 2)
        assert {event for event, _ in sink.got} == {head["event"]}
        await until(served, f"/v1/deliveries/{head['id']}", lambda found: found["attempts"] >= 2)
        broken["is"] = False
        dropped = await served.call("POST", f"/v1/deliveries/{head['id']}/drop", json={"reason": "entered by hand"})
        assert (dropped.json()["state"], dropped.json()["attempts"]) == ("dropped", 2)
        await sink.until(lambda: sink.delivered == [behind["event"]])
        twice = await served.call("POST", f"/v1/deliveries/{head['id']}/drop", json={"reason": "again"})
        assert assert_problem(twice, 409, "delivery-state")["state"] == "dropped"

        sent = await until(served, f"/v1/deliveries/{behind['id']}", lambda found: found["state"] == "delivered")
        once_more = await served.call("POST", f"/v1/deliveries/{sent['id']}/retry")
        await sink.until(lambda: sink.delivered == [behind["event"]] * 2)
        assert sink.requests[-1][0]["webhook-replay"] == once_more.json()["replay"]

        everything = {"If-Match": "*"}
        path = f"/v1/endpoints/{made['id']}"
        await served.call("PATCH", path, json={"state": "paused"}, headers=everything)
        await served.change({"team": "core"}, "2026-04-01")
        (held,) = await deliveries(served, made["id"], "held")
        for refused in (
            await served.call("POST", f"/v1/deliveries/{held['id']}/retry"),
            await served.call("POST", f"/v1/deliveries/{sent['id']}/retry"),
            await served.call("POST", f"{path}/replay", json={"from": EVER}),
        ):
            assert assert_problem(refused, 409, "endpoint-not-sending")["state"] == "paused"
        await served.call("POST", f"/v1/deliveries/{held['id']}/drop", json={"reason": "no"})
        await served.call("PATCH", path, json={"state": "active"}, headers=everything)
        await served.change({"team": "web"}, "2026-05-01")
        await sink.until(lambda: len(sink.delivered) == 3)
    assert held["event"] not in sink.delivered
    audited = [one["act"] for one in await acts(served) if one["act"].startswith("deliveries.")]
    assert audited == ["deliveries.retry", "deliveries.drop", "deliveries.retry", "deliveries.drop"]


async def acts(served: Served) -> list[dict[str, Any]]:
    """The chained record of who did what, oldest first."""
    async with served.house.database.read() as connection:
        found = await connection.execute(select(audit).order_by(audit.c.recorded_at))
        return [dict(row) for row in found.mappings()]


async def test_what_a_replay_is_refused_for(served: Served) -> None:
    made = (await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/"})).json()
    await two_people(served)
    path = f"/v1/endpoints/{made['id']}/replay"

    async def asked(body: dict[str, Any], status: int, code: str, **more: Any) -> dict[str, Any]:
        return assert_problem(await served.call("POST", path, json=body, **more), status, code)

    await asked({}, 422, "replay-unbounded")
    await asked({"state": "delivered"}, 422, "replay-unbounded")
    await asked({"from": "2026-01-02T00:00:00Z", "to": EVER}, 422, "range-reversed")
    await asked({"from": EVER, "to": "2020-01-02T00:00:00Z"}, 422, "nothing-to-replay")
    await asked({"after": "evt_none"}, 410, "cursor-lost")
    await asked({"from": EVER, "subject": "nobody"}, 404, "no-employee")
    await asked({"from": EVER, "event_types": ["track.swiched"]}, 422, "unknown-event-type")
    await asked({"from": EVER, "filters": {"taem": ["core"]}}, 422, "unknown-facet")
    await asked({"from": EVER, "state": "delivered"}, 422, "nothing-to-replay")
    served.clock.us += 120 * DAY_US
    await asked({"from": EVER, "state": "delivered"}, 410, "beyond-retention")
    for place, text in (("from", "soon"), ("to", "0001-01-01T00:00:00+23:00"), ("after", "%%"), ("until", "latest")):
        problem = await asked({"from": EVER, place: text}, 422, "invalid-body")
        assert [one["pointer"] for one in problem["errors"]] == [f"/{place}"]
    needed = await asked({"from": EVER, "subject": "ada"}, 403, "missing-scope", scopes=("webhooks:manage",))
    assert needed["scope"] == "assignments:read"
    assert (await served.get(f"{path}s")).json()["data"] == []
    for _ in range(20):
        assert (await served.call("POST", path, json={"from": EVER})).status_code == 201
    await asked({"from": EVER}, 409, "too-many-replays")
    (latest,) = (await served.get(f"{path}s?limit=1")).json()["data"]
    cancelled = await served.call("POST", f"/v1/replays/{latest['id']}/cancel")
    assert (cancelled.json()["state"], cancelled.json()["queued"]) == ("cancelled", 0)
    assert_problem(await served.call("POST", "/v1/replays/rep_none/cancel"), 404, "no-such-replay")
    assert (await served.call("DELETE", f"/v1/endpoints/{made['id']}", headers={"If-Match": "*"})).status_code == 200
    assert_problem(await served.get(f"{path}s"), 404, "no-such-endpoint")
