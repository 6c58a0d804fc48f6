"""Every way a request can be unfit, and that each is answered by a problem document and leaves nothing behind."""

import base64
import json

import pytest

from tests.rest.served import JSON, Served, assert_problem

UNSAFE = {
    "doubled key": b'{"key":"a","key":"b"}',
    "doubled inner key": b'{"external_ids":{"x":"1","x":"2"}}',
    "NaN": b'{"key":NaN}',
    "Infinity": b'{"key":-Infinity}',
    "1e400": b'{"key":1e400}',
    "beyond 2^53": b'{"key":9007199254740993}',
    "thousands of digits": b'{"key":' + b"9" * 5000 + b"}",
    "half a surrogate pair": b'{"key":"\\ud800"}',
    "surrogate in a key": b'{"\\udfff":"1"}',
    "NUL": b'{"name":"a\\u0000b"}',
    "deep": b'{"key":' + b"[" * 40 + b"]" * 40 + b"}",
    "very deep": b"[" * 100_000,
}
MALFORMED = {
    "empty": b"",
    "cut off": b'{"key":"a"',
    "trailing comma": b'{"key":"a",}',
    "single quotes": b"{'key':'a'}",
    "not UTF-8": b'{"key":"\xff"}',
    "two documents": b"{}{}",
    "raw control character": b'{"key":"a\nb"}',
}


async def test_unsafe_json_is_422_on_every_engine(served: Served) -> None:
    for name, body in UNSAFE.items():
        answer = await served.call("POST", "/v1/employees", content=body, headers=JSON)
        assert assert_problem(answer, 422, "unsafe-json"), name
    assert (await served.get("/v1/employees")).json()["data"] == []


async def test_malformed_json_is_400(served: Served) -> None:
    for name, body in MALFORMED.items():
        answer = await served.call("POST", "/v1/employees", content=body, headers=JSON)
        assert assert_problem(answer, 400, "malformed-json"), name


async def test_json_of_another_shape_points_to_its_place(served: Served) -> None:
    await served.person()
    cases = [
        ("/v1/employees", [], ""),
        ("/v1/employees", None, ""),
        ("/v1/employees", {"key": 7}, "/key"),
        ("/v1/employees", {"external_ids": {"workday": 7}}, "/external_ids/workday"),
        ("/v1/employees/ada/changes", {"to": {"level": True}}, "/to/level"),
        ("/v1/employees/ada/changes", {"to": None, "reason": "x" * 65}, "/reason"),
        ("/v1/employees/ada/changes", {"to": None, "comment": "x" * 4001}, "/comment"),
        ("/v1/employees/ada/changes", {"to": None, "override": {"codes": ["x"]}}, "/override/reason"),
        ("/v1/employees/ada/changes", {"to": None, "kind": "promotion"}, "/kind"),
        ("/v1/employees/ada/changes", {"to": {"recorded_at": "2026-01-01"}}, "/to/recorded_at"),
        ("/v1/endpoints", {"url": "https://a.example", "filters": {"team": "x"}}, "/filters/team"),
    ]
    for path, body, pointer in cases:
        answer = await served.call("POST", path, content=json.dumps(body), headers={**JSON, "If-Match": "*"})
        errors = assert_problem(answer, 422, "invalid-body")["errors"]
        assert [error["pointer"] for error in errors] == [pointer], (path, body)


async def test_an_override_names_what_it_can_pass(served: Served) -> None:
    await served.person()
    change = await served.change({"ladder": "engineering", "level": "ic4"}, "2026-01-01")
    override = {"codes": ["move-not-allowed", "period_locked", "no-change"], "reason": "x"}
    for path, body in (
        ("/v1/employees/ada/changes", {"to": {"team": "web"}}),
        (f"/v1/changes/{change['id']}/correct", {"to": {"team": "web"}}),
        (f"/v1/changes/{change['id']}/rescind", {}),
    ):
        answer = await served.call("POST", path, json={**body, "override": override}, headers={"If-Match": "*"})
        errors = assert_problem(answer, 422, "invalid-body")["errors"]
        assert [error["pointer"] for error in errors] == ["/override/codes/1", "/override/codes/2"], path
    assert (await served.get("/v1/employees/ada")).json()["revision"] == 1


