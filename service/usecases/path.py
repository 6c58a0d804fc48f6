"""A person's next steps."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.assignments import PRIMARY, Assignment
from service.domain.events import EmployeeReference
from service.domain.instants import instant_text
from service.domain.path import NextStep, next_steps
from service.domain.tenure import months_employed, months_on
from service.domain.trials import ways_back
from service.storage import assignments, changes, employees
from service.storage.assignments import AssignmentRecord
from service.usecases.act import Runtime
from service.usecases.assignments import no_assignment
from service.usecases.held import shown_on
from service.usecases.reading import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPath:
    """Where somebody stands on a day, and the ways on from there."""

    employee: Annotated[EmployeeReference, Field(description="The person.")]
    job: Annotated[str, Field(description="Key of the job.")]
    current: Annotated[Assignment, Field(description="What holds on the day.")]
    months_on_level: Annotated[int, Field(description="Whole months of the unbroken run on the level until the day.")]
    months_in_job: Annotated[int, Field(description="Whole months of the unbroken run in the job until the day.")]
    steps: Annotated[
        tuple[NextStep, ...],
        Field(description="Ways on: up the own track, over at equal grade, other moves, then back from a trial."),
    ]
    effective_on: Annotated[date, Field(description="The day asked.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]
    revision: Annotated[int, Field(description="The person's revision.")]


async def read_path(
    runtime: Runtime,
    actor: Actor,
    employee: str,
    *,
    job: str = PRIMARY,
    effective_on: date | None = None,
    known_at: int | None = None,
) -> ShownPath:
    """Needs assignments:read and ladders:read, since it tells what levels expect.

    Raises NotFound: `no-employee`, or `no-assignment` when nothing holds on that day.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at, employee=employee, may_lag=True) as view:
        person = view.person
        day = effective_on or view.today
        timeline = await assignments.timeline_of(
            view.connection, employee_id=person.id, job_key=job, known_at=view.known_at
        )
        held = _held_on(timeline, day)
        if held is None:
            raise no_assignment(job, day)
        names = await employees.external_ids(view.connection, person.id, known_at=view.known_at)
        standing, rows = held.row.standing, [record.row for record in timeline]
        acts = await changes.changes_of(view.connection, person.id, known_at=view.known_at)
        live = [one for one in acts if one.job == job and not one.ended]
        steps = next_steps(
            standing,
            rows,
            day=day,
            definitions=view.definitions,
            known_at=view.known_at,
            ways_back=ways_back(live, day=day, definitions=view.definitions, known_at=view.known_at),
        )
        is_shown = may_read_pay(actor)
        return ShownPath(
            employee=EmployeeReference(id=person.id, key=person.key, external_ids=names),
            job=job,
            current=shown_on(held, day=day, view=view, actor=actor),
            months_on_level=months_on(standing.facts, rows, day),
            months_in_job=months_employed(rows, day),
            steps=steps if is_shown else tuple(step.without_pay() for step in steps),
            effective_on=day,
            known_at=instant_text(view.known_at),
            revision=person.revision,
        )


def _held_on(timeline: tuple[AssignmentRecord, ...], day: date) -> AssignmentRecord | None:
    return next((record for record in timeline if record.row.days.contains(day)), None)
