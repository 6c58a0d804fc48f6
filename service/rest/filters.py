"""Which of everybody's assignments are wanted, asked in one way by every list of them."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from service.rest.parsing import dated
from service.usecases.wanted import Wanted

_Filter = Annotated[list[str], Query(max_length=100, description="Only these; repeat for one of several.")]
_BeginsFrom = Annotated[
    date | None, dated("effective_from[gte]", "Only what holds as it is since this day or a later one.")
]
_BeginsBefore = Annotated[date | None, dated("effective_from[lt]", "Only what holds as it is since before this day.")]


async def _wanted(
    ladder: _Filter = [],  # noqa: B006 - the framework copies defaults
    track: _Filter = [],  # noqa: B006
    level: _Filter = [],  # noqa: B006
    grade: _Filter = [],  # noqa: B006
    team: _Filter = [],  # noqa: B006
    role: _Filter = [],  # noqa: B006
    zone: _Filter = [],  # noqa: B006
    begins_from: _BeginsFrom = None,
    begins_before: _BeginsBefore = None,
) -> Wanted:
    return Wanted(
        ladder=tuple(ladder),
        track=tuple(track),
        level=tuple(level),
        grade=tuple(grade),
        team=tuple(team),
        role=tuple(role),
        zone=tuple(zone),
        begins_from=begins_from,
        begins_before=begins_before,
    )


AssignmentFilters = Annotated[Wanted, Depends(_wanted)]
