"""What a caller asks of an answer beside its subject: which members, what put in, which form, what preferred."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine as Connections

from tests.rest.served import Served, assert_problem
from tests.rest.test_lists import HIRE


@contextmanager
def statements() -> Generator[list[str]]:
    """What is sent to the database meanwhile, without the looks at the generation, which time brings about."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "FROM generation" not in statement:
            found.append(statement)

    event.listen(Connections, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Connections, "before_cursor_execute", note)


async def staffed(served: Served, *keys: str) -> None:
    for key in keys:
        await served.person(key, workday=f"w-{key}")
        await served.change(HIRE, "2026-01-01", employee=key)


async def test_fields_leave_nothing_else_in(served_once: Served) -> None:
    await staffed(served_once, "ada")
    person = (await served_once.get("/v1/employees/ada")).json()

    one = await served_once.get("/v1/employees/ada?fields=id,external_ids.workday")
    assert one.json() == {"id": person["id"], "external_ids": {"workday": "w-ada"}}
    assert one.headers["etag"] == '"1"'
    listed = (await served_once.get("/v1/employees?fields=key&limit=1")).json()
    assert (listed["data"], set(listed)) == ([{"key": "ada"}], {"data", "page", "known_at"})
    held = (await served_once.get("/v1/employees/ada/assignment?fields=level,employee.key,band.max")).json()
    assert held == {"level": "ic4", "employee": {"key": "ada"}, "band": {"max": "49007.31"}}
    ladder = (await served_once.get("/v1/ladders/design?fields=definition.levels.key,version.state")).json()
    assert ladder["version"] == {"state": "in_force"}
    assert ladder["definition"] == {"levels": [{"key": key} for key in ("d2", "d3", "d4", "l3")]}
    company = (await served_once.get("/v1/definitions?fields=company.grades.key,ladders.levels.steps")).json()
    assert company["company"]["grades"][0] == {"key": "1"}
    assert [level for ladder in company["ladders"] for level in ladder["levels"] if level] == [
        {"steps": ["a", "b"]}
    ] * 2
    whole = (await served_once.get("/v1/ladders?fields=key,key")).json()["data"]
    assert whole == [{"key": "design"}, {"key": "engineering"}]
    both = (await served_once.get("/v1/employees/ada?fields=external_ids.gusto,external_ids")).json()
    assert both == {"external_ids": {"workday": "w-ada"}}

    all_of_it, part = await served_once.get("/v1/ladders"), await served_once.get("/v1/ladders?fields=key")
    assert all_of_it.headers["etag"] != part.headers["etag"]
    for tag, status in ((part.headers["etag"], 304), (all_of_it.headers["etag"], 200)):
        again = await served_once.get("/v1/ladders?fields=key", headers={"If-None-Match": tag})
        assert again.status_code == status


async def test_fields_keep_saying_what_may_not_be_read(served_once: Served) -> None:
    await staffed(served_once, "ada")
    path = "/v1/employees/ada/assignment"
    for fields, shown in (
        ("band", {"redacted": ["band"]}),
        ("band.min", {"redacted": ["band"]}),
        ("step", {"step": None}),
    ):
        answer = await served_once.get(f"{path}?fields={fields}", scopes=("assignments:read",))
        assert answer.json() == shown
    chart = await served_once.get("/v1/ladders/design/chart?fields=rows.cells.bands", scopes=("ladders:read",))
    assert chart.json()["rows"][0] == {"cells": [{"redacted": ["bands"]}, {"redacted": ["bands"]}]}


async def test_fields_that_there_are_not_are_refused_before_anything_is_read(served_once: Served) -> None:
    for path, fields, told in (
        ("/v1/employees", "ky", "Did you mean key?"),
        ("/v1/employees/nobody", "external_id", "Did you mean external_ids?"),
        ("/v1/assignments", "employee.kye", "Did you mean employee.key?"),
        ("/v1/assignments", "level.title", "cannot name 'level.title'"),
        ("/v1/assignments", "data.level", "cannot name 'data'"),
        ("/v1/bands", "min,,max", "cannot name ''"),
        ("/v1/bands", "steps.", "cannot name 'steps.'"),
        ("/v1/bands", "", "cannot name ''"),
        ("/v1/parity", "__class__", "cannot name '__class__'"),
        ("/v1/employees", " key", "Did you mean key?"),
        ("/v1/employees", "k" * 2001, "2000"),
    ):
        answer = await served_once.get(path, params={"fields": fields})
        refused = assert_problem(answer, 422, "invalid-parameter")
        assert refused["errors"][0]["parameter"] == "fields", fields
        assert told in refused["detail"], refused["detail"]
    assert_problem(await served_once.call("POST", "/v1/employees?fields=id", json={}), 400, "unknown-parameter")
    for path in (await served_once.get("/openapi.json")).json()["paths"].values():
        if "get" in path and path["get"]["security"]:
            assert "fields" in [one["name"] for one in path["get"]["parameters"]], path["get"]["operationId"]


