"""People and changes by request: what is answered, tagged, repeated and refused."""

from typing import Any

from tests.rest.served import Served, assert_problem

HIRE = {"ladder": "engineering", "level": "ic4", "zone": "berlin"}


async def test_a_person_is_made_at_revision_0_and_found_by_each_name(served: Served) -> None:
    made = await served.call("POST", "/v1/employees", json={"key": "ada", "external_ids": {"workday": "2/1 ü"}})

    assert made.status_code == 201
    body = made.json()
    assert (body["key"], body["revision"], body["external_ids"]) == ("ada", 0, {"workday": "2/1 ü"})
    assert made.headers["location"] == f"/v1/employees/{body['id']}"
    assert made.headers["etag"] == '"0"'
    assert made.headers["cache-control"] == "private, no-store"
    for name in (body["id"], "ada", "workday:2%2F1%20%C3%BC"):
        found = await served.get(f"/v1/employees/{name}")
        assert found.json() == {**body, "known_at": found.json().get("known_at")}, name


async def test_the_etag_of_a_person_is_the_revision_and_answers_304(served: Served) -> None:
    await served.person()
    await served.change(HIRE, "2026-01-01")

    found = await served.get("/v1/employees/ada")
    again = await served.get("/v1/employees/ada", headers={"If-None-Match": found.headers["etag"]})

    assert found.headers["etag"] == '"1"'
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", '"1"')


async def test_other_tags_are_of_the_bytes(served: Served) -> None:
    await served.person()
    hired = await served.change(HIRE, "2026-01-01")
    path = f"/v1/employees/ada/assignment?effective_on=2026-02-01&known_at={hired['known_at']}"

    with_pay = await served.get(path)
    without = await served.get(path, scopes=("assignments:read",))
    same = await served.get(path, headers={"If-None-Match": f'W/"other", {with_pay.headers["etag"]}'})

    assert with_pay.headers["etag"] != without.headers["etag"]
    assert same.status_code == 304
    assert (await served.get(path)).content == with_pay.content


async def test_a_change_answers_both_sides_and_never_pay(served: Served) -> None:
    await served.person()
    await served.change(HIRE, "2026-01-01")
    done = await served.call(
        "POST",
        "/v1/employees/ada/changes",
        json={"effective_on": "2026-03-01", "to": {"level": "em4"}, "reason": "lead"},
        headers={"If-Match": '"1"'},
    )

    body = done.json()
    assert (done.status_code, done.headers["etag"]) == (201, '"2"')
    assert done.headers["location"] == f"/v1/changes/{body['id']}"
    assert (body["kind"], body["grade_delta"], body["status"], body["revision"]) == ("track_switch", 0, "effective", 2)
    assert (body["from"]["level"], body["to"]["level"]) == ("ic4", "em4")
    assert body["to"]["redacted"] == ["band"]
    assert "band" not in body["to"]
    assert [event["type"] for event in body["events"]] == ["track.switched"]
    shown = (await served.get(done.headers["location"])).json()
    assert (shown["kind"], shown["reason"], shown["states"]) == (
        "track_switch",
        "lead",
        {"ladder": "engineering", "level": "em4"},
    )


async def test_a_dry_run_answers_alike_and_keeps_nothing(served: Served) -> None:
    await served.person()
    request: dict[str, Any] = {"json": {"effective_on": "2026-01-01", "to": HIRE}, "headers": {"If-Match": '"0"'}}

    tried = await served.call("POST", "/v1/employees/ada/changes?dry_run=true", **request)
    nothing = await served.get("/v1/employees/ada/timeline")
    done = await served.call("POST", "/v1/employees/ada/changes", **request)

    assert (tried.status_code, done.status_code) == (201, 201)
    assert "location" not in tried.headers
    assert nothing.json()["segments"] == nothing.json()["changes"] == []
    blanks = dict.fromkeys(("id", "recorded_at", "known_at"))
    expected = {**done.json(), **blanks, "events": [{"id": None, "type": "assignment.started", "sequence": None}]}
    assert tried.json() == expected