async def test_an_unknown_field_is_told_what_it_was_meant_to_be(served: Served) -> None:
    cases = [({"nmae": "x"}, "/nmae", "name"), ({"external_id": {}}, "/external_id", "external_ids")]
    for body, pointer, meant in cases:
        answer = await served.call("POST", "/v1/employees", json=body)
        (error,) = assert_problem(answer, 422, "invalid-body")["errors"]
        assert (error["pointer"], error["code"]) == (pointer, "unknown-field")
        assert f"did you mean {meant}?" in error["detail"]
    inner = await served.call(
        "POST", "/v1/employees/x/changes", json={"to": {"levle": "ic4"}}, headers={"If-Match": "*"}
    )
    assert "did you mean level?" in assert_problem(inner, 422, "invalid-body")["detail"]


async def test_a_body_that_nobody_reads(served_once: Served) -> None:
    """A dry run that is asked for in the body of what takes none would be done."""
    served = served_once
    await served.person()
    rows = {"rows": [{"employee": "ada", "to": {"ladder": "engineering", "level": "ic4"}}]}
    made = await served.call("POST", "/v1/change-batches", json=rows, headers={"Idempotency-Key": "one"})
    path = f"/v1/change-batches/{made.json()['id']}"
    for body in (b'{"dry_run": true}', b"dry_run=true", b"null", b"[]"):
        refused = await served.call("POST", f"{path}/apply", content=body, headers=JSON)
        (error,) = assert_problem(refused, 422, "invalid-body")["errors"]
        assert (error["pointer"], error["code"]) == ("", "unknown-field")
    assert (await served.get(path)).json()["state"] == "stored"
    assert (await served.call("POST", f"{path}/apply", content=b" {}\n", headers=JSON)).status_code == 202


async def test_other_media_types_are_415(served: Served) -> None:
    kinds = [
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/yaml"},
        {},
        {**JSON, "Content-Encoding": "gzip"},
    ]
    for headers in kinds:
        answer = await served.call("POST", "/v1/employees", content=b"{}", headers=headers)
        assert assert_problem(answer, 415, "unsupported-media-type"), headers
    fine = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert (await served.call("POST", "/v1/employees", content=b"{}", headers=fine)).status_code == 201


async def test_unknown_parameters_are_refused_everywhere_with_the_likely_one(served: Served) -> None:
    await served.person()
    typo = await served.get("/v1/employees/ada/assignment?effectivedate=2026-01-01")
    (error,) = assert_problem(typo, 400, "unknown-parameter")["errors"]
    assert (error["parameter"], error["detail"]) == ("effectivedate", "Did you mean effective_on?")
    contract = (await served.get("/openapi.json")).json()
    for path, methods in contract["paths"].items():
        for method, operation in methods.items():
            if operation["security"]:
                asked = path.replace("{employee}", "ada")
                answer = await served.call(method.upper(), f"{asked}?colour=red")
                assert assert_problem(answer, 400, "unknown-parameter"), operation["operationId"]


@pytest.mark.parametrize(
    "day", ["2026-02-30", "20260101", "2026-W01-1", "1899-12-31", "3000-01-01", "2026-1-1", "today", "", "٢٠٢٦-01-01"]
)
async def test_days_that_are_none(served: Served, day: str) -> None:
    await served.person()
    asked = await served.client.get(
        "/v1/employees/ada/assignment",
        params={"effective_on": day},
        headers={"Authorization": f"Bearer {await served.key('admin')}"},
    )
    sent = await served.call(
        "POST", "/v1/employees/ada/changes", json={"effective_on": day, "to": None}, headers={"If-Match": "*"}
    )
    assert assert_problem(asked, 422, "invalid-date")["errors"][0]["parameter"] == "effective_on"
    assert assert_problem(sent, 422, "invalid-date")["errors"][0]["pointer"] == "/effective_on"


