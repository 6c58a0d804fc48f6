"""Events about definitions: a ladder version or a band set was published."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from service.domain.band_rows import POINTS, BandRow, StepAmount
from service.domain.bands import BandSet
from service.domain.instants import instant_text
from service.domain.ladders import Ladder
from service.domain.wire import plain

LADDER_PUBLISHED, BANDS_PUBLISHED = "ladder.published", "bands.published"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedLevel:
    """A level of a published version."""

    level: Annotated[str, Field(description="Key of the level.")]
    tracks: Annotated[tuple[str, ...], Field(description="Tracks it belongs to.")]
    grade: Annotated[str | None, Field(description="Grade it points to.")]
    title: Annotated[str | None, Field(description="Its title.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderPublishedData:
    """A ladder version was recorded; it holds from `effective_from`."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    version: Annotated[str, Field(description="The version.")]
    effective_from: Annotated[date, Field(description="First day on which it can be in force.")]
    previous_version: Annotated[str | None, Field(description="Version in force on that day until now.")]
    levels: Annotated[tuple[PublishedLevel, ...], Field(description="Its levels, in order.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """The amounts of a band row."""

    min: Annotated[Decimal | None, Field(description="Lowest pay.")]
    mid: Annotated[Decimal | None, Field(description="Middle of the band.")]
    max: Annotated[Decimal | None, Field(description="Highest pay.")]
    steps: Annotated[tuple[StepAmount, ...], Field(description="Pay by step.")]
    target: Annotated[Decimal | None, Field(description="Pay aimed at.")]
    point: Annotated[Decimal | None, Field(description="The one amount of a grade without a range.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedBand:
    """A band row that the set adds, alters or drops. Amounts only where pay may be read."""

    grade: Annotated[str, Field(description="Grade of the row.")]
    zone: Annotated[str, Field(description="Zone of the row.")]
    ladder: Annotated[str | None, Field(description="Only this ladder; null = all.")]
    track: Annotated[str | None, Field(description="Only this track; null = all.")]
    currency: Annotated[str, Field(description="ISO 4217 currency.")]
    period: Annotated[str, Field(description="What one amount pays for.")]
    before: Annotated[Amounts | None, Field(description="Amounts in force until now; null for a new row.")]
    after: Annotated[Amounts | None, Field(description="Amounts of this set; null for a row it drops.")]
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out for want of the right to read pay.")] = (
        field(default=())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BandsPublishedData:
    """A band set was recorded; it holds from `effective_from`."""

    band_set: Annotated[str, Field(description="Key of the band set.")]
    effective_from: Annotated[date, Field(description="First day on which it can be in force.")]
    previous_band_set: Annotated[str | None, Field(description="Set in force on that day until now.")]
    changed: Annotated[tuple[ChangedBand, ...], Field(description="Rows that differ from the previous set.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionEvent:
    """An event about definitions, before it has its instant. `subject` orders it: a ladder, or the company."""

    id: str
    type: str
    subject: str
    sequence: int
    data: LadderPublishedData | BandsPublishedData

    def body(self, *, at: int, rendering: str) -> dict[str, object]:
        """`at` is the instant of recording in µs. Only `v1+pay` carries amounts."""
        data = self.data
        if isinstance(data, BandsPublishedData) and rendering != "v1+pay":
            data = replace(
                data,
                changed=tuple(
                    replace(row, before=None, after=None, redacted=("before", "after")) for row in data.changed
                ),
            )
        return {
            "id": self.id,
            "type": self.type,
            "timestamp": instant_text(at),
            "sequence": self.sequence,
            "data": plain(data),
        }


def ladder_published(ladder: Ladder, *, previous: Ladder | None) -> LadderPublishedData:
    return LadderPublishedData(
        ladder=ladder.key,
        version=ladder.version,
        effective_from=ladder.effective_from,
        previous_version=previous.version if previous else None,
        levels=tuple(
            PublishedLevel(level=level.key, tracks=level.tracks, grade=level.grade, title=level.title)
            for level in ladder.levels
        ),
    )


def bands_published(bands: BandSet, *, previous: BandSet | None) -> BandsPublishedData:
    before = {_place(row): row for row in previous.paid} if previous else {}
    after = {_place(row): row for row in bands.paid}
    return BandsPublishedData(
        band_set=bands.key,
        effective_from=bands.effective_from,
        previous_band_set=previous.key if previous else None,
        changed=tuple(
            _changed(before.get(place), after.get(place))
            for place in (*after, *(place for place in before if place not in after))
            if before.get(place) != after.get(place)
        ),
    )


def _place(row: BandRow) -> tuple[str | None, ...]:
    return (*row.cell, row.currency, row.period)


def _changed(before: BandRow | None, after: BandRow | None) -> ChangedBand:
    row = after or before
    assert row is not None
    return ChangedBand(
        grade=row.grade,
        zone=row.zone,
        ladder=row.ladder,
        track=row.track,
        currency=row.currency,
        period=row.period,
        before=_amounts(before),
        after=_amounts(after),
    )


def _amounts(row: BandRow | None) -> Amounts | None:
    if row is None:
        return None
    return Amounts(steps=row.steps, **{name: getattr(row, name) for name in POINTS})
