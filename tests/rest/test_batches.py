"""Batches over the wire: three forms of one thing, what is wrong with each, who may see pay, and who approves."""

import io
import json
from typing import Any

import httpx

from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING
from tests.rest.served import Served, assert_problem
from tests.usecases.batching import advance_batches

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}
PATH = "/v1/change-batches"
PAID = "71234.56"
# The same five rows twice: two that can be done, one that breaks a rule, two that cannot be read.
ROWS: list[Any] = [
    {"employee": "ada", "effective_on": "2026-03-01", "to": {"level": "em3", "step": None}, "reason": "round"},
    {"employee": "bob", "effective_on": "2026-04-01", "to": None},
    {"employee": "eve", "to": {"level": "nope"}, "actual_pay": {"amount": PAID, "currency": "EUR"}},
    {"employee": "eve", "effective_on": "soon", "to": {}},
    {"employee": "eve", "to": {"level": 4}, "actual_pay": {"amount": "lots" + PAID, PAID: "EUR"}},
]
TABLE = (
    "employee,effective_on,to.level,to.step,to,reason,actual_pay.amount,actual_pay.currency\r\n"
    "ada,2026-03-01,em3,\\N,,round,,\r\n"
    "bob,2026-04-01,,,\\N,,,\r\n"
    f"eve,,nope,,,,{PAID},EUR\r\n"
    "eve,soon,x,,,,,\r\n"
    f"eve,,x,,,,lots{PAID},EUR\r\n"
)
CSV, NDJSON = {"Content-Type": "text/csv; charset=utf-8"}, {"Content-Type": "application/x-ndjson"}


async def send(served: Served, key: str, path: str = PATH, **more: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key, **more.pop("headers", {})}
    return await served.call("POST", path, headers=headers, **more)


async def staffed(served: Served) -> None:
    for key in ("ada", "bob", "eve"):
        await served.person(key)
        await served.change(HIRE, "2026-01-01", employee=key)


async def applied(served: Served, batch: str, **more: Any) -> dict[str, Any]:
    accepted = await served.call("POST", f"{PATH}/{batch}/apply", **more)
    assert (accepted.status_code, accepted.headers["retry-after"]) == (202, "1"), accepted.text
    assert accepted.headers["location"] == f"{PATH}/{batch}"
    while await advance_batches(served.house.runtime):
        pass
    return (await served.get(f"{PATH}/{batch}")).json()


def rows_of(answer: httpx.Response) -> list[tuple[int, str, str | None]]:
    return [(one["row"], one["outcome"], (one["problem"] or {}).get("code")) for one in answer.json()["data"]]


async def test_the_same_rows_as_a_document_by_the_line_and_as_a_table(served: Served, logged: io.StringIO) -> None:
    await staffed(served)
    lines = "\n".join(json.dumps(row) for row in ROWS) + "\n\n"
    query: dict[str, Any] = {"params": {"mode": "partial"}}
    answers = [
        await send(served, "one", json={"mode": "partial", "rows": ROWS}),
        await send(served, "two", content="\ufeff" + lines, headers=NDJSON, **query),
        await send(served, "three", content="\ufeff" + TABLE, headers=CSV, **query),
    ]
    for answer in answers:
        assert answer.status_code == 201, answer.text
        shown = answer.json()
        assert answer.headers["location"] == f"{PATH}/{shown['id']}"
        assert (shown["state"], shown["rows"], shown["failed"], shown["report"]["bad"]) == ("stored", 5, 2, 3)
        found = {one["row"]: (one["pointer"], one["code"]) for one in shown["report"]["problems"]}
        assert (found[3], found[4]) == (("/to/level", "level-not-in-force"), ("/effective_on", "invalid-date"))
        assert found[5][1] == "invalid-body"
        # What was paid stands nowhere, least of all where it was written wrong.
        assert PAID not in answer.text
        listed = await served.get(f"{PATH}/{shown['id']}/rows")
        assert rows_of(listed)[:3] == [(1, "waiting", None), (2, "waiting", None), (3, "waiting", "level-not-in-force")]
        assert PAID not in listed.text
    again = await send(served, "one", json={"mode": "partial", "rows": ROWS})
    assert (again.headers["idempotent-replayed"], again.json()["id"]) == ("true", answers[0].json()["id"])

    done = await applied(served, answers[2].json()["id"])
    assert (done["state"], done["applied"], done["failed"], done["waiting"]) == ("applied", 2, 3, 0)
    failed = await served.get(f"{PATH}/{done['id']}/rows?outcome=failed&limit=2")
    assert rows_of(failed) == [(3, "failed", "level-not-in-force"), (4, "failed", "invalid-date")]
    behind = await served.get(
        f"{PATH}/{done['id']}/rows?outcome=failed&limit=2&cursor={failed.json()['page']['next_cursor']}"
    )
    assert rows_of(behind) == [(5, "failed", "invalid-body")]
    change = (await served.get(f"{PATH}/{done['id']}/rows")).json()["data"][0]["change"]
    assert (await served.get(f"/v1/changes/{change}")).json()["reason"] == "round"
    others = (await served.get(f"{PATH}?state=stored")).json()["data"]
    assert [one["id"] for one in others] == [answers[1].json()["id"], answers[0].json()["id"]]
    assert PAID not in logged.getvalue()


