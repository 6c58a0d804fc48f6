"""The record of what a ladder version makes of somebody's days."""

from datetime import date

from service.domain.changes import Move
from service.domain.timelines import LiveChange
from service.storage.change_records import ChangeRecord
from service.usecases.plans import UNRECORDED
from service.usecases.record import PersonRecord


def kept_remap(
    person: PersonRecord, change: LiveChange, move: Move, *, job: str, cause: tuple[str, str], today: date
) -> ChangeRecord:
    """The record of what a version, (ladder, version) as `cause`, does to a job on the day of `change`."""
    return ChangeRecord(
        id=change.id,
        employee_id=person.employee.id,
        job=job,
        ordinal=change.ordinal,
        form=change.form,
        kind=move.kind,
        announced="level.changed",
        effective_on=change.effective_on,
        states=change.states,
        reason=None,
        comment=None,
        override=None,
        grade_delta=move.grade_delta,
        planned=change.effective_on > today,
        retroactive=change.effective_on < today,
        revision=person.revision,
        actor=person.a.actor.id,
        recorded_at=UNRECORDED,
        cause=cause,
    )
