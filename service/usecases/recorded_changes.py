"""Changes as they were recorded, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.changes import KINDS
from service.domain.events import Cause
from service.domain.instants import instant_text, shown_instant
from service.domain.overlays import OVERLAY_EVENTS
from service.domain.refusals import NotFound
from service.domain.trials import Trial
from service.storage import change_pages, changes
from service.storage.change_pages import ChangeFilter
from service.storage.change_records import ChangeRecord
from service.usecases.act import Runtime
from service.usecases.paging import Listing, Window, part
from service.usecases.reading import reading
from service.usecases.subscriptions import refuse_unknown


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
    cause: Annotated[Cause | None, Field(description="What brought it about; null when somebody asked for it.")]
    actor: Annotated[str, Field(description="Who recorded it.")]
    override_codes: Annotated[tuple[str, ...], Field(description="Refusals that its recorder took upon themselves.")]
    activated_at: Annotated[
        str | None, Field(description="Instant at which its day was told; null where it was not planned, or waits.")
    ]
    ended_at: Annotated[str | None, Field(description="Instant from which it counts no more; null while it counts.")]
    ended_actor: Annotated[str | None, Field(description="Who withdrew or corrected it.")]
    ended_reason: Annotated[str | None, Field(description="Opaque code given for that.")]


STATUSES = ("scheduled", "effective", "cancelled", "superseded", "rescinded")
SORTS: Mapping[str, tuple[type, ...]] = {"recorded_at": (int, str), "effective_on": (date, str)}
"""What changes can be ordered by, and the types of a place in that order. A minus is the other way round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedChanges:
    """Which changes of a list are wanted: one of each given tuple; an empty tuple, and None, ask for all.

    `employee` is an id, key or system:value. Ranges are half open; instants are in µs.
    """

    employee: str | None = None
    job: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_before: date | None = None
    recorded_from: int | None = None
    recorded_before: int | None = None

    def filtered(self, employee_id: str | None) -> ChangeFilter:
        return ChangeFilter(
            employee_id=employee_id,
            jobs=self.job or None,
            kinds=self.kind or None,
            statuses=self.status or None,
            reasons=self.reason or None,
            effective_from=self.effective_from,
            effective_before=self.effective_before,
            recorded_from=self.recorded_from,
            recorded_before=self.recorded_before,
        )


async def list_changes(
    runtime: Runtime,
    actor: Actor,
    *,
    wanted: WantedChanges,
    known_at: int | None,
    window: Window,
    by: str = "recorded_at",
    counted: bool = False,
) -> Listing[ShownChange]:
    """Changes recorded by an instant as they then were, a part of them; `counted` asks how many in all.

    Raises NotFound `no-employee`, Invalid `unknown-kind` and `unknown-status`.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    refuse_unknown("kind", "kind", wanted.kind, (*KINDS, *OVERLAY_EVENTS))
    refuse_unknown("status", "status", wanted.status, STATUSES)
    async with reading(runtime, known_at=known_at, employee=wanted.employee, may_lag=True) as view:
        asked = wanted.filtered(view.person.id if wanted.employee is not None else None)
        found = await change_pages.changes_page(
            view.connection,
            known_at=view.known_at,
            wanted=asked,
            limit=window.limit + 1,
            by=by,
            place=window.place,
            backward=window.backward,
        )
        count = change_pages.count_changes
        total = await count(view.connection, known_at=view.known_at, wanted=asked) if counted else None
    shown = part(found, window, lambda record: change_pages.place_in(by, record)).each(shown_change)
    return Listing(part=shown, effective_on=None, known_at=view.known_at, total=total)


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
        cause=Cause(ladder=record.cause[0], version=record.cause[1]) if record.cause else None,
        actor=record.actor,
        override_codes=tuple(record.override["codes"]) if record.override else (),
        activated_at=shown_instant(record.activated_at),
        ended_at=shown_instant(record.ended_at),
        ended_actor=record.ended_actor,
        ended_reason=record.ended_reason,
    )
