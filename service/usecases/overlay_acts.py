"""Acts on the two changes of an overlay: the day of either is corrected, and with its beginning all of it goes."""

from dataclasses import replace
from datetime import date
from typing import cast

from service.domain.events import ActType, Recording
from service.domain.instants import instant_text
from service.domain.overlay_events import overlay_event, overlay_facets
from service.domain.overlays import OverlayKind, OverlayNews, base_on, check_days, overlay_cautions
from service.domain.refusals import Conflict, FieldError, Invalid
from service.domain.timelines import Timeline
from service.domain.trials import trial_of_another_kind
from service.storage import changes, overlays
from service.storage.change_records import ChangeRecord
from service.storage.overlays import OverlayRecord
from service.usecases.changes import ChangeRequest, RecordedChange
from service.usecases.locked_change import LockedChange
from service.usecases.overlay_telling import beside, timeline_now
from service.usecases.record import PersonRecord


async def withdraw_overlay(target: LockedChange, how: str, *, reason: str | None) -> RecordedChange:
    """Withdraw an overlay by the change with which it begins; that of its end goes with it.

    `how` is that of the beginning; an end that is still to come is cancelled. Raises Invalid `overlay-needs-end` for
    the end alone.
    """
    if target.record.kind == "overlay_end":
        raise Invalid(
            "overlay-needs-end",
            "An overlay has an end. Correct the day of this change to move it, or withdraw the beginning to undo all.",
            extra={"changes": [one.id for one in target.live if one.kind == "overlay_start"]},
        )
    person, found, base = await _standing(target)
    news = OverlayNews(base_job=found.base_job, previous=found.overlay, current=None)
    ends = [(one, "rescinded" if target.took_effect(one) else "cancelled") for one in target.live]
    for record, ended in ends:
        person.revision += 1
        act: ActType = "change.rescinded" if ended == "rescinded" else "change.cancelled"
        _tell(target, base, record, news, act, recording=_recording(target, record, reason))
    recorded_at: int | None = None
    if not person.a.dry_run:
        person.a.audit_detail.update(employee=person.employee.id, overlay=found.id, status=how)
        recorded_at = await person.a.recorded()
        for record, ended in ends:
            await changes.end_change(
                person.a.tx,
                record.id,
                how="rescinded" if ended == "rescinded" else "cancelled",
                by=None,
                reason=reason,
                override=None,
                actor=person.a.actor.id,
                recorded_at=recorded_at,
            )
        await overlays.close_overlay(person.a.tx, job_id=found.job_id, recorded_at=recorded_at)
        await person.save(recorded_at=recorded_at)
    return _answer(target, news, target.record.effective_on, change_id=target.record.id, status=how, at=recorded_at)


async def correct_overlay(target: LockedChange, request: ChangeRequest, *, restated: bool, day: date) -> RecordedChange:
    """Move the first day of an overlay, or its end. What it says is not corrected but withdrawn and recorded anew.

    Raises Invalid `invalid-body` where a content is given, `trial-not-a-switch`, `invalid-date` where no day would be
    left; Conflict `no-change`, and `not-employed` where the job is not held on the new first day.
    """
    if request.trial:
        raise trial_of_another_kind(target.record.kind)
    if restated:
        fault = FieldError(pointer="/to", detail="is not of an overlay", code="invalid-body")
        raise Invalid(
            "invalid-body",
            "Of an overlay only days are corrected. Withdraw its beginning and record it anew to say something else.",
            errors=(fault,),
        )
    person, found, base = await _standing(target)
    record = target.record
    if day == record.effective_on:
        raise Conflict("no-change", "The change says this already. Send what is to be different, or nothing.")
    starts = record.kind == "overlay_start"
    made = replace(found.overlay, from_=day) if starts else replace(found.overlay, to=day)
    check_days(made.from_, made.to, pointer="/effective_on")
    if starts:
        base_on(base, made.from_)
    change_id = person.a.new_id("chg")
    person.revision += 1
    new = replace(
        record,
        id=change_id or "",
        effective_on=day,
        reason=record.reason if request.reason is None else request.reason,
        comment=record.comment if request.comment is None else request.comment,
        planned=day > person.today,
        retroactive=min(day, record.effective_on) < person.today,
        revision=person.revision,
        actor=person.a.actor.id,
    )
    news = OverlayNews(base_job=found.base_job, previous=found.overlay, current=made)
    recording = replace(
        _recording(target, new, new.reason), recorded_at=None, supersedes=(record.id, record.effective_on)
    )
    _tell(target, base, new, news, "change.corrected", recording=recording)
    at = None if person.a.dry_run else await _keep(target, new, replace(found, overlay=made), reason=request.reason)
    status = "scheduled" if new.planned else "effective"
    answer = _answer(target, news, day, change_id=change_id, status=status, at=at)
    warnings = tuple(overlay_cautions(made, base, person.definitions))
    return replace(answer, warnings=warnings, retroactive=new.retroactive)


