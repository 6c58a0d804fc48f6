"""One person's record inside a write: locked, its counters, and the events it is about to tell.

Whoever writes about a person goes through here, so a revision or a sequence number has one place where it grows.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, cast

import orjson
from pydantic import Field

from service.domain.assignments import resolve
from service.domain.changes import EventType, Kind, Move, move_of
from service.domain.definitions import Definitions
from service.domain.events import (
    AssignmentEvent,
    Cause,
    EmployeeReference,
    Recording,
    Subject,
    facets,
    recorded_event,
)
from service.domain.instants import instant_text
from service.domain.timelines import Timeline, fold
from service.storage import changes, crowds, employees
from service.storage.change_records import ChangeRecord
from service.storage.crowds import RewrittenJob
from service.storage.employees import EmployeeRecord
from service.usecases.act import Act
from service.usecases.overlay_telling import overlay_turn
from service.usecases.reading import no_employee
from service.usecases.revisions import Expected, check_revision
from service.webhooks.outbox import Message

_NO_INSTANT = secrets.randbelow(10**15)
"""Stands for the instant (µs) until there is one. Nobody can guess it, so no text of anybody's is taken for it."""
_STAND_IN = instant_text(_NO_INSTANT).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEvent:
    """An event in a write's answer. Ids and sequence are None in a dry run."""

    id: Annotated[str | None, Field(description="Id of the event; null in a dry run.")]
    type: Annotated[str, Field(description="Type of the event.")]
    sequence: Annotated[int | None, Field(description="Place among the person's events; null in a dry run.")]


@dataclass(slots=True, kw_only=True)
class PersonRecord:
    """A locked person. `revision` and `sequence` are as they will be when the write commits."""

    a: Act
    definitions: Definitions
    today: date
    employee: EmployeeReference
    name: str | None
    revision: int
    sequence: int
    is_backfill: bool = False
    """A first load: what is told stands in the feed, and is pushed to nobody."""
    told: list[ToldEvent] = field(default_factory=list[ToldEvent])
    activated: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(change, event) of what took effect."""

    async def activate_due(self) -> int:
        """Let every change whose day has come take effect, in the order of the fold. Returns how many did."""
        due = await changes.due_changes(self.a.tx, self.employee.id, self.today)
        for record in due:
            await self._activate(record)
        return len(due)

    async def _activate(self, record: ChangeRecord) -> None:
        if record.is_overlay:
            await self._activate_overlay(record)
            return
        live = await changes.live_changes(self.a.tx, record.job_id)
        timeline = fold([other.live for other in live], self.definitions)
        moment = timeline.moment(record.id)
        move = move_of(moment, timeline, self.definitions) if moment else self._nothing(record, timeline)
        announced: EventType | None = None
        if not move.changed:
            # It moves nothing any more, so nothing can be derived: it keeps the kind and type it had promised.
            move = replace(move, kind=cast(Kind, record.kind))
            announced = cast(EventType, record.announced)
        subject = self.next_subject(record.job)
        event = recorded_event(
            subject,
            Recording(
                change_id=record.id,
                reason=record.reason,
                effective_on=record.effective_on,
                retroactive=record.retroactive,
                recorded_at=record.recorded_at,
                supersedes=record.supersedes,
                cause=Cause(ladder=record.cause[0], version=record.cause[1]) if record.cause else None,
                trial=record.trial,
            ),
            move,
            affected=None,
            act=None,
            announced=announced,
        )
        self.tell(event, facets(move))
        self.activated.append((record.id, subject.event_id))

    async def _activate_overlay(self, record: ChangeRecord) -> None:
        subject = self.next_subject(record.job)
        self.tell(*await overlay_turn(self.a.tx, record, subject, definitions=self.definitions))
        self.activated.append((record.id, subject.event_id))

    def _nothing(self, record: ChangeRecord, timeline: Timeline) -> Move:
        """Of a change that cannot be folded any more: what holds on its day holds before and after it."""
        standing = timeline.on(record.effective_on)
        shown = resolve(standing, day=record.effective_on, definitions=self.definitions) if standing else None
        kind = cast(Kind, record.kind)
        return Move(kind=kind, before=shown, after=shown, grade_delta=record.grade_delta, changed=())

    def check_revision(self, expected: Expected) -> None:
        check_revision("person", current=self.revision, expected=expected)

    def next_subject(self, job: str) -> Subject:
        """Whom the next event is about, with the id and the sequence number it will have."""
        self.sequence += 1
        return Subject(employee=self.employee, job=job, event_id=self.a.new_id("evt") or "", sequence=self.sequence)

    def tell(self, event: AssignmentEvent, labels: dict[str, list[str]]) -> None:
        dry = self.a.dry_run
        self.told.append(
            ToldEvent(id=None if dry else event.id, type=event.type, sequence=None if dry else event.sequence)
        )
        if dry:
            return

        # Written before the record is held, so that others wait for an instant to be put in and no longer.
        bodies = {name: orjson.dumps(body) for name, body in event.bodies(at=_NO_INSTANT).items()}

        def render(at: int) -> dict[str, bytes]:
            return {name: _told_at(body, at) for name, body in bodies.items()}

        self.a.tell(
            Message(
                id=event.id,
                type=event.type,
                subject=f"employee:{self.employee.id}",
                version=event.sequence,
                facets=labels,
                render=render,
                traceparent=None,
                correlation_id=None,
                pushed=not self.is_backfill,
            )
        )

    async def save(self, *, recorded_at: int) -> None:
        """Write the counters and what took effect."""
        await changes.activate(self.a.tx, self.activated, recorded_at=recorded_at)
        await employees.set_counters(self.a.tx, self.employee.id, revision=self.revision, sequence=self.sequence)


async def save_all(a: Act, people: Iterable[PersonRecord], jobs: Sequence[RewrittenJob], *, recorded_at: int) -> None:
    """Write what becomes of jobs, and of each person the counters and what took effect, in statements in the plural."""
    await crowds.rewrite_jobs(a.tx, [job for job in jobs if job.recorded], recorded_at=recorded_at)
    moved = [person for person in people if person.told]
    await changes.activate(a.tx, [one for person in moved for one in person.activated], recorded_at=recorded_at)
    await crowds.set_counters(a.tx, [(one.employee.id, one.revision, one.sequence) for one in moved])


def _told_at(body: bytes, at: int) -> bytes:
    """A body with its instant. Members of that name occur among external ids too: only the stand-in is replaced."""
    instant = instant_text(at).encode()
    for member in (b'"timestamp":"', b'"recorded_at":"'):
        body = body.replace(member + _STAND_IN, member + instant)
    return body


async def locked_person(a: Act, reference: str, *, definitions: Definitions, today: date) -> PersonRecord:
    """Lock a person. Raises NotFound `no-employee`."""
    record = await employees.lock_employee(a.tx, reference)
    if record is None:
        raise no_employee(reference)
    names = await employees.external_ids(a.tx, record.id, known_at=None)
    return person_of(a, record, names, definitions=definitions, today=today)


def person_of(
    a: Act, record: EmployeeRecord, names: Mapping[str, str], *, definitions: Definitions, today: date
) -> PersonRecord:
    """Somebody whose row is locked, with names in other systems by system."""
    return PersonRecord(
        a=a,
        definitions=definitions,
        today=today,
        employee=EmployeeReference(id=record.id, key=record.key, external_ids=names),
        name=record.name,
        revision=record.revision,
        sequence=record.sequence,
    )
