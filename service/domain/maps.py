"""Level maps: where people go whose level a new version of their ladder replaces. Pure.

A map is no change of anybody's: it is part of the fold of everybody on the ladder, on the version's first day, before
what else happens on that day. A level that was stated before the version was recorded is read through it, so plans and
what is entered late follow (docs/decisions: level maps).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from service.domain.ladders import Ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelMapping:
    """The map of one version: from `day` on, known since `recorded_at` (µs)."""

    ladder: str
    version: str
    day: date
    recorded_at: int
    levels: Mapping[str, str]


def mappings_of(versions: Iterable[tuple[int, Ladder]]) -> tuple[LevelMapping, ...]:
    """The maps of a ladder's versions, given as (recorded_at, version), earliest day first.

    Of versions with one first day the latest recorded holds, as for everything that they say.
    """
    latest: dict[date, tuple[int, Ladder]] = {}
    for recorded_at, ladder in versions:
        known = latest.get(ladder.effective_from)
        if known is None or known[0] < recorded_at:
            latest[ladder.effective_from] = (recorded_at, ladder)
    return tuple(
        LevelMapping(
            ladder=ladder.key,
            version=ladder.version,
            day=day,
            recorded_at=recorded_at,
            levels={entry.old_level: entry.new_level for entry in ladder.maps},
        )
        for day, (recorded_at, ladder) in sorted(latest.items(), key=lambda item: item[0])
        if ladder.maps
    )


def read_through(level: str, mappings: Iterable[LevelMapping], *, day: date, stated_at: int | None) -> str:
    """The level meant by one that was stated at `stated_at` (µs; None = just now, knowing every map) for `day`."""
    return way_of(level, mappings, day=day, stated_at=stated_at)[-1]


def way_of(level: str, mappings: Iterable[LevelMapping], *, day: date, stated_at: int | None) -> tuple[str, ...]:
    """The same with every level on the way there, from the one that was stated to the one that is meant."""
    way = [level]
    for mapping in mappings:
        if stated_at is not None and mapping.recorded_at > stated_at and mapping.day <= day:
            way.append(mapping.levels.get(way[-1], way[-1]))
    return tuple(way)
