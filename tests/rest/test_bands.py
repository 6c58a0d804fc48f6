"""Pay tables as they are read: every cell of a whole national schedule, sets beside each other, pages that hold still."""

from collections.abc import AsyncGenerator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import pytest

from service.ladderfiles.folder import read_folder
from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING
from tests.examples.test_pay_tables import PAY, gs_table
from tests.rest.published import folder, publish, put, read, set_of
from tests.rest.served import Served, assert_problem

BANDS_PATH = "/v1/bands"
CENT = Decimal("0.01")


@cache
def schedule() -> dict[str, Any]:
    """The General Schedule as a folder beside that of the tests: what is published stays in the company."""
    read_in = read_folder(PAY / "us-gs-2026")
    assert read_in.company is not None and read_in.is_usable
    company: Mapping[str, Any] = read_in.company.document
    return folder(
        company={
            **COMPANY,
            "grades": [
                *COMPANY["grades"],
                *({**grade, "rank": grade["rank"] + 100} for grade in company["grades"]),
            ],
            "zones": [*COMPANY["zones"], *company["zones"]],
            "roles": [*COMPANY["roles"], *company["roles"]],
        },
        ladders=[ENGINEERING, DESIGN, *(ladder.document for ladder in read_in.ladders.values())],
        bands=[bands.document for bands in read_in.bandsets.values()],
    )


@cache
def expected() -> dict[tuple[str, str, str], Decimal]:
    """Whole dollars of a year by grade, area and step, worked out from the table."""
    base, fractions = gs_table()
    return {
        (grade, zone, step): (amount * (1 + fraction)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        for zone, fraction in {"base": Decimal(0), **fractions}.items()
        for grade, steps in base.items()
        for step, amount in steps.items()
    }


@pytest.fixture
async def paying(served: Served) -> AsyncGenerator[Served]:
    """The service with the General Schedule in force."""
    done = await put(served, schedule())
    assert done.status_code == 200, done.text
    assert (done.json()["ladders"], done.json()["bands"]) == (["general-schedule@2026"], ["2026"])
    yield served


async def pages(served: Served, query: str) -> list[list[dict[str, Any]]]:
    """All pages, following `Link`."""
    found: list[list[dict[str, Any]]] = []
    following: str | None = f"{BANDS_PATH}?{query}"
    while following:
        answer = await served.get(following)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["data"])
        following = answer.links.get("next", {}).get("url")
        assert (following is None) == (answer.json()["page"]["next_cursor"] is None)
    return found


def cells(rows: list[dict[str, Any]]) -> dict[tuple[str, str, str], Decimal]:
    return {
        (row["grade"], row["zone"], step["label"]): Decimal(step["amount"]) for row in rows for step in row["steps"]
    }


async def test_every_cell_of_the_general_schedule(paying: Served) -> None:
    walked = await pages(paying, "limit=200")
    rows = [row for page in walked for row in page]

    assert [len(page) for page in walked] == [200, 145]
    assert cells(rows) == expected()
    assert sum(zone != "base" for _, zone, _ in expected()) == 15 * 10 * 22
    assert {(row["band_set"], row["currency"], row["period"], row["uncapped"], row["cap"]) for row in rows} == {
        ("2026", "USD", "year", True, None)
    }
    assert {row["derived_from"] for row in rows if row["zone"] == "base"} == {None}
    assert {row["derived_from"] for row in rows if row["zone"] != "base"} == {"base"}
    for grade, zone in (("GS-1", "RUS"), ("GS-7", "HI"), ("GS-15", "SF"), ("GS-11", "DCB"), ("GS-9", "LR")):
        (one,) = await read(paying, f"{BANDS_PATH}?grade={grade}&zone={zone}")
        assert one in rows
        assert all(step["amount"].endswith(".00") for step in one["steps"])

    hourly = [row for page in await pages(paying, "limit=200&period=hour") for row in page]
    assert cells(hourly) == {
        cell: (amount / 2087).quantize(CENT, rounding=ROUND_HALF_UP) for cell, amount in expected().items()
    }
    monthly = await read(paying, f"{BANDS_PATH}?grade=GS-13&zone=NY&period=month")
    assert {row["period"] for row in monthly} == {"month"}
    assert cells(monthly) == {
        ("GS-13", "NY", str(step)): (expected()["GS-13", "NY", str(step)] / 12).quantize(CENT, rounding=ROUND_HALF_UP)
        for step in range(1, 11)
    }


