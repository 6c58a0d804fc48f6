"""Pay bands. Amounts are `Decimal` here, decimal strings outside, integer minor units in columns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from service.domain.band_rows import BandRow, Period, Rounding, paid
from service.domain.company import Currency
from service.domain.currencies import minor_digits
from service.domain.documents import bind
from service.domain.provenance import NotKnown, Origins, Sources
from service.domain.shapes import ByKey, Key, Label, Otherwise, Prose, SourceForm, Within


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedZone:
    """A zone whose rows are those of another zone times a factor; both have one currency, nothing is converted.

    A row that is written for the zone itself takes the place of the derived one.
    """

    zone: Annotated[Key, Field(description="Zone that is paid so.")]
    from_zone: Annotated[Key, Field(description="Zone whose rows are taken.")]
    times: Annotated[Decimal, Field(description="What every amount is multiplied with, for example 1.1706.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A highest amount for all rows of a currency."""

    currency: Annotated[Currency, Field(description="Rows of this currency.")]
    amount: Annotated[
        Decimal | None, Field(description="The amount; null when there is a cap whose amount is not known.")
    ]
    period: Annotated[Period, Otherwise("year"), Field(description="Rows of this period.")]
    note: Annotated[Prose | None, Field(description="What sets the cap.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class YearlyCount:
    """How many of a period a year of pay has."""

    period: Annotated[Period, Field(description="A period of pay.")]
    count: Annotated[Decimal, Field(description="How many of them a year of pay has, for example 2087 hours.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandSet:
    """All bands from a day on. A set is complete: sets are never merged, nothing is converted.

    `rows` and `derived` are what is written, `paid` is what they come to: every row with its amounts alone.
    """

    key: Annotated[Key, Field(description="Key of the band set.")]
    title: Annotated[Label | None, Field(description="What the set is called.")]
    effective_from: Annotated[date, Field(description="First day on which the set is in force.")]
    lifecycle: Annotated[
        Literal["draft", "published"],
        Otherwise("published"),
        Field(description="`draft`: judged but not published."),
    ]
    rows: Annotated[tuple[BandRow, ...], Field(description="The bands.")]
    derived: Annotated[
        tuple[DerivedZone, ...], Field(description="Zones whose rows are computed from those of another zone.")
    ]
    rounding: Annotated[
        Rounding | None, Field(description="How computed amounts are rounded; null: half up to the minor unit.")
    ]
    caps: Annotated[
        tuple[Cap, ...], ByKey(plain="amount"), Field(description="Highest amounts of the whole set, by currency.")
    ]
    periods_per_year: Annotated[
        tuple[YearlyCount, ...], ByKey(), Field(description="Periods in a year of pay; a year has 12 months unsaid.")
    ]
    pay_runs_per_year: Annotated[
        int | None, Within(1, 366), Field(description="How often a year is paid out; null when not stated.")
    ]
    source: Annotated[Prose | None, Field(description="Where the amounts come from, in one text.")]
    sources: Sources
    not_public: NotKnown
    provenance: Origins
    # The definition as it was written, which is what is kept and exported.
    document: Annotated[Mapping[str, object], SourceForm(), Field(exclude=True)] = field(
        compare=False, repr=False, metadata={"source_form": True}
    )
    paid: tuple[BandRow, ...] = field(init=False, compare=False, repr=False)
    _cells: Mapping[tuple[str, str], tuple[BandRow, ...]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        rows = tuple(self._worked_out())
        cells: dict[tuple[str, str], tuple[BandRow, ...]] = {}
        for row in rows:
            place = (row.grade, row.zone)
            cells[place] = (*cells.get(place, ()), row)
        object.__setattr__(self, "paid", rows)
        object.__setattr__(self, "_cells", cells)

    def _worked_out(self) -> Iterator[BandRow]:
        stated = {row.cell for row in self.rows}
        for row in self.rows:
            yield paid(self._limited(row), rounding=self.rounding)
        for zone in self.derived:
            for row in self.rows:
                # A row of the derived zone itself stands for its cell, as for one figure that does not follow the rule.
                if row.zone == zone.from_zone and (row.grade, zone.zone, row.ladder, row.track) not in stated:
                    moved = replace(self._limited(row), zone=zone.zone)
                    yield paid(moved, rounding=self.rounding, times=zone.times)

    def _limited(self, row: BandRow) -> BandRow:
        cap = self.cap_of(row)
        if cap is None or cap.amount is None:
            return row
        return replace(row, cap=cap.amount if row.cap is None else min(row.cap, cap.amount))

    def cap_of(self, row: BandRow) -> Cap | None:
        """The cap of the whole set that holds for a row."""
        return next((cap for cap in self.caps if (cap.currency, cap.period) == (row.currency, row.period)), None)

    def per_year(self, period: Period) -> Decimal | None:
        """How many periods a year of pay has; None when the set does not state it."""
        stated = next((year.count for year in self.periods_per_year if year.period == period), None)
        return stated if stated is not None else _UNSAID.get(period)

    def lowest_per_year(self, row: BandRow) -> tuple[str, Decimal] | None:
        """(currency, the least that somebody can be paid by a row of the set in a year); None when it is not stated."""
        yearly = self.per_year(row.period)
        return None if row.lowest is None or yearly is None else (row.currency, row.lowest * yearly)

    def band_for(self, *, grade: str | None, zone: str | None, ladder: str, track: str | None) -> BandRow | None:
        """The row that pays somebody, worked out: ladder + track before ladder before track before grade alone.

        `track` is None on a level that several tracks share. None when no row fits, or no grade or zone is known.
        """
        best: BandRow | None = None
        for row in self._cells.get((grade or "", zone or ""), ()):
            if row.ladder not in (None, ladder) or (row.track is not None and row.track != track):
                continue
            if best is None or row.weight > best.weight:
                best = row
        return best


_UNSAID: Mapping[Period, Decimal] = {"month": Decimal(12), "year": Decimal(1)}


def followed_on(bands: BandSet, others: Iterable[BandSet]) -> date | None:
    """First day of the set that takes the place of this one; None when none of the others does. Drafts take none."""
    later = [
        other.effective_from
        for other in others
        if other.effective_from > bands.effective_from and other.lifecycle != "draft"
    ]
    return min(later, default=None)


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
