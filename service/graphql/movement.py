"""What happened over a range of days."""

from typing import Annotated, Any

import strawberry

from service.graphql.arguments import Keys, KnownAt, instant_of
from service.graphql.context import Asked
from service.graphql.nodes import root
from service.graphql.scalars import Day
from service.graphql.shapes import shape_of
from service.usecases import movement
from service.usecases.movement import MovementReport

RangeFrom = Annotated[
    Day | None,
    strawberry.argument(description="First day of the range; a year before effectiveTo when left out."),
]
RangeTo = Annotated[
    Day | None,
    strawberry.argument(description="First day after the range; the day after the company's today when left out."),
]


async def _movement(
    info: Asked,
    effective_from: RangeFrom = None,
    effective_to: RangeTo = None,
    known_at: KnownAt = None,
    ladder: Keys = None,
    team: Keys = None,
) -> Any:
    ask = info.context
    first: Any = effective_from
    end: Any = effective_to
    return await movement.read_movement(
        ask.office.runtime,
        ask.actor,
        effective_from=first,
        effective_to=end,
        known_at=instant_of(known_at),
        ladders=tuple(ladder or ()),
        teams=tuple(team or ()),
    )


QUERIES: dict[str, Any] = {
    "movement": root(
        _movement,
        shape_of(MovementReport),
        "Who came and left, rose, switched tracks and returned over a range of days, counted from the timelines.",
    ),
}
