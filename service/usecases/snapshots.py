"""Where everybody stands on a day as known at an instant, with the place in the feed at which to read on from there.

Both bounds given, an answer is the same for ever. A part is read by key and nothing is held open between two.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.digests import digest_of
from service.domain.instants import instant_text
from service.usecases.act import Runtime
from service.usecases.assignments import HeldAssignment, list_assignments
from service.usecases.paging import Listing, Window
from service.usecases.reading import reading
from service.usecases.wanted import Wanted
from service.webhooks import feed
from service.webhooks.feed import Place

_JOBS_AT_ONCE = 500
_HELD = tuple(field.name for field in fields(HeldAssignment))
_Jobs = dict[str, HeldAssignment]
"""What a person holds, by key of the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLine(HeldAssignment):
    """One job of one person in a snapshot."""

    digest: Annotated[
        str, Field(description="Of all that the person holds on the day, in every job and without pay: sha256:…")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotPart(Listing[SnapshotLine]):
    """A part of a snapshot. `events_after` is the place of the last event recorded by its instant."""

    events_after: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotEnd:
    """What a whole snapshot ends with."""

    count: Annotated[int, Field(description="How many lines stand before this one.")]
    effective_on: Annotated[date | None, Field(description="The day of the snapshot.")]
    known_at: Annotated[str, Field(description="Instant it is bounded by.")]
    events_after: Annotated[str, Field(description="Send it as `after` to read the feed on from the snapshot.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLine:
    """The last line of a snapshot: one that lacks it was cut off."""

    end: Annotated[SnapshotEnd, Field(description="What the whole snapshot is.")]


async def read_snapshot(
    runtime: Runtime,
    actor: Actor,
    *,
    wanted: Wanted,
    effective_on: date | None,
    known_at: int | None,
    window: Window,
    events_after: Place | None = None,
) -> SnapshotPart:
    """Everybody's assignments on a day by person and job, a part of them, each with the digest of its person.

    `events_after` is that of an earlier part of the same snapshot, which is then not looked for again. Whatever is
    told behind it has been recorded after the snapshot's instant, and nothing else has.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime, known_at=known_at, may_lag=True) as view:
        day, instant = effective_on or view.today, view.known_at
        place = events_after or await feed.place_at(view.connection, instant)
    found = await list_assignments(runtime, actor, wanted=wanted, effective_on=day, known_at=instant, window=window)
    jobs = await _jobs(runtime, actor, found, day=day, is_filtered=wanted != Wanted())
    # Beside the loop, which has others to answer.
    lines = await asyncio.to_thread(_lines, found.part.items, jobs)
    return SnapshotPart(part=found.part.holding(lines), effective_on=day, known_at=instant, events_after=place)


def end_of(part: Listing[SnapshotLine], count: int, *, events_after: Place) -> EndLine:
    """The last line of a snapshot of `count` lines, of which this is a part."""
    return EndLine(
        end=SnapshotEnd(
            count=count,
            effective_on=part.effective_on,
            known_at=instant_text(part.known_at),
            events_after=events_after.text,
        )
    )


def _lines(everything: Sequence[HeldAssignment], jobs: Mapping[str, _Jobs]) -> list[SnapshotLine]:
    digests = {employee_id: digest_of(employee_id, held) for employee_id, held in jobs.items()}
    return [
        SnapshotLine(**{name: getattr(held, name) for name in _HELD}, digest=digests[held.employee.id])
        for held in everything
    ]


async def _jobs(
    runtime: Runtime, actor: Actor, found: Listing[HeldAssignment], *, day: date, is_filtered: bool
) -> Mapping[str, _Jobs]:
    """All that the people of a part hold. What a filter or its borders leave out of a person's is read once more."""
    jobs: dict[str, _Jobs] = {}
    for held in found.part.items:
        jobs.setdefault(held.employee.id, {})[held.job] = held
    people = list(jobs)
    partly = people if is_filtered else list(dict.fromkeys((*people[:1], *people[-1:])))
    return jobs | await _all_jobs(runtime, actor, partly, day=day, known_at=found.known_at) if partly else jobs


async def _all_jobs(
    runtime: Runtime, actor: Actor, employee_ids: Sequence[str], *, day: date, known_at: int
) -> dict[str, _Jobs]:
    jobs: dict[str, _Jobs] = {}
    wanted, window = Wanted(employee_ids=tuple(employee_ids)), Window(limit=_JOBS_AT_ONCE)
    while True:
        found = await list_assignments(
            runtime, actor, wanted=wanted, effective_on=day, known_at=known_at, window=window
        )
        for held in found.part.items:
            jobs.setdefault(held.employee.id, {})[held.job] = held
        if found.part.after is None:
            return jobs
        window = Window(limit=_JOBS_AT_ONCE, place=found.part.after)
