"""Pay bands of another system beside those in force here: what differs is told, and nothing is taken over.

Their bands know neither tracks nor days. Which grade of ours a level of theirs is says the mapping: by its name, or
else by the levels that its job titles stand for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from service.domain.access import Actor
from service.domain.assignments import Facts, level_in_force
from service.domain.definitions import Definitions
from service.domain.mappings import SystemMapping, level_of
from service.usecases.act import Runtime
from service.usecases.bands import ShownBandRow, WantedBands, list_bands
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.open_connections import OpenConnection
from service.usecases.paging import Window
from service.usecases.reading import reading

_MOST_ROWS = 100_000
Code = Literal["differs", "not-mapped", "not-yearly", "not-here", "not-there"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandThere:
    """A band as another system has it. Amounts are as they are written there; null where none is stated."""

    group: Annotated[str | None, Field(description="Group of levels that it stands in there.")]
    level: Annotated[str, Field(description="Its level, as they call it.")]
    min: Annotated[Decimal | None, Field(description="Lowest pay.")] = field(repr=False)
    mid: Annotated[Decimal | None, Field(description="Middle of the band.")] = field(repr=False)
    max: Annotated[Decimal | None, Field(description="Highest pay.")] = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.group} / {self.level}" if self.group else self.level


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirBand:
    """A band of theirs, and what tells which of ours is meant. `is_yearly`: they are amounts of a year."""

    band: BandThere
    currency: str
    is_yearly: bool
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BandDrift:
    """A band that is not the same on both sides."""

    code: Annotated[
        Code,
        Field(
            description="differs: both have it, with other amounts. not-mapped: their level is no grade, or several. "
            "not-yearly: theirs is no pay of a year. not-here, not-there: one side has none. More may be added."
        ),
    ]
    grade: Annotated[str | None, Field(description="Grade of ours; null where none is meant.")]
    currency: Annotated[str, Field(description="Currency of every amount.")]
    theirs: Annotated[BandThere | None, Field(description="Theirs; null where they have none.")] = field(repr=False)
    ours: Annotated[
        ShownBandRow | None, Field(description="Ours, by the year; null where we have none, or none is meant.")
    ] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OurBands:
    """Bands in force here on a day, by the year, and what their levels are called there."""

    rows: Sequence[ShownBandRow] = field(repr=False)
    mapping: SystemMapping
    definitions: Definitions
    day: date


async def our_bands(runtime: Runtime, connection: OpenConnection, caller: Actor) -> OurBands:
    """As they are today. Needs bands:read. Raises NotFound `no-band-set`, Invalid `period-not-stated`."""
    listed = await list_bands(
        runtime,
        caller,
        wanted=WantedBands(period="year"),
        band_set=None,
        effective_on=None,
        known_at=None,
        window=Window(limit=_MOST_ROWS),
    )
    async with reading(runtime) as view:
        return OurBands(
            rows=listed.part.items,
            mapping=await mapping_in_use(runtime, connection.id),
            definitions=view.definitions,
            day=listed.effective_on or view.today,
        )


def compared(theirs: Sequence[TheirBand], ours: OurBands) -> tuple[BandDrift, ...]:
    """By their order, then what only we have. A row of ours is the one that is meant if it is of the same grade and
    currency, and of a fitting ladder."""
    return tuple(_compared(theirs, ours))


def _compared(theirs: Sequence[TheirBand], ours: OurBands) -> Iterator[BandDrift]:
    of_grade: dict[tuple[str, str], list[tuple[int, ShownBandRow]]] = {}
    for number, row in enumerate(ours.rows):
        of_grade.setdefault((row.grade, row.currency), []).append((number, row))
    met: set[int] = set()
    for band in theirs:
        grade, ladders = _meant(band, ours)
        if grade is None or not band.is_yearly:
            yield _drift("not-mapped" if grade is None else "not-yearly", band, None, grade)
            continue
        rows = [
            (number, row)
            for number, row in of_grade.get((grade, band.currency), ())
            if row.ladder in (None, *ladders) or not ladders
        ]
        met.update(number for number, _ in rows)
        if not rows:
            yield _drift("not-here", band, None, grade)
        for _, row in rows:
            if (row.min, row.mid, row.max) != (band.band.min, band.band.mid, band.band.max):
                yield _drift("differs", band, row, grade)
    for number, row in enumerate(ours.rows):
        if number not in met:
            yield _drift("not-there", None, row, row.grade)


def _meant(band: TheirBand, ours: OurBands) -> tuple[str | None, frozenset[str]]:
    """The grade of ours, None where it is none or several; and the ladders of the levels that its titles stand for."""
    places = [
        place
        for title in band.titles
        for name in ours.mapping.ours("level", title, ours.day)
        if (place := level_of(name)) is not None
    ]
    levels = [level_in_force(ours.definitions, Facts(ladder=ladder, level=level), ours.day) for ladder, level in places]
    grades = {found[1].grade for found in levels if found}
    named = ours.mapping.ours("grade", band.band.level, ours.day) or tuple(grades)
    return (named[0] if len(named) == 1 else None), frozenset(ladder for ladder, _ in places)


def _drift(code: Code, band: TheirBand | None, row: ShownBandRow | None, grade: str | None) -> BandDrift:
    currency = band.currency if band else row.currency if row else ""
    return BandDrift(code=code, grade=grade, currency=currency, theirs=band.band if band else None, ours=row)