async def test_people_are_paid_by_their_step_and_keep_the_set_they_are_pinned_to(paying: Served) -> None:
    await paying.person("g")
    hired = {"ladder": "general-schedule", "level": "gs-12", "step": "7", "zone": "SEA", "role": "employee"}
    await paying.change(hired, "2026-02-01", employee="g")
    await paying.person("p")
    await paying.change({**hired, "band_set": "2026"}, "2026-02-01", employee="p")

    def band_of(shown: Any) -> tuple[str, str, bool]:
        band = shown["band"]
        return band["band_set"], band["step"], band["uncapped"]

    by_table = f"{expected()['GS-12', 'SEA', '7']}.00"
    now = await read(paying, "/v1/employees/g/assignment")
    assert (now["grade"], now["step"], band_of(now)) == ("GS-12", "7", ("2026", by_table, True))
    assert (now["band"]["min"], now["band"]["mid"], now["currency"]) == (None, None, "USD")

    raised = {**schedule()["bands"][0], "key": "2027", "effective_from": "2027-01-01"}
    raised["rows"] = [
        {**row, "steps": {step: str(int(amount) + 1000) for step, amount in row["steps"].items()}}
        for row in raised["rows"]
    ]
    plan = await put(paying, schedule() | {"bands": [raised]}, params={"dry_run": "true"})
    (impact,) = plan.json()["impact"]
    # Two are there, one is pinned; what is summed is the lowest step.
    lowest = expected()["GS-12", "SEA", "1"]
    higher = (Decimal(77463) * Decimal("1.3157")).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert (impact["effective_on"], impact["people"]) == ("2027-01-01", 1)
    assert impact["cost"] == [{"currency": "USD", "per_year": str(higher - lowest), "people": 1, "not_told": 0}]
    assert (await put(paying, schedule() | {"bands": [raised]})).status_code == 200

    base = gs_table()[0]["GS-12"]["7"] + 1000
    new = (base * Decimal("1.3157")).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    later = {"effective_on": "2027-01-01"}
    assert band_of(await read(paying, "/v1/employees/g/assignment", params=later)) == ("2027", f"{new}.00", True)
    assert band_of(await read(paying, "/v1/employees/p/assignment", params=later)) == ("2026", by_table, True)
    assert (await read(paying, "/v1/employees/g/assignment"))["band"] == now["band"]
    unpaid = await read(paying, "/v1/employees/g/assignment", scopes=("assignments:read",))
    assert (unpaid["redacted"], "band" in unpaid, unpaid["step"]) == (["band"], False, "7")


async def test_pages_stay_on_the_day_and_the_instant_of_the_first(served: Served) -> None:
    first = await served.get(f"{BANDS_PATH}?limit=5&zone=berlin&zone=nyc")
    body = first.json()
    replacing = set_of("2000b", "2000-01-01", rows=BANDS["rows"][::-1])
    await publish(served, bands=(replacing,))
    served.clock.us += 86_400_000_000

    rows, following = body["data"], first.links["next"]["url"]
    while following:
        answer = await served.get(following)
        assert (answer.json()["effective_on"], answer.json()["known_at"]) == (body["effective_on"], body["known_at"])
        rows += answer.json()["data"]
        following = answer.links.get("next", {}).get("url")
    assert body["effective_on"] == "2026-06-15"
    assert [(row["band_set"], row["grade"], row["zone"]) for row in rows] == [
        ("2000", row["grade"], row["zone"]) for row in BANDS["rows"]
    ]
    anew = (await served.get(BANDS_PATH)).json()
    assert (anew["effective_on"], {row["band_set"] for row in anew["data"]}) == ("2026-06-16", {"2000b"})
    assert [row["grade"] for row in anew["data"]] == [row["grade"] for row in BANDS["rows"]][::-1]

    cursor = body["page"]["next_cursor"]
    for other in ("", "&zone=berlin", "&zone=berlin&zone=nyc&period=month", "&band_set=2000&zone=berlin&zone=nyc"):
        assert_problem(await served.get(f"{BANDS_PATH}?cursor={cursor}{other}"), 400, "cursor-mismatch")
    assert_problem(await served.get(f"{BANDS_PATH}?cursor=x"), 400, "cursor-invalid")


