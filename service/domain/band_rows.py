"""Rows of a band set as written, and the amounts they come to: factors, rounding, floor and cap.

A row states amounts, or a base and factors to compute them from. What it comes to is a row with amounts alone.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import Field

from service.domain.company import Currency
from service.domain.currencies import minor_digits
from service.domain.shapes import ByKey, Key, Label, Otherwise

Period = Literal["hour", "day", "week", "month", "year"]
RoundingMode = Literal["half_up", "half_even", "down", "up"]

POINTS = ("min", "target", "mid", "max", "point")
"""Amounts of a row that need no label, in the order in which they are shown."""

_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN, "up": ROUND_CEILING}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAmount:
    """Pay on one step: an amount, or a range from `min` to `max`."""

    label: Annotated[Label, Field(description="Label of the step, as the levels of the grade list it.")]
    amount: Annotated[Decimal | None, Field(description="Pay on that step; null where the step is a range.")]
    min: Annotated[Decimal | None, Field(description="Lowest pay of the step.")]
    max: Annotated[Decimal | None, Field(description="Highest pay of the step.")]

    @property
    def stated(self) -> tuple[tuple[str, Decimal], ...]:
        named = (("amount", self.amount), ("min", self.min), ("max", self.max))
        return tuple((name, amount) for name, amount in named if amount is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A factor of a formula."""

    name: Annotated[Key, Field(description="What the factor stands for, for example location.")]
    times: Annotated[Decimal, Field(description="What the base is multiplied with.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """Amounts as a base times factors; `min` to `steps` are factors too, each for its own amount of the row."""

    base: Annotated[Decimal, Field(description="The amount that everything starts from, for example a benchmark.")]
    factors: Annotated[tuple[Factor, ...], ByKey(), Field(description="Factors that hold for every amount.")]
    min: Annotated[Decimal | None, Field(description="Factor of the lowest pay.")]
    target: Annotated[Decimal | None, Field(description="Factor of the pay aimed at.")]
    mid: Annotated[Decimal | None, Field(description="Factor of the middle.")]
    max: Annotated[Decimal | None, Field(description="Factor of the highest pay.")]
    point: Annotated[Decimal | None, Field(description="Factor of a single amount.")]
    steps: Annotated[tuple[StepAmount, ...], ByKey(plain="amount"), Field(description="Factors by label of the step.")]

    @property
    def product(self) -> Decimal:
        """The base times every common factor, exact."""
        product = self.base
        for factor in self.factors:
            product *= factor.times
        return product


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How computed amounts are rounded."""

    to: Annotated[Decimal, Field(description="Amounts become multiples of this, for example 1 for whole units.")]
    mode: Annotated[
        RoundingMode,
        Otherwise("half_up"),
        Field(description="`half_up` and `half_even` go to the nearest, `down` cuts off, `up` never pays less."),
    ]

    def apply(self, amount: Decimal) -> Decimal:
        """The rounded amount; as it is where `to` is not above zero, which lint refuses."""
        if self.to <= 0:
            return amount
        try:
            return (amount / self.to).quantize(Decimal(1), rounding=_MODES[self.mode]) * self.to
        except InvalidOperation:
            # More digits than any amount has: lint refuses the row for it.
            return amount


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRow:
    """Pay of one grade in one zone. Any of the amounts may be unstated; nothing is derived that is not stated."""

    grade: Annotated[Key, Field(description="Grade that the row pays.")]
    ladder: Annotated[Key | None, Field(description="Only people on this ladder; null means all.")]
    track: Annotated[Key | None, Field(description="Only people on this track; null means all.")]
    zone: Annotated[Key, Field(description="Zone in which the row holds.")]
    currency: Annotated[Currency, Field(description="ISO 4217 currency of the amounts.")]
    period: Annotated[Period, Field(description="The time that the amounts pay for.")]
    min: Annotated[Decimal | None, Field(description="Lowest pay; null when not stated.")]
    mid: Annotated[Decimal | None, Field(description="Middle of the band; null when not stated.")]
    max: Annotated[Decimal | None, Field(description="Highest pay; null when not stated.")]
    steps: Annotated[tuple[StepAmount, ...], ByKey(plain="amount"), Field(description="Pay by label of the step.")]
    cap: Annotated[Decimal | None, Field(description="Amount that no pay of the row may pass; null means none.")]
    target: Annotated[Decimal | None, Field(description="Pay aimed at; null when not stated.")]
    point: Annotated[
        Decimal | None, Field(description="The one amount of a grade that has no range; null when it has one.")
    ]
    floor: Annotated[Decimal | None, Field(description="Amount that every pay of the row is lifted to.")]
    formula: Annotated[Formula | None, Field(description="How the amounts are computed, in place of stating them.")]

    @property
    def cell(self) -> tuple[str, str, str | None, str | None]:
        """Whom the row pays: grade, zone, ladder, track. A set has one row for each."""
        return self.grade, self.zone, self.ladder, self.track

    @property
    def weight(self) -> int:
        """How special the row is: ladder + track before ladder before track before grade alone."""
        return 2 * (self.ladder is not None) + (self.track is not None)

    def step(self, label: str) -> StepAmount | None:
        return next((step for step in self.steps if step.label == label), None)

    def amounts(self) -> tuple[tuple[str, Decimal], ...]:
        """Every stated amount with its place in the row: `min` … `point`, `cap`, `floor`, `steps/<label>[/min]`."""
        plain = [(name, getattr(self, name)) for name in (*POINTS, "cap", "floor")]
        steps = [
            (f"steps/{step.label}" + ("" if name == "amount" else f"/{name}"), amount)
            for step in self.steps
            for name, amount in step.stated
        ]
        return (*((name, amount) for name, amount in plain if amount is not None), *steps)

    @property
    def lowest(self) -> Decimal | None:
        """The least that somebody can be paid by the row: `min`, the single amount, or the lowest step."""
        if self.min is not None or self.point is not None:
            return self.min if self.min is not None else self.point
        stated = [amount for step in self.steps for _, amount in step.stated]
        return min(stated, default=None)


def paid(row: BandRow, *, rounding: Rounding | None, times: Decimal = Decimal(1)) -> BandRow:
    """The row with its amounts worked out: formula, then `times`, then rounding, then floor and cap.

    Without a rounding rule an amount that was computed is rounded half up to the currency's minor unit; one that
    was stated stays as it is.
    """
    source = _formula_amounts(row) if row.formula else row
    computed = row.formula is not None or times != 1
    rule = rounding or Rounding(to=Decimal(1).scaleb(-minor_digits(row.currency)), mode="half_up")

    def come_to(amount: Decimal | None) -> Decimal | None:
        if amount is None:
            return None
        worked = rule.apply(amount * times) if computed else amount
        lifted = worked if row.floor is None else max(worked, row.floor)
        return lifted if row.cap is None else min(lifted, row.cap)

    return replace(
        source,
        formula=None,
        steps=tuple(
            replace(step, amount=come_to(step.amount), min=come_to(step.min), max=come_to(step.max))
            for step in source.steps
        ),
        **{name: come_to(getattr(source, name)) for name in POINTS},
    )


def _formula_amounts(row: BandRow) -> BandRow:
    formula = row.formula
    assert formula is not None
    product = formula.product

    def of(factor: Decimal | None) -> Decimal | None:
        return None if factor is None else product * factor

    return replace(
        row,
        steps=tuple(
            replace(step, amount=of(step.amount), min=of(step.min), max=of(step.max)) for step in formula.steps
        ),
        **{name: of(getattr(formula, name)) for name in POINTS},
    )
