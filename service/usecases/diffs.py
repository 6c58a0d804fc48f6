"""Whose standing differs between two days, two instants, or both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.assignments import Assignment
from service.domain.dates import day_text
from service.domain.diffs import Viewpoint, moved_levels, standing_difference
from service.domain.events import EmployeeReference
from service.domain.instants import instant_text, shown_instant
from service.storage import diffs, employees
from service.storage.diffs import DifferingRecord, Question
from service.usecases.act import Runtime
from service.usecases.paging import Listing, Window, part
from service.usecases.reading import Reading, bounds_now, reading, refuse_reversed

PLACE = (str, str)
"""The types of a difference's place: person and job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentDifference:
    """A job that is held otherwise on one side than on the other."""

    employee: Annotated[EmployeeReference, Field(description="The person, as known at the end.")]
    job: Annotated[str, Field(description="Key of the job.")]
    kind: Annotated[
        str,
        Field(
            description="started, ended, remap (a ladder version moved the level), else the kind of one change that "
            "leads from one side to the other; new kinds may be added."
        ),
    ]
    grade_delta: Annotated[int | None, Field(description="Steps on the grade scale; null where a side is not held.")]
    changed: Annotated[tuple[str, ...], Field(description="Fields that differ.")]
    before: Annotated[Assignment | None, Field(description="What held; null where nobody held the job.")]
    after: Annotated[Assignment | None, Field(description="What holds; null where nobody holds the job.")]
    from_effective_on: Annotated[date, Field(description="Day of `before`.")]
    from_known_at: Annotated[str, Field(description="Instant that `before` is bounded by.")]
    to_effective_on: Annotated[date, Field(description="Day of `after`.")]
    to_known_at: Annotated[str, Field(description="Instant that `after` is bounded by.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Where the comparison begins; None is as at its end. The instant is in µs."""

    effective_on: date | None = None
    known_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDifferences:
    """Whose differences are wanted: one of each given tuple, on either side; an empty tuple, and None, ask for all."""

    employee: str | None = None
    team: tuple[str, ...] = ()
    ladder: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceCounts:
    """How many jobs differ in all."""

    started: Annotated[int, Field(description="Jobs that nobody held before.")]
    ended: Annotated[int, Field(description="Jobs that nobody holds any more.")]
    altered: Annotated[int, Field(description="Jobs held on both sides, but otherwise.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceListing(Listing[AssignmentDifference]):
    """Its day and instant are those of the end. `counts` is None unless it was asked for."""

    start: Viewpoint
    counts: DifferenceCounts | None = None


async def list_differences(
    runtime: Runtime,
    actor: Actor,
    *,
    since: Since,
    effective_on: date | None,
    known_at: int | None,
    wanted: WantedDifferences,
    window: Window,
    counted: bool = False,
) -> DifferenceListing:
    """Who differs between `since` and the end, by person and job; the end is a day and an instant (µs), None = now.

    Raises Invalid `range-reversed` and `known-at-in-future`, NotFound `no-employee`.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    refuse_reversed("from_known_at", shown_instant(since.known_at), shown_instant(known_at))
    is_open = since.known_at is not None and known_at is None
    if is_open:
        # The end is everything recorded so far: the record has to have come as far as the beginning.
        await bounds_now(runtime, None, since.known_at, asked_as="from_known_at")
    async with reading(
        runtime, known_at=known_at, employee=wanted.employee, may_lag=not is_open, asked_as="to_known_at"
    ) as view:
        start, end = _sides(view, since, effective_on)
        asked = Question(
            start=start,
            end=end,
            moved=moved_levels(start, end, view.definitions),
            employee_id=view.person.id if wanted.employee is not None else None,
            teams=wanted.team or None,
            ladders=wanted.ladder or None,
        )
        records = await diffs.differences_page(
            view.connection, asked, limit=window.limit + 1, place=window.place, backward=window.backward
        )
        found = part(records, window, lambda record: record.place)
        shown = await _all_shown(found.items, start=start, end=end, view=view, actor=actor)
        counts = await _counted(view, asked) if counted else None
    return DifferenceListing(
        part=found.holding(shown),
        effective_on=end.day,
        known_at=end.known_at,
        total=counts.started + counts.ended + counts.altered if counts else None,
        start=start,
        counts=counts,
    )


async def _counted(view: Reading, asked: Question) -> DifferenceCounts:
    started, ended, altered = await diffs.count_differences(view.connection, asked)
    return DifferenceCounts(started=started, ended=ended, altered=altered)


def _sides(view: Reading, since: Since, effective_on: date | None) -> tuple[Viewpoint, Viewpoint]:
    """Raises Invalid `range-reversed`."""
    end = Viewpoint(day=effective_on or view.today, known_at=view.known_at)
    known = end.known_at if since.known_at is None else since.known_at
    start = Viewpoint(day=since.effective_on or end.day, known_at=known)
    refuse_reversed("from_effective_on", day_text(start.day), day_text(end.day))
    return start, end


async def _all_shown(
    records: Sequence[DifferingRecord], *, start: Viewpoint, end: Viewpoint, view: Reading, actor: Actor
) -> tuple[AssignmentDifference, ...]:
    """Names are read for all at once."""
    ids = [record.employee_id for record in records]
    names = await employees.external_ids_of(view.connection, ids, known_at=end.known_at)
    is_shown = may_read_pay(actor)

    def side(shown: Assignment | None) -> Assignment | None:
        return shown if shown is None or is_shown else shown.without_pay()

    def one(record: DifferingRecord) -> AssignmentDifference:
        found = standing_difference(record.before, record.after, start=start, end=end, definitions=view.definitions)
        return AssignmentDifference(
            employee=EmployeeReference(
                id=record.employee_id, key=record.employee_key, external_ids=names.get(record.employee_id, {})
            ),
            job=record.job,
            kind=found.kind,
            grade_delta=found.grade_delta,
            changed=found.changed,
            before=side(found.before),
            after=side(found.after),
            from_effective_on=start.day,
            from_known_at=instant_text(start.known_at),
            to_effective_on=end.day,
            to_known_at=instant_text(end.known_at),
        )

    return tuple(one(record) for record in records)
