"""An extract over the wire: reported on in pages, mended by a batch, reported on again; who sees what; what is kept."""

import io
from typing import Any

from tests.rest.served import Served, assert_problem
from tests.usecases.batching import advance_batches

PATH = "/v1/reconciliations"
HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}
SECRET, PAID = "Ada Secret", "91919.19"
WORDS = [
    {"of": "level", "ours": "engineering/ic3", "theirs": "Senior"},
    {"of": "level", "ours": "engineering/ic4", "theirs": "Staff"},
]
LEAST = {"band_min": "40001.16", "currency": "EUR", "name": SECRET, "salary": PAID}


def asked(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    columns = {"employee": "Employee_ID", "level": "Job_Profile_ID", "effective_on": "Effective_Date"}
    if any("band_min" in row for row in rows):
        columns |= {"band_min": "band_min", "band_currency": "currency"}
    return {
        **{"system": "workday", "format": "workday", "extract": {"Report_Entry": list(rows)}, "columns": columns},
        **{"mapping": WORDS, "authority": "theirs", **more},
    }


def entry(person: str, level: str, on: str = "2026-03-01", **more: str) -> dict[str, Any]:
    return {"Employee_ID": person, "Job_Profile_ID": level, "Effective_Date": on, **more}


ROWS = (entry("1", "Staff", **LEAST), entry("2", "Staff"), entry("2", "Senior", "2026-01-01"), entry("9", "Magus"))


async def test_a_report_its_pages_and_its_mends(served: Served, logged: io.StringIO) -> None:
    told, report, drifts = await reported(served)
    await as_rows(served, drifts)
    await mended(served, report, told)
    assert not [word for word in (SECRET, PAID, "40001.16") if word in logged.getvalue() + repr(drifts)]


async def reported(served: Served) -> tuple[Any, dict[str, Any], list[dict[str, Any]]]:
    for number, key in enumerate(("ada", "bob"), start=1):
        await served.person(key, workday=str(number))
        await served.change(HIRE, "2026-01-01", employee=key)
    told = (await served.get("/v1/events")).json()["data"]
    made = await served.call("POST", PATH, json=asked(*ROWS))
    assert made.status_code == 201, made.text
    report = made.json()
    path = f"{PATH}/{report['id']}"
    assert made.headers["location"] == path and (await served.get(path)).json() == report
    assert report["counts"] == [
        {"kind": "band_mismatch", "drifts": 1},
        {"kind": "missing_here", "drifts": 1},
        {"kind": "unknown_code", "drifts": 1},
        {"kind": "wrong_level", "drifts": 2},
    ]
    first = (await served.get(f"{path}/drifts", params={"limit": 2})).json()
    rest = (await served.get(f"{path}/drifts", params={"limit": 9, "cursor": first["page"]["next_cursor"]})).json()
    drifts = [*first["data"], *rest["data"]]
    assert [(one["number"], one["kind"], one["person"]) for one in drifts] == [
        (1, "wrong_level", "workday:1"),
        (2, "band_mismatch", "workday:1"),
        (3, "wrong_level", "workday:2"),
        (4, "unknown_code", "workday:9"),
        (5, "missing_here", "workday:9"),
    ]
    assert (drifts[1]["differs"], drifts[1]["band"]["min"]) == (["min"], "40001.17")
    assert drifts[0]["mend"]["here"] == [
        {
            **{"employee": drifts[0]["employee"], "effective_on": "2026-03-01", "job": "primary"},
            **{"to": {"ladder": "engineering", "level": "ic4"}, "reason": "reconciled", "key": None},
            "external_ids": {},
        }
    ]
    hidden = await served.get(f"{path}/drifts", params={"kind": "band_mismatch"}, scopes=("assignments:read",))
    assert "4000" not in hidden.text and hidden.json()["data"][0]["redacted"] == ["band"]
    assert hidden.json()["data"][0]["differs"] == ["figures"]
    of_bob = (await served.get(f"{path}/drifts", params={"person": "bob"})).json()["data"]
    assert [one["number"] for one in of_bob] == [3]
    return told, report, drifts


async def as_rows(served: Served, drifts: list[dict[str, Any]]) -> None:
    """A mend is a row of a batch as it stands."""
    rows_of_batch = {"mode": "partial", "rows": [row for one in drifts for row in one["mend"]["here"]]}
    tried = await served.call("POST", "/v1/change-batches", json=rows_of_batch, params={"dry_run": "true"})
    assert (tried.status_code, tried.json()["report"]["bad"]) == (201, 0), tried.text


async def mended(served: Served, report: dict[str, Any], told: Any) -> None:
    path = f"{PATH}/{report['id']}"
    assert (await served.get("/v1/events")).json()["data"] == told
    taken = [await served.call("POST", f"{path}/apply", json={}, headers={"Idempotency-Key": "mend"}) for _ in range(2)]
    assert [one.status_code for one in taken] == [201, 201], taken[0].text
    assert taken[1].headers["idempotent-replayed"] == "true"
    answer = taken[0].json()
    assert (answer["drifts"], answer["left_out"]) == (2, [{"code": "drift-not-mendable", "drifts": 3}])
    batch = answer["batch"]["id"]
    assert taken[0].headers["location"] == f"/v1/change-batches/{batch}" and taken[1].json()["batch"]["id"] == batch
    assert (await served.get("/v1/events")).json()["data"] == told
    assert (await served.call("POST", f"/v1/change-batches/{batch}/apply")).status_code == 202
    while await advance_batches(served.house.runtime):
        pass
    again = (await served.call("POST", PATH, json=asked(*ROWS[1:3], entry("1", "Staff")))).json()
    assert (again["drifts"], again["counts"], again["people"]) == (0, [], 2)
    listed = (await served.get(PATH, params={"system": "workday"})).json()["data"]
    assert [one["id"] for one in listed] == [again["id"], report["id"]]


async def test_what_is_refused_of_an_extract(served_once: Served) -> None:
    served = served_once

    async def refused(status: int, code: str, body: Any, **more: Any) -> list[tuple[str | None, str]]:
        problem = assert_problem(await served.call("POST", PATH, json=body, **more), status, code)
        assert PAID not in str(problem)
        return [(one.get("pointer"), one["detail"]) for one in problem.get("errors", [])]

    faults = await refused(422, "extract-invalid", asked(entry("=1", PAID), entry("1", "x", PAID)))
    assert faults == [
        ("/rows/1", "Row 1, column Employee_ID: begins like a formula: send values alone."),
        ("/rows/2", "Row 2, column Effective_Date: is no date of the form YYYY-MM-DD."),
    ]
    changed = {**asked(), "extract": {"Report": []}}
    assert (await refused(422, "extract-invalid", changed))[0][0] == "/extract"
    assert [place for place, _ in await refused(422, "invalid-body", {**asked(), "system": "a:b", "x": 1})] == [
        "/system",
        "/x",
    ]
    twice_named = asked(mapping=[*WORDS, {**WORDS[0], "theirs": "Snr"}])
    assert [place for place, _ in await refused(422, "mapping-invalid", twice_named)] == ["/mapping/2/from"]
    await refused(422, "invalid-body", [])
    await refused(422, "invalid-date", asked(as_of="2026-02-30"))
    await refused(403, "missing-scope", asked(entry("1", "Staff", **LEAST)), scopes=("assignments:write",))
    text = await served.call("POST", PATH, content=b"id\n1\n", headers={"Content-Type": "text/csv"})
    assert_problem(text, 415, "unsupported-media-type")
    twice = await served.call("POST", PATH, content=b'{"a":1,"a":2}', headers={"Content-Type": "application/json"})
    assert_problem(twice, 422, "unsafe-json")
    # More than other bodies may have: what is not named is not looked at, however long it is.
    table = "id,note\n" + "".join(f"{number},{'x' * 15_000}\n" for number in range(100))
    wide = {"system": "workday", "format": "csv", "extract": table, "columns": {"employee": "id"}}
    answer = await served.call("POST", PATH, json=wide, params={"dry_run": "true"})
    assert (answer.status_code, answer.json()["id"], answer.json()["people"]) == (201, None, 100), answer.text
    assert (await served.get(PATH)).json()["data"] == []
