"""Changes as they were recorded, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text
from service.domain.refusals import NotFound
from service.domain.trials import Trial
from service.storage import changes
from service.storage.changes import ChangeRecord
from service.usecases.act import Runtime
from service.usecases.reading import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """A recorded change, and what happened to it since."""

    id: Annotated[str, Field(description="Id of the change.")]
    employee: Annotated[str, Field(description="Id of the person.")]
    job: Annotated[str, Field(description="Key of the job.")]
    kind: Annotated[str, Field(description="Kind derived when it was recorded.")]
    grade_delta: Annotated[int | None, Field(description="Steps on the grade scale; null on hire, rehire and end.")]
    status: Annotated[str, Field(description="scheduled, effective, cancelled, superseded or rescinded.")]
    effective_on: Annotated[date, Field(description="First day on which the change holds.")]
    states: Annotated[Mapping[str, str | None], Field(description="Facts the change states; the others flow on.")]
    reason: Annotated[str | None, Field(description="Opaque code given by the recorder.")]
    comment: Annotated[str | None, Field(description="Free text; never part of an event.")]
    retroactive: Annotated[bool, Field(description="It was recorded after its day.")]
    trial: Annotated[Trial | None, Field(description="Review and way back of a switch on trial.")] = None
    revision: Annotated[int, Field(description="The person's revision after the change.")]
    recorded_at: Annotated[str, Field(description="Instant of recording.")]
    supersedes: Annotated[str | None, Field(description="Change in whose place it was put.")]
    superseded_by: Annotated[str | None, Field(description="Change that was put in its place.")]


async def read_change(runtime: Runtime, actor: Actor, change_id: str) -> ShownChange:
    """Raises NotFound `no-such-change`."""
    found = await read_changes(runtime, actor, [change_id])
    if change_id not in found:
        raise no_such_change(change_id)
    return found[change_id]


def no_such_change(change_id: str) -> NotFound:
    return NotFound("no-such-change", f"There is no change {change_id[:60]}. Ids of changes begin with chg_.")


async def read_changes(runtime: Runtime, actor: Actor, change_ids: list[str]) -> dict[str, ShownChange]:
    """Those of the changes that there are, by id."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime) as view:
        records = await changes.find_changes(view.connection, change_ids)
    return {record.id: shown_change(record) for record in records}


def shown_change(record: ChangeRecord) -> ShownChange:
    return ShownChange(
        id=record.id,
        employee=record.employee_id,
        job=record.job,
        kind=record.kind,
        grade_delta=record.grade_delta,
        status=record.status,
        effective_on=record.effective_on,
        states=record.states,
        reason=record.reason,
        comment=record.comment,
        retroactive=record.retroactive,
        trial=record.trial,
        revision=record.revision,
        recorded_at=instant_text(record.recorded_at),
        supersedes=record.supersedes[0] if record.supersedes else None,
        superseded_by=record.ended_by,
    )
