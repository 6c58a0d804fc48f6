"""What payroll has to know, a pay period at a time."""

from datetime import date
from typing import Annotated, Any

import strawberry

from service.domain.payroll_rows import PayrollChange
from service.graphql.arguments import After, Before, First, KnownAt, Last, instant_of
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Asked
from service.graphql.nodes import root
from service.graphql.shapes import shape_of
from service.usecases import payroll
from service.usecases.paging import Window
from service.usecases.payroll import PayrollPart

_Calendar = Annotated[str, strawberry.argument(description="Key of a pay calendar.")]
_Period = Annotated[str, strawberry.argument(description="Key of a period of it; of a rule that is its first day.")]


async def _changes(
    info: Asked,
    calendar: _Calendar,
    period: _Period,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    known_at: KnownAt = None,
) -> Any:
    ask = info.context

    async def read(window: Window, _day: date | None, instant: int | None) -> PayrollPart:
        return await payroll.read_payroll_changes(
            ask.office.runtime, ask.actor, calendar=calendar, period=period, known_at=instant, window=window
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(int,),
        known_at=instant_of(known_at),
        asked={"calendar": calendar, "period": period},
        tell=lambda found: {"status": found.shown.status, "cut_at": found.shown.cut_at},
    )


QUERIES: dict[str, Any] = {
    "payroll_changes": root(
        _changes,
        connection_of(
            shape_of(PayrollChange),
            "PayrollChange",
            told={
                "status": "open while more may come, cut when it stays as it is for ever.",
                "cut_at": "Instant at which it was or will be cut.",
            },
        ),
        "Every act on people of a pay calendar that belongs to a period, in the order of the record.",
    ),
}
