"""What differs between two days, two instants, or both."""

from datetime import date
from typing import Annotated, Any, cast

import strawberry

from service.graphql.arguments import After, Before, First, Keys, Last, OnePerson, instant_of
from service.graphql.connections import Slice, connection_of, is_counted, paged
from service.graphql.context import Asked
from service.graphql.nodes import root
from service.graphql.scalars import Day
from service.graphql.shapes import shape_of
from service.usecases import diffs
from service.usecases.paging import Listing, Window

_FromDay = Annotated[Day | None, strawberry.argument(description="Day of `before`; that of `after` if left out.")]
_ToDay = Annotated[Day | None, strawberry.argument(description="Day of `after`; the company's today if left out.")]
_FromKnown = Annotated[str | None, strawberry.argument(description="Instant of `before`; as of `after` if left out.")]
_ToKnown = Annotated[
    str | None, strawberry.argument(description="Instant of `after`; everything recorded so far if left out.")
]


async def _diff(
    info: Asked,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    from_effective_on: _FromDay = None,
    to_effective_on: _ToDay = None,
    from_known_at: _FromKnown = None,
    to_known_at: _ToKnown = None,
    employee: OnePerson = None,
    team: Keys = None,
    ladder: Keys = None,
) -> Any:
    ask = info.context
    since = diffs.Since(effective_on=cast(Any, from_effective_on), known_at=instant_of(from_known_at, "fromKnownAt"))
    wanted = diffs.WantedDifferences(employee=employee, team=tuple(team or ()), ladder=tuple(ladder or ()))

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[Any]:
        return await diffs.list_differences(
            ask.office.runtime,
            ask.actor,
            since=since,
            effective_on=day,
            known_at=instant,
            wanted=wanted,
            window=window,
            counted=is_counted(info),
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=diffs.PLACE,
        effective_on=cast(Any, to_effective_on),
        known_at=instant_of(to_known_at, "toKnownAt"),
        asked={
            "since": (since.effective_on, since.known_at),
            "employee": employee,
            "team": wanted.team,
            "ladder": wanted.ladder,
        },
    )


QUERIES: dict[str, Any] = {
    "diff": root(
        _diff,
        connection_of(shape_of(diffs.AssignmentDifference), "AssignmentDifference", counted=True),
        "Who stands otherwise than on another day, or than was known at another instant, by person and job.",
    ),
}
