"""Roles that people take for a time beside a job: recording and reading them.

An overlay is two changes, its beginning and its end, of a job of its own. Acts on those are in `overlay_acts.py`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.events import Recording
from service.domain.instants import instant_text
from service.domain.overlay_events import overlay_event, overlay_facets
from service.domain.overlays import (
    OVERLAY_EVENTS,
    OVERLAY_PREFIX,
    Overlay,
    OverlayKind,
    OverlayNews,
    base_on,
    check_days,
    needs_end,
    overlay_cautions,
    overlay_role,
)
from service.domain.statements import not_employed
from service.domain.timelines import Timeline
from service.storage import assignments, changes, overlays
from service.storage.change_records import ChangeRecord
from service.storage.overlays import OverlayRecord
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.changes import known_day
from service.usecases.overlay_telling import beside, timeline_now
from service.usecases.reading import company_today, reading
from service.usecases.record import PersonRecord, ToldEvent, locked_person
from service.usecases.revisions import Expected

_KINDS: tuple[OverlayKind, OverlayKind] = ("overlay_start", "overlay_end")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayRequest:
    """What a caller asks. `start` None means today; `high_profile` None what the ladder says of the role."""

    role: str
    base_job: str
    name: str | None
    high_profile: bool | None
    start: date | None
    end: date | None
    reason: str | None
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedOverlay:
    """The answer to an overlay. In a dry run what only a record has is null."""

    id: Annotated[str | None, Field(description="Id of the overlay: the key of its job, as events name it.")]
    employee: Annotated[str, Field(description="Id of the person.")]
    base_job: Annotated[str, Field(description="Key of the job it stands beside.")]
    role: Annotated[str, Field(description="Key of the role.")]
    name: Annotated[str | None, Field(description="What it is for.")]
    high_profile: Annotated[bool, Field(description="Whether it is work in which people are seen.")]
    from_: Annotated[date, Field(alias="from", description="First day.")]
    to: Annotated[date, Field(description="First day after it.")]
    start_change: Annotated[str | None, Field(description="Change with which it begins; withdraw it to undo all.")]
    end_change: Annotated[str | None, Field(description="Change with which it ends; correct its day to move the end.")]
    status: Annotated[str, Field(description="scheduled or effective, of its beginning.")]
    events: Annotated[tuple[ToldEvent, ...], Field(description="Events told, in order.")]
    warnings: Annotated[tuple[str, ...], Field(description="What was recorded as it happened but looks odd.")]
    retroactive: Annotated[bool, Field(description="It was recorded after its first day.")]
    revision: Annotated[int, Field(description="The person's revision after it.")]
    recorded_at: Annotated[str | None, Field(description="Instant of recording.")]
    known_at: Annotated[str | None, Field(description="Ask with this instant to see the record as it then was.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayOfPerson:
    """An overlay as known at an instant."""

    id: Annotated[str, Field(description="Id of the overlay: the key of its job, as events name it.")]
    base_job: Annotated[str, Field(description="Key of the job it stands beside.")]
    role: Annotated[str, Field(description="Key of the role.")]
    name: Annotated[str | None, Field(description="What it is for.")]
    high_profile: Annotated[bool, Field(description="Whether it is work in which people are seen.")]
    from_: Annotated[date, Field(alias="from", description="First day.")]
    to: Annotated[date, Field(description="First day after it.")]
    start_change: Annotated[str, Field(description="Change with which it begins; withdraw it to undo all.")]
    end_change: Annotated[str, Field(description="Change with which it ends; correct its day to move the end.")]
    recorded_at: Annotated[str, Field(description="Instant from which it is known so.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlaysOfPerson:
    """What somebody takes on beside their jobs, past and to come."""

    employee: Annotated[str, Field(description="Id of the person.")]
    overlays: Annotated[tuple[OverlayOfPerson, ...], Field(description="By first day; withdrawn ones are left out.")]
    revision: Annotated[int, Field(description="The person's revision.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]


async def record_overlay(
    runtime: Runtime,
    actor: Actor,
    employee: str,
    request: OverlayRequest,
    *,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Record a role beside a job; the answer is a RecordedOverlay. Needs assignments:write.

    Raises Invalid `overlay-needs-end`, `invalid-date`, `unknown-role`; Conflict `not-employed`; NotFound
    `no-employee`; Unguarded and Stale about the revision.
    """
    require(actor, Scope.ASSIGNMENTS_WRITE)
    end = request.end
    if end is None:
        raise needs_end()

    async def body(a: Act) -> RecordedOverlay:
        definitions = await a.definitions()
        today = company_today(definitions, now=a.now)
        person = await locked_person(a, employee, definitions=definitions, today=today)
        await person.activate_due()
        person.check_revision(expected)
        return await _record(person, request, end)

    return await act(runtime, "overlays.record", actor, body, key=key, dry_run=dry_run)


