"""Two levels, versions or days side by side, and what a switch between two levels would be."""

from typing import Any

from tests.builders import BANDS, DESIGN, ENGINEERING
from tests.rest.published import publish, read, retitled, set_of, version_of
from tests.rest.served import Served, assert_problem

COMPARE = "/v1/compare"
LADDERS: tuple[str, ...] = ("ladders:read",)
SAID: dict[str, dict[str, Any]] = {
    "ic3": {"expectations": {"craft": {"statements": ["Builds.", "Reviews."], "proficiency": "good"}}},
    "em3": {
        "expectations": {"craft": {"statements": ["Reviews.", "Hires."], "proficiency": "basic"}, "people": ["Leads."]},
        "influence": {"scope": "A team.", "decision_rights": ["Hires."]},
    },
}
SECOND = version_of(
    ENGINEERING,
    "2",
    "2026-01-01",
    competencies=[
        {"key": "craft", "title": "Craft", "scale": ["basic", "good"]},
        {"key": "people", "title": "People"},
        {"key": "reach", "title": "Reach"},
    ],
    levels=[{**one, **SAID.get(one["key"], {})} for one in ENGINEERING["levels"]],
)


async def compared(served: Served, a: str, b: str, **more: Any) -> Any:
    params = {"a": a, "b": b, **more.pop("params", {})}
    return await read(served, COMPARE, params=params, **more)


async def levels(served: Served, a: str, b: str, **more: Any) -> Any:
    found = await compared(served, a, b, **more)
    assert found["versions"] is None
    return found["levels"]


async def versions(served: Served, a: str, b: str, **more: Any) -> Any:
    found = await compared(served, a, b, **more)
    assert found["levels"] is None
    return found["versions"]


def texts(statements: list[dict[str, Any]]) -> list[str]:
    return [one["text"] for one in statements]


async def test_two_levels_of_two_tracks(served: Served) -> None:
    await publish(served, ladders=(SECOND, DESIGN))
    found = await levels(served, "engineering/ic3", "engineering/em3")

    assert found["a"] == {
        "ladder": "engineering",
        "version": "2",
        "level": "ic3",
        "title": "IC3",
        "tracks": ["ic"],
        "grade": "3",
        "steps": ["a", "b"],
    }
    assert [
        (one["competency"], one["title"], texts(one["both"]), texts(one["only_a"]), texts(one["only_b"]))
        for one in found["expectations"]
    ] == [
        ("craft", "Craft", ["Reviews."], ["Builds."], ["Hires."]),
        ("people", "People", [], [], ["Leads."]),
        ("reach", "Reach", [], [], []),
    ]
    craft = found["expectations"][0]
    assert (craft["proficiency_a"], craft["proficiency_b"]) == ("good", "basic")
    influence = {one["attribute"]: (one["a"], one["b"]) for one in found["influence"]}
    assert influence == {
        "scope": (None, "A team."),
        "decision_rights": (None, ["Hires."]),
        "forums": (None, []),
        "influence": (None, None),
        "autonomy": (None, None),
        "complexity": (None, None),
        "value": (None, None),
    }
    assert found["switch"] == {
        "grade_delta": 0,
        "changes_track": True,
        "allowed": True,
        "way_back": True,
        "keeps_steps": True,
    }
    assert [(one["zone"], one["a"] == one["b"], one["a"]["mid"], one["not_lower"]) for one in found["bands"]] == [
        ("berlin", True, "35003.29", True),
        ("nyc", True, "35003.29", True),
    ]


async def test_levels_of_two_ladders_and_days(served: Served) -> None:
    await publish(served, ladders=(SECOND, DESIGN))
    across = await levels(served, "engineering/ic4", "design/l3")
    assert (across["a"]["ladder"], across["b"]["ladder"], across["b"]["version"]) == ("engineering", "design", "1")
    assert across["switch"] == {
        "grade_delta": -1,
        "changes_track": True,
        "allowed": False,
        "way_back": False,
        "keeps_steps": True,
    }
    assert [one["not_lower"] for one in across["bands"]] == [False, False]
    upwards = await levels(served, "design/l3", "engineering/ic4")
    assert [one["not_lower"] for one in upwards["bands"]] == [True, True]
    equal = await levels(served, "engineering/ic3", "design/l3")
    assert (equal["switch"]["allowed"], equal["switch"]["keeps_steps"]) == (True, False)

    then = await levels(served, "engineering/em3@2025-12-31", "engineering/em3")
    assert (then["a"]["version"], then["b"]["version"]) == ("1", "2")
    assert [(one["competency"], texts(one["only_b"])) for one in then["expectations"]] == [
        ("craft", ["Reviews.", "Hires."]),
        ("people", ["Leads."]),
        ("reach", []),
    ]
    assert then["switch"]["changes_track"] is False
    named = await levels(served, "engineering/em3@1", "engineering/em3@2", params={"effective_on": "2020-01-01"})
    assert (named["a"], named["b"]) == (then["a"], then["b"])


