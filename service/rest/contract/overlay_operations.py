"""What is said in the contract of roles beside jobs, and of who is seen in them."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from service.domain.access import Scope
from service.domain.visibility import SeenAtGrade, SeenInRole, SeenOnTrack, VisibilityReport
from service.rest.contract import examples
from service.rest.contract.operation import Operation
from service.usecases.overlays import OverlayOfPerson, OverlaysOfPerson, RecordedOverlay
from service.usecases.record import ToldEvent

_END_CHANGE = "chg_01kc3zb4w8e1sv6k9m2p4t7xzc"
_TOLD = (
    ToldEvent(id=examples.EVENT_ID, type="change.scheduled", sequence=5),
    ToldEvent(id="evt_01kc3zb4w9h2tw7n1r3v5y8bdf", type="change.scheduled", sequence=6),
)
_LED = examples.LEADING
_SHOWN = OverlayOfPerson(
    id=examples.OVERLAY_ID,
    base_job="primary",
    role=_LED.role,
    name=_LED.name,
    high_profile=True,
    from_=_LED.from_,
    to=_LED.to,
    start_change=examples.CHANGE_ID,
    end_change=_END_CHANGE,
    recorded_at=examples.PLANNED,
)
_ICS = SeenOnTrack(kind="ic", people=40, seen=6, share_percent=Decimal("15.0"))

OVERLAY_OPERATIONS: Mapping[str, Operation] = {
    "record_overlay": Operation(
        scope=Scope.ASSIGNMENTS_WRITE,
        example=RecordedOverlay(
            id=_SHOWN.id,
            employee=examples.ADA.id,
            base_job="primary",
            role=_LED.role,
            name=_LED.name,
            high_profile=True,
            from_=_LED.from_,
            to=_LED.to,
            start_change=_SHOWN.start_change,
            end_change=_SHOWN.end_change,
            status="scheduled",
            events=_TOLD,
            warnings=(),
            retroactive=False,
            revision=6,
            recorded_at=examples.PLANNED,
            known_at=examples.PLANNED,
        ),
        codes=("no-employee", "overlay-needs-end", "not-employed", "unknown-role", "invalid-date"),
        request={
            "role": _LED.role,
            "name": _LED.name,
            "high_profile": True,
            "from": _LED.from_.isoformat(),
            "to": _LED.to.isoformat(),
        },
    ),
    "read_overlays": Operation(
        scope=Scope.ASSIGNMENTS_READ,
        example=OverlaysOfPerson(employee=examples.ADA.id, overlays=(_SHOWN,), revision=6, known_at=examples.RECORDED),
        codes=("no-employee",),
    ),
    "read_visibility": Operation(
        scope=Scope.ASSIGNMENTS_READ,
        example=VisibilityReport(
            tracks=(_ICS, replace(_ICS, kind="manager", people=12, seen=3, share_percent=Decimal("25.0"))),
            grades=(SeenAtGrade(kind="ic", grade="5", people=8, seen=2, share_percent=Decimal("25.0")),),
            roles=(SeenInRole(kind="ic", role=_LED.role, overlays=3, named=2, people=2),),
            effective_from=examples.STAFF.grade_since,
            effective_to=examples.SWITCH_ON,
            known_at=examples.RECORDED,
        ),
        codes=("invalid-date", "empty-range"),
    ),
}