async def test_pay_is_used_for_the_report_and_shown_to_those_who_may_read_it(served_once: Served) -> None:
    served = served_once
    await staffed(served)
    rows = [
        {
            "employee": "ada",
            "to": {"level": "ic4"},
            "effective_on": "2026-07-01",
            "actual_pay": {"amount": "39001.17", "currency": "EUR"},
        },
        {"employee": "bob", "to": {"level": "em4"}, "effective_on": "2026-07-01"},
        {"employee": "bob", "to": None, "effective_on": "2026-07-01"},
    ]
    body: dict[str, Any] = {"json": {"mode": "atomic", "rows": rows}}
    hr = ("assignments:write",)
    plain = await send(served, "plain", scopes=hr, **body)
    paid = await send(served, "paid", scopes=("assignments:write", "bands:read"), **body)
    twice = await send(served, "paid", scopes=("assignments:write", "bands:read"), **body)

    report = plain.json()["report"]
    assert [one["code"] for one in report["problems"]] == ["move-not-allowed"]
    impact = report["impact"]
    assert (impact["people"], impact["effective_on"]) == (2, "2026-07-01")
    assert impact["redacted"] == ["cost", "at_actual_pay", "outside"]
    assert not {"cost", "at_actual_pay", "outside"} & set(impact)
    grades = [(one["key"], one["before"], one["after"]) for one in impact["groups"] if one["by"] == "grade"]
    assert grades == [("3", 2, 0), ("4", 0, 1)]
    assert (impact["before"]["ic"], impact["after"]["ic"], impact["after"]["ratio"]) == (3, 2, None)

    shown = paid.json()["report"]["impact"]
    assert "redacted" not in shown
    # Ada from grade 3 to 4, and Bob's 30001.17 no more.
    assert shown["cost"] == [{"currency": "EUR", "per_year": "-20001.17", "people": 2, "not_told": 0}]
    assert shown["at_actual_pay"] == [{"currency": "EUR", "per_year": "1000.00", "people": 1, "not_told": 0}]
    assert shown["outside"] == [{"row": 1, "side": "below"}]
    assert twice.headers["idempotent-replayed"] == "true"
    # What is said of pay is kept nowhere, not even for who asks again.
    unpaid = {**paid.json()["report"], "impact": impact}
    assert twice.json() == {**paid.json(), "report": unpaid}
    async with served.house.database.read() as connection:
        kept = await connection.exec_driver_sql("SELECT answer FROM idempotency")
        texts = " ".join(row[0] for row in kept)
        documents = await connection.exec_driver_sql("SELECT document FROM change_batch_row")
        texts += " ".join(row[0] for row in documents)
    assert "39001" not in texts and "1000.00" not in texts and "below" not in texts


