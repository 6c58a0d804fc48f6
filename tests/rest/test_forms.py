"""The forms of an answer: JSON, a table, lines; and what is said when none of them is accepted."""

import csv
import io
from collections.abc import AsyncGenerator
from datetime import date
from typing import Any

import orjson
import pytest

from service.rest.exports import streamed
from service.usecases.assignments import HeldAssignment, Wanted, list_assignments
from service.usecases.paging import Listing, Window
from tests.engines import Engine
from tests.rest.served import Served, assert_problem
from tests.rest.test_choices import staffed
from tests.rest.test_lists import HIRE
from tests.stage import HR, Stage, make_stage, publish


@pytest.fixture
async def stage(engine: Engine) -> AsyncGenerator[Stage]:
    made = make_stage(engine)
    await publish(made)
    yield made
    await made.database.close()


async def test_forms_that_there_are_not(served_once: Served) -> None:
    await staffed(served_once, "ada")
    contract = (await served_once.get("/openapi.json")).json()
    for path, methods in contract["paths"].items():
        for method, operation in methods.items():
            asked = path.replace("{slug}", "no-change").replace("{path}", "ladder.schema.json")
            answer = await served_once.call(
                method.upper(), asked, headers={"Accept": "application/pdf", "If-Match": "*"}
            )
            if operation["operationId"] in {"livez", "readyz", "take_message"}:
                assert answer.status_code in {200, 401}
                assert "406" not in operation["responses"]
                continue
            refused = assert_problem(answer, 406, "not-acceptable")
            offered = list(operation["responses"][min(operation["responses"])]["content"])
            assert refused["offered"] == offered, operation["operationId"]
            assert answer.headers["vary"].startswith("Accept")
            assert all(kind in refused["detail"] for kind in offered)
    assert (await served_once.get("/v1/employees")).json()["data"][0]["key"] == "ada"
    # Who asks is looked at first.
    assert_problem(await served_once.client.get("/v1/employees", headers={"Accept": "x"}), 401, "missing-key")


async def test_the_form_that_is_accepted_best(served_once: Served) -> None:
    json, table, lines = "application/json", "text/csv", "application/x-ndjson"
    for accept, form in (
        ("", json),
        ("*/*", json),
        ("application/*", json),
        ("text/*", table),
        ("TEXT/CSV", table),
        ("text/csv; charset=utf-8; header=present", table),
        ("text/csv;q=0.5, application/json", json),
        ("text/csv, application/json;q=0.9", table),
        ("application/x-ndjson;q=0.8, */*;q=0.1", lines),
        ("application/*;q=0.5, application/x-ndjson", lines),
        ("application/json;q=0, */*", table),
        ("application/json;q=0, text/csv;q=0, */*", lines),
        ("application/json; version=1", json),
        ("text/html,application/xhtml+xml,*/*;q=0.8", json),
        (",", json),
        ("*/*;q=0", None),
        ("application/json;q=2", None),
        ("application/json;q=x", None),
        ("text", None),
        ("application/xml", None),
    ):
        answer = await served_once.get("/v1/employees", headers={"Accept": accept})
        if form is None:
            assert_problem(answer, 406, "not-acceptable")
        else:
            assert answer.headers["content-type"].partition(";")[0] == form, accept
            assert answer.headers["vary"].startswith("Accept")
    yaml = await served_once.get("/openapi.yaml", headers={"Accept": "application/yaml"})
    assert (yaml.status_code, yaml.headers["content-type"]) == (200, "application/yaml")
    assert_problem(await served_once.get("/openapi.yaml", headers={"Accept": json}), 406, "not-acceptable")
    tag = (await served_once.get("/v1/ladders")).headers["etag"]
    unchanged = await served_once.get("/v1/ladders", headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.headers["vary"]) == (304, "Authorization, Accept")


