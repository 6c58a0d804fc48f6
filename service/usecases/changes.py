"""Acts on a person's timeline, and the clock's part of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import CLOCK, Actor, Scope, require
from service.domain.assignments import Assignment
from service.domain.changes import EVENT_OF_KIND, Decision, Refold, decide
from service.domain.dates import BadDate, checked_date
from service.domain.events import Recording, affected_by, facets, recorded_event
from service.domain.instants import instant_text
from service.domain.overlays import OverlayNews
from service.domain.pay_periods import Periods
from service.domain.refusals import FieldError, Invalid
from service.domain.statements import Override, Proposal
from service.domain.timelines import LiveChange, Timeline
from service.domain.trials import Trial, TrialRequest
from service.storage import assignments, changes
from service.storage.change_records import ChangeRecord
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.reading import company_today, reading
from service.usecases.record import PersonRecord, ToldEvent, locked_person
from service.usecases.revisions import Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """What a caller asks. `to` None ends the job; `effective_on` None means the company's today."""

    effective_on: date | None
    job: str
    to: Mapping[str, str | None] | None
    reason: str | None
    comment: str | None
    override: Override | None
    trial: TrialRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChange:
    """The answer to a change. It never carries pay. In a dry run what only a record has is null."""

    id: Annotated[str | None, Field(description="Id of the change.")]
    employee: Annotated[str, Field(description="Id of the person.")]
    job: Annotated[str, Field(description="Key of the job.")]
    kind: Annotated[str, Field(description="Derived kind, such as promotion or track_switch.")]
    grade_delta: Annotated[int | None, Field(description="Steps on the grade scale; null on hire, rehire and end.")]
    status: Annotated[str, Field(description="scheduled or effective; cancelled or rescinded of one withdrawn.")]
    effective_on: Annotated[date, Field(description="First day on which the change holds.")]
    from_: Annotated[Assignment | None, Field(alias="from", description="Just before the change.")]
    to: Annotated[Assignment | None, Field(description="Just after the change.")]
    events: Annotated[tuple[ToldEvent, ...], Field(description="Events told, in order.")]
    warnings: Annotated[tuple[str, ...], Field(description="What was recorded as it happened but looks odd.")]
    retroactive: Annotated[bool, Field(description="The change was recorded after its day.")]
    affected_periods: Annotated[
        Periods, Field(description="Locked pay periods of which a day is altered; null past 120 of them.")
    ] = ()
    overlay: Annotated[
        OverlayNews | None, Field(description="What is taken on beside a job, if that is what it is about.")
    ] = None
    trial: Annotated[Trial | None, Field(description="Review and way back of a switch on trial.")] = None
    revision: Annotated[int, Field(description="The person's revision after the change.")]
    recorded_at: Annotated[str | None, Field(description="Instant of recording.")]
    known_at: Annotated[str | None, Field(description="Ask with this instant to see the record as it then was.")]


