"""Ladders as they are read: versions on both time axes, levels with all they expect, the company and its grades."""

from typing import Any

from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING, level
from tests.rest.published import folder, publish, put, read, retitled, set_of, version_of
from tests.rest.served import Served, assert_problem

LADDER = "/v1/ladders/engineering"


def titled(version: str, effective_from: str, title: str) -> dict[str, Any]:
    return version_of(ENGINEERING, version, effective_from, levels=retitled(ENGINEERING, ic4=title))


async def ic4(served: Served, **asked: str) -> tuple[str, str]:
    """(version, title of ic4), which `asked` must find alike in the ladder and in the level."""
    ladder = await read(served, LADDER, params=asked)
    shown = await read(served, f"{LADDER}/levels/ic4", params=asked)
    (same,) = [one for one in ladder["definition"]["levels"] if one["key"] == "ic4"]
    assert shown["definition"] == same
    assert shown["version"] == ladder["version"]["version"] == ladder["definition"]["version"]
    return shown["version"], same["title"]


async def test_a_day_picks_the_version_and_an_instant_what_was_known(served: Served) -> None:
    first = (await read(served, "/v1/company"))["recorded_at"]
    second = await publish(served, ladders=(titled("2", "2026-07-01", "Second"), DESIGN))
    third = await publish(served, ladders=(titled("3", "2026-07-01", "Third"), DESIGN))
    at_two, at_three = second["recorded_at"], third["recorded_at"]
    assert first < at_two < at_three

    assert await ic4(served) == ("1", "IC4")
    assert await ic4(served, effective_on="2026-06-30") == ("1", "IC4")
    assert await ic4(served, effective_on="2026-07-01") == ("3", "Third")
    assert await ic4(served, effective_on="2999-12-31") == ("3", "Third")
    assert await ic4(served, effective_on="2026-07-01", known_at=at_three) == ("3", "Third")
    assert await ic4(served, effective_on="2026-07-01", known_at=at_two) == ("2", "Second")
    assert await ic4(served, effective_on="2026-07-01", known_at=first) == ("1", "IC4")
    served.clock.us += 20 * 86_400_000_000
    assert await ic4(served) == ("3", "Third")
    assert await ic4(served, known_at=first) == ("1", "IC4")

    for path in (LADDER, f"{LADDER}/levels/ic4", f"{LADDER}/chart"):
        for asked in (
            {"effective_on": "1999-12-31"},
            {"effective_on": "2026-07-01", "known_at": "2026-06-15T09:59:59.999999Z"},
        ):
            assert_problem(await served.get(path, params=asked), 404, "no-ladder-in-force")
    early = {"effective_on": "2026-07-01", "known_at": first}
    assert_problem(await served.get(f"{LADDER}/versions/2", params=early), 404, "no-such-version")
    named = await read(served, f"{LADDER}/versions/2", params={"known_at": at_two})
    assert (named["definition"]["version"], named["known_at"]) == ("2", at_two)


async def states(served: Served, **asked: str) -> dict[str, tuple[str, str | None]]:
    listed = await read(served, f"{LADDER}/versions", params=asked)
    for one in listed:
        shown = await read(served, f"{LADDER}/versions/{one['version']}", params=asked)
        assert shown["version"] == one
        assert shown["definition"]["version"] == one["version"]
    return {one["version"]: (one["state"], one["effective_to"]) for one in listed}


async def test_states_of_versions(served: Served) -> None:
    assert await states(served) == {"1": ("in_force", None)}
    await publish(served, ladders=(titled("2", "2026-03-01", "Second"), DESIGN))
    second = (await read(served, f"{LADDER}/versions"))[-1]["recorded_at"]
    await publish(served, ladders=(titled("3", "2026-03-01", "Third"), DESIGN))
    retired = {**titled("4", "2027-01-01", "Fourth"), "lifecycle": "retired"}
    await publish(served, ladders=(retired, DESIGN))

    ends = {"1": "2026-03-01", "2": "2027-01-01", "3": "2027-01-01", "4": None}
    for day, expected in {
        "1999-12-31": ("scheduled", "replaced", "scheduled", "scheduled"),
        "2026-02-28": ("in_force", "replaced", "scheduled", "scheduled"),
        "2026-06-15": ("superseded", "replaced", "in_force", "scheduled"),
        "2027-01-01": ("superseded", "replaced", "superseded", "in_force"),
    }.items():
        found = await states(served, effective_on=day)
        assert found == {name: (state, ends[name]) for name, state in zip("1234", expected, strict=True)}, day
    assert await states(served, known_at=second) == {"1": ("superseded", "2026-03-01"), "2": ("in_force", None)}
    listed = await read(served, f"{LADDER}/versions")
    assert [one["retired"] for one in listed] == [False, False, False, True]
    assert [one["effective_from"] for one in listed] == ["2000-01-01", "2026-03-01", "2026-03-01", "2027-01-01"]


