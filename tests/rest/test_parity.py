"""Whether the promise of two equal tracks is kept, and what lies behind each figure."""

from collections.abc import Iterator
from typing import Any

from tests.builders import COMPANY, DESIGN, ENGINEERING
from tests.rest.drawn import COMPANY_OF_NINE, DRAWN, DRAWN_BANDS, draw
from tests.rest.published import publish, read
from tests.rest.served import Served, assert_problem

PARITY = "/v1/parity"


def links_of(report: Any) -> Iterator[tuple[Any, str, str]]:
    for entry in report["grades"]:
        for name, link in entry["links"].items():
            yield entry, name, link


def place(definitions: Any, pointer: str) -> Any:
    """What a pointer of a report leads to in the exported definitions. Raises KeyError, IndexError."""
    kind, *rest = pointer.split("/")[1:]
    found: Any = definitions[kind]
    if kind != "company":
        (found,) = [document for document in found if document["key"] == rest[0]]
        rest = rest[1:]
    for step in rest:
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


async def test_grades_and_their_counts(served: Served) -> None:
    await draw(served)
    report = await read(served, PARITY)

    assert (report["principles"], report["policy"], report["tolerance_percent"]) == ("report", "tolerance", "5")
    assert (report["band_set"], report["effective_on"], report["waivers"]) == ("2020", "2026-06-15", [])
    found = [
        (one["ladder"], one["grade"], "/".join(one["ic"]), "/".join(one["manager"]), one["verdict"])
        for one in report["grades"]
    ]
    assert found == [
        ("design", "3", "d3", "l3", "gap"),
        ("design", "4", "d4", "", "no_counterpart"),
        ("drawn", "2", "ic2", "m2", "gap"),
        ("drawn", "3", "ic3", "m3", "gap"),
        ("drawn", "4", "ic4", "m4", "within_policy"),
        ("drawn", "5", "ic5", "m5", "not_comparable"),
        ("drawn", "6", "ic6", "m6", "no_band"),
        ("drawn", "7", "ic7", "", "unpaired_by_design"),
        ("drawn", "8", "ic8", "", "unstated"),
        ("drawn", "9", "ic9", "", "no_counterpart"),
        ("engineering", "3", "ic3", "em3", "gap"),
        ("engineering", "4", "ic4", "em4", "within_policy"),
        ("engineering", "5", "ic5", "", "no_counterpart"),
    ]
    assert {one["verdict"]: one["grades"] for one in report["counts"]} == {
        "gap": 4,
        "no_counterpart": 3,
        "within_policy": 2,
        "not_comparable": 1,
        "no_band": 1,
        "unpaired_by_design": 1,
        "unstated": 1,
    }
    assert len(report["counts"]) == 7
    assert report["grades"][2]["zones"] == [
        {"zone": "berlin", "verdict": "equal", "gap_percent": "0.00"},
        {"zone": "nyc", "verdict": "gap", "gap_percent": "-11.11"},
    ]


async def test_every_link_leads_to_what_lies_behind_it(served: Served) -> None:
    await draw(served)
    await served.person("a")
    await served.change({"ladder": "drawn", "level": "m4"}, "2026-01-01", employee="a")
    await served.person("b")
    await served.change({"ladder": "engineering", "level": "ic4"}, "2026-01-01", employee="b")
    report = await read(served, PARITY)

    answers = {link: await read(served, link) for link in {link for _, _, link in links_of(report)}}
    behind = {(one["ladder"], one["grade"], name): answers[link] for one, name, link in links_of(report)}
    for one in report["grades"]:
        at = (one["ladder"], one["grade"])
        (row,) = [row for row in behind[*at, "chart"]["rows"] if row["grade"] == one["grade"]]
        assert (row["verdict"], row["zones"]) == (one["verdict"], one["zones"])
        assert {row["grade"] for row in behind[*at, "bands"]} <= {one["grade"]}
        assert ("compare" in one["links"]) == bool(one["ic"] and one["manager"])
    people = {at[:2]: [one["employee"]["key"] for one in found] for at, found in behind.items() if at[2] == "people"}
    assert {at: found for at, found in people.items() if found} == {("drawn", "4"): ["a"], ("engineering", "4"): ["b"]}
    sides = behind["drawn", "4", "compare"]["levels"]
    assert (sides["a"]["level"], sides["b"]["level"]) == ("ic4", "m4")

    # They stay what they were when the report was made, whoever writes meanwhile.
    await served.change({"level": "ic5"}, "2026-02-01", employee="b")
    drawn_anew = {**DRAWN, "version": "2", "title": "Drawn anew"}
    paid_anew = {**DRAWN_BANDS, "key": "2020b", "rows": DRAWN_BANDS["rows"][:4]}
    await publish(served, company=COMPANY_OF_NINE, ladders=(drawn_anew, ENGINEERING, DESIGN), bands=(paid_anew,))
    for one, name, link in links_of(report):
        if (one["ladder"], one["grade"]) == ("engineering", "4"):
            assert await read(served, link) == behind["engineering", "4", name]


