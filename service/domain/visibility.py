"""Who is seen: people with high-profile overlays against all who stand at the same grade on the same kind of track."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import Field

from service.domain.definitions import Definitions

_KIND = "Kind of the track; null on levels that several tracks share."


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenOnTrack:
    """People on one kind of track during the days asked, and how many of them were seen."""

    kind: Annotated[str | None, Field(description=_KIND)]
    people: Annotated[int, Field(description="People who stood there on at least one of the days.")]
    seen: Annotated[int, Field(description="Those of them who had a high-profile overlay while they did.")]
    share_percent: Annotated[Decimal, Field(description="Seen of all people, in percent, to one decimal.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAtGrade(SeenOnTrack):
    """The same at one grade."""

    grade: Annotated[str, Field(description="Key of the grade.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenInRole:
    """High-profile overlays of one role, by the kind of track of those who had them."""

    kind: Annotated[str | None, Field(description=_KIND)]
    role: Annotated[str, Field(description="Key of the overlay's role.")]
    overlays: Annotated[int, Field(description="How many there were.")]
    named: Annotated[int, Field(description="Those of them that have a name: work such as a project.")]
    people: Annotated[int, Field(description="People who had them.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibilityReport:
    """Whether people on both tracks are seen alike. Somebody who moved counts wherever they stood."""

    tracks: Annotated[tuple[SeenOnTrack, ...], Field(description="By kind of track.")]
    grades: Annotated[tuple[SeenAtGrade, ...], Field(description="By grade, lowest first, and kind of track.")]
    roles: Annotated[tuple[SeenInRole, ...], Field(description="By role and kind of track.")]
    effective_from: Annotated[date, Field(description="First day asked.")]
    effective_to: Annotated[date, Field(description="First day after those asked.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]


Places = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Levels that lie on tracks of one kind alone, by kind and ladder."""


def places_by_kind(definitions: Definitions, *, before: date, known_at: int) -> Places:
    """Where a kind of track is. Of a level that several versions have, the latest begun before a day counts."""
    kinds: dict[tuple[str, str], str | None] = {}
    for key in definitions.ladder_keys:
        for version in definitions.ladder_versions(key, known_at):
            ladder = version.value
            if ladder.effective_from < before:
                for level in ladder.levels:
                    on = {ladder.kind_of(track) for track in level.tracks}
                    kinds[key, level.key] = on.pop() if len(on) == 1 else None
    found: dict[str, dict[str, list[str]]] = {}
    for (ladder_key, level_key), kind in kinds.items():
        if kind is not None:
            found.setdefault(kind, {}).setdefault(ladder_key, []).append(level_key)
    return {kind: {key: tuple(levels) for key, levels in ladders.items()} for kind, ladders in found.items()}


def share_percent(seen: int, people: int) -> Decimal:
    return (Decimal(100 * seen) / people).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def in_order(rows: Iterable[SeenAtGrade], ranks: Mapping[str, int]) -> tuple[SeenAtGrade, ...]:
    return tuple(sorted(rows, key=lambda row: (ranks.get(row.grade, 0), row.grade, row.kind or "")))