async def test_ladders_are_listed_with_what_is_in_force(served: Served) -> None:
    await publish(served, ladders=(titled("2", "2026-07-01", "Second"), DESIGN))

    now = await read(served, "/v1/ladders")
    assert [(one["key"], one["version"], one["effective_from"], one["versions"]) for one in now] == [
        ("design", "1", "2010-01-01", ["1"]),
        ("engineering", "1", "2000-01-01", ["1", "2"]),
    ]
    then = await read(served, "/v1/ladders", params={"effective_on": "2005-01-01"})
    assert [(one["key"], one["version"]) for one in then] == [("design", None), ("engineering", "1")]
    assert await read(served, "/v1/ladders", params={"known_at": "2020-01-01T00:00:00Z"}) == []
    for path in ("/v1/ladders/x", "/v1/ladders/x/versions", "/v1/ladders/x/chart", "/v1/ladders/x/levels/ic4"):
        assert_problem(await served.get(path), 404, "no-ladder-in-force")
    assert_problem(await served.get("/v1/ladders/x/versions/1"), 404, "no-such-version")
    missing = assert_problem(await served.get(f"{LADDER}/levels/d2"), 404, "no-such-level")
    assert "e1, e2, ic3, em3, ic4, em4, ic5" in missing["detail"]


COMMON = {
    **{key: ENGINEERING[key] for key in ("tracks", "effective_from")},
    "key": "common",
    "version": "1",
    "generic": True,
    "competencies": [{"key": "craft", "title": "Craft"}, {"key": "people", "title": "People"}],
    "levels": [
        level("e1", ["ic", "manager"], "1", expectations={"craft": ["Asks."], "people": ["Listens."]}),
        level("ic4", ["ic"], "4", expectations={"craft": ["Decides."]}),
    ],
}
INHERITING = version_of(
    ENGINEERING,
    "2",
    "2026-01-01",
    extends="common",
    cumulative=True,
    competencies=[{"key": "craft", "title": "Our craft"}, {"key": "reach", "title": "Reach"}],
    levels=[
        *ENGINEERING["levels"][:1],
        level("e2", ["ic", "manager"], "2", expectations={"craft": ["Builds."]}),
        ENGINEERING["levels"][2],
        {**ENGINEERING["levels"][3], "expectations": {"reach": ["Hosts."]}},
        level("ic4", ["ic"], "4", extends=["em3"], expectations={"reach": {"statements": ["Asks."]}}),
        *ENGINEERING["levels"][5:],
    ],
)


def said(shown: Any) -> dict[str, list[str]]:
    return {one["competency"]: [said["text"] for said in one["statements"]] for one in shown["expectations"]}


async def test_a_level_is_read_with_all_it_inherits_and_exported_as_written(served: Served) -> None:
    await publish(served, ladders=(COMMON, INHERITING, DESIGN))

    shown = await read(served, f"{LADDER}/levels/ic4")
    assert said(shown["definition"]) == {"craft": ["Decides.", "Builds."], "reach": ["Hosts.", "Asks."]}
    ladder = (await read(served, LADDER))["definition"]
    all_said = {one["key"]: said(one) for one in ladder["levels"]}
    assert all_said == {
        "e1": {"craft": ["Asks."], "people": ["Listens."]},
        "e2": {"craft": ["Builds."]},
        "ic3": {"craft": ["Builds."]},
        "em3": {"craft": ["Builds."], "reach": ["Hosts."]},
        "ic4": said(shown["definition"]),
        "em4": {"craft": ["Builds."], "reach": ["Hosts."]},
        "ic5": {"craft": ["Builds."], "reach": ["Hosts.", "Asks."]},
    }
    assert [(one["key"], one["title"]) for one in ladder["competencies"]] == [
        ("craft", "Our craft"),
        ("people", "People"),
        ("reach", "Reach"),
    ]
    # Before version 2 nothing was inherited, and the framework itself stays as it is.
    before = await read(served, f"{LADDER}/levels/ic4", params={"effective_on": "2025-12-31"})
    assert (before["version"], before["definition"]["expectations"]) == ("1", [])
    common = await read(served, "/v1/ladders/common/levels/ic4")
    assert said(common["definition"]) == {"craft": ["Decides."]}

    exported = await served.get("/v1/definitions")
    assert exported.json() == folder(ladders=(COMMON, DESIGN, INHERITING))
    again = await put(served, exported.json(), base=exported.headers["etag"])
    assert again.json()["recorded_at"] is None


