"""Pay tables of the world come out to the unit, and nothing is stated that is not public."""

import csv
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from service.domain.bands import BandSet
from service.domain.ladders import Ladder
from service.ladderfiles.folder import Folder, read_folder

HERE = Path(__file__).parent
PAY = HERE.parents[1] / "examples" / "pay"


@cache
def folder_of(name: str) -> Folder:
    return read_folder(PAY / name)


def bands(name: str) -> BandSet:
    (bandset,) = folder_of(name).bandsets.values()
    return bandset


def ladders(name: str) -> dict[str, Ladder]:
    return {ladder.key: ladder for ladder in folder_of(name).ladders.values()}


def gs_table() -> tuple[dict[str, dict[str, Decimal]], dict[str, Decimal]]:
    """Base rates by grade and step, and fractions by area."""
    base: dict[str, dict[str, Decimal]] = {}
    fractions: dict[str, Decimal] = {}
    with (HERE / "us_gs_2026.csv").open(encoding="utf-8", newline="") as stream:
        for record in csv.DictReader(stream):
            if record["record"] == "base":
                base.setdefault(record["grade"], {})[record["step"]] = Decimal(record["value"])
            else:
                fractions[record["locality_code"]] = Decimal(record["value"])
    return base, fractions


def gs_rates(bandset: BandSet, zone: str) -> dict[str, dict[str, Decimal | None]]:
    """What people of a zone are paid, by grade and step."""
    found: dict[str, dict[str, Decimal | None]] = {}
    for grade, steps in gs_table()[0].items():
        row = bandset.band_for(grade=grade, zone=zone, ladder="general-schedule", track="general")
        assert row is not None
        paid = {label: row.step(label) for label in steps}
        found[grade] = {label: step and step.amount for label, step in paid.items()}
    return found


def range_of(bandset: BandSet, grade: str, zone: str, ladder: str) -> tuple[Decimal | None, Decimal | None]:
    row = bandset.band_for(grade=grade, zone=zone, ladder=ladder, track="practice")
    return (None, None) if row is None else (row.min, row.max)


@pytest.mark.parametrize("name", ["us-gs-2026", "made-tech", "posthog", "37signals"])
def test_the_folder_can_be_used_and_reports_only(name: str) -> None:
    folder = folder_of(name)

    assert folder.is_usable
    assert folder.company is not None
    assert folder.company.principles == "report"


def test_the_general_schedule_is_whole() -> None:
    base, fractions = gs_table()

    assert {grade: list(steps) for grade, steps in base.items()} == {
        f"GS-{grade}": [str(step) for step in range(1, 11)] for grade in range(1, 16)
    }
    assert len(fractions) == 22


def test_every_base_rate_is_the_one_of_the_table() -> None:
    assert gs_rates(bands("us-gs-2026"), "base") == gs_table()[0]


