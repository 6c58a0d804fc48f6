"""Digests of everybody: a copy made of the feed alone, by the functions that the documentation shows, has the same."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from service.usecases.changes import activate_due
from tests.docs import block_with, defined
from tests.rest.served import Served, assert_problem

MIRROR = defined(block_with("snapshots.md", "python", "def take("))
HIRE = {"ladder": "engineering", "level": "ic4", "zone": "berlin"}
Copy = dict[str, dict[str, Any]]


async def change(served: Served, employee: str, to: Any, on: str, job: str = "primary") -> str:
    path, body = f"/v1/employees/{employee}/changes", {"effective_on": on, "to": to, "job": job}
    done = await served.call("POST", path, json=body, headers={"If-Match": "*"})
    assert done.status_code == 201, done.text
    return done.json()["id"]


async def told(served: Served, *, after: str | None = None, upto: str | None = None, **more: Any) -> list[Any]:
    """The feed, between two places."""
    found: list[Any] = []
    query: dict[str, Any] = {"limit": 7, **more}
    while True:
        here = {**query, "after": after} if after else query
        page = (await served.get("/v1/events", params=here, scopes=("assignments:read",))).json()
        found += page["data"]
        after = page["page"]["next_cursor"]
        if not page["has_more"]:
            assert upto is None or after == upto
            return found


async def digests(served: Served, **more: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """All rows, and what bounds them."""
    rows: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 2, **more}
    bounds: set[tuple[str, str]] = set()
    while True:
        answer = await served.get("/v1/digests", params=query, scopes=("assignments:read",))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += page["data"]
        bounds.add((page["known_at"], page["events_after"]))
        if page["page"]["next_cursor"] is None:
            (found,) = bounds
            return rows, {"known_at": found[0], "events_after": found[1]}
        query = {**query, "cursor": page["page"]["next_cursor"]}


async def a_week(served: Served) -> None:
    """Acts of every kind that alter days, also in several jobs, in the past, the future and back."""
    await change(served, "ada", {"team": "core"}, "2026-02-01")
    await change(served, "ada", {"level": "em4"}, "2026-09-01")
    raised = await change(served, "bob", {"level": "ic5"}, "2026-03-01")
    await change(served, "bob", {**HIRE, "team": "web"}, "2026-04-01", "Ünï")
    await change(served, "bob", {"team": "core"}, "2026-04-01", "Ünï")
    await change(served, "bob", None, "2026-05-01", "Ünï")
    await change(served, "cyd", {"team": "web"}, "2026-02-01")
    # It makes good what somebody who missed the one before it has wrong.
    await change(served, "cyd", {"team": "core"}, "2026-02-01")
    done = await served.call(
        "POST", f"/v1/changes/{raised}/rescind", json={"reason": "never"}, headers={"If-Match": "*"}
    )
    assert done.status_code == 200, done.text
    leading = {"role": "project-lead", "name": "Night shift", "from": "2026-03-01", "to": "2026-04-01"}
    done = await served.call("POST", "/v1/employees/ada/overlays", json=leading, headers={"If-Match": "*"})
    assert done.status_code == 201, done.text


def built(events: Iterable[Any]) -> Copy:
    copy: Copy = {}
    for event in events:
        MIRROR["take"](copy, event)
    return copy


def differing(copy: Copy, rows: Iterable[dict[str, Any]]) -> list[str]:
    return [row["employee"] for row in rows if MIRROR["row"](copy, row["employee"]) != row]


async def test_who_lost_a_week_rebuilds_and_agrees(served: Served) -> None:
    ids = {key: await served.person(key) for key in ("ada", "bob", "cyd", "dan")}
    for key in ("ada", "bob", "cyd"):
        await change(served, key, HIRE, "2026-01-01")
    copy = built(await told(served))
    rows, before = await digests(served)
    assert [row["employee"] for row in rows] == sorted(ids.values())
    assert differing(copy, rows) == []
    assert {row["sequence"] for row in rows if row["employee"] == ids["dan"]} == {0}

    await a_week(served)
    rows, bounds = await digests(served)
    # Asleep for a week, it differs at everybody who moved, and only there.
    assert differing(copy, rows) == sorted(ids[key] for key in ("ada", "bob", "cyd"))
    missed = await told(served, after=before["events_after"], upto=bounds["events_after"])
    for event in missed:
        MIRROR["take"](copy, event)
    assert differing(copy, rows) == []
    every = await told(served)
    assert differing(built(every), rows) == []
    assert max(row["sequence"] for row in rows) == 6
    # As known at the instant before, it is as it was, for ever.
    assert (await digests(served, known_at=before["known_at"]))[0] != rows
    assert (
        differing(built(every[: len(every) - len(missed)]), (await digests(served, known_at=before["known_at"]))[0])
        == []
    )

    for number, lost in enumerate(every):
        if "employee" in lost["data"]:
            one_less = built(every[:number] + every[number + 1 :])
            assert differing(one_less, rows) == [lost["data"]["employee"]["id"]], lost["type"]
    # An event that was taken wrongly is found by the digest alone.
    copy[ids["bob"]]["jobs"]["primary"][0][2]["team"] = "elsewhere"
    (wrong,) = [row for row in rows if MIRROR["row"](copy, row["employee"]) != row]
    assert {**MIRROR["row"](copy, ids["bob"]), "digest": wrong["digest"]} == wrong
    del copy[ids["bob"]]
    for event in await told(served, subject="bob"):
        MIRROR["take"](copy, event)
    assert differing(copy, rows) == []


async def test_the_clock_and_long_timelines(served_once: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.domain.events.MOST_SEGMENTS", 2)
    served = served_once
    person = await served.person("ada")
    hired = await change(served, "ada", HIRE, "2026-01-01")
    for number in range(3):
        await change(served, "ada", {"team": ("core", "web")[number % 2]}, f"2026-0{number + 6}-20")
    done = await served.call(
        "POST", f"/v1/changes/{hired}/correct", json={"to": {**HIRE, "zone": "nyc"}}, headers={"If-Match": "*"}
    )
    assert done.status_code in {200, 201}, done.text
    every = await told(served)
    assert every[-1]["data"]["affected"]["timeline"] is None
    shown = (await served.get("/v1/employees/ada/timeline")).json()["segments"]
    segments = [
        {"from": one["effective_from"], "to": one["effective_to"], "assignment": one["assignment"]} for one in shown
    ]

    def timeline(employee: str, job: str) -> Any:
        assert (employee, job) == (person, "primary")
        return segments

    copy = built(every[:-1])
    assert differing(copy, (await digests(served))[0]) == [person]
    MIRROR["take"](copy, every[-1], timeline)
    assert differing(copy, (await digests(served))[0]) == []
    # Days pass: what was planned takes effect by events that alter no day.
    served.clock.move_to(date(2027, 1, 1))
    await activate_due(served.house.runtime, person)
    last = every[-1]["sequence"]
    news = [event for event in await told(served) if event["sequence"] > last]
    assert [event["data"]["affected"] for event in news] == [None] * 3
    rows, _ = await digests(served)
    assert {**MIRROR["row"](copy, person), "sequence": last + 3, "event": news[-1]["id"]} == rows[0]
    for event in news:
        MIRROR["take"](copy, event)
    assert differing(copy, rows) == []


async def test_what_refuses_digests(served_once: Served) -> None:
    assert_problem(await served_once.get("/v1/digests", scopes=("ladders:read",)), 403, "missing-scope")
    assert_problem(await served_once.get("/v1/digests?known_at=2999-01-01T00:00:00Z"), 422, "known-at-in-future")
    assert_problem(await served_once.get("/v1/digests?cursor=x"), 400, "cursor-invalid")
    empty = (await served_once.get("/v1/digests")).json()
    assert (empty["data"], empty["page"]["next_cursor"]) == ([], None)