async def test_whole_lists_as_a_table_and_as_lines(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.rest.exports.PART", 2)
    await staffed(served, "ada", "bob", "cyd")
    hostile = {"key": "dan", "name": '=HYPERLINK("http://x","y")', "external_ids": {"gusto": "-1"}}
    assert (await served.call("POST", "/v1/employees", json=hostile)).status_code == 201
    for name in ("+1", "-2.5", "@SUM(1)", "-x", "\tx", 'a "b", c', "", "ünï"):
        assert (await served.call("POST", "/v1/employees", json={"name": name})).status_code == 201, name

    for path, columns in (
        ("/v1/employees", ["id", "key", "name", "external_ids", "revision", "known_at"]),
        ("/v1/assignments?sort=-effective_from&track=ic", None),
        ("/v1/bands?grade=3&grade=4", None),
    ):
        whole = (await served.get(path)).json()["data"]
        lines = await served.get(path, headers={"Accept": "application/x-ndjson"})
        table = await served.get(path, headers={"Accept": "text/csv"})
        assert [orjson.loads(line) for line in lines.content.splitlines()] == whole
        assert lines.content.endswith(b"}\n")
        rows = list(csv.DictReader(io.StringIO(table.content.decode(), newline="")))
        assert len(rows) == len(whole) > 2
        assert columns is None or list(rows[0]) == columns
        for answer, kind in ((lines, "ndjson"), (table, "csv")):
            day = "" if path == "/v1/employees" else "-2026-06-15"
            name = path.removeprefix("/v1/").partition("?")[0]
            assert answer.headers["content-disposition"] == f'attachment; filename="{name}{day}.{kind}"'
            assert answer.headers["cache-control"] == "private, no-store"
            assert answer.headers["vary"] == "Accept, Accept-Encoding"
        assert table.headers["content-type"] == "text/csv; charset=utf-8"
        assert table.content.count(b"\r\n") == len(whole) + 1

    people = {row["key"] or row["name"]: row for row in await table_of(served, "/v1/employees")}
    assert people["dan"]["name"] == '\'=HYPERLINK("http://x","y")'
    assert people["dan"]["external_ids"] == '{"gusto":"-1"}'
    assert people["ada"]["name"] == ""
    assert people.keys() >= {"+1", "-2.5", "'@SUM(1)", "'-x", "'\tx", 'a "b", c', "", "ünï"}
    held = await table_of(served, "/v1/assignments")
    assert [(row["employee.key"], row["band.max"], row["redacted"]) for row in held] == [
        (key, "49007.31", "") for key in ("ada", "bob", "cyd")
    ]
    unpaid = await table_of(served, "/v1/assignments", scopes=("assignments:read",))
    assert [(row["band.max"], row["redacted"]) for row in unpaid] == [("", '["band"]')] * 3
    some = "/v1/employees?fields=external_ids.workday,key&sort=-key"
    assert (await served.get(some, headers={"Accept": "text/csv"})).text.splitlines()[-3:] == [
        *("w-cyd,cyd", "w-bob,bob", "w-ada,ada")
    ]
    standing = await table_of(served, "/v1/employees?expand=assignment&sort=key")
    assert [row["assignment.level"] for row in standing][:4] == ["ic4", "ic4", "ic4", ""]
    lines = await served.get("/v1/bands?fields=grade&grade=3", headers={"Accept": "application/x-ndjson"})
    assert lines.content == b'{"grade":"3"}\n{"grade":"3"}\n'


async def table_of(served: Served, path: str, **more: Any) -> list[dict[str, str]]:
    answer = await served.get(path, headers={"Accept": "text/csv"}, **more)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


async def test_what_refuses_an_export_is_told_before_anything_is_sent(served_once: Served) -> None:
    table = {"Accept": "text/csv"}
    for path, status, code in (
        ("/v1/employees?limit=10", 422, "invalid-parameter"),
        ("/v1/bands?cursor=x", 422, "invalid-parameter"),
        ("/v1/bands?band_set=none", 404, "no-band-set"),
        ("/v1/assignments?effective_on=x", 422, "invalid-date"),
        ("/v1/employees?fields=x", 422, "invalid-parameter"),
    ):
        assert_problem(await served_once.get(path, headers=table), status, code)
    assert_problem(await served_once.get("/v1/bands", headers=table, scopes=("ladders:read",)), 403, "missing-scope")
    empty = await served_once.get("/v1/employees", headers=table)
    assert empty.text == "id,key,name,external_ids,revision,known_at\r\n"
    assert (await served_once.get("/v1/employees", headers={"Accept": "application/x-ndjson"})).content == b""
    bare = await served_once.call("HEAD", "/v1/employees", headers=table)
    assert (bare.status_code, bare.content, bare.headers["content-type"]) == (200, b"", "text/csv; charset=utf-8")


async def test_an_export_is_of_one_instant_whatever_is_written_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.rest.exports.PART", 1)
    for key in ("ada", "bob", "cyd"):
        await stage.create(key)
        await stage.change(HIRE, "2026-01-01", employee=key)

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[HeldAssignment]:
        bounds = {"effective_on": day, "known_at": instant}
        return await list_assignments(stage.runtime, HR, wanted=Wanted(), window=window, **bounds)

    first = await read(Window(limit=1), None, None)
    pieces = streamed("application/x-ndjson", read, first, fields=None, shape=HeldAssignment)
    found = [await anext(pieces)]
    await stage.change({"level": "em4"}, "2026-02-01", employee="cyd")
    await stage.create("dan")
    await stage.change(HIRE, "2026-01-01", employee="dan")
    found += [piece async for piece in pieces]
    assert [(one["employee"]["key"], one["level"]) for one in map(orjson.loads, found)] == [
        *(("ada", "ic4"), ("bob", "ic4"), ("cyd", "ic4"))
    ]
    assert len({orjson.loads(line)["known_at"] for line in found}) == 1
