"""Operations that read timelines: what happened to them, and how they look."""

from collections.abc import Mapping
from datetime import date

from service.domain.access import Scope
from service.domain.assignments import Facts, Row, Standing
from service.domain.path import next_steps
from service.rest.contract import examples
from service.rest.contract.definition_operations import EXAMPLE_DEFINITIONS
from service.rest.contract.examples import ADA, MANAGER, PLANNED, STAFF
from service.rest.contract.operation import Operation
from service.usecases.assignments import ShownTimeline, TimelineSegment
from service.usecases.diffs import AssignmentDifference, DifferenceCounts
from service.usecases.path import ShownPath
from service.usecases.recorded_changes import ShownChange

DAYS = (
    *("effective_on", "effective_from", "effective_to"),
    *("effective_from[gte]", "effective_from[lt]", "effective_on[gte]", "effective_on[lt]"),
    *("from_effective_on", "to_effective_on"),
)
"""Parameters that are days."""
KNOWN = ("known_at", "from_known_at", "to_known_at")
"""Parameters that are instants at which something is known."""
BOUNDS: Mapping[str, dict[str, str]] = {
    f"{side}_{name}": {"type": "string", "format": form, "description": f"{what} of {which}."}
    for side, which in (("from", "the first side"), ("to", "the second side"))
    for name, form, what in (("effective_on", "date", "Day"), ("known_at", "date-time", "Instant"))
}
"""Members of a page that tells what differs."""
RECORDED_BETWEEN = ("recorded_at[gte]", "recorded_at[lt]")
"""Parameters that are other instants."""

_CHANGE = ShownChange(
    id=examples.CHANGE_ID,
    employee=ADA.id,
    job="primary",
    kind="track_switch",
    grade_delta=0,
    status="effective",
    effective_on=examples.SWITCH_ON,
    states={"ladder": "engineering", "level": "em5"},
    reason="reorganisation",
    comment=None,
    retroactive=False,
    revision=4,
    recorded_at=PLANNED,
    supersedes=None,
    superseded_by=None,
    cause=None,
    actor="key:4f1c2a9e00aa11bb",
    override_codes=(),
    activated_at=examples.RECORDED,
    ended_at=None,
    ended_actor=None,
    ended_reason=None,
)
_TIMELINE = ShownTimeline(
    employee=ADA,
    job="primary",
    segments=(
        TimelineSegment(
            effective_from=date(2024, 4, 1),
            effective_to=examples.SWITCH_ON,
            recorded_at=PLANNED,
            assignment=STAFF.without_pay(),
        ),
        TimelineSegment(
            effective_from=examples.SWITCH_ON, effective_to=None, recorded_at=PLANNED, assignment=MANAGER.without_pay()
        ),
    ),
    changes=(_CHANGE,),
    revision=4,
    known_at=examples.RECORDED,
)
_DIFFERENCE = AssignmentDifference(
    employee=ADA,
    job="primary",
    kind="track_switch",
    grade_delta=0,
    changed=("track", "level"),
    before=STAFF.without_pay(),
    after=MANAGER.without_pay(),
    from_effective_on=date(2026, 12, 25),
    from_known_at=examples.RECORDED,
    to_effective_on=examples.SWITCH_ON,
    to_known_at=examples.RECORDED,
)
_STANDING = Standing(
    facts=Facts(ladder="engineering", level="ic5", role="software-engineer", team="robots", zone="de-berlin"),
    grade="5",
    grade_since=date(2024, 4, 1),
    step_since=date(2024, 4, 1),
    since=date(2024, 4, 1),
)
_PATH = ShownPath(
    employee=ADA,
    job="primary",
    current=STAFF,
    months_on_level=27,
    months_in_job=27,
    steps=next_steps(
        _STANDING,
        [Row(effective_from=date(2024, 4, 1), effective_to=None, standing=_STANDING)],
        day=date(2026, 7, 1),
        definitions=EXAMPLE_DEFINITIONS,
    ),
    effective_on=date(2026, 7, 1),
    known_at=examples.RECORDED,
    revision=4,
)
_READ = Scope.ASSIGNMENTS_READ

READING_OPERATIONS: Mapping[str, Operation] = {
    "read_path": Operation(
        scope=_READ, also=(Scope.LADDERS_READ,), example=_PATH, codes=("no-employee", "no-assignment")
    ),
    "list_differences": Operation(
        scope=_READ,
        example=_DIFFERENCE,
        listed=True,
        exported=True,
        more=("from_effective_on", "from_known_at", "to_effective_on", "to_known_at"),
        counted={"counts": DifferenceCounts},
        codes=("no-employee", "range-reversed", "invalid-parameter"),
    ),
    "list_changes": Operation(
        scope=_READ,
        example=_CHANGE,
        listed=True,
        exported=True,
        more=("known_at",),
        codes=("no-employee", "unknown-kind", "unknown-status", "invalid-parameter"),
    ),
    "read_change": Operation(scope=_READ, example=_CHANGE, codes=("no-such-change",)),
    "read_timeline": Operation(scope=_READ, example=_TIMELINE, codes=("no-employee", "range-reversed")),
}