async def test_sets_beside_each_other_and_one_by_its_name(served: Served) -> None:
    known = (await served.get(BANDS_PATH)).json()["known_at"]
    await publish(served, bands=(set_of("2026", "2026-01-01", title="This year"), set_of("2027", "2027-01-01")))

    def states(listed: list[dict[str, Any]]) -> dict[str, str]:
        return {one["key"]: one["state"] for one in listed}

    listed = await read(served, "/v1/band-sets")
    assert states(listed) == {"2000": "superseded", "2026": "in_force", "2027": "scheduled"}
    assert [(one["title"], one["effective_from"]) for one in listed][1:] == [
        ("This year", "2026-01-01"),
        (None, "2027-01-01"),
    ]
    assert listed[0]["recorded_at"] < listed[1]["recorded_at"] == listed[2]["recorded_at"]
    for day, expected_states in {
        "1999-12-31": ("scheduled", "scheduled", "scheduled"),
        "2025-12-31": ("in_force", "scheduled", "scheduled"),
        "2027-01-01": ("superseded", "superseded", "in_force"),
    }.items():
        found = states(await read(served, "/v1/band-sets", params={"effective_on": day}))
        assert tuple(found.values()) == expected_states, day
    assert states(await read(served, "/v1/band-sets", params={"known_at": known})) == {"2000": "in_force"}

    async def used(**params: str) -> set[str]:
        return {row["band_set"] for row in await read(served, BANDS_PATH, params=params)}

    assert await used() == {"2026"}
    assert await used(effective_on="2025-12-31") == {"2000"}
    assert await used(known_at=known) == {"2000"}
    for pinned in ("2000", "2026", "2027"):
        assert await used(band_set=pinned) == {pinned}
        assert await used(band_set=pinned, effective_on="1990-01-01") == {pinned}
    for missing in (
        {"band_set": "2028"},
        {"band_set": ""},
        {"band_set": "2027", "known_at": known},
        {"effective_on": "1999-12-31"},
    ):
        assert_problem(await served.get(BANDS_PATH, params=missing), 404, "no-band-set")
    assert_problem(await served.get(f"{BANDS_PATH}?band_set={'x' * 65}"), 422, "invalid-parameter")


