"""Snapshots: the same bytes for ever, told when cut off, and a place in the feed to go on from without a gap."""

import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import httpx
import orjson
import pytest

from service.rest.exports import Ending, streamed
from service.usecases.paging import Listing, Part, Window
from tests.rest.served import Served, assert_problem
from tests.stage import TODAY

LINES, TABLE = {"Accept": "application/x-ndjson"}, {"Accept": "text/csv"}
HIRE = {"ladder": "engineering", "level": "ic4", "zone": "berlin"}
FACTS = (
    *("ladder", "ladder_version", "track", "level", "grade", "title", "step", "role", "team", "zone", "currency"),
    *("band_set", "grade_since", "step_since"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    end: int


Held = dict[tuple[str, str], dict[str, Any]]


async def change(served: Served, employee: str, to: Any, on: str, job: str = "primary") -> None:
    path, body = f"/v1/employees/{employee}/changes", {"effective_on": on, "to": to, "job": job}
    done = await served.call("POST", path, json=body, headers={"If-Match": "*"})
    assert done.status_code == 201, done.text


async def staffed(served: Served) -> None:
    for key in ("ada", "bob", "cyd"):
        await served.person(key, workday=f"w-{key}")
        await change(served, key, HIRE, "2026-01-01")
    await change(served, "bob", {**HIRE, "team": "core"}, "2026-02-01", "a second")
    await change(served, "bob", {**HIRE, "level": "em4"}, "2026-02-01", "Ünï")
    await change(served, "cyd", {"level": "ic5"}, "2026-09-01")


def digest(employee: str, jobs: dict[str, dict[str, Any]]) -> str:
    """As docs/rest.md says it is computed."""
    text = json.dumps(
        {"employee": employee, "jobs": {job: {name: held[name] for name in FACTS} for job, held in jobs.items()}},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def parts(answer: httpx.Response) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The lines of a whole snapshot, and how it ends."""
    assert answer.status_code == 200, answer.text
    *lines, last = [orjson.loads(line) for line in answer.content.splitlines()]
    (end,) = last.values()
    assert (list(last), end["count"]) == (["end"], len(lines))
    assert answer.headers["events-after"] == end["events_after"]
    assert answer.headers["known-at"] == end["known_at"]
    assert answer.headers["effective-on"] == end["effective_on"]
    return lines, end


def by_job(lines: list[dict[str, Any]]) -> Held:
    return {(line["employee"]["id"], line["job"]): {name: line[name] for name in FACTS} for line in lines}


async def test_a_snapshot_in_each_form(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.rest.exports.PART", 2)
    await staffed(served)
    lines, end = parts(await served.get("/v1/snapshots", headers=LINES))
    assert [(line["employee"]["key"], line["job"]) for line in lines] == [
        *(("ada", "primary"), ("bob", "a second"), ("bob", "primary"), ("bob", "Ünï"), ("cyd", "primary"))
    ]
    assert {line["employee"]["external_ids"]["workday"] for line in lines} == {"w-ada", "w-bob", "w-cyd"}
    held = (await served.get("/v1/assignments", params={"known_at": end["known_at"]})).json()["data"]
    assert held == [{name: value for name, value in line.items() if name != "digest"} for line in lines]
    people = {line["employee"]["id"]: line["digest"] for line in lines}
    for employee, told in people.items():
        jobs = {line["job"]: line for line in lines if line["employee"]["id"] == employee}
        assert told == digest(employee, jobs)
    assert len(set(people.values())) == 3
    assert len({(line["employee"]["id"], line["digest"]) for line in lines}) == 3

    table = await served.get("/v1/snapshots", headers=TABLE)
    *rows, last = csv.DictReader(io.StringIO(table.content.decode(), newline=""))
    assert [(row["employee.key"], row["job"], row["digest"], row["end.count"]) for row in rows] == [
        (line["employee"]["key"], line["job"], line["digest"], "") for line in lines
    ]
    filled = {name: value for name, value in last.items() if value}
    assert filled.pop("end.known_at") >= end["known_at"]
    assert filled == {
        "end.count": "5",
        "end.effective_on": TODAY.isoformat(),
        "end.events_after": end["events_after"],
    }
    some = await served.get("/v1/snapshots?fields=job&team=core", headers=LINES)
    assert some.content.splitlines()[0] == b'{"job":"a second"}'
    assert parts(some)[1]["count"] == 1
    filtered, _ = parts(await served.get("/v1/snapshots?track=manager&effective_from[gte]=2026-01-02", headers=LINES))
    assert [(line["job"], line["digest"]) for line in filtered] == [("Ünï", lines[1]["digest"])]
    nobody, end = parts(await served.get("/v1/snapshots?effective_on=1999-01-01", headers=LINES))
    assert (nobody, end["count"]) == ([], 0)


async def test_the_same_question_has_the_same_bytes_and_pay_is_where_it_may_be(served: Served) -> None:
    started = (await served.get("/v1/snapshots")).json()
    assert started["data"] == []
    await staffed(served)
    whole = (await served.get("/v1/snapshots?limit=2")).json()
    bounds = {"effective_on": whole["effective_on"], "known_at": whole["known_at"]}
    unpaid = ("assignments:read",)

    async def taken() -> list[bytes]:
        lines = await served.get("/v1/snapshots", params=bounds, headers=LINES)
        found = [lines.content, str(sorted(parts(lines)[1].items())).encode()]
        for accept in (TABLE, {}):
            found.append((await served.get("/v1/snapshots", params=bounds, headers=accept)).content)
        page: dict[str, Any] = {**bounds, "limit": 2}
        while True:
            answer = await served.get("/v1/snapshots", params=page)
            assert answer.json()["events_after"] == whole["events_after"]
            found.append(answer.content)
            page["cursor"] = answer.json()["page"]["next_cursor"]
            if page["cursor"] is None:
                return found

    before = await taken()
    paid = orjson.loads(before[0].splitlines()[0])
    assert paid["band"]["max"] == "49007.31"
    (seen, *_), _ = parts(await served.get("/v1/snapshots", params=bounds, headers=LINES, scopes=unpaid))
    assert seen == {**{name: value for name, value in paid.items() if name != "band"}, "redacted": ["band"]}
    await change(served, "bob", {"level": "ic5"}, "2026-01-15")
    await change(served, "ada", None, "2026-03-01")
    await served.person("dan")
    await change(served, "dan", HIRE, "2026-01-01")
    freed = await served.call("DELETE", "/v1/employees/cyd/external-ids/workday", headers={"If-Match": "*"})
    assert freed.status_code == 200
    assert await taken() == before
    assert (await served.get("/v1/snapshots", params={**bounds, "known_at": started["known_at"]})).json()["data"] == []
    now = (await served.get("/v1/snapshots")).json()
    assert now["events_after"] != whole["events_after"] != started["events_after"]
    assert_problem(await served.get("/v1/snapshots", scopes=("ladders:read",)), 403, "missing-scope")
    assert_problem(await served.get("/v1/snapshots?known_at=2999-01-01T00:00:00Z"), 422, "known-at-in-future")
    assert_problem(await served.get("/v1/snapshots?limit=2", headers=TABLE), 422, "invalid-parameter")
    other = {**bounds, "cursor": whole["page"]["next_cursor"], "team": "core"}
    assert_problem(await served.get("/v1/snapshots", params=other), 400, "cursor-mismatch")


def follow(held: Held, event: dict[str, Any], today: str) -> None:
    """Make of what a copy held today what it holds after the event, by what the event affects."""
    if not event["type"].startswith(("assignment.", "level.", "track.", "step.", "change.")):
        return
    data = event["data"]
    place, affected = (data["employee"]["id"], data["job"]), data["affected"]
    current: dict[str, Any] | None = held.get(place)
    if affected is None and data["change"]["effective_on"] <= today:
        current = data["current"]
    for segment in affected["timeline"] if affected else ():
        if segment["from"] <= today and (segment["to"] is None or today < segment["to"]):
            current = segment["assignment"]
    held.pop(place, None)
    if current is not None:
        held[place] = {name: current[name] for name in FACTS}


async def test_a_copy_goes_on_from_a_snapshot_without_a_gap(served: Served) -> None:
    await staffed(served)
    held: Held = {}
    page: dict[str, Any] = {"limit": 1}
    acts = iter(
        [
            ("ada", {"level": "em4"}, "2026-03-01", "primary"),
            ("cyd", {"team": "web"}, "2026-06-01", "primary"),
            ("bob", {"step": None, "team": "web"}, "2026-03-10", "Ünï"),
            ("bob", None, "2026-05-01", "a second"),
        ]
    )
    await served.person("dan")
    while True:
        taken = (await served.get("/v1/snapshots", params=page)).json()
        held |= by_job(taken["data"])
        page["cursor"] = taken["page"]["next_cursor"]
        if page["cursor"] is None:
            break
        await change(served, *next(acts))
    assert len(held) == 5
    await change(served, "dan", HIRE, "2026-02-01")
    await change(served, "ada", {"level": "ic4"}, "2026-08-01")
    await change(served, "bob", None, "2026-06-10", "Ünï")
    after = taken["events_after"]
    while True:
        told = (await served.get("/v1/events", params={"after": after, "limit": 1})).json()
        for event in told["data"]:
            assert event["timestamp"] > taken["known_at"]
            follow(held, event, TODAY.isoformat())
            then = {"known_at": event["timestamp"], "limit": 1}
            told_then = (await served.get("/v1/snapshots", params=then)).json()
            assert told_then["events_after"] == told["page"]["next_cursor"]
        after = told["page"]["next_cursor"]
        if not told["has_more"]:
            break
    lines, end = parts(await served.get("/v1/snapshots", headers=LINES))
    assert held == by_job(lines)
    assert len(held) == 4
    assert end["events_after"] == after
    for line in lines:
        person = line["employee"]["id"]
        assert line["digest"] == digest(person, {job: facts for (one, job), facts in held.items() if one == person})


async def keep(pieces: AsyncIterator[bytes], found: list[bytes]) -> None:
    async for piece in pieces:
        found.append(piece)


async def test_what_breaks_off_has_no_end() -> None:
    part = Part(items=({"n": 1},), places=(("a",),), more_before=False, more_after=True)
    first = Listing(part=part, effective_on=TODAY, known_at=1)

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[dict[str, int]]:
        if window.place == ("a",):
            return replace(first, part=replace(part, places=(("b",),)))
        raise ConnectionError

    for form, whole in (("application/x-ndjson", [b'{"n":1}\n'] * 2), ("text/csv", [b"n,end\r\n"] + [b"1,\r\n"] * 2)):
        found: list[bytes] = []
        ending: Ending[dict[str, int]] = Ending(
            shape=End, line=lambda _last, count, _digest: End(end=count), headers=lambda first: {}
        )
        pieces = streamed(form, read, first, fields=None if "json" in form else ("n",), shape=End, ending=ending)
        with pytest.raises(ConnectionError):
            await keep(pieces, found)
        assert found == whole
