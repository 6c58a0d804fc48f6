"""Ids in other systems: they name a person wherever an id does, over time, and never two people at once."""

from typing import Any

import pytest

from tests.rest.served import Served, assert_problem

HIRE = {"ladder": "engineering", "level": "ic4"}
ANY = {"If-Match": "*"}


async def bind(served: Served, employee: str, system: str, value: str) -> dict[str, Any]:
    path = f"/v1/employees/{employee}/external-ids/{system}"
    done = await served.call("PUT", path, json={"value": value}, headers=ANY)
    assert done.status_code == 200, done.text
    return done.json()


async def history(served: Served, employee: str, **asked: str) -> list[tuple[str, str, str, str | None]]:
    answer = await served.get(f"/v1/employees/{employee}/external-ids", params=asked)
    assert answer.status_code == 200, answer.text
    return [(one["system"], one["value"], one["known_from"], one["known_to"]) for one in answer.json()["data"]]


async def test_bindings_over_time(served: Served) -> None:
    ada = await served.person("ada", workday="1", gusto="g")
    made = (await served.get("/v1/employees/ada")).json()["known_at"]
    bound = await bind(served, "ada", "workday", "2")
    freed = (await served.call("DELETE", "/v1/employees/ada/external-ids/gusto", headers=ANY)).json()
    again = await bind(served, "ada", "gusto", "g")
    assert [bound["revision"], freed["revision"], again["revision"]] == [1, 2, 3]
    assert (await bind(served, "ada", "gusto", "g"))["revision"] == 3

    one, two, three = bound["known_at"], freed["known_at"], again["known_at"]
    (_, _, first, _), *_ = whole = await history(served, "ada")
    assert first <= made
    assert whole == [
        ("gusto", "g", first, two),
        ("workday", "1", first, one),
        ("workday", "2", one, None),
        ("gusto", "g", three, None),
    ]
    for known_at, expected in (
        (made, [("gusto", "g", first, None), ("workday", "1", first, None)]),
        (one, [("gusto", "g", first, None), ("workday", "1", first, one), ("workday", "2", one, None)]),
        (two, whole[:3]),
        (three, whole),
    ):
        assert await history(served, "ada", known_at=known_at) == expected
        assert await history(served, "workday:2" if known_at >= one else "workday:1", known_at=known_at) == expected
    assert_problem(
        await served.get("/v1/employees/workday:2/external-ids", params={"known_at": made}), 404, "no-employee"
    )
    assert_problem(await served.get("/v1/employees/workday:1/external-ids"), 404, "no-employee")

    page = (await served.get("/v1/employees/ada/external-ids?limit=3")).json()
    rest = await history(served, "ada", limit="3", cursor=page["page"]["next_cursor"])
    assert (len(page["data"]), rest) == (3, whole[3:])
    lacking = await served.get("/v1/employees/ada/external-ids", scopes=("ladders:read",))
    assert_problem(lacking, 403, "missing-scope")
    told = (await served.get("/v1/events")).json()["data"]
    assert [one for one in told if one["type"] not in {"ladder.published", "bands.published"}] == []
    assert (await served.get("/v1/employees/ada")).json()["id"] == ada


@pytest.mark.parametrize("system", ["workday", "emp_hr", "emp_"])
async def test_wherever_an_id_does(served: Served, system: str) -> None:
    """A system may be called what an id begins with: an id has no colon."""
    value, written = "a/b: ä%+", "a%2Fb%3A%20%C3%A4%25%2B"
    name = f"{system}:{written}"
    ada = await served.person("ada", **{system: value})
    await served.person("bob")
    hired = await served.change(HIRE, "2026-01-01", employee=name)
    person = f"/v1/employees/{name}"
    for path in (person, f"{person}/assignment", f"{person}/timeline", f"{person}/external-ids"):
        assert (await served.get(path)).status_code == 200, path
        then = await served.get(path, params={"known_at": hired["recorded_at"]})
        assert then.status_code == 200, path
    assert (await served.get(f"{person}/assignment")).json()["employee"]["id"] == ada
    told = (await served.get(f"/v1/events?subject={name}")).json()["data"]
    assert [one["data"]["employee"]["id"] for one in told] == [ada]

    path = f"/v1/employees/bob/external-ids/{system}"
    taken = assert_problem(await served.call("PUT", path, json={"value": value}, headers=ANY), 409, "external-id-taken")
    assert ada not in str(taken) and "ada" not in str(taken)
    assert (await served.get("/v1/employees/bob")).json()["revision"] == 0
    assert (await served.call("DELETE", f"{person}/external-ids/{system}", headers=ANY)).status_code == 200
    nobody = await served.get(person)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "no-employee")
    await bind(served, "bob", system, value)
    assert (await served.get(person)).json()["key"] == "bob"
    then = await served.get(f"{person}/assignment", params={"known_at": hired["recorded_at"]})
    assert then.json()["employee"]["id"] == ada
    for key in (f"{system}:1", "emp_1"):
        assert_problem(await served.call("POST", "/v1/employees", json={"key": key}), 422, "invalid-key")