async def test_a_switch_goes_where_the_ladder_lets_it(served: Served) -> None:
    def switch_of(found: Any) -> tuple[int | None, bool, bool, bool, bool]:
        names = ("grade_delta", "changes_track", "allowed", "way_back", "keeps_steps")
        return tuple(found["switch"][name] for name in names)

    # Stated one way only; a trunk level is on both tracks, so leaving it is no switch.
    assert switch_of(await levels(served, "engineering/ic5", "engineering/em4")) == (-1, True, True, False, True)
    assert switch_of(await levels(served, "engineering/em4", "engineering/ic5")) == (1, True, False, True, True)
    assert switch_of(await levels(served, "engineering/e2", "engineering/em3")) == (1, False, True, True, False)
    assert switch_of(await levels(served, "engineering/ic3", "engineering/em4")) == (1, True, False, False, False)
    assert switch_of(await levels(served, "engineering/ic4", "engineering/ic4")) == (0, False, True, True, True)

    denied = version_of(
        ENGINEERING,
        "2",
        "2026-01-01",
        moves=[
            {"from_level": "ic4", "to_level": "em4", "kind": "track_switch", "allowed": False},
            {"from_level": "ic5", "to_level": "em4", "kind": "track_switch", "reversible": True},
        ],
        levels=[*ENGINEERING["levels"][:-1], {**ENGINEERING["levels"][-1], "grade": None}],
    )
    await publish(served, ladders=(denied, DESIGN))
    assert switch_of(await levels(served, "engineering/ic4", "engineering/em4")) == (0, True, False, True, True)
    assert switch_of(await levels(served, "engineering/ic5", "engineering/em4")) == (None, True, True, True, True)
    nothing_pays = await levels(served, "engineering/ic5", "engineering/em4")
    assert [(one["a"], one["b"]["mid"], one["not_lower"]) for one in nothing_pays["bands"]] == [
        (None, "45003.29", None),
        (None, "45003.29", None),
    ]


async def test_each_side_is_paid_by_its_own_day(served: Served) -> None:
    rows = [{**row, "mid": row["max"]} for row in BANDS["rows"] if row["zone"] == "berlin"]
    monthly = [{**row, "period": "month"} for row in BANDS["rows"] if row["zone"] == "nyc"]
    await publish(served, bands=(set_of("2027", "2027-01-01", rows=[*rows, *monthly]),))
    found = (await levels(served, "engineering/ic4@2027-01-01", "engineering/em4"))["bands"]
    assert [(one["zone"], one["a"]["band_set"], one["b"]["band_set"], one["not_lower"]) for one in found] == [
        ("berlin", "2027", "2000", False),
        ("nyc", "2027", "2000", None),
    ]
    later = await levels(served, "engineering/ic4", "engineering/em4", params={"effective_on": "2027-01-01"})
    assert {one[side]["band_set"] for one in later["bands"] for side in "ab"} == {"2027"}


async def test_amounts_only_for_those_who_may_read_pay(served: Served) -> None:
    answer = await served.get(f"{COMPARE}?a=engineering/ic3&b=engineering/ic4", scopes=LADDERS)
    assert answer.json()["levels"]["bands"] == [
        {"zone": "berlin", "not_lower": True, "redacted": ["a", "b"]},
        {"zone": "nyc", "not_lower": True, "redacted": ["a", "b"]},
    ]
    assert "30001" not in answer.text and "40001" not in answer.text


