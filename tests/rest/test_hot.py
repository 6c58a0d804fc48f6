"""The hot reads on the wire: what comes back does not tell which way it went."""

from typing import Any

import httpx
import pytest

from bench.capture import captured
from tests.rest.served import Served, assert_problem

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}
PATH = "/v1/employees/ada/assignment"
OWN = {"date", "x-request-id", "ratelimit"}


def told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.content, {name: v for name, v in answer.headers.items() if name not in OWN}


async def test_both_ways_answer_alike(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slowly(method: str, path: str, **more: Any) -> httpx.Response:
        """The answer of the route, which reads whatever has a parameter that the quick way does not know."""
        with monkeypatch.context() as changed:
            changed.setattr("service.rest.hot._NAMES", frozenset[str]())
            return await served.call(method, path, **more)

    await served.person("ada", workday="a/b")
    await served.change(HIRE, "2026-01-01")
    await served.change({"level": "em3"}, "2026-03-01")
    known = (await served.get(PATH)).json()["known_at"]
    for day in ("2026-02-01", "2026-04-01"):
        for scopes in (("admin",), ("assignments:read",)):
            asked = f"{PATH}?known_at={known}&job=primary&effective_on={day}"
            # A new key is a new generation, which the ordinary way learns of first.
            await served.get(asked, scopes=scopes)
            with captured() as issued:
                quick = await served.get(asked, scopes=scopes)
            # It went past SQLAlchemy, so past everything that is ordinary.
            assert [one.text for one in issued if "assignment" in one.text] == []
            slow = await slowly("GET", asked, scopes=scopes)
            assert told(quick) == told(slow)
            assert (b'"redacted":["band"]' in quick.content) == (scopes == ("assignments:read",))
            again = {"headers": {"If-None-Match": quick.headers["etag"]}, "scopes": scopes}
            same, same_slowly = await served.get(asked, **again), await slowly("GET", asked, **again)
            assert told(same) == told(same_slowly) and same.status_code == 304
            head = await served.call("HEAD", asked, scopes=scopes)
            slow_head = await slowly("HEAD", asked, scopes=scopes)
            assert told(head) == told(slow_head) and head.content == b""
    # A name with a slash in it is the route's, too.
    assert (await served.get("/v1/employees/workday:a%2Fb/assignment")).json()["level"] == "em3"


async def test_refusals_are_those_of_the_route(served: Served) -> None:
    await served.person("ada")
    await served.change(HIRE, "2026-01-01")
    for query, status, code in (
        ("effectiveon=2026-01-01", 400, "unknown-parameter"),
        ("effective_on=2026-02-30", 422, "invalid-date"),
        ("known_at=2026-06-15T10:00:00+00:00", 400, "unescaped-plus"),
        ("known_at=x", 422, "invalid-parameter"),
        ("known_at=2999-01-01T00:00:00Z", 422, "known-at-in-future"),
        ("job=", 422, "invalid-parameter"),
        (f"job={'j' * 65}", 422, "invalid-parameter"),
        ("job=%00", 422, "invalid-parameter"),
        ("effective_on=2025-12-31", 404, "no-assignment"),
        ("job=other", 404, "no-assignment"),
    ):
        assert_problem(await served.get(f"{PATH}?{query}"), status, code)
    assert_problem(await served.get("/v1/employees/nobody/assignment"), 404, "no-employee")
    assert_problem(await served.get("/v1/employees/%00/assignment"), 404, "not-found")
    assert_problem(await served.get(PATH, scopes=("ladders:read",)), 403, "missing-scope")
    assert_problem(await served.client.get(PATH), 401, "missing-key")
    assert_problem(await served.client.get(PATH, headers={"Authorization": "Bearer dt_x_y"}), 401, "key-refused")
    assert_problem(await served.call("POST", PATH), 405, "method-not-allowed")
