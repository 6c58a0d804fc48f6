"""The moves that the report on movement counts, one by one."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, get_args

import strawberry

from service.domain.movement import MOVE_KINDS, Selection
from service.domain.tracks import TrackKind
from service.graphql.arguments import After, Before, First, Keys, KnownAt, Last, instant_of
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Asked
from service.graphql.movement import RangeFrom, RangeTo
from service.graphql.nodes import root
from service.graphql.shapes import shape_of
from service.problems import SurfaceProblem
from service.usecases import movement, moves
from service.usecases.moves import JobMove, WantedMoves
from service.usecases.paging import Listing, Window

TRACK_KINDS: tuple[TrackKind, ...] = get_args(TrackKind)
_Kinds = Annotated[list[str] | None, strawberry.argument(description=f"Only these of {', '.join(MOVE_KINDS)}.")]
_FromKind = Annotated[str | None, strawberry.argument(description="Only from tracks of this kind.")]
_ToKind = Annotated[str | None, strawberry.argument(description="Only to tracks of this kind.")]
_Returns = Annotated[bool, strawberry.argument(description="true asks for switches back alone.")]


async def _moves(
    info: Asked,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    effective_from: RangeFrom = None,
    effective_to: RangeTo = None,
    known_at: KnownAt = None,
    ladder: Keys = None,
    team: Keys = None,
    kind: _Kinds = None,
    from_kind: _FromKind = None,
    to_kind: _ToKind = None,
    returns: _Returns = False,
) -> Any:
    ask = info.context
    begin: Any = effective_from
    end: Any = effective_to
    _refuse_unknown(kind, from_kind, to_kind)
    chosen = Selection(ladders=frozenset(ladder or ()), teams=frozenset(team or ()))
    wanted = WantedMoves(
        kinds=tuple(kind or ()), from_kind=from_kind, to_kind=to_kind, returns_only=returns, selection=chosen
    )

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[JobMove]:
        return await moves.list_moves(
            ask.office.runtime,
            ask.actor,
            wanted=wanted,
            effective_from=begin,
            # A walk goes on over the range of its first page, whatever day it is by then.
            effective_to=day + movement.ONE_DAY if day else end,
            known_at=instant,
            window=window,
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(str, str, date),
        known_at=instant_of(known_at),
        asked={"range": (effective_from, effective_to), "of": (ladder, team, kind, from_kind, to_kind, returns)},
    )


def _refuse_unknown(kinds: Sequence[str] | None, from_kind: str | None, to_kind: str | None) -> None:
    """Raises SurfaceProblem `invalid-parameter`, as REST does, for what would find nothing whatever happened."""
    given: list[tuple[str, str, Sequence[str]]] = [("kind", one, MOVE_KINDS) for one in kinds or ()]
    given += [
        (name, one, TRACK_KINDS) for name, one in (("fromKind", from_kind), ("toKind", to_kind)) if one is not None
    ]
    for argument, one, known in given:
        if one not in known:
            why = f"cannot be {one[:60]!r}. Known are {', '.join(known)}"
            fault = {"parameter": argument, "detail": why, "code": "invalid-parameter"}
            raise SurfaceProblem("invalid-parameter", f"{argument} {why}.", errors=[fault])


QUERIES: dict[str, Any] = {
    "moves": root(
        _moves,
        connection_of(shape_of(JobMove), "JobMove"),
        "The moves that `movement` counts, by person, job and day; all pages are as known at one instant.",
    ),
}
