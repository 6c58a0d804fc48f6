"""Rows that say two things, or half of one: refused as they stand, whatever the form."""

import hashlib
import hmac
import json
from typing import Any

from tests.rest.served import Served, assert_problem
from tests.rest.test_batches import CSV, PAID, PATH, applied, send, staffed


async def problems(served: Served, key: str, **sent: Any) -> list[tuple[str, str]]:
    """(pointer, code) of the rows of a batch that cannot be done."""
    answer = await send(served, key, **sent)
    assert answer.status_code == 201, answer.text
    return [(one["pointer"], one["code"]) for one in answer.json()["report"]["problems"]]


async def test_a_whole_and_parts_of_it_in_any_order_of_columns(served_once: Served) -> None:
    """What ends a job is not lost behind what promotes."""
    for table in ("employee,to,to.level\nada,\\N,ic4\n", "employee,to.level,to\nada,ic4,\\N\n"):
        assert await problems(served_once, table[:20], content=table, headers=CSV) == [("", "invalid-body")]


async def test_a_change_that_does_not_say_what_is_to_hold(served_once: Served) -> None:
    """In a first load it would make somebody known, on a day and for a job that nobody hears of again."""
    load: dict[str, Any] = {"backfill": True, "mode": "partial"}
    said = ({"effective_on": "2020-01-01"}, {"job": "second"}, {"reason": "hire"}, {"comment": "as it was"})
    for number, half in enumerate(said):
        sent: dict[str, Any] = {**load, "rows": [{"key": "zoe", **half}]}
        assert await problems(served_once, f"half-{number}", json=sent) == [("/to", "invalid-body")]
    table = "key,effective_on,to.ladder,to.level\nzoe,2020-01-01,,\n"
    query: dict[str, Any] = {"params": {"backfill": "true", "mode": "partial"}, "headers": CSV}
    assert await problems(served_once, "table", content=table, **query) == [("/to", "invalid-body")]
    unsaid: dict[str, Any] = {"key": "zoe", "effective_on": None, "actual_pay": None}
    assert await problems(served_once, "known", json={**load, "rows": [unsaid]}) == []


async def test_whoever_approves_sees_what_it_is(served_once: Served) -> None:
    served = served_once
    await staffed(served)
    rows: list[dict[str, Any]] = [
        {
            "employee": "ada",
            "effective_on": "2026-07-01",
            "to": {"level": "ic4", "step": None},
            "reason": "round",
            "actual_pay": {"amount": PAID, "currency": "EUR"},
        },
        {"employee": "bob", "to": None, "revision": 1},
        {"employee": "eve", "to": {"level": "nope"}},
        {"employee": "eve", "until": "ever"},
    ]
    made = await send(served, "round", json={"mode": "partial", "rows": rows}, scopes=("assignments:write",))
    path = f"{PATH}/{made.json()['id']}"
    listed = (await served.get(f"{path}/rows", scopes=("assignments:read",))).json()["data"]
    told = {name: value for name, value in rows[0].items() if name != "actual_pay"}
    assert [one["asked"] for one in listed] == [
        {**told, "job": "primary"},
        {**rows[1], "job": "primary"},
        {**rows[2], "job": "primary"},
        None,
    ]
    # As things stand: bob has moved since.
    await served.change({"team": "core"}, "2026-06-01", employee="bob")
    hr = ("assignments:write", "audit:read")
    seen: list[Any] = []
    for act, scopes in (("approve", hr), ("apply", (*hr, "bands:read"))):
        dry = await served.call("POST", f"{path}/{act}", params={"dry_run": "true"}, scopes=scopes)
        assert (dry.status_code, dry.json()["state"]) == (202, "applying"), dry.text
        report = dry.json()["report"]
        assert (report["rows"], report["bad"], report["judged"]) == (4, 3, True)
        assert [(one["row"], one["code"]) for one in report["problems"]] == [
            *((2, "revision-stale"), (3, "level-not-in-force"), (4, "invalid-body"))
        ]
        seen.append(report["impact"])
    assert (seen[0]["people"], seen[0]["redacted"]) == (1, ["cost", "at_actual_pay", "outside"])
    assert seen[1]["cost"] == [{"currency": "EUR", "per_year": "10000.00", "people": 1, "not_told": 0}]
    assert (seen[1]["at_actual_pay"], seen[1]["outside"]) == ([], [])
    assert (await served.get(path)).json()["state"] == "stored"
    done = await applied(served, made.json()["id"])
    assert (done["applied"], done["failed"]) == (1, 3)
    listed = (await served.get(f"{path}/rows")).json()["data"]
    assert [one["asked"] and one["asked"]["employee"] for one in listed] == [None, "bob", "eve", None]
    again = await served.call("POST", f"{path}/apply", params={"dry_run": "true"})
    assert (again.json()["state"], again.json()["report"]) == ("applied", None)


