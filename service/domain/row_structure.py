"""Structure rules of the amounts of a single band row; `structure.py` lists all rules."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from service.domain.band_rows import POINTS, BandRow, StepAmount, paid
from service.domain.bands import to_minor
from service.domain.currencies import MINOR_DIGITS, minor_digits
from service.domain.findings import Finding, token, unknown_currency

_RANGE = ("min", "mid", "max")
_LARGEST = Decimal(10) ** 16
"""As large as an amount can be written."""


def row_findings(row: BandRow) -> Iterator[Finding]:
    """Pointers begin at the row."""
    amounts = row.amounts()
    if row.formula is None and not any(name not in ("cap", "floor") for name, _ in amounts):
        yield Finding(
            rule="DT035", pointer="", text="the row states no amount", remedy="state `min`, `mid`, `max` or `steps`"
        )
    yield from _stated_twice(row)
    yield from _out_of_order([(name, getattr(row, name)) for name in _RANGE], "")
    if row.target is not None:
        yield from _out_of_order([("min", row.min), ("target", row.target), ("max", row.max)], "")
    yield from _step_findings(row.steps, "/steps")
    if row.currency not in MINOR_DIGITS:
        yield unknown_currency("/currency", row.currency)
        return
    for pointer, amount in _places(row):
        if not _payable(amount, row.currency):
            yield Finding(
                rule="DT034",
                pointer=pointer,
                text=f"{amount} is no amount of {row.currency}",
                remedy=f"write an amount from 0 with at most {minor_digits(row.currency)} decimals",
            )
    if row.formula is not None:
        yield from _formula_findings(row)


def _places(row: BandRow) -> Iterator[tuple[str, Decimal]]:
    """Every stated amount by its pointer."""
    for name in (*POINTS, "cap", "floor"):
        if (amount := getattr(row, name)) is not None:
            yield f"/{name}", amount
    for step in row.steps:
        for name, amount in step.stated:
            yield f"/steps{token(step.label)}" + ("" if name == "amount" else f"/{name}"), amount


def _stated_twice(row: BandRow) -> Iterator[Finding]:
    """DT059: two ways of saying what somebody earns, of which one would have to be believed."""
    stated = [name for name, _ in row.amounts() if name not in ("cap", "floor")]
    if row.formula is not None and stated:
        yield Finding(
            rule="DT059",
            pointer="/formula",
            text=f"the row states {stated[0]} and computes amounts too",
            remedy="keep the formula or the amounts",
        )
    if row.point is not None and len(stated) > 1:
        yield Finding(
            rule="DT059",
            pointer="/point",
            text="a single amount stands beside others",
            remedy="keep `point` alone, or state a range",
        )


def _step_findings(steps: Sequence[StepAmount], pointer: str) -> Iterator[Finding]:
    for step in steps:
        place = pointer + token(step.label)
        if not step.stated:
            yield Finding(
                rule="DT035", pointer=place, text=f"step {step.label} states no amount", remedy="state one, or a range"
            )
        if step.amount is not None and len(step.stated) > 1:
            yield Finding(
                rule="DT059",
                pointer=place,
                text=f"step {step.label} has an amount and a range",
                remedy="keep one of the two",
            )
        yield from _out_of_order([("min", step.min), ("max", step.max)], place)


def _formula_findings(row: BandRow) -> Iterator[Finding]:
    formula = row.formula
    assert formula is not None
    stated = [getattr(formula, name) for name in POINTS if getattr(formula, name) is not None]
    if not stated and not formula.steps:
        yield Finding(
            rule="DT035",
            pointer="/formula",
            text="the formula gives no amount",
            remedy='state a factor for `min`, `max`, `point` or `steps`, for example `point: "1"`',
        )
    yield from _step_findings(formula.steps, "/formula/steps")
    if abs(formula.product) >= _LARGEST or any(abs(factor.times) >= 1000 for factor in formula.factors):
        yield Finding(
            rule="DT034", pointer="/formula", text="the formula comes to no amount", remedy="use factors below 1000"
        )
        return
    worked = paid(row, rounding=None)
    if any(not 0 <= amount < _LARGEST for name, amount in worked.amounts() if name not in ("cap", "floor")):
        yield Finding(
            rule="DT034",
            pointer="/formula",
            text="the formula comes to no amount",
            remedy=f"let it come to something from 0 to below {_LARGEST}",
        )
    yield from _out_of_order([(name, getattr(worked, name)) for name in _RANGE], "/formula")
    yield from _out_of_order([("target", worked.target), ("max", worked.max)], "/formula")


def _out_of_order(amounts: Sequence[tuple[str, Decimal | None]], pointer: str) -> Iterator[Finding]:
    stated = [(name, amount) for name, amount in amounts if amount is not None]
    for (low_name, low), (high_name, high) in pairwise(stated):
        if low > high:
            yield Finding(
                rule="DT030",
                pointer=f"{pointer}/{low_name}",
                text=f"{low_name} {low} is above {high_name} {high}",
                remedy=f"lower {low_name} or raise {high_name}",
            )


def _payable(amount: Decimal, currency: str) -> bool:
    try:
        return to_minor(amount, currency) >= 0
    except ValueError:
        return False