async def test_instants_that_are_none(served: Served) -> None:
    cases = [
        ("2026-01-01", 422, "invalid-parameter"),
        ("2026-01-01T00:00:00", 422, "invalid-parameter"),
        ("2026-01-01T00:00:00.1234567Z", 422, "invalid-parameter"),
        ("9999-12-31T23:59:59-10:00", 422, "invalid-parameter"),
        ("0001-01-01T00:00:00%2B01:00", 422, "invalid-parameter"),
        ("2026-01-01T00:00:00%00Z", 422, "invalid-parameter"),
        ("9999-12-31T23:59:59Z", 422, "known-at-in-future"),
        ("2026-01-01T00:00:00+01:00", 400, "unescaped-plus"),
    ]
    for text, status, code in cases:
        answer = await served.get(f"/v1/employees?known_at={text}")
        assert assert_problem(answer, status, code), text
    assert (await served.get("/v1/employees?known_at=2026-01-01T00:00:00%2B01:00")).json()["data"] == []


async def test_paths_that_lead_nowhere(served: Served) -> None:
    for path in ("/v1/nope", "/v1/employees/", "/v1"):
        assert assert_problem(await served.get(path), 404, "not-found"), path
    nul = await served.get("/v1/employees/%00")
    assert assert_problem(nul, 404, "not-found")
    for path, code in (
        ("/v1/employees/nobody", "no-employee"),
        ("/v1/employees/nobody/assignment", "no-employee"),
        ("/v1/changes/chg_x", "no-such-change"),
        ("/v1/endpoints/end_x", "no-such-endpoint"),
        ("/v1/deliveries/dlv_x", "no-such-delivery"),
        ("/v1/deliveries/dlv_" + base64.urlsafe_b64encode(b'[1e30,1,""]').decode(), "no-such-delivery"),
        ("/v1/deliveries/dlv_" + base64.urlsafe_b64encode(f'[{10**30},1,""]'.encode()).decode(), "no-such-delivery"),
        ("/v1/deliveries/dlv_" + base64.urlsafe_b64encode(b'[1,2,"\\u0000"]').decode(), "no-such-delivery"),
        ("/v1/ladders/nope/chart", "no-ladder-in-force"),
    ):
        assert assert_problem(await served.get(path), 404, code), path


async def test_methods(served: Served) -> None:
    wrong = await served.call("DELETE", "/v1/employees")
    assert_problem(wrong, 405, "method-not-allowed")
    assert wrong.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    options = await served.client.options("/v1/endpoints/end_x")
    assert (options.status_code, options.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH")
    assert "access-control-allow-origin" not in options.headers
    shown, bare = await served.get("/v1/ladders"), await served.call("HEAD", "/v1/ladders")
    assert (bare.status_code, bare.content) == (200, b"")
    assert bare.headers["content-length"] == shown.headers["content-length"]
    assert bare.headers["etag"] == shown.headers["etag"]


async def test_keys_that_do_not_work(served: Served) -> None:
    good = await served.key("admin")
    missing = await served.client.get("/v1/employees")
    assert_problem(missing, 401, "missing-key")
    assert missing.headers["www-authenticate"] == 'Bearer realm="dualtrack"'
    basic = await served.client.get("/v1/employees", headers={"Authorization": "Basic YTpi"})
    assert_problem(basic, 401, "missing-key")
    in_query = await served.client.get(f"/v1/employees?key={good}")
    assert_problem(in_query, 401, "missing-key")
    for wrong in (good[:-1], good + "x", "dt_x_y", "x", good.upper(), "dt__"):
        answer = await served.client.get("/v1/employees", headers={"Authorization": f"Bearer {wrong}"})
        assert_problem(answer, 401, "key-refused")
        assert "invalid_token" in answer.headers["www-authenticate"]
        assert wrong not in answer.text or wrong == "x"
    # The key is asked for before anything of the request is looked at.
    assert_problem(await served.client.post("/v1/employees?x=1", content=b"{"), 401, "missing-key")


async def test_idempotency_keys_that_cannot_be_used(served: Served) -> None:
    for key in ("", "x" * 256, "tab\there"):
        answer = await served.call("POST", "/v1/employees", json={}, headers={"Idempotency-Key": key})
        assert_problem(answer, 400, "invalid-idempotency-key")
    assert (await served.get("/v1/employees")).json()["data"] == []


async def test_a_body_of_another_kind_is_called_the_body(served_once: Served) -> None:
    for body in ([], "ada", 5):
        answer = await served_once.call("POST", "/v1/employees", json=body)
        problem = assert_problem(answer, 422, "invalid-body")
        assert problem["detail"].startswith("The body: Input should be"), problem
        assert [fault["pointer"] for fault in problem["errors"]] == [""]
