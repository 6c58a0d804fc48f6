"""What is told of overlays: as events about the person like any other, whose assignments they leave alone."""

from service.domain.assignments import Assignment
from service.domain.events import (
    FACETS,
    ActType,
    AssignmentData,
    AssignmentEvent,
    PlanData,
    Recording,
    Subject,
    change_reference,
    fields_of,
)
from service.domain.overlays import OVERLAY_EVENTS, OverlayKind, OverlayNews


def overlay_event(
    subject: Subject, recording: Recording, kind: OverlayKind, news: OverlayNews, *, act: ActType | None
) -> AssignmentEvent:
    """The event of an overlay that begins or ends (`act` None), or of an act on one of its two changes.

    `previous` and `current` stay null: what is held in the job beside which it stands does not alter, and whoever
    keeps a copy of assignments has nothing to do.
    """
    data = AssignmentData(
        employee=subject.employee,
        job=subject.job,
        change=change_reference(recording, kind=kind, grade_delta=None),
        previous=None,
        current=None,
        changed=news.changed,
        affected=None,
        overlay=news,
    )
    told = OVERLAY_EVENTS[kind]
    if act:
        data = PlanData(announces=told, **fields_of(data))
    return AssignmentEvent(id=subject.event_id, type=act or told, sequence=subject.sequence, data=data)


def overlay_facets(kind: OverlayKind, news: OverlayNews, base: Assignment | None) -> dict[str, list[str]]:
    """The labels filters look at: the overlay's role beside those of what is held in its job; None for nothing."""
    roles = {side.role for side in (news.previous, news.current) if side}
    found: dict[str, set[str]] = {
        name: {value} for name in FACETS if name != "kind" and base and (value := getattr(base, name)) is not None
    }
    found["role"] = found.get("role", set()) | roles
    return {"kind": [kind], **{name: sorted(values) for name, values in found.items()}}
