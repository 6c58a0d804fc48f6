from decimal import ROUND_CEILING, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.band_rows import POINTS, BandRow, Rounding
from service.domain.bands import BandSet, bandset_from_document
from service.domain.pay import Band, shown_band
from tests.domain.documents import Document, bandset_document

FORMULA = {"base": "100000", "point": "1"}


def row(zone: str = "de", **changes: object) -> Document:
    return {"grade": "2", "zone": zone, "currency": "EUR", "period": "year", **changes}


def bandset(*rows: Document, **changes: object) -> BandSet:
    return bandset_from_document(bandset_document(*rows, **changes))


def worked(zone: str = "de", *rows: Document, **changes: object) -> BandRow:
    found = bandset(*rows, **changes).band_for(grade="2", zone=zone, ladder="engineering", track="ic")
    assert found is not None
    return found


def amounts(found: BandRow) -> dict[str, str]:
    """Amounts as written, without cap and floor."""
    return {name: str(amount) for name, amount in found.amounts() if name not in ("cap", "floor")}


def test_stated_amounts_stay_as_they_are_whatever_the_rounding() -> None:
    stated = row(min="61234.56", steps={"entry": "61300.5", "full": {"min": "62000", "max": "63000.10"}})

    assert amounts(worked("de", stated, rounding={"to": "1000"})) == {
        "min": "61234.56",
        "steps/entry": "61300.5",
        "steps/full/min": "62000",
        "steps/full/max": "63000.10",
    }


def test_a_formula_is_its_base_times_every_factor_and_that_of_the_amount() -> None:
    formula = {
        "base": "80000",
        "factors": {"place": "0.9", "level": "1.25"},
        **{"min": "0.95", "target": "1", "mid": "1.02", "max": "1.1"},
        "steps": {"entry": "0.96", "full": {"min": "1", "max": "1.05"}},
    }

    assert amounts(worked("de", row(formula=formula))) == {
        "min": "85500.00",
        "target": "90000.00",
        "mid": "91800.00",
        "max": "99000.00",
        "steps/entry": "86400.00",
        "steps/full/min": "90000.00",
        "steps/full/max": "94500.00",
    }
    assert worked("de", row(formula=formula)).formula is None


def test_the_row_as_written_is_kept_beside_what_it_comes_to() -> None:
    bands = bandset(row(formula=FORMULA), derived=[{"zone": "at", "from_zone": "de", "times": "2"}])

    assert [(written.zone, written.point) for written in bands.rows] == [("de", None)]
    assert [(paid.zone, paid.point) for paid in bands.paid] == [("de", Decimal(100000)), ("at", Decimal(200000))]


@pytest.mark.parametrize(
    ("currency", "point"), [("EUR", "33333.33"), ("JPY", "33333"), ("KWD", "33333.333")], ids=["EUR", "JPY", "KWD"]
)
def test_without_a_rule_what_is_computed_is_rounded_to_the_minor_unit(currency: str, point: str) -> None:
    formula = {"base": "33333.333333", "point": "1"}

    assert amounts(worked("de", row(currency=currency, formula=formula))) == {"point": point}


@pytest.mark.parametrize(
    ("mode", "below", "half", "above", "half_of_odd"),
    [
        ("half_up", "61200", "61300", "61300", "61400"),
        ("half_even", "61200", "61200", "61300", "61400"),
        ("down", "61200", "61200", "61200", "61300"),
        ("up", "61300", "61300", "61300", "61400"),
    ],
)
def test_each_rounding_mode(mode: str, below: str, half: str, above: str, half_of_odd: str) -> None:
    def rounded(base: str) -> str:
        found = worked("de", row(formula={"base": base, "point": "1"}), rounding={"to": "100", "mode": mode})
        return amounts(found)["point"]

    assert rounded("61249.99") == below
    assert rounded("61250") == half
    assert rounded("61250.01") == above
    assert rounded("61350") == half_of_odd
    assert rounded("61300") == "61300"


def test_half_up_is_what_a_rule_without_a_mode_means() -> None:
    assert amounts(worked("de", row(formula={"base": "150", "point": "1"}), rounding={"to": "100"})) == {"point": "200"}


AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=6)
UNITS = st.decimals(min_value="0.01", max_value=10**5, places=2)


@settings(deadline=None)
@given(AMOUNTS, UNITS, st.sampled_from(["half_up", "half_even", "down", "up"]))
def test_a_rounded_amount_is_a_multiple_and_less_than_one_unit_away(exact: Decimal, to: Decimal, mode: str) -> None:
    rounding = {"to": f"{to:f}", "mode": mode}
    point = worked("de", row(formula={"base": f"{exact:f}", "point": "1"}), rounding=rounding).point
    assert point is not None

    assert point % to == 0
    assert abs(point - exact) < to
    if mode == "down":
        assert point <= exact
    elif mode == "up":
        assert point >= exact
    else:
        assert abs(point - exact) * 2 <= to


def test_a_rule_that_lint_refuses_changes_nothing() -> None:
    assert Rounding(to=Decimal(0), mode="up").apply(Decimal("1.5")) == Decimal("1.5")


def test_floor_lifts_and_cap_limits_after_rounding() -> None:
    formula = {"base": "100000", "min": "0.5", "mid": "0.75", "max": "1.5", "steps": {"entry": "0.1", "full": "2"}}
    limited = row(formula=formula, floor="60050", cap="119950")

    assert amounts(worked("de", limited, rounding={"to": "1000"})) == {
        "min": "60050",
        "mid": "75000",
        "max": "119950",
        "steps/entry": "60050",
        "steps/full": "119950",
    }


