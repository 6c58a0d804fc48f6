"""Connections by request: what is set, shown, tried out and mapped, by a system on a socket."""

from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest

from service.connectors import checks
from tests.connected import KINDS, TOKEN, Binder, a_binder, connecting
from tests.engines import Engine
from tests.rest.connecting import ANY, MAPPED, PATH, connect, kept, map_titles
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
    odd = await put([first, {**first, "our": "engineering/ic4"}], '"1"')
    assert assert_problem(odd, 422, "invalid-body")["errors"][0]["detail"] == "is no field here: did you mean ours?"
    assert (await served.get(path)).json()["version"] == 1
    # One ends where the other begins; what is of no use today is a warning.
    dated = [{**first, "to": "2027-01-01"}, {**first, "theirs": "Maker", "from": "2027-01-01"}]
    unknown = [{"of": of, "ours": "nowhere", "theirs": "X"} for of in ("grade", "zone", "team", "role", "reason")]
    further = {**first, "theirs": "Eng.", "read_only": True}
    done = await put([*dated, {**first, "ours": "engineering/ic9"}, *unknown, further], '"1"')
    assert done.json()["version"] == 2
    assert [one["pointer"] for one in done.json()["warnings"]] == [f"/entries/{number}/ours" for number in range(2, 7)]
    shown = (await served.get(path)).json()
    assert [(one["theirs"], one["from"], one["to"], one["read_only"]) for one in shown["entries"]] == [
        ("Engineer", None, "2027-01-01", False),
        ("Maker", "2027-01-01", None, False),
        ("Engineer", None, None, False),
        *[("X", None, None, False)] * 5,
        ("Eng.", None, None, True),
    ]
    assert "engineering/ic3" not in shown["unmapped_levels"]


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


async def test_trying_it_out_tells_each_look_and_writes_nothing(
    served_once: Served, binder: Binder, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    # JSON may hold what no answer may.
    binder.titles = ["Wizard\ud800"]
    assert (await served.call("POST", f"{PATH}/check")).json()["lines"][1]["name"] == "title Wizard\ufffd"
    binder.failing = 503
    away = (await served.call("POST", f"{PATH}/check")).json()
    assert (away["ok"], away["lines"][0]["text"]) == (False, "they answered 503: set the token anew")
    assert (await kept(served), binder.written) == (before, [])
    with monkeypatch.context() as hurried:
        # Whoever never answers is not waited for without an end.
        hurried.setattr(checks, "SECONDS", 0.05)
        binder.open.clear()
        (line,) = (await served.call("POST", f"{PATH}/check")).json()["lines"]
        binder.open.set()
    assert (line["ok"], line["text"]) == (False, "it took more than 0.05 s: try again, or ask them")
    nowhere = {"settings": {"url": "http://127.0.0.1:9"}, "credentials": {"token": TOKEN}}
    await served.call("PUT", PATH, json=nowhere, headers=ANY)
    (line,) = (await served.call("POST", f"{PATH}/check")).json()["lines"]
    assert (line["name"], line["ok"]) == ("looking", False)
    assert line["text"].startswith("their system cannot be reached (connect)")
    private = {"settings": {"url": "http://10.0.0.1"}, "credentials": {"token": TOKEN}}
    await served.call("PUT", PATH, json=private, headers=ANY)
    (line,) = (await served.call("POST", f"{PATH}/check")).json()["lines"]
    assert (line["ok"], "egress" in line["text"]) == (False, True)
