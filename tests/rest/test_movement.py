"""The report on movement: counted from what the timelines say as known, each figure beside who makes it up."""

from typing import Any

import pytest

from tests.rest.served import Served, assert_problem
from tests.stage import TODAY

HIRE = {"ladder": "engineering", "level": "ic3", "team": "core"}
REPORT = "/v1/reports/movement"


async def read(served: Served, **asked: Any) -> dict[str, Any]:
    answer = await served.get(REPORT, params=asked, scopes=("assignments:read",))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def withdraw(served: Served, change: str, how: str) -> None:
    done = await served.call("POST", f"/v1/changes/{change}/{how}", json={}, headers={"If-Match": "*"})
    assert done.status_code == 200, done.text


async def moved(served: Served) -> tuple[str, str]:
    """People who move; returns a change that was a mistake and a plan that was made on it."""
    for key, started in (("ada", "2025-06-16"), ("bob", "2026-01-01"), ("cyd", "2026-02-01"), ("dan", "2020-01-01")):
        await served.person(key)
        await served.change(HIRE, started, employee=key)
    await served.person("eve")
    await served.change({"level": "em3"}, "2026-02-01", employee="ada")
    await served.change({"level": "ic3"}, "2026-03-01", employee="ada")
    await served.change({"level": "ic4", "team": "web"}, "2026-04-01", employee="ada")
    mistaken = await served.change({"level": "ic4"}, "2026-05-01", employee="bob")
    planned = await served.change({"level": "em4"}, "2026-08-01", employee="bob")
    await served.change(None, "2026-05-15", employee="dan")
    return mistaken["id"], planned["id"]


