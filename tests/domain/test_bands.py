from datetime import date
from decimal import Decimal

import pytest
from babel.core import get_global
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.band_rows import StepAmount
from service.domain.bands import BandSet, bandset_from_document, from_minor, minor_digits, to_minor
from service.domain.currencies import MINOR_DIGITS
from service.domain.findings import DocumentRejected
from tests.domain.documents import Document, bandset_document, row_document


def bandset(*rows: Document) -> BandSet:
    return bandset_from_document(bandset_document(*rows))


def minimum(bands: BandSet, **asked: str | None) -> Decimal | None:
    row = bands.band_for(**{"grade": "2", "zone": "de", "ladder": "engineering", "track": "ic", **asked})  # type: ignore[arg-type]
    return row.min if row else None


def test_amounts_are_exact_decimals_and_any_of_them_may_be_unstated() -> None:
    row = bandset(row_document(min="0.10", mid=None, max="90000.05", steps={"b": "2", "a": "1.50"}, cap="99")).rows[0]

    assert (row.min, row.mid, row.max, row.cap) == (Decimal("0.10"), None, Decimal("90000.05"), Decimal("99"))
    assert [(step.label, step.amount) for step in row.steps] == [("b", Decimal("2")), ("a", Decimal("1.50"))]
    assert (row.step("a"), row.step("c")) == (StepAmount(label="a", amount=Decimal("1.50"), min=None, max=None), None)
    assert [name for name, _ in row.amounts()] == ["min", "max", "cap", "steps/b", "steps/a"]


def test_no_row_means_no_band() -> None:
    bands = bandset(row_document("2", "de"))

    assert minimum(bands) == Decimal("60000")
    assert minimum(bands, grade="3") is None
    assert minimum(bands, zone="us") is None
    assert minimum(bands, zone=None) is None
    assert minimum(bands, grade=None) is None


@pytest.mark.parametrize("reverse", [False, True])
def test_the_most_specific_row_wins_whatever_its_place(reverse: bool) -> None:
    rows = [
        row_document(min="1"),
        row_document(min="2", track="ic"),
        row_document(min="3", ladder="engineering"),
        row_document(min="4", ladder="engineering", track="ic"),
    ]
    bands = bandset(*(reversed(rows) if reverse else rows))

    assert minimum(bands) == Decimal(4)
    assert minimum(bands, track="mgr") == Decimal(3)
    assert minimum(bands, ladder="sales") == Decimal(2)
    assert minimum(bands, ladder="sales", track="mgr") == Decimal(1)


def test_a_shared_level_has_no_track_so_track_rows_do_not_pay_it() -> None:
    assert minimum(bandset(row_document(track="ic")), track=None) is None


def test_the_set_has_a_key_and_a_first_day() -> None:
    bands = bandset()

    assert (bands.key, bands.effective_from, bands.rows) == ("2026", date(2020, 1, 1), ())


@pytest.mark.parametrize(
    "amount", ["1e3", "NaN", "Infinity", " 1", "1 ", "1_0", "", "01", "1.", ".5", "١", "1,5", "+1"]
)
def test_what_is_no_plain_decimal_is_refused(amount: str) -> None:
    with pytest.raises(DocumentRejected) as rejected:
        bandset(row_document(min=amount))

    assert [(f.rule, f.pointer) for f in rejected.value.findings] == [("DT013", "/rows/0/min")]
    assert rejected.value.findings[0].remedy == 'write a decimal number in quotes, for example "62000.00"'


@pytest.mark.parametrize(("amount", "shown"), [(62000, '"62000"'), (0.1, '"0.1"')])
def test_a_bare_number_is_no_amount(amount: float, shown: str) -> None:
    with pytest.raises(DocumentRejected) as rejected:
        bandset(row_document(min=amount))

    assert rejected.value.findings[0].rule == "DT011"
    assert rejected.value.findings[0].remedy == f"put it in quotes: {shown}"


def test_minor_units_follow_the_currency() -> None:
    assert to_minor(Decimal("62000.5"), "EUR") == 6_200_050
    assert to_minor(Decimal("62000"), "JPY") == 62_000
    assert to_minor(Decimal("1.234"), "KWD") == 1_234
    assert str(from_minor(6_200_050, "EUR")) == "62000.50"
    assert str(from_minor(62_000, "JPY")) == "62000"


def test_a_fraction_of_a_minor_unit_is_refused_not_rounded() -> None:
    with pytest.raises(ValueError, match=r"62000\.505 has more decimals than EUR has: round it to 2"):
        to_minor(Decimal("62000.505"), "EUR")


@settings(deadline=None)
@given(st.integers(min_value=-(10**18), max_value=10**18), st.sampled_from(sorted(MINOR_DIGITS)))
def test_minor_units_come_back_as_they_went(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency), currency) == minor


def test_every_currency_is_one_that_babel_knows() -> None:
    assert set(MINOR_DIGITS) <= set(get_global("all_currencies"))
    assert [minor_digits(code) for code in ("EUR", "USD", "ISK", "TND", "CLF")] == [2, 2, 0, 3, 4]
