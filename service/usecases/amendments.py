"""Acts on recorded changes: a plan is cancelled, a fact rescinded, and either corrected by another in its place."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from service.domain.access import Actor, Scope, require
from service.domain.amendments import Amendment, Correction, correct, withdraw
from service.domain.events import ActType, Recording, affected_by, facets, recorded_event
from service.domain.pay_periods import PERIOD_LOCKED
from service.domain.refusals import Conflict
from service.domain.statements import Override
from service.storage import changes
from service.storage.change_records import ChangeRecord
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.changes import ChangeRequest, RecordedChange, answered, day_of, kept_as, kept_override, refolded
from service.usecases.locked_change import LockedChange, locked_change
from service.usecases.overlay_acts import correct_overlay, withdraw_overlay
from service.usecases.revisions import Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRequest:
    """What is to stand in a change's place: `change.effective_on` None keeps the day, without `restated` the content.

    The job is that of the change.
    """

    change: ChangeRequest
    restated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalRequest:
    """Why a change is withdrawn, and which refusals its withdrawal passes."""

    reason: str | None
    override: Override | None = None


Withdrawing = Literal["cancelled", "rescinded"]
_NAMES: Mapping[Withdrawing, str] = {"cancelled": "changes.cancel", "rescinded": "changes.rescind"}
_TOLD_AS: Mapping[Withdrawing, ActType] = {"cancelled": "change.cancelled", "rescinded": "change.rescinded"}


async def withdraw_change(
    runtime: Runtime,
    actor: Actor,
    change_id: str,
    how: Withdrawing,
    request: WithdrawalRequest,
    *,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Take back a change: a plan is `cancelled`, a fact `rescinded`; the answer is a RecordedChange about it.

    A caller says which, so that nobody takes back what was acted upon while thinking it a plan. A correction goes with
    what it replaced. Needs assignments:write, and assignments:override to override a refusal. Raises NotFound
    `no-such-change`; Conflict `already-effective` or `not-effective` for the wrong one of the two, `change-not-live`,
    `breaks-later-changes`, `period-locked`; Unguarded and Stale about the person's revision.
    """
    if request.override:
        require(actor, Scope.ASSIGNMENTS_OVERRIDE)

    async def body(a: Act) -> RecordedChange:
        target = await locked_change(a, change_id, expected)
        _refuse_other_tense(target, how)
        if target.record.is_overlay:
            return await withdraw_overlay(target, how, reason=request.reason)
        return await _withdraw(target, how, request)

    return await _act(runtime, actor, _NAMES[how], body, key=key, dry_run=dry_run)


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

    Needs assignments:write, and assignments:override to override a refusal. Raises as `withdraw_change` does but for
    the tense, Conflict `no-change` and `already-employed`, and what `record_change` raises for the new one.
    """
    if request.change.override:
        require(actor, Scope.ASSIGNMENTS_OVERRIDE)

    async def body(a: Act) -> RecordedChange:
        target = await locked_change(a, change_id, expected)
        if target.record.is_overlay:
            day = day_of(request.change, target.record.effective_on)
            return await correct_overlay(target, request.change, restated=request.restated, day=day)
        return await _correct(target, request)

    return await _act(runtime, actor, "changes.correct", body, key=key, dry_run=dry_run)


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


def _refuse_other_tense(target: LockedChange, how: Withdrawing) -> None:
    change_id, day = target.record.id, target.record.effective_on
    if how == "cancelled" and target.is_effective:
        raise Conflict("already-effective", f"{change_id} holds since {day}. Rescind it instead.")
    if how == "rescinded" and not target.is_effective:
        raise Conflict("not-effective", f"{change_id} holds from {day} on. Cancel it instead.")


async def _withdraw(target: LockedChange, how: Withdrawing, request: WithdrawalRequest) -> RecordedChange:
    person, record = target.person, target.record
    amendment = withdraw(
        target.recorded,
        live=[one.live for one in target.live],
        definitions=person.definitions,
        today=person.today,
        override=request.override.codes if request.override else (),
    )
    person.revision += 1
    _tell(
        target,
        amendment,
        _TOLD_AS[how],
        Recording(
            change_id=record.id,
            reason=request.reason,
            effective_on=record.effective_on,
            retroactive=amendment.retroactive,
            recorded_at=record.recorded_at,
            supersedes=record.supersedes,
            trial=record.trial,
        ),
    )

    async def keep(recorded_at: int) -> None:
        await changes.end_change(
            person.a.tx,
            record.id,
            how=how,
            by=None,
            reason=request.reason,
            override=kept_override(request.override),
            actor=person.a.actor.id,
            recorded_at=recorded_at,
        )

    return await _save(target, amendment, keep, change_id=record.id, status=how)


async def _correct(target: LockedChange, request: CorrectionRequest) -> RecordedChange:
    person, record, asked = target.person, target.record, _completed(request, target.record)
    change_id = person.a.new_id("chg")
    correction = Correction(
        change_id=change_id or "",
        effective_on=day_of(asked, record.effective_on),
        restated=request.restated,
        to=asked.to,
        override=asked.override,
        trial=asked.trial,
    )
    live, definitions = [one.live for one in target.live], person.definitions
    amendment = correct(target.recorded, correction, live=live, definitions=definitions, today=person.today)
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
            trial=amendment.change.trial if amendment.change else None,
        ),
    )

    async def keep(recorded_at: int) -> None:
        assert amendment.change
        await changes.end_change(
            person.a.tx,
            record.id,
            how="superseded",
            by=amendment.change.id,
            reason=request.change.reason,
            override=None,
            actor=person.a.actor.id,
            recorded_at=recorded_at,
        )
        person.a.audit_detail.update(superseded_by=amendment.change.id)
        kept = kept_as(person, asked, amendment.change, amendment, job=record.job, recorded_at=recorded_at)
        await changes.insert_change(person.a.tx, job_id=record.job_id, record=kept)

    status = "scheduled" if amendment.scheduled else "effective"
    return await _save(target, amendment, keep, change_id=change_id, status=status)


def _completed(request: CorrectionRequest, record: ChangeRecord) -> ChangeRequest:
    """What is asked, with the reason and the comment of the change where none is given.

    Its override stays with its content: for another one it would be a right that somebody else had. That of a locked
    pay period was for its own days, and stays with nothing.
    """
    asked, kept = request.change, record.override
    override = asked.override
    if override is None and kept and not request.restated:
        codes = tuple(code for code in kept["codes"] if code != PERIOD_LOCKED)
        override = Override(codes=codes, reason=kept["reason"]) if codes else None
    return replace(
        asked,
        reason=record.reason if asked.reason is None else asked.reason,
        comment=record.comment if asked.comment is None else asked.comment,
        override=override,
    )


def _tell(target: LockedChange, amendment: Amendment, act_type: ActType, recording: Recording) -> None:
    event = recorded_event(
        target.person.next_subject(target.record.job),
        recording,
        amendment.move,
        affected=affected_by(amendment.altered, amendment.timeline, target.person.definitions),
        act=act_type,
        announced=amendment.announces,
        periods=amendment.periods,
    )
    target.person.tell(event, facets(amendment.move, touched=amendment.touched))


async def _save(
    target: LockedChange,
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
        await refolded(person, amendment, job_id=target.record.job_id, recorded_at=recorded_at)
    return answered(
        person,
        amendment,
        change_id=change_id,
        job=job,
        status=status,
        effective_on=amendment.effective_on,
        recorded_at=recorded_at,
        trial=amendment.change.trial if amendment.change else target.record.trial,
    )