async def test_filters_floors_caps_and_what_rows_are_for(served: Served) -> None:
    def row(grade: str, **more: Any) -> dict[str, Any]:
        return {"grade": grade, "zone": "berlin", "currency": "EUR", "period": "year", **more}

    rows = [
        row("1", point="100.10"),
        row("2", min="100", mid="200", max="300", floor="150.5", cap="250.25"),
        row("2", ladder="design", target="210"),
        row("2", ladder="engineering", track="ic", min="220"),
        row("3", steps={"a": {"min": "1", "max": "2"}, "b": "3"}),
    ]
    changed = {"rows": rows, "derived": [{"zone": "nyc", "from_zone": "berlin", "times": "1.5"}]}
    zones = [COMPANY["zones"][0], {**COMPANY["zones"][1], "currency": "USD"}, {"key": "far", "currency": "EUR"}]
    company = {**COMPANY, "zones": zones}
    refused = await put(served, folder(company=company, bands=(set_of("2026", "2026-01-01", **changed),)))
    assert "/bands/0/derived/0/zone" in str(assert_problem(refused, 422, "definitions-invalid")["errors"])
    changed["derived"] = [{"zone": "far", "from_zone": "berlin", "times": "1.005"}]
    await publish(served, company=company, bands=(set_of("2026", "2026-01-01", **changed),))

    async def found(query: str) -> list[tuple[str, str, str | None, str | None]]:
        return [
            (one["grade"], one["zone"], one["ladder"], one["track"])
            for one in await read(served, f"{BANDS_PATH}?{query}")
        ]

    assert len(await found("")) == 10
    assert await found("grade=2&zone=berlin") == [
        ("2", "berlin", None, None),
        ("2", "berlin", "design", None),
        ("2", "berlin", "engineering", "ic"),
    ]
    assert await found("ladder=design&ladder=engineering&zone=far") == [
        ("2", "far", "design", None),
        ("2", "far", "engineering", "ic"),
    ]
    assert await found("track=ic&zone=berlin") == [("2", "berlin", "engineering", "ic")]
    assert await found("grade=1&grade=3&zone=berlin") == [("1", "berlin", None, None), ("3", "berlin", None, None)]
    assert await found("grade=9") == await found("zone=x") == await found("track=ic&ladder=design") == []

    shown = {(one["grade"], one["zone"]): one for one in await read(served, BANDS_PATH) if one["ladder"] is None}
    amounts = ("min", "target", "mid", "max", "point", "floor", "cap")
    assert [shown["1", "berlin"][name] for name in amounts] == [None, None, None, None, "100.10", None, None]
    assert [shown["2", "berlin"][name] for name in amounts] == [
        *("150.50", None, "200.00", "250.25"),
        *(None, "150.50", "250.25"),
    ]
    # 100.10 * 1.005 is 100.6005; half a cent goes up.
    assert (shown["1", "far"]["point"], shown["1", "far"]["derived_from"]) == ("100.60", "berlin")
    assert shown["3", "berlin"]["steps"] == [
        {"label": "a", "amount": None, "min": "1.00", "max": "2.00"},
        {"label": "b", "amount": "3.00", "min": None, "max": None},
    ]
    assert {one["uncapped"] for one in shown.values()} == {False}


async def test_periods_are_converted_by_the_counts_that_are_stated_and_by_no_other(served: Served) -> None:
    rows: list[dict[str, Any]] = [
        {"grade": "1", "zone": "berlin", "currency": "EUR", "period": "year", "point": "30001.14"},
        {"grade": "2", "zone": "berlin", "currency": "EUR", "period": "month", "point": "0.01"},
    ]
    await publish(served, bands=(set_of("2026", "2026-01-01", rows=rows),))

    async def points(query: str) -> list[str]:
        return [one["point"] for one in await read(served, f"{BANDS_PATH}?{query}")]

    # 30001.14 / 12 is 2500.095: exactly half a cent.
    assert await points("period=month") == ["2500.10", "0.01"]
    assert await points("period=year") == ["30001.14", "0.12"]
    for period in ("hour", "day", "week"):
        problem = assert_problem(await served.get(f"{BANDS_PATH}?period={period}"), 422, "period-not-stated")
        assert problem["errors"] == [
            {"parameter": "period", "detail": "is not stated by the set", "code": "period-not-stated"}
        ]
    assert_problem(await served.get(f"{BANDS_PATH}?period=decade"), 422, "invalid-parameter")

    hourly = [{**rows[0], "period": "hour", "point": "9999999999999999"}, rows[1]]
    counts = {"hour": "9999999999999999", "week": "0.000001"}
    large = set_of("2027", "2026-01-01", rows=hourly, periods_per_year=counts)
    done = await put(served, folder(bands=(large,)))
    if done.status_code == 200:
        for period in ("hour", "week", "month", "year"):
            answer = await served.get(f"{BANDS_PATH}?period={period}")
            assert answer.status_code == 200, answer.text
