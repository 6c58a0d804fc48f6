"""Acts on recorded changes: a plan is cancelled, a fact rescinded, and either corrected by another in its place."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from service.domain.access import Actor, Scope, require
from service.domain.amendments import Amendment, Correction, Recorded, correct, withdraw
from service.domain.changes import EVENT_OF_KIND, EventType, Kind
from service.domain.events import ActType, Recording, affected_by, facets, recorded_event
from service.domain.refusals import Conflict
from service.storage import assignments, changes
from service.storage.changes import ChangeRecord, Ending
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.changes import ChangeRequest, RecordedChange, answered, day_of, kept_as, refolded
from service.usecases.reading import company_today
from service.usecases.record import PersonRecord, locked_person
from service.usecases.recorded_changes import no_such_change
from service.usecases.revisions import Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRequest:
    """What is to stand in a change's place: `change.effective_on` None keeps the day, without `restated` the content.

    The job is that of the change.
    """

    change: ChangeRequest
    restated: bool


async def cancel_change(
    runtime: Runtime,
    actor: Actor,
    change_id: str,
    *,
    reason: str | None,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Withdraw a change whose day has not come; the answer is a RecordedChange about it.

    Needs assignments:write. Raises NotFound `no-such-change`; Conflict `already-effective`, `change-not-live`,
    `breaks-later-changes`; Invalid `level-not-in-force`; Unguarded and Stale about the person's revision.
    """

    async def body(a: Act) -> RecordedChange:
        target = await _locked(a, change_id, expected)
        if target.record.effective_on <= target.person.today:
            raise Conflict(
                "already-effective", f"{change_id} holds since {target.record.effective_on}. Rescind it instead."
            )
        return await _withdraw(target, "cancelled", reason=reason)

    return await _act(runtime, actor, "changes.cancel", body, key=key, dry_run=dry_run)


