"""Who stands where: any day, as known at any instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.assignments import PRIMARY, Assignment
from service.domain.dates import DateRange, day_text
from service.domain.events import EmployeeReference
from service.domain.instants import instant_text
from service.domain.refusals import NotFound
from service.storage import assignments, changes, employees
from service.storage.assignments import AssignmentRecord
from service.usecases.act import Runtime
from service.usecases.held import HeldAssignment, held_from, of_row, shown_on
from service.usecases.held_rows import listed_at_once
from service.usecases.paging import Listing, Window, part
from service.usecases.reading import Reading, reading, refuse_reversed
from service.usecases.recorded_changes import ShownChange, shown_change
from service.usecases.wanted import Wanted

SORTS: Mapping[str, tuple[type, ...]] = {
    "employee": (str, str),
    "effective_from": (date,),
    "recorded_at": (int,),
}
"""What assignments can be ordered by, and the types of a place in that order."""
BY_PERSON = "employee"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineSegment:
    """A part of a timeline, shown as on its first day."""

    effective_from: Annotated[date, Field(description="First day.")]
    effective_to: Annotated[date | None, Field(description="First day after it; null while open.")]
    recorded_at: Annotated[str, Field(description="Instant from which this is known.")]
    assignment: Annotated[Assignment, Field(description="What holds.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTimeline:
    """What a job's timeline holds as known at an instant, and every change recorded by then."""

    employee: Annotated[EmployeeReference, Field(description="The person.")]
    job: Annotated[str, Field(description="Key of the job.")]
    segments: Annotated[tuple[TimelineSegment, ...], Field(description="What held, by day; gaps are not held.")]
    changes: Annotated[
        tuple[ShownChange, ...],
        Field(description="Changes in the order in which they fold, also those that count no more, as they then were."),
    ]
    revision: Annotated[int, Field(description="The person's revision.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]


async def read_assignment(
    runtime: Runtime,
    actor: Actor,
    employee: str,
    *,
    job: str = PRIMARY,
    effective_on: date | None = None,
    known_at: int | None = None,
) -> HeldAssignment:
    """Raises NotFound: `no-employee`, or `no-assignment` when nothing holds on that day."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime, known_at=known_at, employee=employee, may_lag=True) as view:
        person = view.person
        day = effective_on or view.today
        record = await assignments.assignment_on(
            view.connection, employee_id=person.id, job_key=job, day=day, known_at=view.known_at
        )
        if record is None:
            raise no_assignment(job, day)
        names = await employees.external_ids(view.connection, person.id, known_at=view.known_at)
        return held_from(record, names, day=day, view=view, actor=actor, revision=person.revision)


def no_assignment(job: str, day: date) -> NotFound:
    return NotFound(
        "no-assignment", f"Nothing holds for job {job} on {day}. Ask for another day or job, or read the timeline."
    )


async def list_assignments(
    runtime: Runtime,
    actor: Actor,
    *,
    wanted: Wanted,
    effective_on: date | None,
    known_at: int | None,
    window: Window,
    by: Sequence[str] = (BY_PERSON,),
    counted: bool = False,
) -> Listing[HeldAssignment]:
    """Everybody's assignments on a day in an order of `SORTS`, a part of them; `counted` asks how many in all."""
    require(actor, Scope.ASSIGNMENTS_READ)
    if tuple(by) == (BY_PERSON,) and not counted:
        listed = await listed_at_once(
            runtime, actor, wanted, effective_on=effective_on, known_at=known_at, window=window, show=of_row
        )
        if listed is not None:
            return listed
    async with reading(runtime, known_at=known_at, may_lag=True) as view:
        day = effective_on or view.today
        asked = wanted.filtered(view.definitions, day=day, known_at=view.known_at)
        found = part(
            await assignments.assignments_page(
                view.connection,
                day=day,
                known_at=view.known_at,
                wanted=asked,
                limit=window.limit + 1,
                by=by,
                place=window.place,
                backward=window.backward,
            ),
            window,
            lambda record: assignments.place_in(by, record),
        )
        count = assignments.count_assignments
        total = await count(view.connection, day=day, known_at=view.known_at, wanted=asked) if counted else None
        held = await _all_held(found.items, day=day, view=view, actor=actor)
        return Listing(part=found.holding(held), known_at=view.known_at, effective_on=day, total=total)


async def read_assignments(
    runtime: Runtime,
    actor: Actor,
    employee_ids: list[str],
    *,
    job: str = PRIMARY,
    effective_on: date | None = None,
    known_at: int | None = None,
) -> dict[str, HeldAssignment]:
    """What each of these people holds in a job on a day, by employee id; those who hold nothing are left out."""
    held = await list_assignments(
        runtime,
        actor,
        # Nobody has the id "": a list of nobody asks for nobody's, not for everybody's.
        wanted=Wanted(employee_ids=("", *employee_ids), job=(job,)),
        effective_on=effective_on,
        known_at=known_at,
        window=Window(limit=len(employee_ids)),
    )
    return {one.employee.id: one for one in held.part.items}


def place_shape(by: Sequence[str]) -> tuple[type, ...]:
    """The types of an assignment's place in an order."""
    names = [name.removeprefix("-") for name in by]
    ended = names if "employee" in names else [*names, "employee"]
    return tuple(kind for name in ended for kind in SORTS[name])


async def read_timeline(
    runtime: Runtime,
    actor: Actor,
    employee: str,
    *,
    job: str = PRIMARY,
    effective_from: date | None = None,
    effective_to: date | None = None,
    known_at: int | None = None,
) -> ShownTimeline:
    """The segments with a day in [effective_from, effective_to), whole, and the changes of these days.

    A bound of None is none. Raises NotFound `no-employee`, Invalid `range-reversed`; a job never held has no segments.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    refuse_reversed("effective_from", day_text(effective_from), day_text(effective_to))
    wanted = DateRange(start=effective_from or date.min, end=effective_to)
    async with reading(runtime, known_at=known_at, employee=employee, may_lag=True) as view:
        person = view.person
        held = await assignments.timeline_of(
            view.connection, employee_id=person.id, job_key=job, known_at=view.known_at
        )
        acts = await changes.changes_of(view.connection, person.id, known_at=view.known_at)
        names = await employees.external_ids(view.connection, person.id, known_at=view.known_at)
        return ShownTimeline(
            employee=EmployeeReference(id=person.id, key=person.key, external_ids=names),
            job=job,
            segments=tuple(
                _segment(record, view=view, actor=actor) for record in held if record.row.days.overlaps(wanted)
            ),
            changes=tuple(
                shown_change(record) for record in acts if record.job == job and wanted.contains(record.effective_on)
            ),
            revision=person.revision,
            known_at=instant_text(view.known_at),
        )


def _segment(record: AssignmentRecord, *, view: Reading, actor: Actor) -> TimelineSegment:
    row = record.row
    return TimelineSegment(
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        recorded_at=instant_text(record.known_from),
        assignment=shown_on(record, day=row.effective_from, view=view, actor=actor),
    )


async def _all_held(
    records: Sequence[AssignmentRecord], *, day: date, view: Reading, actor: Actor
) -> tuple[HeldAssignment, ...]:
    """Names and revisions are read for all at once."""
    ids = [record.employee_id for record in records]
    names = await employees.external_ids_of(view.connection, ids, known_at=view.known_at)
    revisions = await employees.revisions_at(view.connection, ids, known_at=view.known_at)
    return tuple(
        held_from(
            record,
            names.get(record.employee_id, {}),
            day=day,
            view=view,
            actor=actor,
            revision=revisions[record.employee_id],
        )
        for record in records
    )
