"""Pay bands as they are read: sets side by side, filters, periods, pages that hold still."""

from typing import Any

from tests.builders import BANDS, COMPANY
from tests.rest.published import folder, publish, put, read, set_of
from tests.rest.served import Served, assert_problem

BANDS_PATH = "/v1/bands"


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


def row(grade: str, **more: Any) -> dict[str, Any]:
    return {"grade": grade, "zone": "berlin", "currency": "EUR", "period": "year", **more}


ROWS = [
    row("1", point="101.00"),
    row("2", min="100", mid="200", max="300", floor="150.5", cap="250.25"),
    row("2", ladder="design", target="210"),
    row("2", ladder="engineering", track="ic", min="220"),
    row("3", steps={"a": {"min": "1", "max": "2"}, "b": "3"}),
]
FAR = {"company": {**COMPANY, "zones": [*COMPANY["zones"], {"key": "far", "currency": "EUR"}]}}


def derived(zone: str) -> dict[str, Any]:
    return set_of("2026", "2026-01-01", rows=ROWS, derived=[{"zone": zone, "from_zone": "berlin", "times": "1.005"}])


async def test_rows_are_found_by_what_they_are_for(served: Served) -> None:
    await publish(served, **FAR, bands=(derived("far"),))

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


async def test_rows_show_what_they_come_to(served: Served) -> None:
    # Nothing is converted: a zone of another currency cannot follow.
    refused = await put(served, folder(bands=(derived("nyc"),)))
    assert "/bands/0/derived/0/zone" in str(assert_problem(refused, 422, "definitions-invalid")["errors"])
    await publish(served, **FAR, bands=(derived("far"),))

    shown = {(one["grade"], one["zone"]): one for one in await read(served, BANDS_PATH) if one["ladder"] is None}
    amounts = ("min", "target", "mid", "max", "point", "floor", "cap")
    assert [shown["1", "berlin"][name] for name in amounts] == [None, None, None, None, "101.00", None, None]
    assert [shown["2", "berlin"][name] for name in amounts] == [
        *("150.50", None, "200.00", "250.25"),
        *(None, "150.50", "250.25"),
    ]
    # 101.00 * 1.005 is 101.505: half a cent goes up.
    assert (shown["1", "far"]["point"], shown["1", "far"]["derived_from"]) == ("101.51", "berlin")
    assert shown["1", "berlin"]["derived_from"] is None
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

    assert await points("period=month") == ["2500.10", "0.01"]
    assert await points("period=year") == ["30001.14", "0.12"]
    for period in ("hour", "day", "week"):
        problem = assert_problem(await served.get(f"{BANDS_PATH}?period={period}"), 422, "period-not-stated")
        assert problem["errors"] == [
            {"parameter": "period", "detail": "is not stated by the set", "code": "period-not-stated"}
        ]
    assert_problem(await served.get(f"{BANDS_PATH}?period=decade"), 422, "invalid-parameter")


async def test_conversions_are_rounded_once_and_have_room(served: Served) -> None:
    most = "9999999999999999"
    rows: list[dict[str, Any]] = [
        {"grade": "1", "zone": "berlin", "currency": "EUR", "period": "year", "point": "12.10"},
        {"grade": "2", "zone": "berlin", "currency": "EUR", "period": "hour", "point": most},
    ]
    counts = {"day": "220", "hour": most, "week": "0.000001"}
    await publish(served, bands=(set_of("2026", "2026-01-01", rows=rows, periods_per_year=counts),))

    async def points(period: str) -> list[str]:
        return [one["point"] for one in await read(served, f"{BANDS_PATH}?period={period}")]

    # 12.10 / 220 is 0.055: exactly half a cent.
    assert (await points("day"))[0] == "0.06"
    assert await points("hour") == ["0.00", f"{most}.00"]
    assert (await points("year"))[1] == f"{int(most) ** 2}.00"
    assert await points("week") == ["12100000.00", f"{int(most) ** 2 * 10**6}.00"]
