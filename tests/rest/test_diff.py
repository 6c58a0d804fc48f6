"""Who stands otherwise than on another day, or than was known at another instant."""

import random
from datetime import date
from typing import Any

from service.domain.assignments import FACTS
from service.domain.instants import parse_instant
from service.usecases.diffs import Since, WantedDifferences, list_differences
from service.usecases.paging import Window
from tests.builders import BANDS, DESIGN, ENGINEERING, level
from tests.graphql.graph import asked
from tests.rest.published import publish, version_of
from tests.rest.served import Served, assert_problem
from tests.rest.test_timeline import act
from tests.stage import HR

DIFF = "/v1/diff"
HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin", "team": "core"}
DAY_US = 86_400_000_000


async def differing(served: Served, **params: Any) -> list[tuple[str, str, list[str]]]:
    answer = await served.get(DIFF, params=params)
    assert answer.status_code == 200, answer.text
    return [(one["employee"]["key"], one["kind"], one["changed"]) for one in answer.json()["data"]]


async def payroll_ran(served: Served) -> str:
    """Five people; the instant at which payroll looked. Then one is corrected, one rescinded, one hired late."""
    for key in ("ada", "bob", "cyd", "dan", "eve"):
        await served.person(key, workday=f"w-{key}")
        if key != "eve":
            await served.change(HIRE, "2026-01-01", employee=key)
    await served.change({"level": "ic4"}, "2026-05-01", employee="ada")
    wrong = (await served.change({"level": "ic4"}, "2026-05-01", employee="bob"))["id"]
    ended = (await served.change(None, "2026-06-01", employee="cyd"))["id"]
    known = (await served.get("/v1/employees")).json()["known_at"]
    served.clock.us += DAY_US
    await act(served, wrong, "correct", to={"level": "em3"})
    await act(served, ended, "rescind")
    await served.change(HIRE | {"team": "web"}, "2026-06-01", employee="eve")
    await served.change({"team": "web"}, "2026-09-01", employee="dan")
    return known


async def test_between_two_instants_two_days_and_both(served: Served) -> None:
    known = await payroll_ran(served)
    facts = ["ladder", "track", "level", "grade", "step", "team", "zone"]
    then = {"from_known_at": known, "to_effective_on": "2026-06-10"}
    assert await differing(served, **then) == [
        ("bob", "track_switch", ["track", "level", "grade", "step"]),
        ("cyd", "started", facts),
        ("eve", "started", facts),
    ]
    days = {"from_effective_on": "2026-04-01", "to_effective_on": "2026-09-02"}
    assert await differing(served, **days) == [
        ("ada", "promotion", ["level", "grade", "step"]),
        ("bob", "track_switch", ["track", "level"]),
        ("dan", "transfer", ["team"]),
        ("eve", "started", facts),
    ]
    assert await differing(served, **days, to_known_at=known) == [
        ("ada", "promotion", ["level", "grade", "step"]),
        ("bob", "promotion", ["level", "grade", "step"]),
        ("cyd", "ended", facts),
    ]
    both = {"from_known_at": known, "from_effective_on": "2026-06-10", "to_effective_on": "2026-09-02"}
    assert [key for key, *_ in await differing(served, **both)] == ["bob", "cyd", "dan", "eve"]
    for params, keys in (
        ({"employee": "workday:w-bob"}, ["bob"]),
        ({"employee": "ada"}, []),
        ({"team": "web"}, ["dan", "eve"]),
        ({"team": ["web", "core"]}, ["bob", "cyd", "dan", "eve"]),
        ({"ladder": "engineering", "team": "core"}, ["bob", "cyd", "dan"]),
        ({"ladder": "design"}, []),
    ):
        assert [key for key, *_ in await differing(served, **both, **params)] == keys, params
    assert await differing(served) == []

    counted = (await served.get(DIFF, params=both, headers={"Prefer": "count=exact"})).json()
    assert (counted["page"]["total"], counted["counts"]) == (4, {"started": 2, "ended": 0, "altered": 2})
    lines = await served.get(DIFF, params=both, headers={"Accept": "application/x-ndjson"})
    assert len(lines.text.splitlines()) == 4
    table = await served.get(
        DIFF, params={**both, "fields": "employee.key,before.level,after.level"}, headers={"Accept": "text/csv"}
    )
    assert table.text.split()[1:] == ["bob,ic4,em3", "cyd,,ic3", "dan,ic3,ic3", "eve,,ic3"]