async def test_a_ladder_with_what_a_day_makes_of_its_levels(served_once: Served) -> None:
    plain = (await served_once.get("/v1/ladders/engineering")).json()
    assert "levels" not in plain
    levels = (await served_once.get("/v1/ladders/engineering?expand=levels")).json()["levels"]
    paid = (await served_once.get("/v1/ladders/engineering?expand=levels.bands")).json()
    for level, with_bands in zip(levels, paid["levels"], strict=True):
        own = (await served_once.get(f"/v1/ladders/engineering/levels/{level['key']}")).json()
        told = {name: own[name] for name in ("on_day", "pairing", "counterparts")}
        assert level == {"key": level["key"], **told}
        assert with_bands == {**level, "bands": own["bands"]}
    assert {**plain, "levels": paid["levels"]} == paid
    assert levels[2]["counterparts"] == ["em3"]
    past = (await served_once.get("/v1/ladders/engineering?expand=levels.bands&effective_on=1999-12-31")).json()
    assert past["code"] == "no-ladder-in-force"
    unpaid = await served_once.get("/v1/ladders/engineering?expand=levels,levels.bands", scopes=("ladders:read",))
    assert [one["redacted"] for one in unpaid.json()["levels"]] == [["bands"]] * 7
    assert not [one for one in unpaid.json()["levels"] if "bands" in one]
    only = (await served_once.get("/v1/ladders/design?expand=levels.bands&fields=levels.bands.zone")).json()
    assert only["levels"][0] == {"bands": [{"zone": "berlin"}, {"zone": "nyc"}]}


async def test_people_with_where_they_stand_in_as_many_statements_for_one_as_for_many(served: Served) -> None:
    await staffed(served, "ada", "bob", "cyd")
    await served.person("dan")
    await served.change({"level": "ic5"}, "2026-09-01", employee="bob")
    await served.get("/v1/employees")

    with statements() as for_one:
        await served.get("/v1/employees?expand=assignment&limit=1")
    with statements() as for_all:
        found = (await served.get("/v1/employees?expand=assignment")).json()
    assert len(for_all) == len(for_one)
    assert 4 < len(for_all) < 20
    assert [one["assignment"] and one["assignment"]["level"] for one in found["data"]] == ["ic4", "ic4", "ic4", None]
    for one in found["data"][:3]:
        bound = f"known_at={found['known_at']}"
        alone = (await served.get(f"/v1/employees/{one['id']}/assignment?{bound}")).json()
        assert one["assignment"] == alone
        assert (await served.get(f"/v1/employees/{one['id']}?expand=assignment&{bound}")).json() == one

    later = "/v1/employees?expand=assignment&effective_on=2026-09-01&limit=2"
    first = await served.get(later)
    second = await served.get(first.links["next"]["url"])
    held = [*first.json()["data"], *second.json()["data"]]
    assert [one["assignment"] and one["assignment"]["level"] for one in held] == ["ic4", "ic5", "ic4", None]
    assert "assignment" not in (await served.get("/v1/employees")).json()["data"][0]
    nobody = await served.get("/v1/employees?expand=assignment&known_at=2020-01-01T00:00:00Z")
    assert nobody.json()["data"] == []
    revised = await served.get("/v1/employees/ada?expand=assignment")
    assert (revised.json()["revision"], len(revised.headers["etag"])) == (1, 34)
    unpaid = await served.get("/v1/employees/ada?expand=assignment", scopes=("assignments:read",))
    assert unpaid.json()["assignment"]["redacted"] == ["band"]
    for path, wrong in (("/v1/employees", "assignments"), ("/v1/employees/ada", "timeline"), ("/v1/employees", "")):
        refused = assert_problem(await served.get(f"{path}?expand={wrong}"), 422, "invalid-parameter")
        assert refused["errors"][0]["parameter"] == "expand"
        assert "Known are assignment." in refused["detail"]


async def test_how_many_there_are_is_told_when_it_is_asked(served: Served) -> None:
    await staffed(served, "ada", "bob", "cyd")
    await served.person("dan")
    ask = {"Prefer": "count=exact"}
    known = (await served.get("/v1/employees")).json()["known_at"]
    await served.person("eve")
    for path, total in (
        ("/v1/employees?limit=1", 5),
        (f"/v1/employees?limit=1&known_at={known}", 4),
        ("/v1/assignments?limit=2", 3),
        ("/v1/assignments?track=manager", 0),
        ("/v1/assignments?zone=berlin&effective_from[gte]=2026-01-02", 0),
    ):
        counted = await served.get(path, headers=ask)
        assert (counted.json()["page"]["total"], counted.headers["preference-applied"]) == (total, "count=exact"), path
        plain = await served.get(path)
        assert "total" not in plain.json()["page"]
        assert "preference-applied" not in plain.headers
    following = (await served.get("/v1/employees?limit=2", headers=ask)).links["next"]["url"]
    assert (await served.get(following, headers=ask)).json()["page"]["total"] == 5
    for header in ("count=planned", "x", "count", "=", "exact", ";;,,", 'count="none", count=exact'):
        other = await served.get("/v1/employees", headers={"Prefer": header})
        assert (other.status_code, other.json()["page"].get("total")) == (200, None), header
    for header in ("wait=5, Count=exact", 'handling=strict; x=1,count="exact";why=not'):
        assert (await served.get("/v1/employees", headers={"Prefer": header})).json()["page"]["total"] == 5, header
    lines = await served.get("/v1/employees", headers={**ask, "Accept": "text/csv"})
    assert "preference-applied" not in lines.headers


