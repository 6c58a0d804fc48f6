"""What the outside world is told, one shape per event; the published schemas and examples come from here.

An assignment event is a fact: it is sent when a change is or becomes effective. Acts on the plan and on the record,
such as `change.scheduled`, have types of their own, so a subscriber of `track.switched` never acts early.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from service.domain.assignments import Assignment, resolve
from service.domain.changes import EVENT_OF_KIND, EventType, Move
from service.domain.definitions import Definitions
from service.domain.instants import instant_text
from service.domain.moves import Guarantee, guarantee_of
from service.domain.overlays import OVERLAY_EVENTS, OverlayNews
from service.domain.pay_periods import Periods
from service.domain.timelines import Timeline, segments
from service.domain.trials import Trial
from service.domain.wire import plain

MOST_SEGMENTS = 50
"""Past this many an event names the range only; the timeline is then read by request."""

RENDERINGS = ("v1", "v1+pay")

ActType = Literal["change.scheduled", "change.cancelled", "change.corrected", "change.rescinded"]
ACTS: tuple[ActType, ...] = get_args(ActType)
"""Types of events that tell what was done to a change instead of what holds."""

PLAIN: tuple[str, ...] = (*dict.fromkeys(EVENT_OF_KIND.values()), *OVERLAY_EVENTS.values())
"""Types of events that tell what begins or ends to hold."""

FACETS = ("kind", "ladder", "track", "level", "grade", "team", "role", "zone")
"""Labels that filters may look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeReference:
    """The person an event is about. Names never leave by event."""

    id: Annotated[str, Field(description="Stable id of the person.")]
    key: Annotated[str | None, Field(description="The company's own key of the person.")]
    external_ids: Annotated[Mapping[str, str], Field(description="Ids in other systems, by system.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The version of a ladder that brought a change about."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    version: Annotated[str, Field(description="The version.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReference:
    """The change an event is about."""

    id: Annotated[str, Field(description="Id of the change.")]
    kind: Annotated[str, Field(description="Derived kind, such as track_switch; new kinds may be added.")]
    grade_delta: Annotated[int | None, Field(description="Steps on the grade scale; null on hire, rehire and end.")]
    reason: Annotated[str | None, Field(description="Opaque code given by the recorder.")]
    effective_on: Annotated[date, Field(description="First day on which the change holds.")]
    recorded_at: Annotated[
        str, Field(description="Instant at which the change was recorded.", json_schema_extra={"format": "date-time"})
    ]
    retroactive: Annotated[bool, Field(description="What the event tells was recorded after the first day of it.")]
    supersedes: Annotated[str | None, Field(description="Change that this one replaces.")]
    supersedes_effective_on: Annotated[date | None, Field(description="First day on which the replaced change held.")]
    cause: Annotated[Cause | None, Field(description="What brought it about; null when somebody asked for it.")] = None
    trial: Annotated[Trial | None, Field(description="Review and way back of a switch on trial.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a timeline; `assignment` is null where nobody held the job."""

    from_: Annotated[date, Field(alias="from", description="First day.")]
    to: Annotated[date | None, Field(description="First day after it; null while open.")]
    assignment: Annotated[Assignment | None, Field(description="What holds; null where nobody held the job.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """The days an act altered, with the job's whole timeline over them: replace that range and you are current."""

    from_: Annotated[date, Field(alias="from", description="First day altered.")]
    to: Annotated[date | None, Field(description="First day not altered; null when all later days are.")]
    timeline: Annotated[
        tuple[Segment, ...] | None, Field(description="The timeline over the range; null past 50 segments.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentData:
    """What every event about a person says."""

    employee: Annotated[EmployeeReference, Field(description="The person.")]
    job: Annotated[str, Field(description="Key of the job: primary unless the person holds several.")]
    change: Annotated[ChangeReference, Field(description="The change.")]
    previous: Annotated[Assignment | None, Field(description="Just before the change; null on a start.")]
    current: Annotated[Assignment | None, Field(description="Just after the change; null on an end.")]
    changed: Annotated[tuple[str, ...], Field(description="Fields that differ between previous and current.")]
    affected: Annotated[Affected | None, Field(description="Days altered; null when a planned change takes effect.")]
    affected_periods: Annotated[
        Periods, Field(description="Locked pay periods of which a day is altered; null past 120 of them.")
    ] = ()
    overlay: Annotated[
        OverlayNews | None, Field(description="What is taken on beside a job, if that is what it is about.")
    ] = None
    backfill: Annotated[
        bool, Field(description="Part of a first load of history: it stands in the feed and is pushed to nobody.")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchData(AssignmentData):
    """A track switch also proves what it kept."""

    guarantee: Annotated[Guarantee, Field(description="What the switch kept, computed from both sides.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanData(AssignmentData):
    """An act on a change: that it is scheduled, or what became of it. What holds now is in `current`."""

    announces: Annotated[str, Field(description="Type of the event by which the change itself is told on its day.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What an event needs of its change beyond the move."""

    change_id: str
    reason: str | None
    effective_on: date
    retroactive: bool
    recorded_at: int | None
    """µs; None while the change is being recorded by the same transaction as the event."""
    supersedes: tuple[str, date] | None = None
    """Id and day of the change in whose place this one stands."""
    cause: Cause | None = None
    trial: Trial | None = None
    backfill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentEvent:
    """An event about a person, before it has its instant: `body` writes it for a rendering."""

    id: str
    type: str
    sequence: int
    data: AssignmentData

    def body(self, *, at: int, rendering: str) -> dict[str, object]:
        """`at` is the instant of recording in µs. Only `v1+pay` carries bands."""
        return self.bodies(at=at)[rendering]

    def bodies(self, *, at: int) -> dict[str, dict[str, object]]:
        """All renderings, of which the one without pay is made from the other."""
        data: dict[str, Any] = plain(self.data)
        if not self.data.change.recorded_at:
            data["change"]["recorded_at"] = instant_text(at)
        about = {"id": self.id, "type": self.type, "timestamp": instant_text(at), "sequence": self.sequence}
        return {"v1": {**about, "data": _without_pay(data)}, "v1+pay": {**about, "data": data}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom an event is about, and its place among that person's events."""

    employee: EmployeeReference
    job: str
    event_id: str
    sequence: int


def recorded_event(
    subject: Subject,
    recording: Recording,
    move: Move,
    *,
    affected: Affected | None,
    act: ActType | None,
    announced: EventType | None = None,
    periods: Periods = (),
) -> AssignmentEvent:
    """The event of a change that is recorded, becomes effective (`act` None), or is acted upon.

    `announced` keeps a type when nothing can be derived: for a change that moves nothing any more on its day, and
    for one that is withdrawn. None derives it from the kind.
    """
    kind_type = announced or EVENT_OF_KIND[move.kind]
    common = AssignmentData(
        employee=subject.employee,
        job=subject.job,
        change=change_reference(recording, kind=move.kind, grade_delta=move.grade_delta),
        previous=move.before,
        current=move.after,
        changed=move.changed,
        affected=affected,
        affected_periods=periods,
        backfill=recording.backfill,
    )
    if act:
        return _event(subject, act, PlanData(announces=kind_type, **fields_of(common)))
    if kind_type == "track.switched" and move.before and move.after:
        guarantee = guarantee_of(move.before, move.after)
        return _event(subject, kind_type, SwitchData(guarantee=guarantee, **fields_of(common)))
    return _event(subject, kind_type, common)


def affected_by(
    altered: tuple[date, date | None] | None, timeline: Timeline, definitions: Definitions
) -> Affected | None:
    """The altered days with what now holds on them, each segment shown as on its first day."""
    if altered is None:
        return None
    start, end = altered
    parts = segments(timeline.rows, start, end)
    shown = tuple(
        Segment(
            from_=first,
            to=last,
            assignment=resolve(standing, day=first, definitions=definitions) if standing else None,
        )
        for first, last, standing in parts[: MOST_SEGMENTS + 1]
    )
    return Affected(from_=start, to=end, timeline=shown if len(parts) <= MOST_SEGMENTS else None)


def facets(move: Move, *, touched: Sequence[Assignment] = ()) -> dict[str, list[str]]:
    """The labels filters look at: of previous and of current, so that a filter sees somebody leave as well as come.

    An act on a change can alter days that neither shows: `touched` is what held and what holds on those.
    """
    sides = [side for side in (move.before, move.after, *touched) if side]
    found = {
        name: sorted({value for side in sides if (value := getattr(side, name)) is not None})
        for name in FACETS
        if name != "kind"
    }
    return {"kind": [move.kind], **{name: values for name, values in found.items() if values}}


def change_reference(recording: Recording, *, kind: str, grade_delta: int | None) -> ChangeReference:
    return ChangeReference(
        id=recording.change_id,
        kind=kind,
        grade_delta=grade_delta,
        reason=recording.reason,
        effective_on=recording.effective_on,
        recorded_at=instant_text(recording.recorded_at) if recording.recorded_at is not None else "",
        retroactive=recording.retroactive,
        supersedes=recording.supersedes[0] if recording.supersedes else None,
        supersedes_effective_on=recording.supersedes[1] if recording.supersedes else None,
        cause=recording.cause,
        trial=recording.trial,
    )


def _event(subject: Subject, kind_type: str, data: AssignmentData) -> AssignmentEvent:
    return AssignmentEvent(id=subject.event_id, type=kind_type, sequence=subject.sequence, data=data)


def fields_of(data: AssignmentData) -> dict[str, Any]:
    """What makes data of a more particular class of it."""
    return {field.name: getattr(data, field.name) for field in fields(AssignmentData)}


def _without_pay(data: dict[str, Any]) -> dict[str, Any]:
    def hidden(assignment: dict[str, Any] | None) -> dict[str, Any] | None:
        if assignment is None:
            return None
        shown = {name: value for name, value in assignment.items() if name != "band"}
        return {**shown, "redacted": ["band"]}

    affected = data["affected"]
    if affected and affected["timeline"]:
        timeline = [{**part, "assignment": hidden(part["assignment"])} for part in affected["timeline"]]
        affected = {**affected, "timeline": timeline}
    return {**data, "previous": hidden(data["previous"]), "current": hidden(data["current"]), "affected": affected}