async def test_two_versions_and_whom_their_differences_touch(served: Served) -> None:
    changed = [{**one, "tracks": ["ic"]} if one["key"] == "e2" else one for one in retitled(ENGINEERING, ic4="Staff")]
    second = version_of(
        ENGINEERING, "2", "2026-07-01", levels=[*changed[:-1], *changed[-1:]], title="Builders", moves=[]
    )
    await publish(served, ladders=(second, DESIGN))
    for key, level in {"a": "ic4", "b": "ic4", "c": "e2", "d": "em4", "e": "ic4"}.items():
        await served.person(key)
        await served.change({"ladder": "engineering", "level": level}, "2026-01-01", employee=key)
    await served.change({"level": "ic5"}, "2026-05-01", employee="e")
    await served.person("f")
    await served.change({"ladder": "design", "level": "d2"}, "2026-01-01", employee="f")
    known = (await read(served, "/v1/company"))["known_at"]
    await served.change(None, "2026-06-01", employee="b")

    found = await versions(served, "engineering@1", "engineering@2")
    assert (found["a"], found["b"]) == (
        {"ladder": "engineering", "version": "1", "effective_from": "2000-01-01"},
        {"ladder": "engineering", "version": "2", "effective_from": "2026-07-01"},
    )
    told = {tuple(one["path"]): (one["op"], one["before"], one["after"]) for one in found["differences"]}
    assert told[("title",)] == ("+", None, "Builders")
    assert told[("levels", "ic4", "title")] == ("~", "IC4", "Staff")
    assert told[("levels", "e2", "tracks")] == ("~", ["ic", "manager"], ["ic"])
    assert told[("moves", "ic5 em4")][0] == "-"
    assert set(told) == {
        ("version",),
        ("effective_from",),
        ("title",),
        ("levels", "ic4", "title"),
        ("levels", "e2", "tracks"),
        ("moves", "ic5 em4"),
    }

    async def people(**params: str) -> dict[str, int]:
        shown = await versions(served, "engineering@1", "engineering@2", params=params)
        return {one["level"]: one["people"] for one in shown["people"]}

    assert await people() == {"e2": 1, "ic4": 1}
    assert await people(known_at=known) == {"e2": 1, "ic4": 2}
    assert await people(effective_on="2026-04-30") == {"e2": 1, "ic4": 3}
    assert await people(effective_on="2025-12-31") == {}
    hidden = await versions(served, "engineering@1", "engineering@2", scopes=LADDERS)
    assert hidden == {**{name: value for name, value in found.items() if name != "people"}, "redacted": ["people"]}
    seen = await versions(served, "engineering@1", "engineering@2", scopes=("assignments:read", *LADDERS))
    assert seen == found


async def test_a_version_against_a_day(served: Served) -> None:
    await publish(served, ladders=(version_of(ENGINEERING, "2", "2026-07-01", title="Builders"), DESIGN))
    day = await versions(served, "engineering@1", "engineering@2026-07-01")
    plain = await versions(served, "engineering", "engineering@2")
    assert day == plain
    same = await versions(served, "engineering@2026-06-30", "engineering")
    assert (same["a"], same["differences"], same["people"]) == (same["b"], [], [])
    other = await versions(served, "engineering", "engineering", params={"effective_on": "2026-07-01"})
    assert (other["a"]["version"], other["b"]["version"]) == ("2", "2")
    ladders = await versions(served, "engineering", "design")
    assert {"op": "~", "path": ["key"], "before": "engineering", "after": "design"} in ladders["differences"]


async def test_references_that_lead_nowhere(served: Served) -> None:
    known = (await read(served, "/v1/company"))["known_at"]
    await publish(served, ladders=(version_of(ENGINEERING, "2", "2026-07-01"), DESIGN))
    good = "engineering/ic4"
    for wrong in ("/", "@", "a/", "/a", "a@", "@1", "a/b/c", "a@1@2", "a/b@1/c", "a@1/b", "//"):
        for a, b, parameter in ((wrong, good, "a"), (good, wrong, "b")):
            problem = assert_problem(await served.get(COMPARE, params={"a": a, "b": b}), 422, "invalid-reference")
            assert problem["errors"] == [
                {"parameter": parameter, "detail": "cannot be read", "code": "invalid-reference"}
            ]
    for unusable in ({"a": good}, {"b": good}, {"a": "", "b": good}, {"a": "x" * 201, "b": good}, {}):
        assert_problem(await served.get(COMPARE, params=unusable), 422, "invalid-parameter")
    for a, b in ((good, "engineering"), ("engineering@1", good)):
        assert_problem(await served.get(COMPARE, params={"a": a, "b": b}), 422, "unlike-references")
    for missing, code in {
        "engineering/x": "no-such-level",
        "engineering/ic4@9": "no-such-version",
        "engineering/ic4@1999-12-31": "no-ladder-in-force",
        "engineering/ic4@2026-02-30": "no-such-version",
        "x/ic4": "no-ladder-in-force",
        "x/ic4@1": "no-such-version",
        "Engineering/ic4": "no-ladder-in-force",
        " engineering/ic4": "no-ladder-in-force",
    }.items():
        assert_problem(await served.get(COMPARE, params={"a": good, "b": missing}), 404, code)
    before = {"a": "engineering@1", "b": "engineering@2", "known_at": known}
    assert_problem(await served.get(COMPARE, params=before), 404, "no-such-version")