async def test_movement(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.usecases.movement.PART", 2)
    monkeypatch.setattr("service.usecases.moves.PART", 2)
    mistaken, planned = await moved(served)
    then = await read(served)
    assert (then["effective_from"], then["effective_to"]) == ("2025-06-16", "2026-06-16")
    assert (then["start_on"], then["end_on"]) == ("2025-06-15", TODAY.isoformat())
    assert (then["promotions"], then["flows"]["hires"], then["flows"]["ends"]) == (2, 3, 1)

    await withdraw(served, planned, "cancel")
    await withdraw(served, mistaken, "rescind")
    await served.change({**HIRE, "level": "em4"}, "2026-06-01", employee="dan")
    now = await read(served)
    assert (now["promotions"], now["demotions"]) == (1, 0)
    assert [(one["track_kind"], one["promotions"], one["demotions"]) for one in now["by_track"]] == [("ic", 1, 0)]
    flows = {name: count for name, count in now["flows"].items() if name != "links"}
    assert flows == {"hires": 3, "rehires": 1, "ends": 1, "moved_in": 0, "moved_out": 0}
    assert [(one["from_kind"], one["to_kind"], one["count"], one["same_grade"]) for one in now["switches"]] == [
        ("ic", "manager", 1, 1),
        ("manager", "ic", 1, 1),
    ]
    (back,) = now["returns"]
    assert (back["to_kind"], back["people"], back["on_track"], back["higher_grade"]) == ("ic", 1, 1, 1)
    assert (now["start"], now["end"]) == ({"people": 1, "jobs": 1}, {"people": 4, "jobs": 4})
    times = {(one["track_kind"], one["grade"]): one for one in now["time_at_grade"]}
    assert times["ic", "3"]["completed"] == {
        "runs": 2,
        "days": 289 + 2326,
        "mean_days": "1307.50",
        "median_days": "1307.5",
    }
    assert (times["ic", "3"]["promoted"], times["ic", "3"]["left"], times["ic", "3"]["running"]["runs"]) == (1, 1, 2)

    at_levels = {(one["ladder"], one["track"], one["level"]): one for one in now["time_at_level"]}
    assert {
        name: at_levels["engineering", "ic", "ic3"][name] for name in ("promoted", "switched", "left", "other")
    } == {
        "promoted": 1,
        "switched": 1,
        "left": 1,
        "other": 0,
    }

    await assert_linked(served, now)
    await assert_filtered(served)
    bounds = {"effective_from": "2025-06-16", "effective_to": "2026-06-16", "known_at": then["known_at"]}
    assert await read(served, **bounds) == then
    await assert_walked(served)


async def assert_linked(served: Served, report: dict[str, Any]) -> None:
    """Each link leads to as many as its figure says."""
    counts = {"start": "start.jobs", "end": "end.jobs", "moves": "count"}
    parts = ("headcount", "by_track", "switches", "returns")
    linked = 0
    for figure in (report, report["flows"], *(one for part in parts for one in report[part])):
        for name, path in figure["links"].items():
            found = await served.get(f"{path}&limit=200", scopes=("assignments:read",))
            told: Any = figure
            for member in str(counts.get(name, name)).split("."):
                told = told[member]
            assert len(found.json()["data"]) == told, path
            linked += 1
    assert linked == 4 + 3 + sum(2 * len(report[part]) for part in parts[:2]) + len(report["switches"]) + 1


async def assert_walked(served: Served) -> None:
    """Moves one by one and back, as known at the instant of the first page, whatever is recorded meanwhile."""
    moves = "/v1/reports/movement/moves"
    whole = (await served.get(moves)).json()
    first = (await served.get(f"{moves}?limit=3")).json()
    await served.change({"zone": "berlin"}, "2026-05-01", employee="bob")
    second = (await served.get(f"{moves}?limit=3&cursor={first['page']['next_cursor']}")).json()
    back = (await served.get(f"{moves}?limit=3&cursor={second['page']['prev_cursor']}")).json()
    assert (first["data"] + second["data"], back["data"]) == (whole["data"][:6], first["data"])
    assert second["known_at"] == first["known_at"]
    shown = [(one["effective_on"], one["kind"], one["grade_delta"], one["is_return"]) for one in whole["data"]]
    assert shown == [
        ("2025-06-16", "hire", None, False),
        ("2026-02-01", "track_switch", 0, False),
        ("2026-03-01", "track_switch", 0, True),
        ("2026-04-01", "promotion", 1, False),
        ("2026-01-01", "hire", None, False),
        ("2026-02-01", "hire", None, False),
        ("2026-05-15", "end", None, False),
        ("2026-06-01", "rehire", None, False),
    ]
    last = whole["data"][-2]
    assert (last["from"]["level"], last["from"]["track_kind"], last["to"]) == ("ic3", "ic", None)
    now = (await served.get(f"{moves}?kind=other")).json()["data"]
    assert [one["effective_on"] for one in now] == ["2026-05-01"]
    for asked, code in (("kind=demoted", 422), ("to_kind=boss", 422), ("returns=yes", 422), ("cursor=x", 400)):
        assert (await served.get(f"{moves}?{asked}")).status_code == code, asked


async def assert_filtered(served: Served) -> None:
    core = await read(served, team="core")
    assert (core["flows"]["moved_out"], core["promotions"], core["end"]["jobs"]) == (1, 1, 3)
    web = await read(served, team="web", ladder="engineering")
    assert (web["flows"]["moved_in"], web["promotions"], web["end"]["jobs"]) == (1, 1, 1)
    nobody = await read(served, ladder=["design"])
    assert (nobody["headcount"], nobody["start"]["jobs"], nobody["flows"]["hires"]) == ([], 0, 0)
    before_the_rise = await read(served, effective_from="2026-03-01", effective_to="2026-04-01")
    assert (before_the_rise["promotions"], before_the_rise["returns"][0]["promotions"]) == (0, 0)


async def test_ranges_that_there_are_not(served_once: Served) -> None:
    served = served_once
    for asked, status, code in (
        ({"effective_from": "2026-06-16"}, 422, "empty-range"),
        ({"effective_to": "2026-02-30"}, 422, "invalid-date"),
        ({"effective_on": "2026-02-03"}, 400, "unknown-parameter"),
        ({"known_at": "2999-01-01T00:00:00Z"}, 422, "known-at-in-future"),
    ):
        assert_problem(await served.get(REPORT, params=asked), status, code)
    assert_problem(await served.get(REPORT, scopes=("ladders:read", "bands:read")), 403, "missing-scope")
    first = await read(served, effective_to="1900-01-02")
    assert (first["effective_from"], first["start"]["jobs"], "start" in first["links"]) == ("1900-01-01", 0, False)
    assert (await read(served, effective_to="2024-02-29"))["effective_from"] == "2023-02-28"
