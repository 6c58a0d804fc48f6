"""Reports as programs that read Workday's ask for them: with Basic, flat, as JSON, as a table, or their schema."""

import base64
import csv
from io import StringIO
from typing import Any

import pytest

from service.auth import REPORTS, token_of
from service.rest import custom_reports
from tests.rest.served import Served, assert_problem

BELOW = "/ccx/service/customreport2/acme/workday"
HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin", "team": "core"}


def basic(key: str, user: str = "isu_reader") -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{key}'.encode()).decode()}"}


async def rows(served: Served, query: str = "", **more: Any) -> list[dict[str, str]]:
    answer = await served.get(f"{BELOW}/assignments{query}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["Report_Entry"]


async def furnish(served: Served) -> None:
    await served.person("ada", workday="21001")
    await served.change(HIRE, "2026-01-01")
    await served.person("bob", gusto="g-1")
    await served.change({**HIRE, "level": "e2", "step": None}, "2026-02-01", employee="bob")
    await served.person("eve")


async def test_both_times_are_asked_by_query_and_what_is_not_there_is_left_out(
    served_once: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = served_once
    await furnish(served)
    told = await rows(served, "?effective_on=2026-03-01")
    assert [(row.get("Employee_ID"), row["Person_Key"], row["Level_Name"]) for row in told] == [
        ("21001", "ada", "engineering/ic3"),
        (None, "bob", "engineering/e2"),
    ]
    ada, bob = told
    assert (ada["Track"], ada["Grade"], ada["Effective_Date"]) == ("ic", "3", "2026-01-01")
    assert {"Track", "Step", "End_Date", "Employee_ID"}.isdisjoint(bob)
    gusto = await served.get(f"{BELOW.removesuffix('workday')}gusto/assignments?effective_on=2026-03-01")
    assert [row.get("Employee_ID") for row in gusto.json()["Report_Entry"]] == [None, "g-1"]
    assert [row["Person_Key"] for row in await rows(served, "?effective_on=2026-01-15")] == ["ada"]
    answer = await served.get(f"{BELOW}/assignments?effective_on=2026-03-01")
    known = answer.headers["known-at"]
    assert answer.headers["effective-on"] == "2026-03-01" and "no-store" in answer.headers["cache-control"]
    await served.change({"level": "em3"}, "2026-03-01")
    assert (await rows(served, "?effective_on=2026-03-01"))[0]["Level"] == "em3"
    bound = f"{BELOW}/assignments?effective_on=2026-03-01&known_at={known}"
    assert (await served.get(bound)).json()["Report_Entry"] == told
    # The same, however many parts it is read in.
    monkeypatch.setattr(custom_reports, "PART", 1)
    parts = await served.get(bound)
    assert parts.json()["Report_Entry"] == told and "content-length" not in parts.headers
    assert len((await served.get(f"{bound}&format=csv")).text.splitlines()) == 3
    levels = (await served.get(f"{BELOW}/levels")).json()["Report_Entry"]
    assert [row["Level_Name"] for row in levels][:3] == ["design/d2", "design/d3", "design/d4"] and len(levels) == 11
    (shared,) = (row for row in levels if row["Level"] == "e1")
    assert (shared["Tracks"], shared["Grade"], shared["Effective_Date"]) == ("ic;manager", "1", "2000-01-01")


async def test_it_is_json_or_a_table_or_the_schema_of_its_rows(served_once: Served) -> None:
    served = served_once
    await furnish(served)
    url = f"{BELOW}/assignments?effective_on=2026-03-01"
    for table in (
        await served.get(f"{url}&format=csv", headers={"Accept": "application/json"}),
        await served.get(url, headers={"Accept": "text/csv"}),
    ):
        assert table.headers["content-type"].startswith("text/csv")
        first, second = csv.DictReader(StringIO(table.text))
        assert (first["Employee_ID"], second["Employee_ID"], second["Track"]) == ("21001", "", "")
    schema = await served.get(f"{url}&format=xsds")
    assert schema.headers["content-type"].startswith("text/xml")
    names = schema.text.count("<xsd:element name=")
    assert names == 2 + len(first) and 'name="Band_Minimum"' in schema.text
    for query in ("?format=xml", "?format=json&format=csv", "?xsds"):
        assert (await served.get(f"{BELOW}/assignments{query}")).status_code in (400, 422)
    assert_problem(await served.get(url, headers={"Accept": "text/xml"}), 422, "invalid-parameter")
    some = await rows(served, "?effective_on=2026-03-01&fields=Report_Entry.Level,Report_Entry.Grade")
    assert some[0] == {"Level": "ic3", "Grade": "3"}
    assert_problem(await served.get(f"{BELOW}/payroll"), 404, "not-found")


async def test_pay_is_there_with_the_right_to_it_and_nowhere_else(served_once: Served) -> None:
    served = served_once
    await furnish(served)
    (ada, _) = await rows(served, "?effective_on=2026-03-01", scopes=("assignments:read", "bands:read"))
    assert (ada["Band_Currency"], ada["Band_Minimum"], ada["Band_Maximum"]) == ("EUR", "30001.17", "39007.31")
    for form in ("json", "csv", "xsds"):
        answer = await served.get(f"{BELOW}/assignments?format={form}", scopes=("assignments:read",))
        assert "30001" not in answer.text and "Band_" not in answer.text
    query = "?fields=Report_Entry.Band_Minimum&effective_on=2026-03-01"
    assert await rows(served, query, scopes=("assignments:read",)) == [{}, {}]
    assert_problem(await served.get(f"{BELOW}/assignments", scopes=("ladders:read",)), 403, "missing-scope")
    assert_problem(await served.get(f"{BELOW}/levels", scopes=("assignments:read",)), 403, "missing-scope")


async def test_the_key_comes_as_the_password_of_basic_and_only_there(served_once: Served) -> None:
    served = served_once
    key = await served.key("assignments:read")
    client = served.client
    for user in ("isu_reader", "isu@acme", "", "ü"):
        assert (await client.get(f"{BELOW}/assignments", headers=basic(key, user))).status_code == 200
    for path in ("/v1/assignments", "/v1/events", "/graphql"):
        refused = await client.get(path, headers=basic(key))
        assert refused.status_code == 401 and "Basic" not in refused.headers["www-authenticate"]
    for header in (
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
        "Digest x",
    ):
        answer = await client.get(f"{BELOW}/assignments", headers={"Authorization": header})
        assert_problem(answer, 401, "missing-key")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    wrong = await client.get(f"{BELOW}/assignments", headers=basic(f"{key}x"))
    assert_problem(wrong, 401, "key-refused")
    assert key not in wrong.text


def test_a_key_is_known_by_either_way_of_sending_it_below_reports_alone() -> None:
    """By that its window is found: the same one for both."""
    given = basic("dt_1_secret")["Authorization"]
    assert token_of(given, f"{REPORTS}service") == "dt_1_secret" == token_of("Bearer dt_1_secret", f"{REPORTS}x")
    assert token_of(given, "/v1/assignments") is None
