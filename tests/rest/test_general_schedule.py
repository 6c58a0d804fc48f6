"""A whole national pay table as it is read: every cell, and people on its steps."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import pytest

from service.ladderfiles.folder import read_folder
from tests.builders import COMPANY, DESIGN, ENGINEERING
from tests.examples.test_pay_tables import PAY, gs_table
from tests.rest.published import folder, put, read
from tests.rest.served import Served

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
async def paying(served: Served) -> Served:
    """The service with the General Schedule in force."""
    done = await put(served, schedule())
    assert done.status_code == 200, done.text
    assert (done.json()["ladders"], done.json()["bands"]) == (["general-schedule@2026"], ["2026"])
    return served


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
    assert impact["cost"] == [{"currency": "USD", "per_year": f"{higher - lowest}.00", "people": 1, "not_told": 0}]
    assert (await put(paying, schedule() | {"bands": [raised]})).status_code == 200

    base = gs_table()[0]["GS-12"]["7"] + 1000
    new = (base * Decimal("1.3157")).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    later = {"effective_on": "2027-01-01"}
    assert band_of(await read(paying, "/v1/employees/g/assignment", params=later)) == ("2027", f"{new}.00", True)
    assert band_of(await read(paying, "/v1/employees/p/assignment", params=later)) == ("2026", by_table, True)
    assert (await read(paying, "/v1/employees/g/assignment"))["band"] == now["band"]
    unpaid = await read(paying, "/v1/employees/g/assignment", scopes=("assignments:read",))
    assert (unpaid["redacted"], "band" in unpaid, unpaid["step"]) == (["band"], False, "7")