async def _keep(target: LockedChange, new: ChangeRecord, made: OverlayRecord, *, reason: str | None) -> int:
    """Write the change in its place and the overlay as it is from now on; the instant (µs) of it."""
    person, old = target.person, target.record
    tx, job_id = person.a.tx, made.job_id
    person.a.audit_detail.update(employee=person.employee.id, overlay=made.id, change=old.id, superseded_by=new.id)
    at = await person.a.recorded()
    await changes.end_change(
        tx, old.id, how="superseded", by=new.id, reason=reason, override=None, actor=new.actor, recorded_at=at
    )
    await changes.insert_change(tx, job_id=job_id, record=replace(new, recorded_at=at))
    await overlays.close_overlay(tx, job_id=job_id, recorded_at=at)
    await overlays.insert_overlay(
        tx,
        job_id=job_id,
        base_job_id=made.base_job_id,
        employee_id=person.employee.id,
        made=made.overlay,
        recorded_at=at,
    )
    await person.save(recorded_at=at)
    return at


async def _standing(target: LockedChange) -> tuple[PersonRecord, OverlayRecord, Timeline]:
    """The person, the overlay as it is known, and the timeline of the job beside which it stands."""
    person = target.person
    found = await overlays.find_overlay(person.a.tx, target.record.job_id)
    # Its change is live, so it is.
    assert found is not None
    return person, found, await timeline_now(person.a.tx, found.base_job_id, person.definitions)


def _recording(target: LockedChange, record: ChangeRecord, reason: str | None) -> Recording:
    return Recording(
        change_id=record.id,
        reason=reason,
        effective_on=record.effective_on,
        retroactive=record.retroactive or record.effective_on < target.person.today,
        recorded_at=record.recorded_at,
        supersedes=record.supersedes,
    )


def _tell(
    target: LockedChange,
    base: Timeline,
    record: ChangeRecord,
    news: OverlayNews,
    act: ActType,
    *,
    recording: Recording,
) -> None:
    person, kind = target.person, cast(OverlayKind, record.kind)
    event = overlay_event(person.next_subject(record.job), recording, kind, news, act=act)
    shown = news.previous or news.current
    assert shown is not None
    held = beside(base, (record.effective_on, shown.from_), person.definitions)
    person.tell(event, overlay_facets(kind, news, held))


def _answer(
    target: LockedChange,
    news: OverlayNews,
    day: date,
    *,
    change_id: str | None,
    status: str,
    at: int | None,
) -> RecordedChange:
    """The answer of an act; `at` (µs) is None in a dry run."""
    person, record = target.person, target.record
    instant = instant_text(at) if at is not None else None
    return RecordedChange(
        id=change_id,
        employee=person.employee.id,
        job=record.job,
        kind=record.kind,
        grade_delta=None,
        status=status,
        effective_on=day,
        from_=None,
        to=None,
        events=tuple(person.told),
        warnings=(),
        retroactive=day < person.today,
        overlay=news,
        revision=person.revision,
        recorded_at=instant,
        known_at=instant,
    )