async def record_change(
    runtime: Runtime,
    actor: Actor,
    employee: str,
    request: ChangeRequest,
    *,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Record one change of one job of one person; the answer is a RecordedChange.

    Needs assignments:write, and assignments:override to override a refusal. Raises the refusals of the
    decision table, NotFound `no-employee`, Unguarded and Stale about the revision.
    """
    require(actor, Scope.ASSIGNMENTS_WRITE)
    if request.override:
        require(actor, Scope.ASSIGNMENTS_OVERRIDE)

    async def body(a: Act) -> RecordedChange:
        definitions = await a.definitions()
        today = company_today(definitions, now=a.now)
        person = await locked_person(a, employee, definitions=definitions, today=today)
        await person.activate_due()
        person.check_revision(expected)
        return await _record(person, request)

    return await act(runtime, "changes.record", actor, body, key=key, dry_run=dry_run)


async def employees_due(runtime: Runtime, *, but: Collection[str] = (), limit: int = 100) -> tuple[str, ...]:
    """Ids of people for whom the clock has something to do, those waiting longest first, without those in `but`."""
    async with reading(runtime) as view:
        found = await changes.employees_with_due_changes(view.connection, view.today, limit=limit + len(but))
    return tuple(employee for employee in found if employee not in but)[:limit]


async def activate_due(runtime: Runtime, employee: str) -> None:
    """Let a person's changes whose day has come take effect.

    Called by the clock; late is right, twice does nothing, and a day that does not exist in the company's
    zone is compared as a date like any other.
    """

    async def body(a: Act) -> None:
        definitions = await a.definitions()
        today = company_today(definitions, now=a.now)
        person = await locked_person(a, employee, definitions=definitions, today=today)
        count = await person.activate_due()
        a.audit_detail.update(employee=employee, activated=count)
        await person.save(recorded_at=await a.recorded())

    await act(runtime, "changes.activate", CLOCK, body)


async def _record(person: PersonRecord, request: ChangeRequest) -> RecordedChange:
    a = person.a
    job_id = await assignments.find_job(a.tx, person.employee.id, request.job)
    live = await changes.live_changes(a.tx, job_id) if job_id else ()
    change_id = a.new_id("chg")
    decision = decided(person, request, change_id=change_id or "", live=[record.live for record in live])
    recorded_at: int | None = None
    if not a.dry_run:
        a.audit_detail.update(employee=person.employee.id, change=change_id, kind=decision.move.kind, job=request.job)
        recorded_at = await a.recorded()
        if job_id is None:
            job_id = await assignments.insert_job(a.tx, employee_id=person.employee.id, key=request.job)
        kept = kept_as(person, request, decision.change, decision, job=request.job, recorded_at=recorded_at)
        await changes.insert_change(a.tx, job_id=job_id, record=kept)
        await refolded(person, decision, job_id=job_id, recorded_at=recorded_at)
    status = "scheduled" if decision.scheduled else "effective"
    return answered(
        person,
        decision,
        change_id=change_id,
        job=request.job,
        status=status,
        effective_on=decision.change.effective_on,
        recorded_at=recorded_at,
        trial=decision.change.trial,
    )


def decided(
    person: PersonRecord,
    request: ChangeRequest,
    *,
    change_id: str,
    live: Sequence[LiveChange],
    old: Timeline | None = None,
) -> Decision:
    """Decide and tell a change of a job whose live changes are `live`; nothing is written, nothing told if refused.

    `old` is their fold, if it is known already.
    """
    decision = decide(
        Proposal(
            change_id=change_id,
            effective_on=day_of(request, person.today),
            to=request.to,
            override=request.override,
            trial=request.trial,
            is_backfill=person.is_backfill,
        ),
        live=live,
        definitions=person.definitions,
        today=person.today,
        old=old,
    )
    person.revision += 1
    _tell(person, request, decision)
    return decision


def day_of(request: ChangeRequest, otherwise: date) -> date:
    """The day asked for. Raises Invalid `invalid-date` for one outside the range."""
    return known_day(request.effective_on or otherwise, "/effective_on")


def known_day(day: date, pointer: str) -> date:
    """A day that the record can hold. Raises Invalid `invalid-date` at the pointer."""
    try:
        return checked_date(day)
    except BadDate as error:
        fault = FieldError(pointer=pointer, detail=str(error), code="invalid-date")
        raise Invalid("invalid-date", str(error), errors=(fault,)) from None


def _tell(person: PersonRecord, request: ChangeRequest, decision: Decision) -> None:
    event = recorded_event(
        person.next_subject(request.job),
        Recording(
            change_id=decision.change.id,
            reason=request.reason,
            effective_on=decision.change.effective_on,
            retroactive=decision.retroactive,
            recorded_at=None,
            trial=decision.change.trial,
            backfill=person.is_backfill,
        ),
        decision.move,
        affected=affected_by(decision.altered, decision.timeline, person.definitions),
        act="change.scheduled" if decision.scheduled else None,
        periods=decision.periods,
    )
    person.tell(event, facets(decision.move))


def kept_as(
    person: PersonRecord, request: ChangeRequest, change: LiveChange, refold: Refold, *, job: str, recorded_at: int
) -> ChangeRecord:
    """The record of an accepted change."""
    return ChangeRecord(
        id=change.id,
        employee_id=person.employee.id,
        job=job,
        ordinal=change.ordinal,
        form=change.form,
        kind=refold.move.kind,
        announced=EVENT_OF_KIND[refold.move.kind],
        effective_on=change.effective_on,
        states=change.states,
        reason=request.reason,
        comment=request.comment,
        override=kept_override(request.override),
        grade_delta=refold.move.grade_delta,
        planned=refold.scheduled,
        retroactive=refold.retroactive,
        revision=person.revision,
        actor=person.a.actor.id,
        recorded_at=recorded_at,
        trial=change.trial,
    )


def kept_override(override: Override | None) -> dict[str, object] | None:
    """As it is kept on a change."""
    return {"codes": list(override.codes), "reason": override.reason} if override else None


async def refolded(person: PersonRecord, refold: Refold, *, job_id: int, recorded_at: int) -> None:
    """Write what an act makes of the timeline, and the person's counters."""
    await assignments.replace_rows(
        person.a.tx,
        job_id=job_id,
        employee_id=person.employee.id,
        closes=refold.closes,
        opens=refold.opens,
        recorded_at=recorded_at,
    )
    await person.save(recorded_at=recorded_at)


def answered(
    person: PersonRecord,
    refold: Refold,
    *,
    change_id: str | None,
    job: str,
    status: str,
    effective_on: date,
    recorded_at: int | None,
    trial: Trial | None = None,
) -> RecordedChange:
    """The answer of an act; `recorded_at` (µs) is None in a dry run."""
    move = refold.move
    instant = instant_text(recorded_at) if recorded_at is not None else None
    return RecordedChange(
        id=change_id or None,
        employee=person.employee.id,
        job=job,
        kind=move.kind,
        grade_delta=move.grade_delta,
        status=status,
        effective_on=effective_on,
        from_=move.before.without_pay() if move.before else None,
        to=move.after.without_pay() if move.after else None,
        events=tuple(person.told),
        warnings=refold.warnings,
        retroactive=refold.retroactive,
        affected_periods=refold.periods,
        trial=trial,
        revision=person.revision,
        recorded_at=instant,
        known_at=instant,
    )
