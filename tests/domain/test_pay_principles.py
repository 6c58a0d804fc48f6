"""DT104 and DT108: what is compared, by which policy, and that no amount is told."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.findings import Finding
from tests.domain.documents import Document, bandset_document, company_document, row_document
from tests.domain.test_principles import DUAL, UNEQUAL_PAY, judged, rules


def test_periods_that_differ_are_not_compared_by_their_amounts() -> None:
    rows = (row_document(track="ic", min="60000"), row_document(track="mgr", min="5000", period="month"))

    assert rules(judged(DUAL, bands=[bandset_document(*rows)])) == [("DT104", "error")]


def test_what_differs_in_a_derived_zone_is_told_where_it_is_written() -> None:
    zones = [{"key": "de", "currency": "EUR"}, {"key": "at", "currency": "EUR"}]
    derived = [{"zone": "at", "from_zone": "de", "times": "1.1"}]
    trunk = {**row_document("1"), "zone": "at"}
    lead = {**row_document(track="mgr"), "zone": "at"}

    def pointers(*rows: Document) -> list[str]:
        bands = bandset_document(*UNEQUAL_PAY["rows"], *rows, derived=derived)
        return [found.pointer for found in judged(DUAL, company=company_document(zones=zones), bands=[bands])]

    assert pointers() == pointers(trunk) == ["/bands/0/rows/0", "/ladders/0/levels/1"]
    assert pointers(lead) == ["/bands/0/rows/0", "/ladders/0/levels/1", "/bands/0/rows/2", "/ladders/0/levels/1"]


CENTS = st.integers(min_value=1, max_value=10**12)


def paid(policy: Mapping[str, str], ic: Mapping[str, object], manager: Mapping[str, object]) -> list[Finding]:
    rows = [row_document(track=track, **{"min": None, **row}) for track, row in (("ic", ic), ("mgr", manager))]
    return judged(DUAL, company=company_document(parity=dict(policy)), bands=[bandset_document(*rows)])


@settings(deadline=None)
@given(CENTS, CENTS, st.integers(min_value=0, max_value=10_000))
def test_a_tolerance_is_percent_of_the_managers_value_with_its_border(ic: int, manager: int, hundredths: int) -> None:
    policy = {"policy": "tolerance", "tolerance_percent": f"{Decimal(hundredths) / 100:f}"}

    found = paid(policy, {"min": f"{Decimal(ic) / 100:f}"}, {"min": f"{Decimal(manager) / 100:f}"})

    assert bool(found) is (abs(ic - manager) * 10_000 > manager * hundredths)


@pytest.mark.parametrize(("ic", "gap"), [("95", False), ("94.99", True), ("105", False), ("105.01", True)])
def test_the_border_of_a_tolerance_lies_on_both_sides(ic: str, gap: bool) -> None:
    policy = {"policy": "tolerance", "tolerance_percent": "5"}

    assert bool(paid(policy, {"min": ic}, {"min": "100"})) is gap


FIGURES = st.dictionaries(st.sampled_from(["min", "mid", "max", "target", "point"]), CENTS, min_size=1)


@settings(deadline=None)
@given(FIGURES, FIGURES, st.sampled_from(["equal", "ic_at_least_manager"]))
def test_findings_of_pay_name_figures_and_never_amounts(
    ic: Mapping[str, int], manager: Mapping[str, int], policy: str
) -> None:
    def stated(figures: Mapping[str, int]) -> Document:
        return {name: str(amount + 10**6) for name, amount in figures.items()}

    first = {**stated(ic), "steps": {"entry": "7654321"}}
    second = {**stated(manager), "steps": {"entry": "7654322"}}

    found = paid({"policy": policy}, first, second)

    assert [finding.rule for finding in found] == ["DT104", "DT108"]
    assert "steps/entry" in found[0].text
    for amount in (*stated(ic).values(), *stated(manager).values(), "7654321", "7654322"):
        assert not any(amount in finding.message for finding in found)
