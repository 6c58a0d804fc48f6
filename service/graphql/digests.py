"""What a reader of the feed compares itself with."""

from datetime import date
from typing import Any

from service.graphql.arguments import After, Before, First, KnownAt, Last, instant_of
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Asked
from service.graphql.nodes import root
from service.graphql.shapes import shape_of
from service.usecases import digests
from service.usecases.digests import DigestPart, PersonDigest
from service.usecases.paging import Window


async def _digests(
    info: Asked,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    known_at: KnownAt = None,
) -> Any:
    ask = info.context

    async def read(window: Window, _day: date | None, instant: int | None) -> DigestPart:
        return await digests.list_digests(ask.office.runtime, ask.actor, window=window, known_at=instant)

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(str,),
        known_at=instant_of(known_at),
        tell=lambda found: {"events_after": found.events_after.text},
    )


QUERIES: dict[str, Any] = {
    "digests": root(
        _digests,
        connection_of(
            shape_of(PersonDigest),
            "PersonDigest",
            told={"events_after": "Place in the feed up to which events are taken in."},
        ),
        "Everybody by id: the last event about them, and a digest of what all events about them tell.",
    ),
}
