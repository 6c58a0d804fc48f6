"""What flows to a connected system and comes from it, by request, while the worker runs."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest

from tests.connected import KINDS, TOKEN, Binder, a_binder, connecting
from tests.engines import Engine
from tests.rest.connecting import ANY, HIRE, MAPPED, PATH, WIZARD, at_work, connect, map_titles, until
from tests.rest.served import Served, assert_problem, serving


@pytest.fixture
def binder() -> Generator[Binder]:
    with a_binder() as made:
        yield made


@pytest.fixture
async def served(engine: Engine) -> AsyncGenerator[Served]:
    async with serving(engine, kinds=KINDS) as made:
        yield made


@pytest.fixture
async def served_once(one_engine: Engine) -> AsyncGenerator[Served]:
    async with serving(one_engine, kinds=KINDS) as made:
        yield made


async def test_what_is_recorded_is_written_there_and_waits_for_a_name(served: Served, binder: Binder) -> None:
    made = await connect(served, binder)
    await map_titles(served, MAPPED[:1])
    async with at_work(served):
        ada = await served.person("ada", binder="7")
        await served.person("ben", binder="8")
        await served.change(HIRE, "2026-01-01")
        await binder.until(lambda: binder.written == ["7"])
        await served.change({"level": "em3"}, "2026-03-01")
        await served.change(HIRE, "2026-01-01", employee="ben")
        # Ada waits for a name, and Ben does not wait for her.
        await binder.until(lambda: binder.written == ["7", "8"])
        waits = (await until(served, PATH, lambda found: found["postponed"]))["postponed"]
        assert [(one["employee"], one["event_type"], one["reason"]) for one in waits] == [
            (ada, "track.switched", "mapping-missing: the level engineering/em3 has no name there. Map it.")
        ]
        links = (await served.get(f"{PATH}/links?employee=ada")).json()["data"]
        assert [(one["employee"], one["effective_on"], one["place"], one["remote_id"]) for one in links] == [
            (ada, "2026-01-01", "sheet", "7")
        ]
        health = (await served.get(PATH)).json()["health"]
        assert (health["state"], health["backlog"]["retrying"], health["endpoint"]) == ("healthy", 1, made["endpoint"])

        await map_titles(served)
        tried = await served.call("POST", f"/v1/deliveries/{waits[0]['delivery']}/retry", json={})
        assert tried.status_code == 202
        await binder.until(lambda: len(binder.written) == 3)
        await until(served, PATH, lambda found: found["postponed"] == [])
    assert binder.sheets == {
        "7": [{"from": "2026-03-01", "title": "Manager"}],
        "8": [{"from": "2026-01-01", "title": "Engineer"}],
    }
    links = (await served.get(f"{PATH}/links?employee=ada&limit=1")).json()
    assert (len(links["data"]), links["page"]["next_cursor"] is not None) == (1, True)
    assert (await served.get(f"{PATH}/links?employee=cleo")).json()["code"] == "no-employee"
    assert (await served.get(f"{PATH}/links")).json()["code"] == "invalid-parameter"
    gone = await served.call("DELETE", PATH, headers=ANY)
    assert (gone.status_code, gone.json()) == (200, {"id": made["id"]})
    # What stands there stays.
    assert len(binder.sheets) == 2


async def test_the_endpoint_of_a_connection_is_cared_for_but_not_led_elsewhere(served: Served, binder: Binder) -> None:
    made = await connect(served, binder)
    path = f"/v1/endpoints/{made['endpoint']}"
    before = (await served.get(path)).json()
    assert (before["url"], before["on_exhausted"], before["include_pay"]) == (
        f"connection:{made['id']}",
        "block",
        False,
    )
    elsewhere: list[dict[str, Any]] = [
        *({"url": "http://127.0.0.1:9/"}, {"include_pay": True}, {"event_types": ["track.switched"]}, {"thin": True}),
        *({"mode": "batch"}, {"format": "cloudevents"}, {"ordering": "none"}, {"on_exhausted": "skip"}),
        *({"headers": {"X-Tenant": "1"}}, {"verify": "handshake"}, {"trusted_ca": None}),
    ]
    for body in elsewhere:
        refused = await served.call("PATCH", path, json=body, headers=ANY)
        assert assert_problem(refused, 409, "endpoint-of-connection")["connection"] == made["id"], body
    test = await served.call("POST", f"{path}/test", json={"event_type": "track.switched"})
    gone = await served.call("DELETE", path, headers=ANY)
    assert_problem(test, 409, "endpoint-of-connection")
    assert_problem(gone, 409, "endpoint-of-connection")
    assert (await served.get(path)).json() == before
    bare = await served.call("POST", "/v1/endpoints", json={"url": f"connection:{made['id']}"})
    assert_problem(bare, 422, "endpoint-url-refused")


async def test_a_connection_is_paused_slowed_down_replayed_to_and_deleted(served: Served, binder: Binder) -> None:
    path = f"/v1/endpoints/{(await connect(served, binder))['endpoint']}"
    await map_titles(served)
    await served.call("POST", f"{path}/pause", json={"reason": "they move house"})
    await served.person("ada", binder="7")
    await served.change(HIRE, "2026-01-01")
    async with at_work(served):
        held = await until(served, PATH, lambda found: found["health"]["backlog"]["held"] == 1)
        assert (held["health"]["state"], held["health"]["reason"]) == ("paused", "they move house")
        assert binder.calls == []
        slower = await served.call("PATCH", path, json={"max_in_flight": 1, "rate": 9.0}, headers=ANY)
        assert (slower.status_code, slower.json()["rate"]) == (200, 9.0)
        await served.call("POST", f"{path}/resume", json={})
        await binder.until(lambda: binder.written == ["7"])
        replay = await served.call("POST", f"{path}/replay", json={"from": "2020-01-01T00:00:00Z", "subject": "ada"})
        assert (replay.status_code, replay.json()["events"]) == (201, 1)
        await binder.until(lambda: binder.written == ["7", "7"])

    # Deleted with events in its queue.
    await served.call("POST", f"{path}/pause", json={})
    await served.change({"level": "em3"}, "2026-03-01")
    done = await served.call("DELETE", PATH, headers=ANY)
    async with at_work(served):
        assert (done.status_code, (await served.get(PATH)).json()["code"]) == (200, "no-such-connection")
        assert (await served.get(path)).json()["code"] == "no-such-endpoint"
        await connect(served, binder)
        await map_titles(served)
        await served.change({"team": "core"}, "2026-04-01")
        await binder.until(lambda: len(binder.written) == 3)
    assert binder.sheets["7"] == [{"from": "2026-04-01", "title": "Manager"}]


async def test_settings_say_what_flows_from_then_on(served: Served, binder: Binder) -> None:
    made = await connect(served, binder)
    path = f"/v1/endpoints/{made['endpoint']}"

    async def set_to(**settings: Any) -> Any:
        body = {name: connecting(binder, **settings)[name] for name in ("settings", "credentials")}
        return (await served.call("PUT", PATH, json=body, headers=ANY)).json()

    await served.call("PATCH", path, json={"rate": 9.0}, headers=ANY)
    await served.call("POST", f"{path}/pause", json={"reason": "they move house"})
    assert (await set_to(with_pay=True))["endpoint"] == made["endpoint"]
    led = (await served.get(path)).json()
    assert (led["include_pay"], led["rate"], led["state"], led["state_reason"]) == (
        *(True, 9.0, "paused"),
        "they move house",
    )
    assert (await set_to(out=False))["endpoint"] is None
    assert (await served.get(path)).json()["code"] == "no-such-endpoint"
    assert (await served.get(PATH)).json()["health"] is None
    again = (await set_to())["endpoint"]
    assert again != made["endpoint"]
    assert (await served.get(f"/v1/endpoints/{again}")).json()["include_pay"] is False


async def test_pay_goes_out_as_long_as_whoever_connected_it_may_read_it(served: Served, binder: Binder) -> None:
    key = (await served.call("POST", "/v1/keys", json={"name": "it", "scopes": ["admin"]})).json()
    mine = {"Authorization": f"Bearer {key['key']}"}
    made = await served.client.post("/v1/connections", json=connecting(binder, with_pay=True), headers=mine)
    path = f"/v1/endpoints/{made.json()['endpoint']}"
    assert (await served.get(path)).json()["include_pay"] is True
    await served.call("DELETE", f"/v1/keys/{key['id']}")
    assert (await served.get(path)).json()["include_pay"] is False
    assert (await served.get(PATH)).json()["settings"]["with_pay"] is True


async def test_a_reading_goes_on_by_itself_and_is_joined(served: Served, binder: Binder) -> None:
    made = await connect(served, binder)
    await map_titles(served)
    binder.sheets = {str(n): [{"from": "2026-01-01", "title": "Engineer"}] for n in range(1, 4)}
    binder.sheets["4"] = [{"from": "2026-01-01", "title": "Wizard"}]
    path = f"{PATH}/sync"
    assert_problem(await served.get(path), 404, "no-sync")
    dry = await served.call("POST", f"{path}?dry_run=true", json={})
    assert (dry.status_code, dry.json()["state"], dry.json()["dry_run"]) == (200, "done", True)
    assert (dry.json()["report"]["people"], dry.json()["report"]["made"]) == (4, 4)
    assert [one["code"] for one in dry.json()["report"]["problems"]] == ["not-mapped"]
    assert_problem(await served.get(path), 404, "no-sync")
    assert (await served.get("/v1/employees")).json()["data"] == []

    binder.open.clear()
    begun = await served.call("POST", path, json={"wait_seconds": 0})
    assert (begun.json()["state"], begun.json()["ended_at"], begun.json()["dry_run"]) == ("running", None, False)
    other = await served.call("POST", path, json={"everything": True})
    assert_problem(other, 409, "intake-running")
    assert_problem(await served.call("POST", f"{path}?dry_run=true", json={}), 409, "intake-running")
    shown = await until(served, PATH, lambda found: found["last_sync"])
    assert shown["last_sync"]["state"] == "running"
    calls = len(binder.calls)
    binder.open.set()
    done = (await served.call("POST", path, json={})).json()
    assert (done["state"], done["started_at"]) == ("done", begun.json()["started_at"])
    assert (done["report"]["people"], done["report"]["made"], done["report"]["first_load"]) == (4, 4, True)
    # It was the one that was begun: everything was asked for once.
    assert len(binder.calls) <= calls + 5
    assert (await served.get(path)).json() == done
    assert {one["external_ids"]["binder"] for one in (await served.get("/v1/employees")).json()["data"]} == set("1234")

    await served.call("PUT", f"{PATH}/mapping", json={"entries": [*MAPPED, WIZARD]}, headers=ANY)
    nothing = (await served.call("POST", path, json={})).json()["report"]
    assert (nothing["people"], nothing["first_load"]) == (0, False)
    again = (await served.call("POST", path, json={"everything": True})).json()["report"]
    assert (again["people"], again["unchanged"], again["made"], again["problems"]) == (4, 3, 0, [])
    cursors = (await served.get(PATH)).json()["cursors"]
    assert [one["name"] for one in cursors] == ["intake"]
    assert made["id"] == done["connection"]


async def test_a_reading_that_was_lost_or_goes_wrong_is_told(served_once: Served, binder: Binder) -> None:
    served = served_once
    await connect(served, binder, into=False)
    path = f"{PATH}/sync"
    assert_problem(await served.call("POST", path, json={}), 409, "nothing-to-read")
    await served.call("DELETE", PATH, headers=ANY)
    await connect(served, binder)
    binder.failing = 500
    failed = (await served.call("POST", path, json={})).json()
    assert (failed["state"], failed["code"], TOKEN in str(failed)) == ("failed", "internal-error", False)
    binder.failing = None
    binder.open.clear()
    await served.call("POST", path, json={"wait_seconds": 0})
    await until(served, path, lambda found: found["state"] == "running")
    # As if its process had been killed: nothing is heard of it.
    served.clock.us += 121 * 1_000_000
    assert (await served.get(path)).json()["state"] == "interrupted"
    await served.office.readings.close()
    assert (await served.get(path)).json()["state"] == "interrupted"
    assert (await served.get(path)).json()["ended_at"] is not None
    binder.open.set()
    assert (await served.call("POST", path, json={})).json()["state"] == "done"
    # What nobody came back for is not taken for news later on.
    await served.call("POST", path, json={"wait_seconds": 0, "everything": True})
    await until(served, path, lambda found: found["state"] == "done")
    served.clock.us += 601 * 1_000_000
    binder.sheets["1"] = [{"from": "2026-01-01", "title": "Engineer"}]
    fresh = (await served.call("POST", path, json={"everything": True})).json()
    assert (fresh["state"], fresh["report"]["people"]) == ("done", 1)


async def test_what_is_disconnected_while_it_is_read_comes_to_an_end_and_is_not_taken_in(
    served_once: Served, binder: Binder
) -> None:
    served = served_once
    await connect(served, binder)
    await map_titles(served)
    binder.sheets = {"1": [{"from": "2026-01-01", "title": "Engineer"}]}
    assert (await served.call("POST", f"{PATH}/sync", json={})).json()["report"]["made"] == 1
    binder.sheets["2"] = binder.sheets["1"]
    binder.calls.clear()
    binder.open.clear()
    reading = asyncio.create_task(served.call("POST", f"{PATH}/sync", json={"wait_seconds": 20}))
    await binder.until(lambda: bool(binder.calls))
    assert (await served.call("DELETE", PATH, headers=ANY)).status_code == 200
    binder.open.set()
    told = (await reading).json()
    assert (told["state"], told["code"]) == ("failed", "no-such-connection")
    assert_problem(await served.get("/v1/employees/binder:2"), 404, "no-employee")
    assert (await served.get("/v1/employees/binder:1")).status_code == 200
    assert_problem(await served.get(f"{PATH}/sync"), 404, "no-such-connection")
