"""Money and pay bands. Amounts are `Decimal` here, decimal strings outside, integer minor units in columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from service.domain.company import Currency
from service.domain.currencies import minor_digits
from service.domain.documents import bind
from service.domain.shapes import ByKey, Key, Label, Prose, SourceForm

Period = Literal["hour", "day", "week", "month", "year"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount of pay for one period."""

    amount: Annotated[Decimal, Field(description="The amount, exact.")]
    currency: Annotated[Currency, Field(description="ISO 4217 currency.")]
    period: Annotated[Period, Field(description="The time that the amount pays for.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAmount:
    label: Annotated[Label, Field(description="Label of the step, as the levels of the grade list it.")]
    amount: Annotated[Decimal, Field(description="Pay on that step.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRow:
    """Pay of one grade in one zone. Any of the amounts may be unstated; nothing is derived."""

    grade: Annotated[Key, Field(description="Grade that the row pays.")]
    ladder: Annotated[Key | None, Field(description="Only people on this ladder; null means all.")]
    track: Annotated[Key | None, Field(description="Only people on this track; null means all.")]
    zone: Annotated[Key, Field(description="Zone in which the row holds.")]
    currency: Annotated[Currency, Field(description="ISO 4217 currency of the amounts.")]
    period: Annotated[Period, Field(description="The time that the amounts pay for.")]
    min: Annotated[Decimal | None, Field(description="Lowest pay; null when not stated.")]
    mid: Annotated[Decimal | None, Field(description="Middle of the band; null when not stated.")]
    max: Annotated[Decimal | None, Field(description="Highest pay; null when not stated.")]
    steps: Annotated[tuple[StepAmount, ...], ByKey(), Field(description="Pay by label of the step.")]
    cap: Annotated[Decimal | None, Field(description="Amount that no pay of the row may pass; null means none.")]

    def step(self, label: str) -> Decimal | None:
        return next((step.amount for step in self.steps if step.label == label), None)

    def amounts(self) -> tuple[tuple[str, Decimal], ...]:
        """Every stated amount with its place in the row: `min`, `mid`, `max`, `cap`, `steps/<label>`."""
        plain = (("min", self.min), ("mid", self.mid), ("max", self.max), ("cap", self.cap))
        stated = [(name, amount) for name, amount in plain if amount is not None]
        return (*stated, *((f"steps/{step.label}", step.amount) for step in self.steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class BandSet:
    """All bands from a day on. A set is complete: sets are never merged, nothing is converted."""

    key: Annotated[Key, Field(description="Key of the band set.")]
    title: Annotated[Label | None, Field(description="What the set is called.")]
    effective_from: Annotated[date, Field(description="First day on which the set is in force.")]
    rows: Annotated[tuple[BandRow, ...], Field(description="The bands.")]
    source: Annotated[Prose | None, Field(description="Where the amounts come from.")]
    document: Annotated[Mapping[str, object], SourceForm(), Field(description="The definition in its source form.")] = (
        field(compare=False, repr=False)
    )

    def band_for(self, *, grade: str | None, zone: str | None, ladder: str, track: str | None) -> BandRow | None:
        """The row that pays somebody: ladder + track before ladder before track before grade alone.

        `track` is None on a level that several tracks share. None when no row fits, or no grade or zone is known.
        """
        best: BandRow | None = None
        best_weight = -1
        for row in self.rows:
            if row.grade != grade or row.zone != zone:
                continue
            if row.ladder not in (None, ladder) or (row.track is not None and row.track != track):
                continue
            weight = 2 * (row.ladder is not None) + (row.track is not None)
            if weight > best_weight:
                best, best_weight = row, weight
        return best


def bandset_from_document(document: Mapping[str, object]) -> BandSet:
    """Raises DocumentRejected, whose findings carry JSON pointers into `document`."""
    return bind(BandSet, document)


def to_minor(amount: Decimal, currency: str) -> int:
    """Whole minor units, 62000.50 EUR -> 6200050. Raises ValueError for a fraction of a minor unit."""
    scaled = amount.scaleb(minor_digits(currency))
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{amount} has more decimals than {currency} has: round it to {minor_digits(currency)}")
    return whole


def from_minor(minor: int, currency: str) -> Decimal:
    """The amount with all its decimals, 6200050 EUR -> 62000.50."""
    return Decimal(minor).scaleb(-minor_digits(currency))
