"""A ladder drawn: one row per grade, one cell per track, a shared cell where a level belongs to several.

Each row says how the tracks pair and whether they are paid alike; what is not known is marked, never filled in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from service.domain.bands import BandSet
from service.domain.company import Company
from service.domain.ladders import GradePairing, Ladder, PairingState
from service.domain.levels import Level
from service.domain.parity import Verdict, compared, worst_verdict
from service.domain.pay import Band, level_bands

RowVerdict = Verdict | Literal["no_counterpart", "unpaired_by_design", "unstated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLevel:
    key: Annotated[str, Field(description="Key of the level.")]
    title: Annotated[str | None, Field(description="Title of the level; null when it is not stated.")]
    unknown: Annotated[tuple[str, ...], Field(description="What is not stated of it: title, grade.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartCell:
    tracks: Annotated[
        tuple[str, ...], Field(description="Tracks that the cell stands for, in the ladder's order; several if shared.")
    ]
    levels: Annotated[tuple[ChartLevel, ...], Field(description="Levels of exactly these tracks; empty for a gap.")]
    bands: Annotated[tuple[Band, ...], Field(description="What people of the cell are paid by, one band a zone.")]
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out because the caller may not read them.")] = (
        field(default=())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneParity:
    """How the two tracks are paid in one zone."""

    zone: Annotated[str, Field(description="Pay zone.")]
    verdict: Annotated[Verdict, Field(description="How the bands of the two tracks compare there.")]
    gap_percent: Annotated[
        Decimal | None,
        Field(description="How far the individual contributor's middle lies above (+) or below (-) the manager's."),
    ]
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out because the caller may not read them.")] = (
        field(default=())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    grade: Annotated[str | None, Field(description="Grade of the row; null for a level without a grade.")]
    cells: Annotated[tuple[ChartCell, ...], Field(description="Every track stands in at least one cell.")]
    pairing: Annotated[
        PairingState | None, Field(description="State of the pairing; null where none is needed, as below the fork.")
    ]
    reason: Annotated[str | None, Field(description="Why the grade is unpaired, when that is stated.")]
    verdict: Annotated[
        RowVerdict | None,
        Field(description="The worst of `zones`, or why there is nothing to compare; null where levels are shared."),
    ]
    zones: Annotated[tuple[ZoneParity, ...], Field(description="The comparison of the two tracks, zone by zone.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    ladder: Annotated[str, Field(description="Key of the ladder.")]
    version: Annotated[str, Field(description="Version that is drawn.")]
    band_set: Annotated[str | None, Field(description="Band set that pays; null when none is in force.")]
    tracks: Annotated[tuple[str, ...], Field(description="Keys of the tracks in order.")]
    fork: Annotated[str | None, Field(description="Lowest grade with a manager-only level; null when there is none.")]
    rows: Annotated[
        tuple[ChartRow, ...],
        Field(description="Grades that have levels, lowest first; then each level without a grade, in stated order."),
    ]

    def without_pay(self) -> "Chart":
        """The same without amounts: verdicts stay, since they say no amount."""
        return replace(
            self,
            rows=tuple(
                replace(
                    row,
                    cells=tuple(replace(cell, bands=(), redacted=("bands",)) for cell in row.cells),
                    zones=tuple(replace(zone, gap_percent=None, redacted=("gap_percent",)) for zone in row.zones),
                )
                for row in self.rows
            ),
        )


def chart(ladder: Ladder, company: Company, bands: BandSet | None, *, zone: str | None = None) -> Chart:
    """Grades that the company does not know come after those that it ranks. `zone` narrows pay to one zone."""
    ranks = company.ranks
    grades = list(dict.fromkeys(level.grade for level in ladder.levels if level.grade is not None))
    grades.sort(key=lambda grade: (grade not in ranks, ranks.get(grade, 0)))
    zones = [one.key for one in company.zones if zone in (None, one.key)]
    return Chart(
        ladder=ladder.key,
        version=ladder.version,
        band_set=bands.key if bands else None,
        tracks=tuple(track.key for track in ladder.tracks),
        fork=ladder.fork(ranks=ranks),
        rows=(
            *(_row(ladder, grade, company, bands, zones) for grade in grades),
            *(_row_of(ladder, level) for level in ladder.levels if level.grade is None),
        ),
    )


def zone_parity(
    ladder: Ladder, company: Company, bands: BandSet | None, zones: Sequence[str], grade: str
) -> tuple[ZoneParity, ...]:
    """How the tracks compare at a grade, zone by zone; the worst pair of a zone counts. Empty without pairs."""
    found: list[ZoneParity] = []
    for zone in zones if bands else ():
        pairs = list(compared(ladder, bands, company.parity, grade=grade, zone=zone)) if bands else []
        if pairs:
            verdict = worst_verdict(pair.verdict for pair in pairs)
            worst = next(pair for pair in pairs if pair.verdict == verdict)
            found.append(ZoneParity(zone=zone, verdict=worst.verdict, gap_percent=worst.gap_percent))
    return tuple(found)


def row_verdict(pairing: GradePairing | None, zones: Sequence[ZoneParity]) -> RowVerdict | None:
    """What to say of a grade as a whole."""
    if pairing is None:
        return None
    if pairing.state == "paired":
        return worst_verdict(zone.verdict for zone in zones)
    return "no_counterpart" if pairing.state == "missing" else pairing.state


def _row(ladder: Ladder, grade: str, company: Company, bands: BandSet | None, zones: Sequence[str]) -> ChartRow:
    pairing = ladder.pairing_at(grade, ranks=company.ranks)
    compared_zones = zone_parity(ladder, company, bands, zones, grade)
    return ChartRow(
        grade=grade,
        cells=_cells(ladder, ladder.levels_at(grade), bands, zones),
        pairing=pairing.state if pairing else None,
        reason=pairing.reason if pairing else None,
        verdict=row_verdict(pairing, compared_zones),
        zones=compared_zones,
    )


def _row_of(ladder: Ladder, level: Level) -> ChartRow:
    """A level without a grade stands beside nobody: its place in the order is all that is known."""
    return ChartRow(
        grade=None, cells=_cells(ladder, [level], None, ()), pairing=None, reason=None, verdict=None, zones=()
    )


def _cells(
    ladder: Ladder, levels: Sequence[Level], bands: BandSet | None, zones: Sequence[str]
) -> tuple[ChartCell, ...]:
    order = [track.key for track in ladder.tracks]
    groups: dict[tuple[str, ...], list[Level]] = {}
    for level in levels:
        tracks = tuple(track for track in order if track in level.tracks)
        groups.setdefault(tracks, []).append(level)
    held = {track for tracks in groups for track in tracks}
    for track in order:
        if track not in held:
            groups[(track,)] = []
    places = sorted(groups, key=lambda tracks: [order.index(track) for track in tracks])
    return tuple(
        ChartCell(
            tracks=tracks,
            levels=tuple(_level(level) for level in groups[tracks]),
            bands=tuple(level_bands(bands, ladder.key, groups[tracks][0], zones).values()) if groups[tracks] else (),
        )
        for tracks in places
    )


def _level(level: Level) -> ChartLevel:
    stated = {"title": level.title, "grade": level.grade}
    return ChartLevel(
        key=level.key, title=level.title, unknown=tuple(name for name, value in stated.items() if value is None)
    )