async def test_writes_answer_without_a_body_when_that_is_preferred(served: Served) -> None:
    least = {"Prefer": "return=minimal"}

    async def twice(method: str, path: str, body: Any, **headers: str) -> None:
        """The same write as a dry run, with a body and without: alike in everything else."""
        whole = await served.call(method, path, json=body, headers=headers)
        bare = await served.call(method, path, json=body, headers={**headers, **least})
        assert (bare.status_code, bare.content) == (whole.status_code, b""), bare.text
        assert (bare.headers["preference-applied"], bare.headers["content-length"]) == ("return=minimal", "0")
        assert "content-type" not in bare.headers
        # A body that is compressed makes the tag weak.
        assert bare.headers["etag"] == whole.headers["etag"].removeprefix("W/")
        assert "preference-applied" not in whole.headers

    await twice("POST", "/v1/employees?dry_run=true", {"key": "ada"})
    made = await served.call("POST", "/v1/employees", json={"key": "ada"}, headers={**least, "Idempotency-Key": "k"})
    assert (made.status_code, made.content, made.headers["etag"]) == (201, b"", '"0"')
    assert (await served.get(made.headers["location"])).json()["key"] == "ada"
    again = await served.call("POST", "/v1/employees", json={"key": "ada"}, headers={**least, "Idempotency-Key": "k"})
    assert (again.headers["idempotent-replayed"], again.headers["location"]) == ("true", made.headers["location"])
    any_revision = {"If-Match": "*"}
    await twice(
        "POST", "/v1/employees/ada/changes?dry_run=true", {"effective_on": "2026-01-01", "to": HIRE}, **any_revision
    )
    await twice("PUT", "/v1/employees/ada/external-ids/workday", {"value": "1"}, **any_revision)
    folder = (await served.get("/v1/definitions")).json()
    await twice("PUT", "/v1/definitions?dry_run=true", folder, **any_revision)
    endpoint = await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/"}, headers=least)
    # The secret is shown this once.
    assert endpoint.json()["secret"].startswith("whsec_")
    assert "preference-applied" not in endpoint.headers
    changed = await served.call(
        "PATCH", f"/v1/endpoints/{endpoint.json()['id']}", json={"state": "paused"}, headers={**least, **any_revision}
    )
    assert (changed.status_code, changed.content, changed.headers["etag"]) == (200, b"", '"2"')
    refused = await served.call("POST", "/v1/employees", json={"key": "ada"}, headers=least)
    assert_problem(refused, 409, "key-taken")


async def test_making_somebody_only_if_nobody_is_there(served: Served) -> None:
    guard = {"If-None-Match": "*"}
    made = await served.call("POST", "/v1/employees", json={"key": "ada"}, headers={**guard, "Idempotency-Key": "k"})
    assert made.status_code == 201
    same = await served.call("POST", "/v1/employees", json={"key": "ada"}, headers={**guard, "Idempotency-Key": "k"})
    assert (same.status_code, same.json(), same.headers["idempotent-replayed"]) == (201, made.json(), "true")
    for dry in ("", "?dry_run=true"):
        taken = await served.call("POST", f"/v1/employees{dry}", json={"key": "ada"}, headers=guard)
        assert_problem(taken, 412, "key-exists")
        assert_problem(await served.call("POST", f"/v1/employees{dry}", json={"key": "ada"}), 409, "key-taken")
    for value in ('"0"', "", "x", '*, "1"'):
        refused = await served.call("POST", "/v1/employees", json={}, headers={"If-None-Match": value})
        assert assert_problem(refused, 400, "invalid-if-none-match")["errors"][0]["header"] == "If-None-Match"
    assert (await served.call("POST", "/v1/employees", json={}, headers=guard)).status_code == 201
    assert len((await served.get("/v1/employees")).json()["data"]) == 2


async def test_a_write_that_does_not_say_what_it_is_based_on_is_not_answered_again(served: Served) -> None:
    await served.person()
    endpoint = (await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/"})).json()["id"]
    folder = (await served.get("/v1/definitions")).json()
    for method, path, body in (
        ("POST", "/v1/employees/ada/changes", {"effective_on": "2026-01-01", "to": HIRE}),
        ("PUT", "/v1/employees/ada/external-ids/workday", {"value": "1"}),
        ("PATCH", f"/v1/endpoints/{endpoint}", {"state": "paused"}),
        ("PUT", "/v1/definitions", folder),
    ):
        key = {"Idempotency-Key": "k"}
        done = await served.call(method, path, json=body, headers={**key, "If-Match": "*"})
        assert done.status_code in {200, 201}, done.text
        again = await served.call(method, path, json=body, headers={**key, "If-Match": "*"})
        assert (again.json(), again.headers["idempotent-replayed"]) == (done.json(), "true")
        assert_problem(await served.call(method, path, json=body, headers=key), 428, "if-match-missing")
