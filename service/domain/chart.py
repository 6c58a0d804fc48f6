"""A ladder drawn: one row per grade, one cell per track, a shared cell where a level belongs to several."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from service.domain.company import Company
from service.domain.ladders import Ladder, Level, PairingState


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLevel:
    key: Annotated[str, Field(description="Key of the level.")]
    title: Annotated[str | None, Field(description="Title of the level; null when it is not stated.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartCell:
    tracks: Annotated[
        tuple[str, ...], Field(description="Tracks that the cell stands for, in the ladder's order; several if shared.")
    ]
    levels: Annotated[tuple[ChartLevel, ...], Field(description="Levels of exactly these tracks; empty for a gap.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    grade: Annotated[str | None, Field(description="Grade of the row; null for levels without a grade.")]
    cells: Annotated[tuple[ChartCell, ...], Field(description="Every track stands in at least one cell.")]
    pairing: Annotated[
        PairingState | None, Field(description="State of the pairing; null where none is needed, as below the fork.")
    ]
    reason: Annotated[str | None, Field(description="Why the grade is unpaired, when that is stated.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    ladder: Annotated[str, Field(description="Key of the ladder.")]
    version: Annotated[str, Field(description="Version that is drawn.")]
    tracks: Annotated[tuple[str, ...], Field(description="Keys of the tracks in order.")]
    fork: Annotated[str | None, Field(description="Lowest grade with a manager-only level; null when there is none.")]
    rows: Annotated[
        tuple[ChartRow, ...], Field(description="Grades that have levels, lowest first; the row without a grade last.")
    ]


def chart(ladder: Ladder, company: Company) -> Chart:
    """Grades that the company does not know come after those that it ranks."""
    ranks = company.ranks
    grades = list(dict.fromkeys(level.grade for level in ladder.levels))
    grades.sort(key=lambda grade: (grade is None, grade not in ranks, ranks.get(grade or "", 0)))
    return Chart(
        ladder=ladder.key,
        version=ladder.version,
        tracks=tuple(track.key for track in ladder.tracks),
        fork=ladder.fork(ranks=ranks),
        rows=tuple(_row(ladder, grade, ranks) for grade in grades),
    )


def _row(ladder: Ladder, grade: str | None, ranks: dict[str, int]) -> ChartRow:
    pairing = None if grade is None else ladder.pairing_at(grade, ranks=ranks)
    return ChartRow(
        grade=grade,
        cells=_cells(ladder, [level for level in ladder.levels if level.grade == grade]),
        pairing=pairing.state if pairing else None,
        reason=pairing.reason if pairing else None,
    )


def _cells(ladder: Ladder, levels: list[Level]) -> tuple[ChartCell, ...]:
    order = [track.key for track in ladder.tracks]
    groups: dict[tuple[str, ...], list[ChartLevel]] = {}
    for level in levels:
        tracks = tuple(track for track in order if track in level.tracks)
        groups.setdefault(tracks, []).append(ChartLevel(key=level.key, title=level.title))
    held = {track for tracks in groups for track in tracks}
    for track in order:
        if track not in held:
            groups[(track,)] = []
    places = sorted(groups, key=lambda tracks: [order.index(track) for track in tracks])
    return tuple(ChartCell(tracks=tracks, levels=tuple(groups[tracks])) for tracks in places)