def test_every_rate_of_every_area_is_base_times_one_plus_its_fraction_to_whole_dollars() -> None:
    base, fractions = gs_table()
    bandset = bands("us-gs-2026")

    paid = {zone: gs_rates(bandset, zone) for zone in fractions}

    assert paid == {
        zone: {
            grade: {
                step: (amount * (1 + fraction)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
                for step, amount in steps.items()
            }
            for grade, steps in base.items()
        }
        for zone, fraction in fractions.items()
    }
    assert sum(len(steps) for rates in paid.values() for steps in rates.values()) == 15 * 10 * 22


def rising(rates: Mapping[str, Mapping[str, Decimal | None]]) -> bool:
    """Whether pay rises from step to step of each grade, and from grade to grade on each step."""
    by_grade = [[amount or Decimal(0) for amount in steps.values()] for steps in rates.values()]
    return all(low < high for steps in (*by_grade, *zip(*by_grade, strict=True)) for low, high in pairwise(steps))


def test_rates_rise_by_step_and_by_grade_in_every_area() -> None:
    bandset = bands("us-gs-2026")

    assert [zone for zone in ("base", *gs_table()[1]) if not rising(gs_rates(bandset, zone))] == []


def test_every_pair_of_neighbouring_grades_overlaps() -> None:
    rates = [list(steps.values()) for steps in gs_rates(bands("us-gs-2026"), "RUS").values()]

    assert all((above[0] or 0) < (below[-1] or 0) for below, above in pairwise(rates))


def test_a_step_waits_for_one_two_or_three_years_and_a_year_has_2087_hours() -> None:
    bandset, ladder = bands("us-gs-2026"), ladders("us-gs-2026")["general-schedule"]
    (steps,) = ladder.subpositions

    assert [label.minimum_months for label in steps.labels] == [None, 12, 12, 12, 24, 24, 24, 36, 36, 36]
    assert {level.steps for level in ladder.levels} == {tuple(label.label for label in steps.labels)}
    assert (steps.moves_pay, steps.changes_level) == (True, False)
    assert bandset.per_year("hour") == Decimal(2087)
    assert bandset.pay_runs_per_year == 26


def test_a_ceiling_whose_amount_is_not_known_caps_nothing() -> None:
    bandset = bands("us-gs-2026")
    (cap,) = bandset.caps

    assert (cap.currency, cap.amount, cap.period) == ("USD", None, "year")
    assert cap.note
    assert {row.cap for row in bandset.paid} == {None}


@pytest.mark.parametrize(
    ("ladder", "grade", "uk", "london"),
    [
        ("software-engineering", "associate", ("27750", "45000"), ("29137", "47250")),
        ("software-engineering", "mid", ("35000", "50000"), ("36750", "52500")),
        ("software-engineering", "senior", ("45000", "85000"), ("47250", "89250")),
        ("product-management", "mid", ("29750", "42500"), ("31237", "44625")),
        ("product-management", "senior", ("38250", "72250"), ("40162", "75862")),
        ("business-analysis", "mid", ("29750", "42500"), ("31237", "44625")),
        ("business-analysis", "senior", ("38250", "72250"), ("40162", "75862")),
    ],
)
def test_made_tech_pays_both_of_its_zones_as_its_pages_say(
    ladder: str, grade: str, uk: tuple[str, str], london: tuple[str, str]
) -> None:
    bandset = bands("made-tech")

    assert range_of(bandset, grade, "uk", ladder) == tuple(map(Decimal, uk))
    assert range_of(bandset, grade, "london", ladder) == tuple(map(Decimal, london))


def test_made_tech_has_no_range_where_none_was_published() -> None:
    assert range_of(bands("made-tech"), "associate", "uk", "product-management") == (None, None)


def test_posthog_comes_to_its_checked_cell_from_benchmark_and_factors() -> None:
    bandset = bands("posthog")
    (written,) = bandset.rows
    assert written.formula is not None

    row = bandset.band_for(grade="staff", zone="us-boston", ladder="product-engineering", track="ic")

    assert written.formula.product == Decimal(285000) * Decimal("0.85") * Decimal("1.2")
    assert row is not None
    (step,) = row.steps
    assert (step.label, step.amount) == ("Established", None)
    assert (step.min, step.max) == (Decimal(276165), Decimal(302328))
    assert (row.currency, row.period) == ("USD", "year")


def test_posthog_gives_principal_and_director_one_grade_and_shares_all_levels_below() -> None:
    ladder = ladders("posthog")["product-engineering"]

    assert [level.key for level in ladder.levels_at("principal-director")] == ["principal", "director"]
    assert {level.tracks for level in ladder.levels[:4]} == {("ic", "manager")}


def test_of_37signals_the_floor_is_known_and_no_amount_of_a_level() -> None:
    bandset = bands("37signals")
    (row,) = bandset.paid

    assert (row.floor, row.lowest, row.currency) == (Decimal(73500), Decimal(73500), "USD")
    assert (row.point, row.mid, row.target, row.max, row.steps) == (None, None, None, None, ())
    assert row.grade == "1"
    assert any("`point`" in unknown for unknown in bandset.not_public)


@pytest.mark.parametrize("name", ["us-gs-2026", "made-tech", "posthog", "37signals"])
def test_every_set_names_its_sources_and_what_is_not_public(name: str) -> None:
    bandset = bands(name)

    assert bandset.sources
    assert bandset.not_public
