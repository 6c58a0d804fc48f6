"""What is said of snapshots, reports and names over time, with the examples of their answers."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from service.domain.access import Scope
from service.domain.assignments import FACTS, Assignment, Facts, Row, Standing
from service.domain.digests import digest_of, timeline_digest
from service.domain.movement_counts import (
    Flows,
    GradeHeadCount,
    GradeTime,
    HeadCount,
    LevelTime,
    Returns,
    Runs,
    Switches,
    TrackMoves,
)
from service.rest.contract import examples
from service.rest.contract.examples import ADA, PLANNED, STAFF
from service.rest.contract.operation import Operation
from service.usecases.digests import PersonDigest
from service.usecases.movement import MovementReport, TrackKeys
from service.usecases.moves import JobMove, MovePost
from service.usecases.names import ExternalIdBinding
from service.usecases.snapshots import EndLine, SnapshotEnd, SnapshotLine
from service.webhooks.feed import Place

_DAY = date(2026, 7, 1)
_LINE = SnapshotLine(
    **{field.name: getattr(STAFF, field.name) for field in fields(Assignment)},
    employee=ADA,
    job="primary",
    effective_on=_DAY,
    effective_from=date(2024, 4, 1),
    effective_to=examples.SWITCH_ON,
    recorded_at=PLANNED,
    revision=4,
    known_at=examples.RECORDED,
    digest=digest_of(ADA.id, {"primary": STAFF}),
)
_ROW = Row(
    effective_from=STAFF.step_since,
    effective_to=None,
    standing=Standing(
        facts=Facts(**{name: getattr(STAFF, name) for name in FACTS if name != "title"}),
        grade=STAFF.grade,
        grade_since=STAFF.grade_since,
        step_since=STAFF.step_since,
        since=STAFF.step_since,
    ),
)
END_LINE = EndLine(
    end=SnapshotEnd(
        count=1,
        effective_on=_DAY,
        known_at=examples.RECORDED,
        events_after=Place(position=41, event=examples.EVENT_ID).text,
    )
)
END_HEADERS: dict[str, Any] = {
    name: {"description": f"{text} Of a stream; pages say it in their body.", "schema": {"type": "string"}}
    for name, text in (
        ("Effective-On", "The day of the snapshot."),
        ("Known-At", "Instant it is bounded by."),
        ("Events-After", "Place in the feed to go on from."),
    )
}
_BINDING = ExternalIdBinding(system="workday", value="21001", known_from=PLANNED, known_to=None)
_EVENINGS = {"start": HeadCount(people=41, jobs=42), "end": HeadCount(people=43, jobs=44)}
_RUNS = Runs(runs=3, days=1400, mean_days=Decimal("466.67"), median_days=Decimal("400"))
_MOVEMENT = MovementReport(
    start_on=date(2025, 6, 30),
    end_on=date(2026, 6, 30),
    **_EVENINGS,
    headcount=(
        GradeHeadCount(
            track_kind="ic",
            grade="5",
            **_EVENINGS,
            links={"end": f"/v1/assignments?grade=5&track=ic&effective_on=2026-06-30&known_at={PLANNED}"},
        ),
    ),
    flows=Flows(hires=4, rehires=1, ends=3, moved_in=0, moved_out=0, links={}),
    promotions=6,
    demotions=0,
    by_track=(TrackMoves(track_kind="ic", promotions=6, demotions=0, links={}),),
    switches=(
        Switches(from_kind="ic", to_kind="manager", count=2, same_grade=2, higher_grade=0, lower_grade=0, links={}),
    ),
    returns=(
        Returns(
            to_kind="ic",
            count=1,
            people=1,
            on_track=1,
            elsewhere=0,
            left=0,
            higher_grade=1,
            same_grade=0,
            lower_grade=0,
            promoted=1,
            promotions=1,
            links={},
        ),
    ),
    time_at_grade=(
        GradeTime(track_kind="ic", grade="5", completed=_RUNS, promoted=2, demoted=0, left=1, running=_RUNS),
    ),
    time_at_level=(
        LevelTime(
            ladder="engineering",
            track="ic",
            level="ic5",
            completed=_RUNS,
            promoted=1,
            demoted=0,
            switched=1,
            left=1,
            other=0,
            running=_RUNS,
        ),
    ),
    effective_from=date(2025, 7, 1),
    effective_to=_DAY,
    ladder=(),
    team=(),
    tracks=(TrackKeys(track_kind="ic", start=("ic",), end=("ic",)),),
    known_at=PLANNED,
    links={"end": f"/v1/assignments?effective_on=2026-06-30&known_at={PLANNED}"},
)
_IC = MovePost(ladder="engineering", level="ic5", grade="5", team="robots", track="ic", track_kind="ic")
_MOVE = JobMove(
    employee=ADA.id,
    job="primary",
    effective_on=examples.SWITCH_ON,
    kind="track_switch",
    grade_delta=0,
    is_return=False,
    from_=_IC,
    to=replace(_IC, level="em5", track="manager", track_kind="manager"),
)

REPORT_OPERATIONS: Mapping[str, Operation] = {
    "list_external_ids": Operation(
        scope=Scope.ASSIGNMENTS_READ, example=_BINDING, codes=("no-employee",), listed=True, more=("known_at",)
    ),
    "read_movement": Operation(scope=Scope.ASSIGNMENTS_READ, example=_MOVEMENT, codes=("empty-range", "invalid-date")),
    "list_moves": Operation(
        scope=Scope.ASSIGNMENTS_READ,
        example=_MOVE,
        codes=("empty-range", "invalid-date", "invalid-parameter"),
        listed=True,
        more=("known_at",),
    ),
    "list_digests": Operation(
        scope=Scope.ASSIGNMENTS_READ,
        example=PersonDigest(
            employee=ADA.id,
            sequence=7,
            event=examples.EVENT_ID,
            digest=timeline_digest(ADA.id, {"primary": (_ROW,)}),
        ),
        listed=True,
        more=("known_at", "events_after"),
    ),
    "read_snapshot": Operation(
        scope=Scope.ASSIGNMENTS_READ,
        example=_LINE,
        listed=True,
        exported=True,
        ending=END_LINE,
        ending_headers=END_HEADERS,
        more=("effective_on", "known_at", "events_after"),
    ),
}