async def test_nothing_is_linked_that_is_not_there(served: Served) -> None:
    early = {**DRAWN, "version": "0", "effective_from": "1990-01-01"}
    await draw(served)
    await publish(served, company=COMPANY_OF_NINE, ladders=(early, ENGINEERING, DESIGN), bands=(DRAWN_BANDS,))
    report = await read(served, PARITY, params={"effective_on": "1995-01-01"})
    assert (report["band_set"], {one["ladder"] for one in report["grades"]}) == (None, {"drawn"})
    assert {one["verdict"]: one["grades"] for one in report["counts"]} == {
        "no_band": 5,
        "unpaired_by_design": 1,
        "unstated": 1,
        "no_counterpart": 1,
    }
    for _, name, link in links_of(report):
        assert name != "bands"
        await read(served, link)
    assert_problem(await served.get(PARITY, params={"known_at": "2020-01-01T00:00:00Z"}), 404, "no-company")


async def test_findings_point_into_the_documents_by_their_keys(served: Served) -> None:
    await draw(served)
    report = await read(served, PARITY)
    definitions = await read(served, "/v1/definitions")
    found = {(one["rule"], one["pointer"]) for one in report["findings"]}

    assert {
        ("DT102", "/ladders/engineering/levels/6/grade"),
        ("DT103", "/ladders/drawn/levels/13/grade"),
        ("DT104", "/bands/2020/rows/3"),
        ("DT104", "/bands/2020/rows/12"),
        ("DT106", "/ladders/engineering/levels/2/influence"),
        ("DT109", "/company/roles/0/ladder"),
        ("DT109", "/company/teams/0/roles"),
    } <= found
    for rule, pointer in found:
        # What is missing has no place of its own: its parent is there.
        place(definitions, pointer if rule not in {"DT105", "DT106", "DT110"} else pointer.rpartition("/")[0])
    assert {one["severity"] for one in report["findings"]} == {"note"}
    assert {one["waiver"] for one in report["findings"]} == {None}


def waived(rule: str, expires_on: str, **scope: str) -> dict[str, Any]:
    return {"rule": rule, "scope": scope, "reason": "It takes time.", "owner": "CTO", "expires_on": expires_on}


async def test_waivers_hold_until_their_day(served: Served) -> None:
    rules = ("DT102", "DT103", "DT104", "DT106", "DT107", "DT108", "DT109")
    company = {
        **COMPANY,
        "principles": "enforce",
        "waivers": [*(waived(rule, "2027-01-01") for rule in rules), waived("DT101", "2026-07-01", ladder="design")],
    }
    await publish(served, company=company)

    async def told(day: str) -> tuple[list[str], set[tuple[str, str, bool]]]:
        report = await read(served, PARITY, params={"effective_on": day})
        assert [one["waiver"] for one in report["waivers"]] == [
            {**one, "scope": {**dict.fromkeys(("ladder", "grade", "zone", "role", "team")), **one["scope"]}}
            for one in company["waivers"]
        ]
        found = {(one["rule"], one["severity"], one["waiver"] is not None) for one in report["findings"]}
        return [one["state"] for one in report["waivers"]], found

    waivable = {"DT102", "DT103", "DT106", "DT107", "DT109"}
    kept = {(rule, "note", True) for rule in waivable}
    assert await told("2026-06-30") == (["holds"] * 8, kept)
    assert await told("2026-07-01") == ([*["holds"] * 7, "expired"], {*kept, ("DT111", "error", False)})
    assert await told("2027-01-01") == (
        ["expired"] * 8,
        {*((rule, "error", False) for rule in waivable), ("DT111", "error", False)},
    )
    report = await read(served, PARITY)
    assert "until 2027-01-01, CTO: It takes time." in {one["waiver"] for one in report["findings"]}


async def test_percentages_only_for_those_who_may_read_pay(served: Served) -> None:
    await draw(served)
    everything = await read(served, PARITY)
    answer = await served.get(PARITY, params={"known_at": everything["known_at"]}, scopes=("ladders:read",))
    for amount in ("77001", "88003", "99007", "80003", "86003", "-9.09", "-2.27", "-11.11"):
        assert amount not in answer.text
    hidden = {
        **everything,
        "grades": [
            {
                **one,
                "zones": [
                    {"zone": zone["zone"], "verdict": zone["verdict"], "redacted": ["gap_percent"]}
                    for zone in one["zones"]
                ],
            }
            for one in everything["grades"]
        ],
    }
    assert answer.json() == hidden