async def test_a_past_answer_stands_still_page_by_page(served: Served) -> None:
    known = await payroll_ran(served)
    until = (await served.get("/v1/employees")).json()["known_at"]
    params: dict[str, Any] = {"from_known_at": known, "to_known_at": until, "to_effective_on": "2026-06-10", "limit": 1}

    async def walked() -> list[bytes]:
        answer = await served.get(DIFF, params=params)
        found = [answer.content]
        while "next" in answer.links:
            answer = await served.get(answer.links["next"]["url"])
            found.append(answer.content)
        back = await served.get(answer.links["prev"]["url"])
        assert back.content == found[-2]
        return found

    before = await walked()
    assert len(before) == 3
    served.clock.us += 40 * DAY_US
    for key in ("ada", "bob", "cyd", "dan", "eve"):
        await served.change({"title": "Other"}, "2026-02-01" if key != "eve" else "2026-07-01", employee=key)
    assert await walked() == before
    # From now on, everything since: the record goes with the clock as far as was asked.
    served.clock.us += 60_000_000
    late = {"from_known_at": "2026-07-26T10:00:30Z"}
    assert await differing(served, **late) == []
    first = (await served.get(DIFF, params=late)).json()
    assert first["to_known_at"] >= first["from_known_at"] == "2026-07-26T10:00:30.000000Z"
    await served.change({"title": None}, "2026-02-01", employee="dan")
    assert await differing(served, **late) == [("dan", "update", ["title"])]


async def test_what_is_refused_and_what_is_left_out(served_once: Served) -> None:
    served = served_once
    known = await payroll_ran(served)
    late = "2999-01-01T00:00:00Z"
    for params, status, code, parameter in (
        ({"from_effective_on": "2026-06-02", "to_effective_on": "2026-06-01"}, 422, "range-reversed", None),
        ({"from_effective_on": "2026-12-02"}, 422, "range-reversed", "from_effective_on"),
        ({"from_known_at": known, "to_known_at": "2026-01-01T00:00:00Z"}, 422, "range-reversed", "from_known_at"),
        ({"from_known_at": late}, 422, "known-at-in-future", "from_known_at"),
        ({"to_known_at": late}, 422, "known-at-in-future", "to_known_at"),
        ({"from_known_at": "2026-01-01T00:00:00+01:00".replace("+", " ")}, 400, "unescaped-plus", None),
        ({"to_known_at": "yesterday"}, 422, "invalid-parameter", "to_known_at"),
        ({"from_effective_on": "2026-02-30"}, 422, "invalid-date", "from_effective_on"),
        ({"effective_on": "2026-02-03"}, 400, "unknown-parameter", "effective_on"),
        ({"zone": "nyc"}, 400, "unknown-parameter", "zone"),
    ):
        refused = assert_problem(await served.get(DIFF, params=params), status, code)
        assert parameter in [None, *(one["parameter"] for one in refused.get("errors", []))], params
    assert_problem(await served.get(f"{DIFF}?employee=zoe"), 404, "no-employee")
    assert_problem(await served.get(DIFF, scopes=("ladders:read",)), 403, "missing-scope")
    cursor = (await served.get(f"{DIFF}?from_effective_on=2025-12-01&limit=1")).json()["page"]["next_cursor"]
    assert_problem(await served.get(f"{DIFF}?limit=1&cursor={cursor}"), 400, "cursor-mismatch")

    alone = f"{DIFF}?from_effective_on=2026-04-01&employee=ada"
    paid = (await served.get(alone, scopes=("assignments:read", "bands:read"))).json()["data"][0]
    unpaid = (await served.get(alone, scopes=("assignments:read",))).json()["data"][0]
    assert (paid["before"]["band"]["min"], paid["after"]["band"]["min"]) == ("30001.17", "40001.17")
    for side in ("before", "after"):
        assert "band" not in unpaid[side] and unpaid[side]["redacted"] == ["band"]

    query = f"""{{ diff(first: 1, fromKnownAt: "{known}", toEffectiveOn: "2026-06-10") {{
        totalCount effectiveOn nodes {{ kind changed employee {{ key }} after {{ level }} }} }} }}"""
    page = (await asked(served, query))["data"]["diff"]
    assert (page["totalCount"], page["effectiveOn"]) == (3, "2026-06-10")
    assert page["nodes"][0]["employee"] == {"key": "bob"}
    (error,) = (await asked(served, f'{{ diff(fromKnownAt: "{late}") {{ nodes {{ job }} }} }}'))["errors"]
    assert error["extensions"]["code"] == "known-at-in-future"