async def test_a_level_knows_its_counterparts_and_what_pays_it(served: Served) -> None:
    shown = await read(served, f"{LADDER}/levels/ic3")
    assert (shown["pairing"], shown["counterparts"], shown["ladder"]) == ("paired", ["em3"], "engineering")
    assert [(one["zone"], one["currency"], one["min"], one["mid"], one["max"]) for one in shown["bands"]] == [
        ("berlin", "EUR", "30001.17", "35003.29", "39007.31"),
        ("nyc", "USD", "30001.17", "35003.29", "39007.31"),
    ]
    assert "redacted" not in shown
    trunk = await read(served, f"{LADDER}/levels/e2")
    assert (trunk["pairing"], trunk["counterparts"]) == (None, [])
    alone = await read(served, f"{LADDER}/levels/ic5")
    assert (alone["pairing"], alone["counterparts"]) == ("missing", [])

    asked = {"known_at": shown["known_at"]}
    unpaid = await read(served, f"{LADDER}/levels/ic3", params=asked, scopes=("ladders:read",))
    assert unpaid == {**{name: value for name, value in shown.items() if name != "bands"}, "redacted": ["bands"]}


async def test_the_company_and_its_grades(served: Served) -> None:
    known = await read(served, "/v1/company")
    assert [one["key"] for one in known["definition"]["grades"]] == ["1", "2", "3", "4", "5", "6"]
    assert known["definition"]["parity"] == {"policy": "equal", "tolerance_percent": None}
    assert "document" not in known["definition"]
    renamed = await publish(served, company={**COMPANY, "name": "Renamed Ltd"})
    assert (renamed["company"], renamed["ladders"], renamed["bands"]) == (True, [], [])
    now = await read(served, "/v1/company")
    then = await read(served, "/v1/company", params={"known_at": known["known_at"]})
    assert (now["definition"]["name"], now["recorded_at"]) == ("Renamed Ltd", renamed["recorded_at"])
    assert then == known
    assert_problem(await served.get("/v1/company", params={"known_at": "2020-01-01T00:00:00Z"}), 404, "no-company")

    rows = [{**row, "track": "ic"} if row["grade"] == "4" else row for row in BANDS["rows"]]
    await publish(served, bands=(set_of("2026", "2026-01-01", rows=rows),), company={**COMPANY, "name": "Renamed Ltd"})
    grades = {one["key"]: one for one in await read(served, "/v1/grades")}
    assert list(grades) == ["1", "2", "3", "4", "5", "6"]
    assert [(one["ladder"], one["level"]) for one in grades["3"]["levels"]] == [
        ("design", "d3"),
        ("design", "l3"),
        ("engineering", "ic3"),
        ("engineering", "em3"),
    ]
    verdicts = {key: {one["ladder"]: one["verdict"] for one in shown["equal_pay"]} for key, shown in grades.items()}
    assert verdicts == {
        "1": {"engineering": None},
        "2": {"design": None, "engineering": None},
        "3": {"design": "equal", "engineering": "equal"},
        "4": {"design": "no_counterpart", "engineering": "gap"},
        "5": {"engineering": "no_counterpart"},
        "6": {},
    }
    earlier = await read(served, "/v1/grades", params={"effective_on": "2005-01-01"})
    assert [one["levels"] for one in earlier[1:2]] == [
        [{"ladder": "engineering", "level": "e2", "tracks": ["ic", "manager"], "title": "E2"}]
    ]
    assert earlier[3]["equal_pay"] == [{"ladder": "engineering", "verdict": "equal"}]
