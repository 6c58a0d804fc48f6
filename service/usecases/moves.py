"""The moves that a movement report counts, one by one."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.assignments import Row
from service.domain.dates import DateRange
from service.domain.movement import Move, Post, Posts, Selection, moves_of
from service.domain.movement_counts import TrackKindOrNone
from service.storage.movement import timelines_page
from service.usecases.act import Runtime
from service.usecases.movement import PART, Bounds, bounds_of
from service.usecases.paging import Listing, Place, Window, part
from service.usecases.ranges import ONE_DAY
from service.usecases.reading import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePost:
    """Where somebody stood on the evening before a move, or stands on its own."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    level: Annotated[str, Field(description="Key of the level.")]
    grade: Annotated[str, Field(description="Key of the grade.")]
    team: Annotated[str | None, Field(description="Key of the team.")]
    track: Annotated[str | None, Field(description="Key of the track; null on a level that several share.")]
    track_kind: TrackKindOrNone


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMove:
    """What a day did to one job of one person."""

    employee: Annotated[str, Field(description="Id of the person.")]
    job: Annotated[str, Field(description="Key of the job.")]
    effective_on: Annotated[date, Field(description="The day; of an end, the first without the job.")]
    kind: Annotated[
        str, Field(description="hire, rehire, end, track_switch, promotion, demotion or other: as the report counts.")
    ]
    grade_delta: Annotated[int | None, Field(description="Difference in rank; null where nothing can be compared.")]
    is_return: Annotated[bool, Field(description="A track switch back to a track held before in this job.")]
    from_: Annotated[MovePost | None, Field(alias="from", description="The evening before; null without the job.")]
    to: Annotated[MovePost | None, Field(description="That evening; null without the job.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMoves:
    """Which moves are wanted; empty and None ask for all. Kinds of tracks are those before and after the move."""

    kinds: tuple[str, ...] = ()
    from_kind: str | None = None
    to_kind: str | None = None
    returns_only: bool = False
    selection: Selection = field(default_factory=Selection)

    def takes(self, move: Move) -> bool:
        return (
            self.selection.concerns(move)
            and (not self.kinds or move.kind in self.kinds)
            and (self.from_kind is None or (move.before is not None and move.before.kind == self.from_kind))
            and (self.to_kind is None or (move.after is not None and move.after.kind == self.to_kind))
            and (move.returns or not self.returns_only)
        )


async def list_moves(
    runtime: Runtime,
    actor: Actor,
    *,
    wanted: WantedMoves,
    effective_from: date | None = None,
    effective_to: date | None = None,
    known_at: int | None = None,
    window: Window,
) -> Listing[JobMove]:
    """Moves of a range of days by person, job and day, a part of them: the range is that of `read_movement`.

    The day of the listing is the last of the range. People are read until the part is full, so a rare kind takes as
    long as the report. Raises what that raises.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    bounds = await bounds_of(runtime, effective_from, effective_to, known_at)
    posts = Posts(bounds.definitions, bounds.known_at)
    found: list[JobMove] = []
    first = window.place[0] if window.place else None
    while True:
        async with reading(runtime, known_at=bounds.known_at, may_lag=True) as view:
            people = await timelines_page(
                view.connection,
                known_at=bounds.known_at,
                before=bounds.end,
                limit=PART,
                first=first,
                backward=window.backward,
            )
        found += await asyncio.to_thread(_taken, people.timelines, bounds, posts, wanted, window)
        first = people.following
        if first is None or len(found) > window.limit:
            shown = part(found[: window.limit + 1], window, _place)
            return Listing(part=shown, effective_on=bounds.end - ONE_DAY, known_at=bounds.known_at)


def _taken(
    people: Mapping[str, Mapping[str, Sequence[Row]]], bounds: Bounds, posts: Posts, wanted: WantedMoves, window: Window
) -> list[JobMove]:
    """The wanted moves of these people behind the place of the walk, in its direction."""
    days = DateRange(start=bounds.first, end=bounds.end)
    moves = [
        _shown(employee_id, job, move)
        for employee_id, jobs in people.items()
        for job, rows in jobs.items()
        for move in moves_of(rows, posts)
        if days.contains(move.on) and wanted.takes(move)
    ]
    moves.sort(key=_place, reverse=window.backward)
    if window.place is None:
        return moves
    place = window.place
    return [move for move in moves if (_place(move) < place if window.backward else _place(move) > place)]


def _place(move: JobMove) -> Place:
    return move.employee, move.job, move.effective_on


def _shown(employee_id: str, job: str, move: Move) -> JobMove:
    return JobMove(
        employee=employee_id,
        job=job,
        effective_on=move.on,
        kind=move.kind,
        grade_delta=move.grades,
        is_return=move.returns,
        from_=_post(move.before),
        to=_post(move.after),
    )


def _post(post: Post | None) -> MovePost | None:
    return post and MovePost(
        ladder=post.ladder, level=post.level, grade=post.grade, team=post.team, track=post.track, track_kind=post.kind
    )
