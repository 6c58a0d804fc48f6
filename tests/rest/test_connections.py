"""Connections by request: what is set, shown, tried out, mapped, read and written, by a system on a socket."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from service.house import working
from service.storage.connection_tables import connection, connection_cursor, connection_link, connection_mapping
from service.storage.tables import audit, idempotency
from tests.connected import KINDS, TOKEN, Binder, a_binder, connecting
from tests.engines import Engine
from tests.rest.served import Served, assert_problem, serving

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}
MAPPED: list[dict[str, Any]] = [
    {"of": "level", "ours": "engineering/ic3", "theirs": "Engineer"},
    {"of": "level", "ours": "engineering/ic4", "theirs": "Senior Engineer"},
    {"of": "level", "ours": "engineering/em3", "theirs": "Manager"},
]
WIZARD = {"of": "level", "ours": "design/d3", "theirs": "Wizard"}
PATH = "/v1/connections/shelf"
ANY = {"If-Match": "*"}


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


async def connect(served: Served, binder: Binder, **settings: Any) -> dict[str, Any]:
    made = await served.call("POST", "/v1/connections", json=connecting(binder, **settings))
    assert made.status_code == 201, made.text
    return made.json()


async def map_titles(served: Served, entries: list[dict[str, Any]] = MAPPED) -> None:
    done = await served.call("PUT", f"{PATH}/mapping", json={"entries": entries}, headers=ANY)
    assert done.status_code == 200, done.text


@asynccontextmanager
async def at_work(served: Served) -> AsyncGenerator[None]:
    async with working(served.house, served.office) as worker:
        running = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            worker.stop()
            await running


async def until(served: Served, path: str, wanted: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(20):
        while not wanted(found := (await served.get(path)).json()):
            pass
    return found


async def kept(served: Served) -> str:
    """Every row in which something of a connection could stand, as text."""
    tables = (connection, connection_cursor, connection_link, connection_mapping, audit, idempotency)
    async with served.house.database.read() as reading:
        return str([(await reading.execute(select(table))).all() for table in tables])


async def test_a_connection_is_made_once_shown_without_secrets_and_set_anew(served: Served, binder: Binder) -> None:
    asked = connecting(binder)
    tried = await served.call("POST", "/v1/connections?dry_run=true", json=asked)
    assert (tried.status_code, tried.json()["id"], tried.json()["endpoint"]) == (201, None, None)
    assert (await served.get("/v1/connections")).json()["data"] == []
    made = await served.call("POST", "/v1/connections", json=asked, headers={"Idempotency-Key": "k"})
    again = await served.call("POST", "/v1/connections", json=asked, headers={"Idempotency-Key": "k"})
    assert (made.status_code, again.json(), again.headers["idempotent-replayed"]) == (201, made.json(), "true")
    assert made.headers["location"] == f"/v1/connections/{made.json()['id']}"
    assert_problem(await served.call("POST", "/v1/connections", json=asked), 409, "connection-exists")
    shown = await served.get(PATH)
    assert (shown.headers["etag"], shown.json()["system"], shown.json()["revision"]) == ('"1"', "binder", 1)
    assert shown.json()["settings"] == {"url": binder.url, "out": True, "with_pay": False, "into": True}
    assert (shown.json()["health"]["state"], shown.json()["postponed"]) == ("healthy", [])
    assert (shown.json()["cursors"], shown.json()["last_sync"]) == ([], None)
    assert (await served.get(f"/v1/connections/{made.json()['id']}")).json() == shown.json()

    body = {"settings": {"url": binder.url, "with_pay": True}, "credentials": {"token": "other-secret"}}
    assert_problem(await served.call("PUT", PATH, json=body), 428, "if-match-missing")
    assert_problem(await served.call("PUT", PATH, json=body, headers={"If-Match": '"7"'}), 412, "revision-stale")
    fixed = await served.call("PUT", PATH, json={**body, "system": "hris"}, headers=ANY)
    assert assert_problem(fixed, 422, "connection-fixed")["errors"][0]["pointer"] == "/system"
    other = await served.call("PUT", PATH, json={**body, "kind": "folder"}, headers=ANY)
    assert assert_problem(other, 422, "connection-fixed")["errors"][0]["pointer"] == "/kind"
    dry = await served.call("PUT", f"{PATH}?dry_run=true", json=body, headers=ANY)
    assert (dry.status_code, (await served.get(PATH)).json()["revision"]) == (200, 1)
    done = await served.call("PUT", PATH, json=body, headers={"If-Match": '"1"'})
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    assert done.json()["settings"] == {"url": binder.url, "out": True, "with_pay": True, "into": True}

    seen = "".join(one.text for one in (tried, made, again, shown, done, await served.get("/v1/connections")))
    for secret in (TOKEN, "other-secret"):
        assert secret not in seen + await kept(served)
    assert binder.calls == []


async def test_a_mapping_is_set_as_a_whole_by_its_version(served: Served, binder: Binder) -> None:
    await connect(served, binder)
    path = f"{PATH}/mapping"
    empty = await served.get(path)
    assert (empty.headers["etag"], empty.json()["version"], empty.json()["entries"]) == ('"0"', 0, [])
    assert (empty.json()["recorded_by"], "engineering/ic3" in empty.json()["unmapped_levels"]) == (None, True)

    def put(entries: list[dict[str, Any]], match: str, query: str = "") -> Any:
        return served.call("PUT", path + query, json={"entries": entries}, headers={"If-Match": match})

    assert (await put(MAPPED, '"0"', "?dry_run=true")).json()["version"] == 1
    assert (await put(MAPPED, '"0"')).headers["etag"] == '"1"'
    assert_problem(await put(MAPPED, '"0"'), 412, "revision-stale")
    first = MAPPED[0]
    wrong = await put([first, {**first, "theirs": "Other", "from": "2026-03-01"}, {**first, "ours": "ic3"}], '"1"')
    assert [(one["pointer"], one["code"]) for one in assert_problem(wrong, 422, "mapping-invalid")["errors"]] == [
        ("/entries/2/ours", "mapping-invalid"),
        ("/entries/1/from", "mapping-invalid"),
    ]
    days = await put([first, {**first, "from": "soon", "to": "2026-02-30"}], '"1"')
    assert [one["pointer"] for one in assert_problem(days, 422, "invalid-date")["errors"]] == [
        "/entries/1/from",
        "/entries/1/to",
    ]
    assert (await served.get(path)).json()["version"] == 1
    # One ends where the other begins; what is of no use today is a warning.
    dated = [{**first, "to": "2027-01-01"}, {**first, "theirs": "Maker", "from": "2027-01-01"}]
    done = await put([*dated, {**first, "ours": "engineering/ic9"}], '"1"')
    assert (done.json()["version"], [one["pointer"] for one in done.json()["warnings"]]) == (2, ["/entries/2/ours"])
    shown = (await served.get(path)).json()
    assert [(one["theirs"], one["from"], one["to"]) for one in shown["entries"]] == [
        ("Engineer", None, "2027-01-01"),
        ("Maker", "2027-01-01", None),
        ("Engineer", None, None),
    ]
    assert "engineering/ic3" not in shown["unmapped_levels"]


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


async def test_pay_goes_out_as_long_as_whoever_connected_it_may_read_it(served: Served, binder: Binder) -> None:
    key = (await served.call("POST", "/v1/keys", json={"name": "it", "scopes": ["admin"]})).json()
    mine = {"Authorization": f"Bearer {key['key']}"}
    made = await served.client.post("/v1/connections", json=connecting(binder, with_pay=True), headers=mine)
    path = f"/v1/endpoints/{made.json()['endpoint']}"
    assert (await served.get(path)).json()["include_pay"] is True
    await served.call("DELETE", f"/v1/keys/{key['id']}")
    assert (await served.get(path)).json()["include_pay"] is False
    assert (await served.get(PATH)).json()["settings"]["with_pay"] is True


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        ({"kind": "folder"}, "unknown-connection-kind", "/kind"),
        ({"settings": {}}, "connection-invalid", "/settings/url"),
        ({"settings": {"url": "x", "pasword": TOKEN}}, "connection-invalid", "/settings/pasword"),
        ({"credentials": {"token": [TOKEN]}}, "connection-invalid", "/credentials/token"),
        ({"key": "con_1"}, "invalid-body", "/key"),
        ({"system": "a:b"}, "invalid-body", "/system"),
    ],
)
async def test_what_its_kind_does_not_take_is_refused_without_telling_it(
    served_once: Served, binder: Binder, given: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await served_once.call("POST", "/v1/connections", json={**connecting(binder), **given})
    body = assert_problem(answer, 422, code)
    assert TOKEN not in answer.text
    assert body["errors"][0]["pointer"] == pointer
    assert (await served_once.get("/v1/connections")).json()["data"] == []


async def test_trying_it_out_tells_each_look_and_writes_nothing(served_once: Served, binder: Binder) -> None:
    served = served_once
    await connect(served, binder)
    await map_titles(served, MAPPED[:1])
    before = await kept(served)
    told = await served.call("POST", f"{PATH}/check")
    assert (told.status_code, told.json()["ok"]) == (200, False)
    assert [(one["name"], one["ok"]) for one in told.json()["lines"]] == [
        ("credentials", True),
        ("title Engineer", True),
        ("title Senior Engineer", False),
        ("title Manager", False),
    ]
    binder.failing = 503
    away = (await served.call("POST", f"{PATH}/check")).json()
    assert (away["ok"], away["lines"][0]["text"]) == (False, "they answered 503: set the token anew")
    assert (await kept(served), binder.written) == (before, [])
    nowhere = {"settings": {"url": "http://127.0.0.1:9"}, "credentials": {"token": TOKEN}}
    await served.call("PUT", PATH, json=nowhere, headers=ANY)
    (line,) = (await served.call("POST", f"{PATH}/check")).json()["lines"]
    assert (line["name"], line["ok"]) == ("looking", False)
    assert line["text"].startswith("their system cannot be reached (connect)")
    private = {"settings": {"url": "http://10.0.0.1"}, "credentials": {"token": TOKEN}}
    await served.call("PUT", PATH, json=private, headers=ANY)
    (line,) = (await served.call("POST", f"{PATH}/check")).json()["lines"]
    assert (line["ok"], "egress" in line["text"]) == (False, True)


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
