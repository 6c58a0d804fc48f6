"""What happened over a range of days: who came, rose, switched tracks and returned. It holds no pay and no name."""

import asyncio
from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.definitions import Definitions
from service.domain.instants import instant_text
from service.domain.movement import Posts, Selection
from service.domain.movement_counts import Links, Movement
from service.domain.movement_tally import Tally
from service.storage.movement import timelines_page
from service.usecases.act import Runtime
from service.usecases.ranges import ONE_DAY, asked_range
from service.usecases.reading import reading

PART = 200
"""People counted at once: between two parts nothing is held open, and others have their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackKeys:
    """The tracks of one kind, by their keys in the ladders that are looked at: what lists of people are filtered by.

    A key that stands for several kinds is in none.
    """

    track_kind: Annotated[str, Field(description="Kind of the tracks.")]
    start: Annotated[tuple[str, ...], Field(description="Keys on the evening before the range.")]
    end: Annotated[tuple[str, ...], Field(description="Keys on the last evening of the range.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementReport(Movement):
    """Movement over a range of days as known at an instant, and what it was asked with."""

    effective_from: Annotated[date, Field(description="First day of the range.")]
    effective_to: Annotated[date, Field(description="First day after the range.")]
    ladder: Annotated[tuple[str, ...], Field(description="Ladders that are looked at; empty means all.")]
    team: Annotated[tuple[str, ...], Field(description="Teams that are looked at; empty means all.")]
    tracks: Annotated[tuple[TrackKeys, ...], Field(description="Keys of the tracks of each kind.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The days of a range, from `first` on and before `end`, the instant (µs) it is known at, and the definitions."""

    first: date
    end: date
    known_at: int
    definitions: Definitions


async def read_movement(
    runtime: Runtime,
    actor: Actor,
    *,
    effective_from: date | None = None,
    effective_to: date | None = None,
    known_at: int | None = None,
    ladders: tuple[str, ...] = (),
    teams: tuple[str, ...] = (),
) -> MovementReport:
    """Count what the timelines show of the days from `effective_from` on and before `effective_to`.

    They end with today where the end is left out, and are a year where the beginning is. Raises Invalid
    `empty-range` when no day lies between them.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    bounds = await bounds_of(runtime, effective_from, effective_to, known_at)
    first, end, instant, definitions = bounds.first, bounds.end, bounds.known_at, bounds.definitions
    looked = Selection(ladders=frozenset(ladders), teams=frozenset(teams))
    tally = Tally(first=first, end=end, selection=looked, posts=Posts(definitions, instant))
    await _count(runtime, tally, known_at=instant)
    counted = tally.result()
    return MovementReport(
        **{field.name: getattr(counted, field.name) for field in fields(Movement)},
        effective_from=first,
        effective_to=end,
        ladder=ladders,
        team=teams,
        tracks=_tracks(tally, definitions, instant),
        known_at=instant_text(instant),
        links={},
    )


async def bounds_of(
    reader: Runtime, effective_from: date | None, effective_to: date | None, known_at: int | None
) -> Bounds:
    """What is asked, with what is left out filled in. Raises Invalid `empty-range`."""
    async with reading(reader, known_at=known_at, may_lag=True) as view:
        first, end = asked_range(effective_from, effective_to, today=view.today)
        return Bounds(first=first, end=end, known_at=view.known_at, definitions=view.definitions)


def _tracks(tally: Tally, definitions: Definitions, known_at: int) -> tuple[TrackKeys, ...]:
    start, end = (
        _keys(tally.selection, definitions, day, known_at) for day in (tally.first - ONE_DAY, tally.end - ONE_DAY)
    )
    kinds = sorted({*start, *end})
    return tuple(
        TrackKeys(track_kind=kind, start=tuple(start.get(kind, ())), end=tuple(end.get(kind, ()))) for kind in kinds
    )


def _keys(looked: Selection, definitions: Definitions, day: date, known_at: int) -> dict[str, list[str]]:
    """Keys of tracks by kind on a day; those that stand for one kind only."""
    kinds: dict[str, set[str]] = {}
    for ladder in definitions.ladders_in_force(day, known_at).values():
        if not looked.ladders or ladder.key in looked.ladders:
            for track in ladder.tracks:
                kinds.setdefault(track.key, set()).add(track.kind)
    found: dict[str, list[str]] = {}
    for key in sorted(kinds):
        if len(kinds[key]) == 1:
            found.setdefault(next(iter(kinds[key])), []).append(key)
    return found


async def _count(runtime: Runtime, tally: Tally, *, known_at: int) -> None:
    """Read everybody a part at a time; counting is done beside the loop."""
    first: str | None = None
    while True:
        async with reading(runtime, known_at=known_at, may_lag=True) as view:
            people = await timelines_page(view.connection, known_at=known_at, before=tally.end, limit=PART, first=first)
        await asyncio.to_thread(tally.add, [*people.timelines.values()])
        first = people.following
        if first is None:
            return
