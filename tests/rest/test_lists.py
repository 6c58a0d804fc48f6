"""Lists by page: nobody twice, nobody left out, also while others write."""

import base64
import json
from typing import Any

from tests.rest.served import Served, assert_problem

HIRE = {"ladder": "engineering", "level": "ic4", "zone": "berlin"}


def unpacked(cursor: str) -> list[Any]:
    return json.loads(base64.urlsafe_b64decode(cursor + "==="))


def packed(parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


async def walk(served: Served, path: str, *, between: Any = None) -> list[dict[str, Any]]:
    """Every item, following `Link` to the end."""
    found: list[dict[str, Any]] = []
    following: str | None = path
    while following:
        answer = await served.get(following)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += body["data"]
        assert len(body["data"]) <= body["page"]["limit"]
        following = answer.links.get("next", {}).get("url")
        assert (following is None) == (body["page"]["next_cursor"] is None)
        assert ("prev" in answer.links) == (body["page"]["prev_cursor"] is not None)
        if between:
            await between()
    return found


async def test_a_walk_during_writes_neither_skips_nor_repeats(served: Served) -> None:
    for number in range(5):
        await served.person(f"p{number}")
        await served.change(HIRE, "2026-01-01", employee=f"p{number}")
    extra = iter(range(100))

    async def between() -> None:
        key = f"new{next(extra)}"
        await served.person(key)
        await served.change({**HIRE, "level": "em4"}, "2026-01-01", employee=key)
        await served.change({"level": "ic5"}, "2026-02-01", employee="p4")
        await served.change({"level": "ic4"}, "2026-02-01", employee="p4")

    people = await walk(served, "/v1/employees?limit=2", between=between)
    assert [one["key"] for one in people] == [f"p{number}" for number in range(5)]
    before = [one["key"] for one in people]
    standing = await walk(served, "/v1/assignments?limit=2&track=ic", between=between)
    assert sorted(one["employee"]["key"] for one in standing) == before
    assert {one["level"] for one in standing} == {"ic4"}
    assert len({one["known_at"] for one in standing}) == 1


async def test_filters_repeated_are_or_and_different_are_and(served: Served) -> None:
    for key, facts in {
        "a": {"level": "ic3", "team": "core"},
        "b": {"level": "em3", "team": "core"},
        "c": {"level": "ic4", "team": "web"},
        "d": {"level": "e2", "team": None},
    }.items():
        await served.person(key)
        await served.change({**HIRE, **facts, "role": "engineer"}, "2026-01-01", employee=key)

    async def keys(query: str) -> list[str]:
        return sorted(one["employee"]["key"] for one in await walk(served, f"/v1/assignments?{query}"))

    assert await keys("") == ["a", "b", "c", "d"]
    assert await keys("track=ic&track=manager") == ["a", "b", "c"]
    assert await keys("grade=3&track=ic") == ["a"]
    assert await keys("level=ic4&level=e2") == ["c", "d"]
    assert await keys("team=core&team=web&zone=berlin&ladder=engineering&role=engineer") == ["a", "b", "c"]
    assert await keys("zone=nyc") == []
    assert await keys("effective_on=2025-12-31") == []
    empty = (await served.get("/v1/assignments?zone=nyc&effective_on=2026-02-01")).json()
    assert empty["effective_on"] == "2026-02-01"
    assert empty["known_at"].endswith("Z")


async def test_limits(served: Served) -> None:
    assert (await served.get("/v1/employees")).json()["page"]["limit"] == 50
    assert (await served.get("/v1/employees?limit=200")).status_code == 200
    for limit in ("0", "201", "-1", "x", "1.5", "99999999999999999999", ""):
        answer = await served.get(f"/v1/employees?limit={limit}")
        assert assert_problem(answer, 422, "invalid-parameter")["errors"][0]["parameter"] == "limit", limit


async def test_cursors_that_do_not_fit(served: Served) -> None:
    for number in range(3):
        await served.person(f"p{number}")
    cursor = (await served.get("/v1/employees?limit=1")).json()["page"]["next_cursor"]
    other_limit = await served.get(f"/v1/employees?limit=2&cursor={cursor}")
    assert [one["key"] for one in other_limit.json()["data"]] == ["p1", "p2"]

    for path in (
        f"/v1/employees?limit=1&cursor={cursor}&known_at=2026-06-15T10:00:00Z",
        f"/v1/endpoints?cursor={cursor}",
    ):
        assert assert_problem(await served.get(path), 400, "cursor-mismatch"), path
    question, after, known_at, day, issued, way = unpacked(cursor)
    made_up: list[Any] = [
        [question, after, 10**30, day, issued, way],
        [question, after, "x", day, issued, way],
        [question, after, True, day, issued, way],
        [question, ["\u0000"], known_at, day, issued, way],
        [question, [7], known_at, day, issued, way],
        [question, [], known_at, day, issued, way],
        [question, [*after, "x"], known_at, day, issued, way],
        [question, after, known_at, "2026-13-01", issued, way],
        [question, after, known_at, day, "x", way],
        [question, after, known_at, day, 1e9, way],
        [question, after, known_at, day, issued, "up"],
        [question, after, known_at, day, issued, [way]],
        [question, after, known_at, day],
        {"a": 1},
        7,
    ]
    texts = [packed(one) for one in made_up]
    for known in (-(10**17), 0):
        ancient = packed([question, after, known, day, issued, way])
        assert (await served.get(f"/v1/employees?limit=1&cursor={ancient}")).json()["data"] == []
    deep = base64.urlsafe_b64encode(b"[" * 5_000).decode()
    for text in (*texts, deep, "", "x", "ü", "%00", cursor[:-4]):
        answer = await served.get(f"/v1/employees?limit=1&cursor={text}")
        assert answer.status_code in {400, 422}, (text, answer.text)
        assert answer.json()["code"] in {"cursor-invalid", "invalid-parameter"}, text
