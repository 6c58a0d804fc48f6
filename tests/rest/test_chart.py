"""A ladder drawn: who stands beside whom, whether both are paid alike, and what is not known."""

from typing import Any

from tests.builders import DESIGN, ENGINEERING
from tests.rest.drawn import COMPANY_OF_NINE, DRAWN, DRAWN_BANDS, draw
from tests.rest.published import publish, read
from tests.rest.served import Served, assert_problem

CHART = "/v1/ladders/drawn/chart"


def verdicts(chart: Any) -> dict[str | None, tuple[str | None, str | None, dict[str, tuple[str, str | None]]]]:
    """By grade: pairing, verdict, and by zone the verdict with the gap."""
    return {
        row["grade"]: (
            row["pairing"],
            row["verdict"],
            {zone["zone"]: (zone["verdict"], zone.get("gap_percent")) for zone in row["zones"]},
        )
        for row in chart["rows"]
    }


NONE = ("no_band", None)


async def test_every_verdict(served: Served) -> None:
    await draw(served)
    chart = await read(served, CHART)

    assert verdicts(chart) == {
        "1": (None, None, {}),
        "2": ("paired", "gap", {"berlin": ("equal", "0.00"), "nyc": ("gap", "-11.11")}),
        "3": ("paired", "gap", {"berlin": ("gap", "-9.09"), "nyc": NONE}),
        "4": ("paired", "within_policy", {"berlin": ("within_policy", "-2.27"), "nyc": NONE}),
        "5": ("paired", "not_comparable", {"berlin": ("not_comparable", None), "nyc": NONE}),
        "6": ("paired", "no_band", {"berlin": NONE, "nyc": NONE}),
        "7": ("unpaired_by_design", "unpaired_by_design", {}),
        "8": ("unstated", "unstated", {}),
        "9": ("missing", "no_counterpart", {}),
        None: (None, None, {}),
    }
    assert (chart["ladder"], chart["version"], chart["band_set"], chart["fork"]) == ("drawn", "1", "2020", "2")
    assert {row["grade"]: row["reason"] for row in chart["rows"] if row["reason"]} == {"7": "Too few people."}
    grades = {one["key"]: one["equal_pay"] for one in await read(served, "/v1/grades")}
    of_drawn = {
        grade: verdict["verdict"]
        for grade, found in grades.items()
        for verdict in found
        if verdict["ladder"] == "drawn"
    }
    assert of_drawn == {row["grade"]: row["verdict"] for row in chart["rows"] if row["grade"]}


async def test_cells_stand_by_track_and_say_what_is_not_known(served: Served) -> None:
    await draw(served)
    rows = {row["grade"]: row for row in (await read(served, CHART))["rows"]}

    def cells(grade: str | None) -> list[tuple[list[str], list[str]]]:
        return [(cell["tracks"], [one["key"] for one in cell["levels"]]) for cell in rows[grade]["cells"]]

    assert list(rows) == ["1", "2", "3", "4", "5", "6", "7", "8", "9", None]
    assert cells("1") == [(["ic", "lead"], ["trunk"])]
    assert cells("2") == [(["ic"], ["ic2"]), (["lead"], ["m2"])]
    assert cells("7") == [(["ic"], ["ic7"]), (["lead"], [])]
    assert cells(None) == [(["ic"], []), (["lead"], ["m9"])]
    unknown = {
        level["key"]: (level["title"], level["unknown"])
        for row in rows.values()
        for cell in row["cells"]
        for level in cell["levels"]
        if level["unknown"]
    }
    assert unknown == {"ic9": (None, ["title"]), "m9": ("M9", ["grade"])}
    assert [cell["bands"] for cell in rows[None]["cells"]] == [[], []]
    assert [[band["mid"] for band in cell["bands"]] for cell in rows["2"]["cells"]] == [
        ["88003.29", "88003.29"],
        ["88003.29", "99007.31"],
    ]
    assert [cell["bands"] for cell in rows["6"]["cells"]] == [[], []]
    assert rows["7"]["cells"][1]["bands"] == []


async def test_one_zone_alone(served: Served) -> None:
    await draw(served)
    berlin = await read(served, CHART, params={"zone": "berlin"})
    nyc = await read(served, CHART, params={"zone": "nyc"})

    assert verdicts(berlin)["2"] == ("paired", "equal", {"berlin": ("equal", "0.00")})
    assert verdicts(nyc)["2"] == ("paired", "gap", {"nyc": ("gap", "-11.11")})
    assert verdicts(nyc)["4"] == ("paired", "no_band", {"nyc": NONE})
    for chart, zone in ((berlin, "berlin"), (nyc, "nyc")):
        shown = {band["zone"] for row in chart["rows"] for cell in row["cells"] for band in cell["bands"]}
        assert shown == {zone}
    for wrong in ("", "berln", "Berlin"):
        problem = assert_problem(await served.get(CHART, params={"zone": wrong}), 422, "unknown-zone")
        assert problem["errors"][0]["parameter"] == "zone"
    assert_problem(await served.get(CHART, params={"zone": "x" * 65}), 422, "invalid-parameter")


async def test_whoever_may_not_read_pay_sees_verdicts_and_no_amount(served: Served) -> None:
    await draw(served)
    everything = await read(served, CHART)
    answer = await served.get(CHART, scopes=("ladders:read",))
    chart = answer.json()

    for amount in ("77001", "88003", "99007", "80003", "86003", "-9.09", "-2.27", "-11.11"):
        assert amount not in answer.text
    cells = [cell for row in chart["rows"] for cell in row["cells"]]
    zones = [zone for row in chart["rows"] for zone in row["zones"]]
    assert {(tuple(cell["redacted"]), "bands" in cell) for cell in cells} == {(("bands",), False)}
    assert {(tuple(zone["redacted"]), "gap_percent" in zone) for zone in zones} == {(("gap_percent",), False)}
    assert {grade: found[:2] for grade, found in verdicts(chart).items()} == {
        grade: found[:2] for grade, found in verdicts(everything).items()
    }
    assert "redacted" not in str(everything)


async def test_before_any_bands_there_is_no_verdict_of_pay(served: Served) -> None:
    await draw(served)
    early = await read(served, "/v1/ladders/engineering/chart", params={"effective_on": "2000-01-01"})
    assert early["band_set"] == "2000"
    known = (await read(served, "/v1/company"))["known_at"]
    await publish(
        served,
        company=COMPANY_OF_NINE,
        ladders=({**DRAWN, "version": "0", "effective_from": "1990-01-01"}, ENGINEERING, DESIGN),
        bands=(DRAWN_BANDS,),
    )
    chart = await read(served, CHART, params={"effective_on": "1995-01-01"})
    assert (chart["version"], chart["band_set"]) == ("0", None)
    assert verdicts(chart)["2"] == ("paired", "no_band", {})
    assert verdicts(chart)["7"][1] == "unpaired_by_design"
    before = await served.get(CHART, params={"effective_on": "1995-01-01", "known_at": known})
    assert_problem(before, 404, "no-ladder-in-force")