def test_stated_amounts_are_limited_too() -> None:
    assert amounts(worked("de", row(min="50000", max="90000", floor="60000", cap="80000"))) == {
        "min": "60000",
        "max": "80000",
    }


@pytest.mark.parametrize(("of_row", "shown"), [(None, "70000"), ("80000", "70000"), ("65000", "65000")])
def test_of_two_caps_the_lower_holds(of_row: str | None, shown: str) -> None:
    assert amounts(worked("de", row(max="90000", cap=of_row), caps={"EUR": "70000"})) == {"max": shown}


def test_a_cap_holds_for_its_currency_and_period_alone() -> None:
    hourly = {"EUR": {"amount": "40", "period": "hour"}}

    assert amounts(worked("de", row(max="90000"), caps={"USD": "1"})) == {"max": "90000"}
    assert amounts(worked("de", row(max="90000"), caps=hourly)) == {"max": "90000"}
    assert amounts(worked("de", row(max="45", period="hour"), caps=hourly)) == {"max": "40"}


def band(bands: BandSet, *, step: str | None = None) -> Band:
    return shown_band(bands, bands.paid[0], step=step)


def test_a_cap_whose_amount_is_not_known_marks_the_band_and_changes_no_amount() -> None:
    uncapped = bandset(row(max="90000"), caps={"EUR": None})
    capped = bandset(row(max="90000"), caps={"EUR": "70000"})
    elsewhere = bandset(row(max="90000"), caps={"USD": None})

    assert [(band(bands).uncapped, band(bands).max) for bands in (uncapped, capped, elsewhere)] == [
        (True, Decimal(90000)),
        (False, Decimal(70000)),
        (False, Decimal(90000)),
    ]


def test_a_band_shows_the_step_as_an_amount_or_a_range() -> None:
    bands = bandset(row(steps={"entry": "61000", "full": {"min": "62000", "max": "63000"}}))

    def shown(step: str | None) -> tuple[Decimal | None, ...]:
        found = band(bands, step=step)
        return found.step, found.step_min, found.step_max

    assert shown("entry") == (Decimal(61000), None, None)
    assert shown("full") == (None, Decimal(62000), Decimal(63000))
    assert shown("gone") == shown(None) == (None, None, None)


def test_a_derived_zone_is_paid_the_rows_of_another_times_its_factor() -> None:
    derived = [{"zone": "at", "from_zone": "de", "times": "1.1706"}]
    rows = (row(min="50000", steps={"entry": "51000"}), row(grade="3", min="70000"))

    assert amounts(worked("at", *rows, derived=derived, rounding={"to": "1"})) == {
        "min": "58530",
        "steps/entry": "59701",
    }
    assert [(paid.zone, paid.grade) for paid in bandset(*rows, derived=derived).paid] == [
        ("de", "2"),
        ("de", "3"),
        ("at", "2"),
        ("at", "3"),
    ]


def test_a_factor_of_one_still_leaves_stated_amounts_as_they_are() -> None:
    derived = [{"zone": "at", "from_zone": "de", "times": "1"}]

    assert amounts(worked("at", row(min="61234.56"), derived=derived, rounding={"to": "1000"})) == {"min": "61234.56"}


def test_a_row_of_the_derived_zone_itself_stands_in_place_of_its_cell() -> None:
    derived = [{"zone": "at", "from_zone": "de", "times": "2"}]
    rows = (row(min="50000"), row(track="ic", min="52000"), row("at", min="99000"))
    bands = bandset(*rows, derived=derived)

    def minimum(track: str) -> Decimal | None:
        found = bands.band_for(grade="2", zone="at", ladder="engineering", track=track)
        return found.min if found else None

    # The cell of the grade alone is stated; that of the track is another one, and is derived.
    assert (minimum("mgr"), minimum("ic")) == (Decimal(99000), Decimal(104000))


def test_the_cap_of_a_set_limits_derived_rows_and_the_floor_of_a_row_goes_with_it() -> None:
    derived = [{"zone": "at", "from_zone": "de", "times": "2"}]
    limited = row(min="20000", max="50000", floor="45000")

    assert amounts(worked("at", limited, derived=derived, caps={"EUR": "90000"})) == {
        "min": "45000",
        "max": "90000",
    }


def test_a_year_has_twelve_months_and_other_periods_as_stated() -> None:
    unsaid, said = bandset(), bandset(periods_per_year={"hour": "2087", "month": "14"})

    assert [unsaid.per_year(period) for period in ("hour", "day", "week", "month", "year")] == [None, None, None, 12, 1]
    assert [said.per_year(period) for period in ("hour", "day", "week", "month", "year")] == [2087, None, None, 14, 1]


def test_the_lowest_pay_is_the_minimum_the_single_amount_or_the_lowest_step() -> None:
    assert worked("de", row(min="60000", steps={"entry": "50000"})).lowest == Decimal(60000)
    assert worked("de", row(point="61000")).lowest == Decimal(61000)
    assert worked("de", row(steps={"full": "70000", "entry": {"min": "62000", "max": "65000"}})).lowest == Decimal(
        62000
    )
    assert worked("de", row(max="80000")).lowest is None


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(POINTS), st.decimals(min_value=0, max_value=3, places=3), min_size=1), AMOUNTS)
def test_up_never_pays_less_than_the_exact_product(factors: dict[str, Decimal], base: Decimal) -> None:
    stated = {name: f"{factor:f}" for name, factor in factors.items()}

    found = worked("de", row(formula={"base": f"{base:f}", **stated}), rounding={"to": "0.01", "mode": "up"})

    for name, factor in factors.items():
        assert getattr(found, name) == (base * factor).quantize(Decimal("0.01"), rounding=ROUND_CEILING)
