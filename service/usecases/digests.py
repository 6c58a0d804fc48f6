"""What a reader of the feed can compare person by person: how far it should have come, and what it should hold by then.

Everything here can be built from the events about people alone, so a copy that differs has missed one, or taken one
wrongly.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.assignments import Row
from service.domain.digests import timeline_digest
from service.storage import employees
from service.storage.movement import timelines_between
from service.usecases.act import Runtime
from service.usecases.paging import Listing, Window, part
from service.usecases.reading import reading
from service.webhooks import feed
from service.webhooks.feed import LastEvent, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDigest:
    """What whoever has all events about a person knows of them."""

    employee: Annotated[str, Field(description="Id of the person.")]
    sequence: Annotated[int, Field(description="Of the last event about the person; 0 before the first.")]
    event: Annotated[str | None, Field(description="Id of that event; null before the first.")]
    digest: Annotated[str, Field(description="Of all their days, in every job and without pay: sha256:…")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPart(Listing[PersonDigest]):
    """Digests of some people. `events_after` is the place of the last event that they take in."""

    events_after: Place


async def list_digests(runtime: Runtime, actor: Actor, *, window: Window, known_at: int | None = None) -> DigestPart:
    """Everybody by id, as the events recorded by an instant (µs; None is now) leave them."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime, known_at=known_at, may_lag=True) as view:
        found = part(
            await employees.employees_page(
                view.connection,
                known_at=view.known_at,
                limit=window.limit + 1,
                place=window.place,
                backward=window.backward,
            ),
            window,
            lambda record: (record.id,),
        )
        ids = [record.id for record in found.items]
        until = await feed.place_at(view.connection, view.known_at)
        jobs: Mapping[str, Mapping[str, tuple[Row, ...]]] = {}
        if ids:
            jobs = await timelines_between(view.connection, known_at=view.known_at, first=ids[0], last=ids[-1])
        last = await feed.last_events(view.connection, [_subject(one) for one in ids], until=until)
    # Beside the loop, which has others to answer.
    shown = await asyncio.to_thread(_shown, ids, jobs, last)
    return DigestPart(part=found.holding(shown), effective_on=None, known_at=view.known_at, events_after=until)


def _shown(
    ids: Sequence[str], jobs: Mapping[str, Mapping[str, tuple[Row, ...]]], last: Mapping[str, LastEvent]
) -> list[PersonDigest]:
    return [_of(one, jobs.get(one, {}), last.get(_subject(one))) for one in ids]


def _of(employee_id: str, jobs: Mapping[str, tuple[Row, ...]], last: LastEvent | None) -> PersonDigest:
    return PersonDigest(
        employee=employee_id,
        sequence=last.version if last else 0,
        event=last.id if last else None,
        digest=timeline_digest(employee_id, jobs),
    )


def _subject(employee_id: str) -> str:
    return f"employee:{employee_id}"