async def test_what_is_paid_is_not_found_by_trying(served_once: Served) -> None:
    """Of a repeated request a digest is kept: whoever has the database could try each amount against a plain one."""
    row = {"employee": "ada", "to": None, "actual_pay": {"amount": PAID, "currency": "EUR"}}
    body = json.dumps({"rows": [row]})
    headers = {"Content-Type": "application/json"}
    first, again = [await send(served_once, "one", content=body, headers=headers) for _ in range(2)]
    assert (again.headers["idempotent-replayed"], again.json()["id"]) == ("true", first.json()["id"])
    other = await send(served_once, "one", content=body.replace(PAID, "1.00"), headers=headers)
    assert_problem(other, 422, "idempotency-key-reused")
    async with served_once.house.database.read() as connection:
        kept = (await connection.exec_driver_sql("SELECT request FROM idempotency")).scalar_one()
    plain = [b"\n" + body.encode(), body.encode()]
    assert len(kept) == 64
    assert kept not in {hashlib.sha256(one).hexdigest() for one in plain}
    assert kept not in {hmac.digest(b"", one, "sha256").hex() for one in plain}


async def test_what_a_batch_means_is_told_of_its_last_day_and_pay_is_said_once(served_once: Served) -> None:
    await staffed(served_once)
    rows: list[dict[str, Any]] = [
        {
            "employee": "ada",
            "effective_on": "2026-08-01",
            "to": {"level": "ic4"},
            "actual_pay": {"amount": "39001.17", "currency": "EUR"},
        },
        {"employee": "bob", "effective_on": "2026-07-01", "to": {"team": "core"}},
        {"employee": "ada", "effective_on": "2026-09-01", "to": {"team": "core"}},
    ]
    made = await send(served_once, "last", json={"rows": rows})
    impact = made.json()["report"]["impact"]
    assert (impact["effective_on"], impact["people"]) == ("2026-09-01", 2)
    assert impact["outside"] == [{"row": 1, "side": "below"}]
    assert impact["at_actual_pay"] == [{"currency": "EUR", "per_year": "1000.00", "people": 1, "not_told": 0}]


async def test_a_switch_on_trial_in_each_form(served_once: Served) -> None:
    served = served_once
    await staffed(served)
    trial = {"review_on": "2027-01-01", "return": {"until": "2027-03-01", "level": "ic3", "step": "a"}}
    rows = [{"employee": "ada", "effective_on": "2026-07-01", "to": {"level": "em3", "step": None}, **trial}]
    half = {**rows[0], "employee": "eve", "return": None}
    document = await send(served, "document", json={"mode": "partial", "rows": [*rows, half]})
    assert [(one["row"], one["pointer"]) for one in document.json()["report"]["problems"]] == [(2, "/return")]
    listed = await served.get(f"{PATH}/{document.json()['id']}/rows")
    assert listed.json()["data"][0]["asked"] == {**rows[0], "job": "primary"}
    table = (
        "employee,effective_on,to.level,to.step,review_on,return.until,return.level,return.step\n"
        "bob,2026-07-01,em3,\\N,2027-01-01,2027-03-01,ic3,a\n"
    )
    lines = await send(served, "table", content=table, headers=CSV)
    for made in (document, lines):
        done = await applied(served, made.json()["id"])
        assert (done["state"], done["applied"]) == ("applied", 1)
        change = (await served.get(f"{PATH}/{done['id']}/rows")).json()["data"][0]["change"]
        kept = (await served.get(f"/v1/changes/{change}")).json()
        assert (kept["kind"], kept["trial"]["review_on"]) == ("track_switch", "2027-01-01")
        assert kept["trial"]["return"] == {**trial["return"], "ladder": "engineering"}


async def test_what_is_no_object_is_told_without_names_of_ours(served_once: Served) -> None:
    rows: list[Any] = [
        5,
        {"employee": "ada", "to": {"level": "ic4"}, "actual_pay": 7},
        {"key": "zoe", "external_ids": []},
    ]
    answer = await send(served_once, "shapes", json={"mode": "partial", "rows": rows})
    assert [(one["pointer"], one["detail"]) for one in answer.json()["report"]["problems"]] == [
        ("", "The row: Input should be an object."),
        ("/actual_pay", "/actual_pay: Input should be an object."),
        ("/external_ids", "/external_ids: Input should be an object."),
    ]
    whole = await send(served_once, "list", json=[rows])
    assert_problem(whole, 422, "invalid-body")
    assert whole.json()["errors"] == [{"pointer": "", "detail": "Input should be an object", "code": "invalid"}]