async def test_a_repeated_key_is_answered_again_and_before_if_match(served: Served) -> None:
    await served.person()
    headers = {"Idempotency-Key": "k1", "If-Match": '"0"'}
    request = {"effective_on": "2026-01-01", "to": HIRE}

    first = await served.call("POST", "/v1/employees/ada/changes", json=request, headers=headers)
    again = await served.call("POST", "/v1/employees/ada/changes", json=request, headers=headers)
    other = await served.call("POST", "/v1/employees/ada/changes", json={**request, "reason": "x"}, headers=headers)
    bare = {"Idempotency-Key": "k1"}
    unguarded = await served.call("POST", "/v1/employees/ada/changes", json=request, headers=bare)

    assert (first.status_code, again.status_code) == (201, 201)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    assert_problem(other, 422, "idempotency-key-reused")
    # Without the precondition it is not the request that was sent.
    assert_problem(unguarded, 428, "if-match-missing")
    assert (await served.get("/v1/employees/ada")).json()["revision"] == 1


async def test_a_write_says_what_it_is_based_on(served: Served) -> None:
    await served.person()
    path, body = "/v1/employees/ada/changes", {"effective_on": "2026-01-01", "to": HIRE}

    missing = assert_problem(await served.call("POST", path, json=body), 428, "if-match-missing")
    stale = assert_problem(
        await served.call("POST", path, json=body, headers={"If-Match": '"9"'}), 412, "revision-stale"
    )
    for wrong in ("1", '"x"', 'W/"x"', '"0", "1"', '"-1"', ""):
        assert_problem(await served.call("POST", path, json=body, headers={"If-Match": wrong}), 400, "invalid-if-match")

    assert (missing["revision"], stale["revision"]) == (0, 0)
    assert (await served.get("/v1/employees/ada")).json()["revision"] == 0


async def test_to_must_be_there_and_null_ends(served: Served) -> None:
    await served.person()
    await served.change(HIRE, "2026-01-01")

    absent = await served.call(
        "POST", "/v1/employees/ada/changes", json={"effective_on": "2026-05-01"}, headers={"If-Match": "*"}
    )
    ended = await served.change(None, "2026-05-01")

    assert assert_problem(absent, 422, "invalid-body")["errors"][0]["pointer"] == "/to"
    assert (ended["kind"], ended["to"]) == ("end", None)
    assert_problem(await served.get("/v1/employees/ada/assignment"), 404, "no-assignment")


async def test_external_ids_are_bound_and_released(served: Served) -> None:
    ada, _ = await served.person("ada", workday="1"), await served.person("bob")
    bind: dict[str, Any] = {"json": {"value": "1"}, "headers": {"If-Match": "*"}}

    taken = await served.call("PUT", "/v1/employees/bob/external-ids/workday", **bind)
    tried = await served.call("PUT", "/v1/employees/bob/external-ids/workday?dry_run=true", **bind)
    released = await served.call("DELETE", f"/v1/employees/{ada}/external-ids/workday", headers={"If-Match": '"0"'})
    bound = await served.call("PUT", "/v1/employees/bob/external-ids/workday", **bind)

    for answer in (taken, tried):
        assert ada not in assert_problem(answer, 409, "external-id-taken")["detail"]
    assert (released.status_code, released.json()["external_ids"], released.headers["etag"]) == (200, {}, '"1"')
    assert (bound.status_code, bound.json()["external_ids"]) == (200, {"workday": "1"})
    assert (await served.get("/v1/employees/workday:1")).json()["key"] == "bob"
    # What is so already, or is not there, is no act.
    again = await served.call("PUT", "/v1/employees/bob/external-ids/workday", **bind)
    gone = await served.call("DELETE", f"/v1/employees/{ada}/external-ids/workday", headers={"If-Match": '"1"'})
    assert (again.headers["etag"], gone.status_code, gone.headers["etag"]) == (bound.headers["etag"], 200, '"1"')


async def test_what_was_known_does_not_alter(served: Served) -> None:
    await served.person()
    hired = await served.change(HIRE, "2026-01-01")
    served.clock.us += 60_000_000
    path = f"/v1/employees/ada/assignment?effective_on=2026-02-01&known_at={hired['known_at']}"

    before = await served.get(path)
    await served.change({"level": "ic5"}, "2026-01-15")

    assert (await served.get(path)).content == before.content
    assert (await served.get("/v1/employees/ada/assignment?effective_on=2026-02-01")).json()["level"] == "ic5"


async def test_malformed_names_are_refused_at_their_place(served: Served) -> None:
    for body, code, pointer in (
        ({"key": "emp_x"}, "invalid-key", "/key"),
        ({"key": "a:b"}, "invalid-key", "/key"),
        ({"external_ids": {"Work Day": "1"}}, "invalid-external-id", "/external_ids/Work Day"),
    ):
        refused = await served.call("POST", "/v1/employees", json=body)
        assert assert_problem(refused, 422, code)["errors"][0]["pointer"] == pointer
    assert (await served.get("/v1/employees")).json()["data"] == []
