"""Reading pay bands: the sets there are, and what the one in force (or a named one) pays."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Annotated, Literal

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.band_rows import POINTS, BandRow, Period, StepAmount
from service.domain.bands import BandSet
from service.domain.currencies import minor_digits
from service.domain.instants import instant_text
from service.domain.refusals import FieldError, Invalid, NotFound
from service.usecases.act import Runtime
from service.usecases.paging import Listing, Window, part_of
from service.usecases.reading import reading

_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
"""Room for the largest amount by the largest count, so that nothing is rounded before the minor unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BandSetSummary:
    """A dated set of bands, and whether it is in force."""

    key: Annotated[str, Field(description="Key of the band set.")]
    title: Annotated[str | None, Field(description="What it is called.")]
    effective_from: Annotated[date, Field(description="First day on which it can be in force.")]
    recorded_at: Annotated[str, Field(description="Instant from which it is known.")]
    state: Annotated[
        Literal["scheduled", "in_force", "superseded"],
        Field(description="On the day asked. People may be pinned to a superseded one."),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBandRow:
    """What a row of a band set comes to. Amounts carry all decimals of their currency; null where none is stated."""

    band_set: Annotated[str, Field(description="Key of the band set.")]
    grade: Annotated[str, Field(description="Grade that is paid.")]
    zone: Annotated[str, Field(description="Zone in which it holds.")]
    ladder: Annotated[str | None, Field(description="Only people on this ladder; null means all.")]
    track: Annotated[str | None, Field(description="Only people on this track; null means all.")]
    currency: Annotated[str, Field(description="ISO 4217 currency of every amount.")]
    period: Annotated[Period, Field(description="What one amount pays for.")]
    min: Annotated[Decimal | None, Field(description="Lowest pay.")]
    target: Annotated[Decimal | None, Field(description="Pay aimed at.")]
    mid: Annotated[Decimal | None, Field(description="Middle of the band.")]
    max: Annotated[Decimal | None, Field(description="Highest pay.")]
    point: Annotated[Decimal | None, Field(description="The one amount of a grade without a range.")]
    steps: Annotated[tuple[StepAmount, ...], Field(description="Pay by step.")]
    floor: Annotated[Decimal | None, Field(description="Amount that every pay of the row is lifted to.")]
    cap: Annotated[Decimal | None, Field(description="Amount that no pay of the row may pass.")]
    uncapped: Annotated[
        bool, Field(description="True when a cap exists whose amount is not known: amounts are those before it.")
    ]
    derived_from: Annotated[
        str | None, Field(description="Zone whose row this one is computed from; null when it is written itself.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBands:
    """Which rows are wanted: one of each given tuple; an empty tuple asks for all. `period` None: as written."""

    grade: tuple[str, ...] = ()
    zone: tuple[str, ...] = ()
    ladder: tuple[str, ...] = ()
    track: tuple[str, ...] = ()
    period: Period | None = None


async def list_band_sets(
    runtime: Runtime, actor: Actor, *, effective_on: date | None = None, known_at: int | None = None
) -> tuple[BandSetSummary, ...]:
    """Every band set, earliest first, and which of them is in force on a day (None = today)."""
    require(actor, Scope.BANDS_READ)
    async with reading(runtime, known_at=known_at) as view:
        day = effective_on or view.today
        in_force = view.definitions.bands(day, view.known_at)
        return tuple(
            BandSetSummary(
                key=one.value.key,
                title=one.value.title,
                effective_from=one.value.effective_from,
                recorded_at=instant_text(one.recorded_at),
                state="in_force"
                if one.value is in_force
                else "scheduled"
                if one.value.effective_from > day
                else "superseded",
            )
            for one in view.definitions.bandsets(view.known_at)
        )


async def list_bands(
    runtime: Runtime,
    actor: Actor,
    *,
    wanted: WantedBands,
    band_set: str | None,
    effective_on: date | None,
    known_at: int | None,
    window: Window,
) -> Listing[ShownBandRow]:
    """Rows of the set in force on a day (None = today), or of the named one, a part of them.

    A place is the number of a row among those wanted.

    Raises NotFound `no-band-set`, Invalid `period-not-stated`.
    """
    require(actor, Scope.BANDS_READ)
    async with reading(runtime, known_at=known_at) as view:
        day = effective_on or view.today
        bands = view.definitions.bands(day, view.known_at, band_set)
        if bands is None:
            named = f"There is no band set {band_set}." if band_set else f"No band set is in force on {day}."
            raise NotFound("no-band-set", f"{named} List the band sets.")
        found = [row for row in bands.paid if _is_wanted(row, wanted)]
        return Listing(
            part=part_of(found, window).each(lambda row: shown_row(bands, row, wanted.period)),
            known_at=view.known_at,
            effective_on=day,
        )


def _is_wanted(row: BandRow, wanted: WantedBands) -> bool:
    asked = ((wanted.grade, row.grade), (wanted.zone, row.zone), (wanted.ladder, row.ladder), (wanted.track, row.track))
    return all(not keys or value in keys for keys, value in asked)


def shown_row(bands: BandSet, row: BandRow, period: Period | None) -> ShownBandRow:
    """A row of `bands.paid` for a period (None: its own). Raises Invalid `period-not-stated`."""
    held, asked = _counts(bands, row.period, period or row.period)
    digits = Decimal(1).scaleb(-minor_digits(row.currency))

    def amount(stated: Decimal | None) -> Decimal | None:
        return None if stated is None else _WIDE.quantize(_WIDE.divide(_WIDE.multiply(stated, held), asked), digits)

    cap = bands.cap_of(row)
    return ShownBandRow(
        band_set=bands.key,
        grade=row.grade,
        zone=row.zone,
        ladder=row.ladder,
        track=row.track,
        currency=row.currency,
        period=period or row.period,
        **{name: amount(getattr(row, name)) for name in (*POINTS, "floor", "cap")},
        steps=tuple(
            replace(step, amount=amount(step.amount), min=amount(step.min), max=amount(step.max)) for step in row.steps
        ),
        uncapped=cap is not None and cap.amount is None,
        derived_from=_origin(bands, row),
    )


def _counts(bands: BandSet, held: Period, asked: Period) -> tuple[Decimal, Decimal]:
    """How many of both periods a year of pay has, by the counts that the set states; 1 and 1 for one and the same."""
    if held == asked:
        return Decimal(1), Decimal(1)
    counts = {period: bands.per_year(period) for period in (held, asked)}
    missing = [period for period, count in counts.items() if count is None]
    if missing:
        raise Invalid(
            "period-not-stated",
            f"Band set {bands.key} does not state `periods_per_year` of {missing[0]}, so amounts cannot be converted. "
            "Ask without `period`, or state it in the next set.",
            errors=(FieldError(pointer="period", detail="is not stated by the set", code="period-not-stated"),),
        )
    return counts[held] or Decimal(1), counts[asked] or Decimal(1)


def _origin(bands: BandSet, row: BandRow) -> str | None:
    if any(written.cell == row.cell for written in bands.rows):
        return None
    return next((zone.from_zone for zone in bands.derived if zone.zone == row.zone), None)
