"""API keys by request: made once, shown once, stopped at once."""

from typing import Any

import httpx
from sqlalchemy import select

from service.domain.access import Scope
from service.storage.tables import api_key, idempotency
from tests.rest.served import Served, assert_problem
from tests.stage import TODAY

ASKED = {"name": "payroll", "scopes": ["bands:read", "assignments:read"]}


async def with_key(served: Served, key: str, path: str = "/v1/employees") -> httpx.Response:
    return await served.client.get(path, headers={"Authorization": f"Bearer {key}"})


async def keys_of(served: Served) -> list[dict[str, Any]]:
    return (await served.get("/v1/keys")).json()["data"]


async def test_a_key_through_its_life(served: Served) -> None:
    before = await keys_of(served)
    tried = await served.call("POST", "/v1/keys?dry_run=true", json=ASKED, headers={"Idempotency-Key": "k"})
    assert (tried.status_code, "location" in tried.headers) == (201, False)
    assert (tried.json()["id"], tried.json()["created_at"], tried.json()["key"]) == (None, None, None)
    assert await keys_of(served) == before

    made = await served.call("POST", "/v1/keys", json=ASKED, headers={"Idempotency-Key": "k"})
    key, path = made.json()["key"], made.headers["location"]
    assert (made.status_code, made.headers["cache-control"]) == (201, "private, no-store")
    assert key.startswith(f"dt_{made.json()['id']}_") and len(key) > 60
    assert made.json() == {
        **tried.json(),
        "id": path.removeprefix("/v1/keys/"),
        "scopes": ["assignments:read", "bands:read"],
        "created_at": made.json()["created_at"],
        "key": key,
    }
    shown = {**made.json(), "key": None}
    again = await served.call("POST", "/v1/keys", json=ASKED, headers={"Idempotency-Key": "k"})
    assert (again.json(), again.headers["idempotent-replayed"]) == (shown, "true")
    assert await keys_of(served) == [*before, shown]
    read = await served.get(path)
    assert (read.json(), read.headers["cache-control"]) == (shown, "private, no-store")
    async with served.house.database.read() as connection:
        kept = [*(await connection.execute(select(idempotency))), *(await connection.execute(select(api_key)))]
    secret = key.split("_", 2)[2]
    assert len(secret) > 40 and [row for row in kept if secret in str(row)] == []

    assert (await with_key(served, key)).status_code == 200
    assert_problem(await with_key(served, key, "/v1/keys"), 403, "missing-scope")
    tried = await served.call("DELETE", f"{path}?dry_run=true")
    assert (tried.status_code, tried.json()) == (200, shown)
    assert (await with_key(served, key)).status_code == 200
    revoked = await served.call("DELETE", path)
    assert_problem(await with_key(served, key), 401, "key-refused")
    assert revoked.json() == {**shown, "revoked_at": revoked.json()["revoked_at"]}
    assert revoked.json()["revoked_at"] > shown["created_at"]
    assert (await served.get(path)).json() == revoked.json()
    for suffix in ("", "?dry_run=true"):
        assert_problem(await served.call("DELETE", path + suffix), 404, "no-such-key")
    assert (await served.get(path)).json() == revoked.json()
    assert_problem(await served.call("DELETE", "/v1/keys/nobody"), 404, "no-such-key")
    assert_problem(await served.get("/v1/keys/nobody"), 404, "no-such-key")


async def test_a_key_expires_at_its_instant(served: Served) -> None:
    served.clock.move_to(TODAY, hour=10)
    made = await served.call("POST", "/v1/keys", json={**ASKED, "expires_at": f"{TODAY}T13:00:00+02:00"})
    assert made.json()["expires_at"] == f"{TODAY}T11:00:00.000000Z"
    assert (await with_key(served, made.json()["key"])).status_code == 200
    served.clock.move_to(TODAY, hour=11)
    assert_problem(await with_key(served, made.json()["key"]), 401, "key-refused")


async def test_the_list_comes_in_pages_of_those_made_behind(served: Served) -> None:
    names = [f"key {number}" for number in range(3)]
    for name in names:
        assert (await served.call("POST", "/v1/keys", json={**ASKED, "name": name})).status_code == 201
    found: list[str] = []
    path: str | None = "/v1/keys?limit=2"
    while path:
        answer = await served.get(path)
        found += [one["name"] for one in answer.json()["data"]]
        path = answer.links["next"]["url"] if "next" in answer.links else None
    assert found == ["test", *names]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"scopes": ["assignments:raed"]}, "invalid-body", "/scopes/0"),
    ({"scopes": []}, "invalid-body", "/scopes"),
    ({"scopes": "admin"}, "invalid-body", "/scopes"),
    ({"name": ""}, "invalid-body", "/name"),
    ({"name": "pay\x1b[2Jroll"}, "invalid-body", "/name"),
    ({"expires_at": "2020-01-01T00:00:00Z"}, "invalid-expiry", "/expires_at"),
    ({"expires_at": "2999-01-01"}, "invalid-expiry", "/expires_at"),
    ({"expires_at": "2999-01-01T00:00:00"}, "invalid-expiry", "/expires_at"),
    ({"expires_at": "9999-12-31T23:59:59-14:00"}, "invalid-expiry", "/expires_at"),
    ({"expires": "2999-01-01T00:00:00Z"}, "invalid-body", "/expires"),
]


async def test_what_makes_no_key(served: Served) -> None:
    before = await keys_of(served)
    for change, code, pointer in REFUSED:
        problem = assert_problem(await served.call("POST", "/v1/keys", json={**ASKED, **change}), 422, code)
        assert [one["pointer"] for one in problem["errors"]] == [pointer], change
        if pointer == "/scopes/0":
            assert [scope for scope in Scope if f"'{scope}'" not in problem["detail"]] == []
    assert await keys_of(served) == before