async def rescind_change(
    runtime: Runtime,
    actor: Actor,
    change_id: str,
    *,
    reason: str | None,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Withdraw a change whose day has come: it should never have been. A correction goes with what it replaced.

    Answers and refuses as `cancel_change`, with `not-effective` for a change whose day has not come.
    """

    async def body(a: Act) -> RecordedChange:
        target = await _locked(a, change_id, expected)
        if target.record.effective_on > target.person.today:
            raise Conflict(
                "not-effective", f"{change_id} holds from {target.record.effective_on} on. Cancel it instead."
            )
        return await _withdraw(target, "rescinded", reason=reason)

    return await _act(runtime, actor, "changes.rescind", body, key=key, dry_run=dry_run)


async def correct_change(
    runtime: Runtime,
    actor: Actor,
    change_id: str,
    request: CorrectionRequest,
    *,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Put another change in the place of one, past or planned; the answer is the RecordedChange of the new one.

    Needs assignments:write, and assignments:override to override a refusal. Raises as `cancel_change` does but for
    `already-effective`, Conflict `no-change`, and what `record_change` raises for the new one.
    """
    if request.change.override:
        require(actor, Scope.ASSIGNMENTS_OVERRIDE)

    async def body(a: Act) -> RecordedChange:
        return await _correct(await _locked(a, change_id, expected), request)

    return await _act(runtime, actor, "changes.correct", body, key=key, dry_run=dry_run)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """A live change, its person locked, with all live changes of its job."""

    person: PersonRecord
    record: ChangeRecord
    live: tuple[ChangeRecord, ...]
    job_id: int

    @property
    def recorded(self) -> Recorded:
        record = self.record
        return Recorded(change=record.live, kind=cast(Kind, record.kind), grade_delta=record.grade_delta)


async def _act(
    runtime: Runtime,
    actor: Actor,
    name: str,
    body: Callable[[Act], Awaitable[RecordedChange]],
    *,
    key: IdempotencyKey | None,
    dry_run: bool,
) -> Outcome:
    require(actor, Scope.ASSIGNMENTS_WRITE)
    return await act(runtime, name, actor, body, key=key, dry_run=dry_run)


async def _locked(a: Act, change_id: str, expected: Expected) -> _Target:
    """Lock whose change it is; what is due takes effect first."""
    found = await changes.find_changes(a.tx, [change_id])
    if not found:
        raise no_such_change(change_id)
    definitions = await a.definitions()
    today = company_today(definitions, now=a.now)
    person = await locked_person(a, found[0].employee_id, definitions=definitions, today=today)
    if not a.dry_run:
        await person.activate_due()
    person.check_revision(expected)
    # Again: somebody may have acted on it before the lock was there.
    (record,) = await changes.find_changes(a.tx, [change_id])
    if record.ended:
        _refuse_ended(record)
    job_id = await assignments.find_job(a.tx, record.employee_id, record.job)
    assert job_id is not None
    return _Target(person=person, record=record, live=await changes.live_changes(a.tx, job_id), job_id=job_id)


def _refuse_ended(record: ChangeRecord) -> None:
    told = f"{record.id} is {record.ended}"
    extra = {"change_status": record.ended, "superseded_by": record.ended_by}
    if record.ended_by:
        raise Conflict("change-not-live", f"{told} by {record.ended_by}. Act on that one.", extra=extra)
    raise Conflict("change-not-live", f"{told}. Record a change instead.", extra=extra)


async def _withdraw(target: _Target, how: Ending, *, reason: str | None) -> RecordedChange:
    person, record = target.person, target.record
    amendment = withdraw(
        target.recorded,
        live=[one.live for one in target.live],
        definitions=person.definitions,
        today=person.today,
    )
    person.revision += 1
    _tell(
        target,
        amendment,
        "change.cancelled" if how == "cancelled" else "change.rescinded",
        Recording(
            change_id=record.id,
            reason=reason,
            effective_on=record.effective_on,
            retroactive=amendment.retroactive,
            recorded_at=record.recorded_at,
        ),
        announced=cast(EventType, record.announced),
    )

    async def keep(recorded_at: int) -> None:
        await changes.end_change(
            person.a.tx, record.id, how=how, by=None, reason=reason, actor=person.a.actor.id, recorded_at=recorded_at
        )

    return await _save(target, amendment, keep, change_id=record.id, status=how)


async def _correct(target: _Target, request: CorrectionRequest) -> RecordedChange:
    person, record, asked = target.person, target.record, request.change
    change_id = person.a.new_id("chg")
    amendment = correct(
        target.recorded,
        Correction(
            change_id=change_id or "",
            effective_on=day_of(asked, record.effective_on),
            restated=request.restated,
            to=asked.to,
            override=asked.override,
        ),
        live=[one.live for one in target.live],
        definitions=person.definitions,
        today=person.today,
    )
    person.revision += 1
    _tell(
        target,
        amendment,
        "change.corrected",
        Recording(
            change_id=change_id or "",
            reason=asked.reason,
            effective_on=amendment.effective_on,
            retroactive=amendment.retroactive,
            recorded_at=None,
            supersedes=(record.id, record.effective_on),
        ),
        announced=EVENT_OF_KIND[amendment.move.kind],
    )

    async def keep(recorded_at: int) -> None:
        assert amendment.change
        await changes.end_change(
            person.a.tx,
            record.id,
            how="superseded",
            by=amendment.change.id,
            reason=asked.reason,
            actor=person.a.actor.id,
            recorded_at=recorded_at,
        )
        kept = kept_as(person, asked, amendment.change, amendment, job=record.job, recorded_at=recorded_at)
        await changes.insert_change(person.a.tx, job_id=target.job_id, record=kept)

    status = "scheduled" if amendment.scheduled else "effective"
    return await _save(target, amendment, keep, change_id=change_id, status=status)


def _tell(
    target: _Target, amendment: Amendment, act_type: ActType, recording: Recording, *, announced: EventType
) -> None:
    event = recorded_event(
        target.person.next_subject(target.record.job),
        recording,
        amendment.move,
        affected=affected_by(amendment.altered, amendment.timeline, target.person.definitions),
        act=act_type,
        announced=announced,
    )
    target.person.tell(event, facets(amendment.move))


async def _save(
    target: _Target,
    amendment: Amendment,
    keep: Callable[[int], Awaitable[None]],
    *,
    change_id: str | None,
    status: str,
) -> RecordedChange:
    person, job = target.person, target.record.job
    recorded_at: int | None = None
    if not person.a.dry_run:
        person.a.audit_detail.update(employee=person.employee.id, change=target.record.id, status=status, job=job)
        recorded_at = await person.a.recorded()
        await keep(recorded_at)
        await refolded(person, amendment, job_id=target.job_id, recorded_at=recorded_at)
    return answered(
        person,
        amendment,
        change_id=change_id,
        job=job,
        status=status,
        effective_on=amendment.effective_on,
        recorded_at=recorded_at,
    )