async def read_overlays(
    runtime: Runtime, actor: Actor, employee: str, *, known_at: int | None = None
) -> OverlaysOfPerson:
    """What somebody takes on beside their jobs, as known at an instant. Raises NotFound `no-employee`."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime, known_at=known_at, employee=employee, may_lag=True) as view:
        found = await overlays.overlays_of(view.connection, view.person.id, known_at=view.known_at)
        acts = await changes.changes_of(view.connection, view.person.id, known_at=view.known_at) if found else ()
        return OverlaysOfPerson(
            employee=view.person.id,
            overlays=tuple(_shown(record, acts) for record in found),
            revision=view.person.revision,
            known_at=instant_text(view.known_at),
        )


def _shown(record: OverlayRecord, acts: tuple[ChangeRecord, ...]) -> OverlayOfPerson:
    by_kind = {one.kind: one.id for one in acts if one.job_id == record.job_id and not one.ended}
    held = record.overlay
    return OverlayOfPerson(
        id=record.id,
        base_job=record.base_job,
        role=held.role,
        name=held.name,
        high_profile=held.high_profile,
        from_=held.from_,
        to=held.to,
        start_change=by_kind["overlay_start"],
        end_change=by_kind["overlay_end"],
        recorded_at=instant_text(record.known_from),
    )


async def _record(person: PersonRecord, request: OverlayRequest, end: date) -> RecordedOverlay:
    a = person.a
    start = known_day(request.start or person.today, "/from")
    end = known_day(end, "/to")
    check_days(start, end, pointer="/to")
    base_id = await assignments.find_job(a.tx, person.employee.id, request.base_job)
    if base_id is None:
        raise not_employed(start)
    base = await timeline_now(a.tx, base_id, person.definitions)
    standing = base_on(base, start)
    role = overlay_role(request.role, standing, day=start, definitions=person.definitions)
    profile = role.high_profile if request.high_profile is None else request.high_profile
    made = Overlay(role=request.role, name=request.name, high_profile=profile, from_=start, to=end)
    overlay_id = a.new_id(OVERLAY_PREFIX)
    ids = a.new_id("chg"), a.new_id("chg")
    _tell(person, request, made, base, overlay_id=overlay_id, ids=ids)
    recorded_at: int | None = None
    if not a.dry_run:
        recorded_at = await _keep(person, request, made, base_id, overlay_id=overlay_id or "", ids=ids)
    instant = instant_text(recorded_at) if recorded_at is not None else None
    return RecordedOverlay(
        id=overlay_id,
        employee=person.employee.id,
        base_job=request.base_job,
        role=made.role,
        name=made.name,
        high_profile=made.high_profile,
        from_=made.from_,
        to=made.to,
        start_change=ids[0],
        end_change=ids[1],
        status="scheduled" if start > person.today else "effective",
        events=tuple(person.told),
        warnings=tuple(overlay_cautions(made, base, person.definitions)),
        retroactive=start < person.today,
        revision=person.revision,
        recorded_at=instant,
        known_at=instant,
    )


def _tell(
    person: PersonRecord,
    request: OverlayRequest,
    made: Overlay,
    base: Timeline,
    *,
    overlay_id: str | None,
    ids: tuple[str | None, str | None],
) -> None:
    """Two changes, each told as one: what has begun or ended plainly, what is to come as planned."""
    for kind, change_id, day in zip(_KINDS, ids, (made.from_, made.to), strict=True):
        person.revision += 1
        sides = (None, made) if kind == "overlay_start" else (made, None)
        news = OverlayNews(base_job=request.base_job, previous=sides[0], current=sides[1])
        recording = Recording(
            change_id=change_id or "",
            reason=request.reason,
            effective_on=day,
            retroactive=day < person.today,
            recorded_at=None,
        )
        planned = "change.scheduled" if day > person.today else None
        event = overlay_event(person.next_subject(overlay_id or ""), recording, kind, news, act=planned)
        held = beside(base, (day, made.from_), person.definitions)
        person.tell(event, overlay_facets(kind, news, held))


async def _keep(
    person: PersonRecord,
    request: OverlayRequest,
    made: Overlay,
    base_id: int,
    *,
    overlay_id: str,
    ids: tuple[str | None, str | None],
) -> int:
    a, employee_id = person.a, person.employee.id
    a.audit_detail.update(employee=employee_id, overlay=overlay_id, changes=list(ids), base_job=request.base_job)
    recorded_at = await a.recorded()
    job_id = await overlays.insert_overlay_job(a.tx, employee_id=employee_id, key=overlay_id, base_job_id=base_id)
    for ordinal, (kind, change_id, day) in enumerate(zip(_KINDS, ids, (made.from_, made.to), strict=True), 1):
        record = ChangeRecord(
            id=change_id or "",
            employee_id=employee_id,
            job=overlay_id,
            ordinal=ordinal,
            form="start" if kind == "overlay_start" else "end",
            kind=kind,
            announced=OVERLAY_EVENTS[kind],
            effective_on=day,
            states=stated(made, request.base_job) if kind == "overlay_start" else {},
            reason=request.reason,
            comment=request.comment,
            override=None,
            grade_delta=None,
            retroactive=day < person.today,
            revision=person.revision - 2 + ordinal,
            actor=a.actor.id,
            recorded_at=recorded_at,
            planned=day > person.today,
        )
        await changes.insert_change(a.tx, job_id=job_id, record=record)
    await overlays.insert_overlay(
        a.tx, job_id=job_id, base_job_id=base_id, employee_id=employee_id, made=made, recorded_at=recorded_at
    )
    await person.save(recorded_at=recorded_at)
    return recorded_at


def stated(made: Overlay, base_job: str) -> dict[str, str | None]:
    """What the change with which an overlay begins states."""
    profile = "true" if made.high_profile else "false"
    return {"role": made.role, "name": made.name, "high_profile": profile, "base_job": base_job}