async def test_what_cannot_be_read_at_all(served_once: Served) -> None:
    served = served_once
    row = {"employee": "ada", "to": {"level": "ic4"}}
    one: dict[str, Any] = {"json": {"rows": [row]}}
    missing = await served.call("POST", PATH, **one)
    assert assert_problem(missing, 400, "idempotency-key-missing")["errors"][0]["header"] == "Idempotency-Key"
    dry = await served.call("POST", PATH, params={"dry_run": "true"}, **one)
    assert (dry.status_code, dry.json()["id"], "location" in dry.headers) == (201, None, False)
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"json": {"rows": []}}, 422, "batch-empty"),
        ({"json": {"rows": {}}}, 422, "invalid-body"),
        ({"json": [row]}, 422, "invalid-body"),
        ({"json": {"rows": [row], "mode": "whole"}}, 422, "invalid-body"),
        ({"json": {"rows": [row], "speed": 1}}, 422, "invalid-body"),
        ({"json": {"rows": [row]}, "params": {"mode": "atomic"}}, 422, "invalid-parameter"),
        ({"json": {"rows": [row] * 10_001}}, 422, "batch-too-large"),
        ({"content": "{", "headers": {"Content-Type": "application/json"}}, 400, "malformed-json"),
        ({"content": "a: 1", "headers": {"Content-Type": "text/yaml"}}, 415, "unsupported-media-type"),
        ({"content": "employee,pay\r\nada,1\r\n", "headers": CSV}, 400, "malformed-table"),
        ({"content": "employee,employee\r\nada,ada\r\n", "headers": CSV}, 400, "malformed-table"),
        ({"content": b"employee\r\n\xff\r\n", "headers": CSV}, 400, "malformed-table"),
        ({"content": 'employee\r\n"ada\r\n', "headers": CSV}, 400, "malformed-table"),
        ({"content": "", "headers": CSV}, 400, "malformed-table"),
        ({"content": "", "headers": NDJSON}, 422, "batch-empty"),
    ]
    for number, (sent, status, code) in enumerate(cases):
        assert_problem(await send(served, f"case-{number}", **sent), status, code)
    listed = await served.get(PATH)
    assert listed.json()["data"] == []

    bad = '{"employee":"ada"}\nnot json\n{"employee":"ada","employee":"bob","to":null}\n[]\n{"to":null}\n'
    told = await send(served, "bad", content=bad, headers=NDJSON)
    assert [one["code"] for one in told.json()["report"]["problems"]] == [
        "invalid-body",
        "malformed-json",
        "unsafe-json",
        "invalid-body",
        "invalid-body",
    ]
    assert (await applied(served, told.json()["id"]))["state"] == "failed"
    short = "employee,to.level\r\nada\r\nada,ic4\r\n"
    told = await send(served, "short", content=short, headers=CSV)
    assert [(one["row"], one["code"]) for one in told.json()["report"]["problems"]] == [
        (1, "invalid-body"),
        (2, "no-employee"),
    ]
    for method, path in (("GET", ""), ("GET", "/rows"), ("POST", "/apply"), ("POST", "/approve")):
        assert_problem(await served.call(method, f"{PATH}/bat_none{path}"), 404, "no-such-batch")


async def test_more_rows_than_fit_into_a_request(served_once: Served) -> None:
    served = served_once
    begun = await send(
        served,
        "load",
        content="".join(
            json.dumps({"key": f"p{number}", "to": HIRE, "effective_on": "2020-01-01"}) + "\n" for number in range(300)
        ),
        headers=NDJSON,
        params={"mode": "partial", "backfill": "true", "complete": "false"},
    )
    batch = begun.json()
    assert (batch["state"], batch["report"]["judged"], batch["report"]["impact"]) == ("open", False, None)
    path = f"{PATH}/{batch['id']}"
    assert assert_problem(await served.call("POST", f"{path}/apply"), 409, "batch-state")["state"] == "open"
    more = {"rows": [{"employee": "p7", "to": {"level": "ic4"}, "effective_on": "2022-01-01"}, {"employee": "p8"}]}
    other = await send(served, "theirs", f"{path}/rows", json=more, scopes=("admin", "audit:read"))
    assert_problem(other, 403, "not-your-batch")
    missing = await served.call("POST", f"{path}/rows", json=more)
    assert_problem(missing, 400, "idempotency-key-missing")
    for _ in range(2):
        added = await send(served, "more", f"{path}/rows", json=more)
        assert (added.json()["state"], added.json()["rows"]) == ("stored", 302)
        assert [one["row"] for one in added.json()["report"]["problems"]] == [302]
    assert_problem(await send(served, "late", f"{path}/rows", json=more), 409, "batch-state")
    done = await applied(served, batch["id"])
    assert (done["applied"], done["failed"], done["waiting"]) == (301, 1, 0)
    held = (await served.get("/v1/employees/p7/assignment?effective_on=2026-06-15")).json()
    assert (held["level"], held["effective_from"], held["revision"]) == ("ic4", "2022-01-01", 2)
    feed = (await served.get("/v1/events?limit=200&types=assignment.started")).json()["data"]
    assert [one["data"]["backfill"] for one in feed] == [True] * 200


