"""A person's names in other systems over time."""

from datetime import date
from typing import Any

from service.graphql.arguments import After, Before, First, KnownAt, Last, instant_of
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Asked
from service.graphql.nodes import root
from service.graphql.people import Reference
from service.graphql.shapes import shape_of
from service.usecases import names
from service.usecases.names import ExternalIdBinding
from service.usecases.paging import Listing, Window


async def _external_ids(
    info: Asked,
    employee: Reference,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    known_at: KnownAt = None,
) -> Any:
    ask = info.context

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[ExternalIdBinding]:
        return await names.list_external_ids(ask.office.runtime, ask.actor, employee, window=window, known_at=instant)

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(int, str),
        known_at=instant_of(known_at),
        asked={"employee": employee},
    )


QUERIES: dict[str, Any] = {
    "external_ids": root(
        _external_ids,
        connection_of(shape_of(ExternalIdBinding), "ExternalIdBinding"),
        "A person's ids in other systems over time, released ones too, oldest first.",
    ),
}
