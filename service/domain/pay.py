"""The band that applies to somebody, as shown. Who may see it is decided in `access.may_read_pay`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from service.domain.band_rows import POINTS, BandRow, Period
from service.domain.bands import BandSet
from service.domain.currencies import minor_digits
from service.domain.definitions import Definitions
from service.domain.levels import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A row of a band set. Amounts carry all decimals of their currency; null where the set states none."""

    band_set: Annotated[str, Field(description="Key of the band set.")]
    zone: Annotated[str, Field(description="Zone the row is for.")]
    currency: Annotated[str, Field(description="ISO 4217 currency of every amount.")]
    period: Annotated[Period, Field(description="What one amount pays for.")]
    min: Annotated[Decimal | None, Field(description="Lowest pay of the grade.")]
    mid: Annotated[Decimal | None, Field(description="Middle of the band.")]
    max: Annotated[Decimal | None, Field(description="Highest pay of the grade.")]
    step: Annotated[Decimal | None, Field(description="Amount of the assignment's step, if the set states one.")]
    target: Annotated[Decimal | None, Field(description="Pay aimed at.")]
    point: Annotated[Decimal | None, Field(description="The one amount of a grade without a range.")]
    step_min: Annotated[Decimal | None, Field(description="Lowest pay of a step that is a range.")]
    step_max: Annotated[Decimal | None, Field(description="Highest pay of a step that is a range.")]
    uncapped: Annotated[
        bool, Field(description="True when a cap exists whose amount is not known: amounts are those before it.")
    ]

    def not_lower_than(self, other: "Band") -> bool | None:
        """Whether no figure fell; None when the two cannot be compared, since nothing is converted."""
        if (self.currency, self.period) != (other.currency, other.period):
            return None
        pairs = [(getattr(other, name), getattr(self, name)) for name in FIGURES]
        if any((before is None) != (after is None) for before, after in pairs):
            return None
        return all(after >= before for before, after in pairs if before is not None)


FIGURES = ("min", "target", "mid", "max", "point", "step", "step_min", "step_max")


def band_on(
    definitions: Definitions,
    *,
    day: date,
    known_at: int | None,
    pinned: str | None,
    grade: str,
    zone: str,
    ladder: str,
    track: str | None,
    step: str | None,
) -> Band | None:
    """The band of a grade in a zone by the set in force on `day`, or by the pinned set. None when no row fits."""
    bands = definitions.bands(day, known_at, pinned)
    row = bands.band_for(grade=grade, zone=zone, ladder=ladder, track=track) if bands else None
    return shown_band(bands, row, step=step) if bands and row else None


def level_bands(bands: BandSet | None, ladder: str, level: Level, zones: Iterable[str]) -> dict[str, Band]:
    """What pays people on a level, by zone; zones without a row are left out, all of them without a set."""
    if bands is None:
        return {}
    rows = {zone: bands.band_for(grade=level.grade, zone=zone, ladder=ladder, track=level.track) for zone in zones}
    return {zone: shown_band(bands, row, step=None) for zone, row in rows.items() if row is not None}


def shown_band(bands: BandSet, row: BandRow, *, step: str | None) -> Band:
    """`row` is one of `bands.paid`."""
    cap = bands.cap_of(row)
    place = row.step(step) if step else None
    return Band(
        band_set=bands.key,
        zone=row.zone,
        currency=row.currency,
        period=row.period,
        **{name: _exact(getattr(row, name), row.currency) for name in POINTS},
        step=_exact(place.amount, row.currency) if place else None,
        step_min=_exact(place.min, row.currency) if place else None,
        step_max=_exact(place.max, row.currency) if place else None,
        uncapped=cap is not None and cap.amount is None,
    )


def _exact(amount: Decimal | None, currency: str) -> Decimal | None:
    return None if amount is None else amount.quantize(Decimal(1).scaleb(-minor_digits(currency)))