async def test_two_people_see_what_many_changes_do(served_once: Served) -> None:
    served = served_once
    await staffed(served)
    policy = {
        "company": {**COMPANY, "approvals": {"change_batches": "required"}},
        "ladders": [{**ENGINEERING}, {**DESIGN}],
    }
    put = await served.call("PUT", "/v1/definitions", json={**policy, "bands": [{**BANDS}]}, headers={"If-Match": "*"})
    assert put.status_code == 200, put.text
    rows = {"rows": [{"employee": "ada", "to": {"team": "core"}}]}
    proposer, approver = ("assignments:write",), ("assignments:write", "audit:read")

    async def propose(key: str, **more: Any) -> str:
        made = await send(served, key, json={**rows, **more}, scopes=proposer)
        assert (made.status_code, made.json()["state"]) == (201, "proposed")
        return f"{PATH}/{made.json()['id']}"

    path = await propose("first")
    before = (await served.get("/v1/events?limit=200")).json()["data"]
    assert_problem(await served.call("POST", f"{path}/apply", scopes=proposer), 409, "batch-not-approved")
    assert_problem(await served.call("POST", f"{path}/apply", scopes=approver), 409, "batch-not-approved")
    assert_problem(await served.call("POST", f"{path}/approve", scopes=proposer), 403, "own-proposal")
    assert_problem(await served.call("POST", f"{path}/approve", scopes=("assignments:read",)), 403, "missing-scope")
    assert await advance_batches(served.house.runtime) is False
    assert (await served.get("/v1/events?limit=200")).json()["data"] == before

    approved = await served.call("POST", f"{path}/approve", scopes=approver)
    assert (approved.status_code, approved.json()["state"]) == (202, "applying")
    while await advance_batches(served.house.runtime):
        pass
    done = (await served.get(path)).json()
    assert (done["state"], done["applied"], done["decided_by"] != done["created_by"]) == ("applied", 1, True)
    change = (await served.get(f"{path}/rows")).json()["data"][0]["change"]
    async with served.house.database.read() as connection:
        found = await connection.exec_driver_sql(f"SELECT actor FROM change WHERE id = '{change}'")
        assert found.scalar_one() == done["decided_by"]

    second = await propose("second")
    refused = await served.call("POST", f"{second}/reject", json={}, scopes=approver)
    assert_problem(refused, 422, "invalid-body")
    rejected = await served.call("POST", f"{second}/reject", json={"reason": "no budget"}, scopes=approver)
    assert (rejected.json()["state"], rejected.json()["reason"]) == ("rejected", "no budget")
    for act in ("apply", "approve"):
        assert_problem(await served.call("POST", f"{second}/{act}", scopes=approver), 409, "batch-state")
    overriding = {"rows": [{**rows["rows"][0], "override": {"codes": ["move-not-allowed"], "reason": "it was so"}}]}
    forbidden = await send(served, "third", json=overriding, scopes=proposer)
    assert assert_problem(forbidden, 403, "missing-scope")["scope"] == "assignments:override"
    loading = await send(served, "fourth", json={**rows, "backfill": True}, scopes=proposer)
    assert assert_problem(loading, 403, "missing-scope")["scope"] == "admin"
