"""Roles that people take for a time beside a job, and who is seen in them."""

from typing import Annotated, Any, cast

import strawberry

from service.domain.visibility import VisibilityReport
from service.graphql.arguments import KnownAt, instant_of
from service.graphql.context import Asked
from service.graphql.inputs import checked
from service.graphql.nodes import root
from service.graphql.payloads import Write, mutation
from service.graphql.people import WHO, Reference
from service.graphql.scalars import Day
from service.graphql.shapes import shape_of
from service.requests.overlays import NewOverlay
from service.usecases import overlays, visibility
from service.usecases.act import Outcome

_From = Annotated[Day | None, strawberry.argument(description="First day; 365 days before effectiveTo when left out.")]
_To = Annotated[Day | None, strawberry.argument(description="First day after those asked; tomorrow when left out.")]


async def _overlays(info: Asked, reference: Reference, known_at: KnownAt = None) -> Any:
    ask = info.context
    return await overlays.read_overlays(ask.office.runtime, ask.actor, reference, known_at=instant_of(known_at))


async def _visibility(
    info: Asked, effective_from: _From = None, effective_to: _To = None, known_at: KnownAt = None
) -> Any:
    ask = info.context
    return await visibility.read_visibility(
        ask.office.runtime,
        ask.actor,
        effective_from=cast(Any, effective_from),
        effective_to=cast(Any, effective_to),
        known_at=instant_of(known_at),
    )


async def _record(write: Write) -> Outcome:
    return await overlays.record_overlay(
        write.ask.office.runtime,
        write.ask.actor,
        write.sent["employee"],
        checked(NewOverlay, write.sent).asked(),
        expected=write.expected,
        key=write.key,
        dry_run=write.dry_run,
    )


QUERIES: dict[str, Any] = {
    "overlays": root(
        _overlays, shape_of(overlays.OverlaysOfPerson), "What somebody takes on beside their jobs, past and to come."
    ),
    "visibility": root(
        _visibility,
        shape_of(VisibilityReport),
        "High-profile overlays against headcount, by kind of track and grade.",
    ),
}
MUTATIONS: dict[str, Any] = {
    "record_overlay": mutation(
        "recordOverlay",
        _record,
        shape_of(overlays.RecordedOverlay),
        said="Record a role that somebody takes for a time beside a job, which stays as it is.",
        body=NewOverlay,
        places=(WHO,),
        guarded=True,
    ),
}
