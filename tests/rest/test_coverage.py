"""Whether every role and every team has a dual path, on any day."""

from typing import Any

from tests.builders import COMPANY, DESIGN, ENGINEERING, level
from tests.rest.published import publish, read, version_of
from tests.rest.served import Served, assert_problem

COVERAGE = "/v1/coverage"
DUAL: dict[str, Any] = {
    "key": "dual",
    "version": "1",
    "effective_from": "2020-01-01",
    "tracks": [{"key": "ic", "kind": "ic"}, {"key": "lead", "kind": "manager"}],
    "levels": [level("both", ["ic", "lead"], "1"), level("c2", ["ic"], "2"), level("l2", ["lead"], "2")],
}
SOON = {**DUAL, "key": "soon", "effective_from": "2027-01-01"}
UNTOLD = {**DUAL, "key": "untold", "levels": [{**one, "grade": None} for one in DUAL["levels"]]}
SINGLE = {**DUAL, "key": "single", "tracks": DUAL["tracks"][:1], "levels": [level("c2", ["ic"], "2")]}


def waived(rule: str, **scope: str) -> dict[str, Any]:
    return {"rule": rule, "scope": scope, "reason": "Too few.", "owner": "CTO", "expires_on": "2026-09-01"}


FIRM: dict[str, Any] = {
    **COMPANY,
    "roles": [
        *COMPANY["roles"],
        {"key": "dual", "ladder": "dual", "growth": {"ic": "Deeper.", "manager": "Wider."}},
        {"key": "soon", "ladder": "soon"},
        {"key": "untold", "ladder": "untold", "growth": {"ic": "Deeper."}},
        {"key": "single", "ladder": "single", "growth": {"manager": "Wider."}},
        {"key": "alone", "ladder": "single"},
        {"key": "homeless"},
        {"key": "old", "ladder": "engineering", "retired": True},
    ],
    "teams": [
        *COMPANY["teams"],
        {"key": "good", "roles": ["dual"]},
        {"key": "mixed", "roles": ["dual", "designer", "alone"]},
        {"key": "unsure", "roles": ["designer", "soon", "dual"]},
        {"key": "lost", "roles": ["dual", "homeless", "single", "soon"]},
        {"key": "empty", "roles": []},
        {"key": "gone", "roles": ["engineer"], "retired": True},
    ],
    "waivers": [waived("DT102", ladder="design", grade="4"), waived("DT109", role="alone")],
}


async def covering(served: Served) -> None:
    await publish(served, company=FIRM, ladders=(ENGINEERING, DESIGN, DUAL, SOON, UNTOLD, SINGLE))


def states(report: Any, name: str) -> dict[str, str]:
    return {one[name[:-1]]: one["state"] for one in report[name]}


async def test_roles_and_teams(served: Served) -> None:
    await covering(served)
    report = await read(served, COVERAGE)

    assert (report["covered"], report["waived"], report["gaps"], report["unknown"]) == (1, 2, 3, 2)
    assert states(report, "roles") == {
        "engineer": "gap",
        "designer": "waived",
        "dual": "covered",
        "soon": "unknown",
        "untold": "unknown",
        "single": "gap",
        "alone": "waived",
        "homeless": "gap",
    }
    reasons = {one["role"]: one["reason"] for one in report["roles"]}
    assert reasons == {
        "engineer": "ladder engineering: its manager track does not reach grade 5",
        "designer": "ladder design: its manager track does not reach grade 4",
        "dual": None,
        "soon": "no version of ladder soon is in force",
        "untold": "ladder untold has no level with a grade",
        "single": "ladder single: it has no track of kind manager",
        "alone": "ladder single: it has no track of kind manager",
        "homeless": "no ladder is stated for it",
    }
    assert {one["role"]: one["growth_missing"] for one in report["roles"]} == {
        **{role: ["ic", "manager"] for role in reasons},
        "dual": [],
        "untold": ["manager"],
        "single": ["ic"],
    }
    assert {one["team"]: (one["state"], one["gaps"]) for one in report["teams"]} == {
        "core": ("gap", ["engineer"]),
        "web": ("gap", ["engineer"]),
        "good": ("covered", []),
        "mixed": ("waived", []),
        "unsure": ("unknown", []),
        "lost": ("gap", ["homeless", "single"]),
        "empty": ("covered", []),
    }


async def test_days_and_instants(served: Served) -> None:
    known = (await read(served, "/v1/company"))["known_at"]
    await covering(served)
    report = await read(served, COVERAGE)

    async def on(**asked: str) -> dict[str, str]:
        return states(await read(served, COVERAGE, params=asked), "roles")

    assert await on(known_at=known) == {"engineer": "gap", "designer": "gap"}
    assert await on(effective_on="2026-08-31") == states(report, "roles")
    later = await on(effective_on="2026-09-01")
    assert later == {**states(report, "roles"), "designer": "gap", "alone": "gap"}
    assert await on(effective_on="2027-01-01") == {**later, "soon": "covered"}
    assert set((await on(effective_on="1999-01-01")).values()) == {"unknown", "gap"}
    await publish(
        served,
        company=FIRM,
        ladders=(
            version_of(DESIGN, "2", "2026-01-01", levels=[*DESIGN["levels"], level("l4", ["lead"], "4")]),
            *(ENGINEERING, DUAL, SOON, UNTOLD, SINGLE),
        ),
    )
    assert (await on())["designer"] == "covered"
    assert await read(served, COVERAGE, params={"known_at": report["known_at"]}) == report
    assert_problem(await served.get(COVERAGE, params={"known_at": "2020-01-01T00:00:00Z"}), 404, "no-company")


async def test_every_link_leads_to_what_lies_behind_it(served: Served) -> None:
    await covering(served)
    for key, role in {"a": "dual", "b": "dual", "c": "engineer"}.items():
        await served.person(key)
        hired = {"ladder": "engineering", "level": "e1"} if role == "engineer" else {"ladder": "dual", "level": "c2"}
        await served.change({**hired, "role": role}, "2026-01-01", employee=key)
    report = await read(served, COVERAGE)

    linked: dict[str, set[str]] = {}
    people: dict[str, list[str]] = {}
    for one in report["roles"]:
        linked[one["role"]] = set(one["links"])
        people[one["role"]] = [found["employee"]["key"] for found in await read(served, one["links"]["people"])]
        if "chart" in one["links"]:
            chart = await read(served, one["links"]["chart"])
            assert chart["ladder"] == one["ladder"]
    # Of what is not told there may be nothing in force, and of no ladder there is nothing to draw.
    drawn = {role for role, names in linked.items() if "chart" in names}
    assert drawn == {"engineer", "designer", "dual", "single", "alone"}
    assert all(names <= {"chart", "people"} for names in linked.values())
    assert {role: sorted(keys) for role, keys in people.items() if keys} == {"dual": ["a", "b"], "engineer": ["c"]}