async def test_a_version_that_puts_the_level_on_another_track(served: Served) -> None:
    levels = [level("e2", ["manager"], "2") if one["key"] == "e2" else one for one in ENGINEERING["levels"]]
    later = version_of(ENGINEERING, "2", "2026-03-01", levels=levels)
    await publish(served, ladders=(later, DESIGN), bands=(BANDS,))
    for key, rung in (("ada", "e2"), ("bob", "ic4")):
        await served.person(key)
        await served.change({"ladder": "engineering", "level": rung}, "2026-01-01", employee=key)
    days = {"from_effective_on": "2026-02-01", "to_effective_on": "2026-04-01"}
    assert await differing(served, **days) == [("ada", "remap", ["track"])]
    assert await differing(served, **(days | {"to_effective_on": "2026-02-28"})) == []


async def test_it_finds_whom_comparing_everybody_finds(served: Served) -> None:
    """Random acts on a few people; each pair of sides is compared with what the sides themselves say."""
    chance = random.Random(11)
    instants: list[str] = []
    live: list[str] = []
    days = [f"2026-0{month}-0{number}" for month in range(1, 10) for number in (1, 5)]
    for key in ("ada", "bob", "cyd"):
        await served.person(key)
        await served.change(HIRE, "2026-01-01", employee=key)
    for _ in range(16):
        to = chance.choice([{"level": "ic4"}, {"level": "em3"}, {"team": "web"}, {"team": "core"}, {"title": "X"}])
        sent = {"effective_on": chance.choice(days), "to": to}
        person = chance.choice(["ada", "bob", "cyd"])
        path, body = f"/v1/employees/{person}/changes", sent
        if live and chance.random() < 0.4:
            path, body = f"/v1/changes/{live.pop(chance.randrange(len(live)))}/rescind", {}
        done = await served.call("POST", path, json=body, headers={"If-Match": "*"})
        if done.status_code == 201 and sent["effective_on"] <= "2026-06-15":
            live.append(done.json()["id"])
        instants.append((await served.get("/v1/employees?limit=1")).json()["known_at"])

    async def side(day: str, known: str) -> dict[str, Any]:
        held = await served.get("/v1/assignments", params={"effective_on": day, "known_at": known})
        return {one["employee"]["id"]: [one[name] for name in FACTS] for one in held.json()["data"]}

    seen = 0
    for _ in range(12):
        (one, other), (first, last) = sorted(chance.sample(days, 2)), sorted(chance.choices(instants, k=2))
        before, after = await side(one, first), await side(other, last)
        found = await list_differences(
            served.house.runtime,
            HR,
            since=Since(effective_on=date.fromisoformat(one), known_at=parse_instant(first)),
            effective_on=date.fromisoformat(other),
            known_at=parse_instant(last),
            wanted=WantedDifferences(),
            window=Window(limit=50),
        )
        expected = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert {item.employee.id for item in found.part.items} == expected
        assert all(item.changed for item in found.part.items)
        seen += len(expected)
    assert seen > 5
