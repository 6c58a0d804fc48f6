"""One invented person's switch from the individual contributor to the manager track, as domain objects.

Every example in the contract and in the schemas is written from these by the code that writes real answers.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from service.domain.announcements import Amounts, BandsPublishedData, ChangedBand, LadderPublishedData, PublishedLevel
from service.domain.assignments import Assignment
from service.domain.band_rows import StepAmount
from service.domain.events import (
    Affected,
    AssignmentData,
    ChangeReference,
    EmployeeReference,
    PlanData,
    Segment,
    SwitchData,
)
from service.domain.moves import guarantee_of
from service.domain.overlays import Overlay, OverlayNews
from service.domain.pay import Band

# A change is planned in December, and holds and is told in January.
PLANNED_AT, RECORDED_AT = 1_796_893_203_250_117, 1_798_794_003_250_117
PLANNED, RECORDED = "2026-12-10T09:00:03.250117Z", "2027-01-01T09:00:03.250117Z"
SWITCH_ON = date(2027, 1, 1)
EMPLOYEE_ID, CHANGE_ID = "emp_01kc3z7m2hffq9t4v8w0x5y6za", "chg_01kc3z9r5tehk8d2b7n4c1m6qs"
EVENT_ID, ENDPOINT_ID = "evt_01kc3z9r5vfm3s6x8y2w4t7p9k", "end_01kc3y2h7wf8ktq4m6v9b3n5cd"
CONNECTION_ID, CONNECTION_KEY = "con_01kc3y2h8af5kt9q2m7v4b6nxd", "hris"
SECRET_ID = "sec_01kc3y2h7zf3eb8w5p2r9x6m1q"

ADA = EmployeeReference(id=EMPLOYEE_ID, key="ada", external_ids={"workday": "21001"})

BAND = Band(
    band_set="2026",
    zone="de-berlin",
    currency="EUR",
    period="year",
    min=Decimal("92000.00"),
    mid=Decimal("104000.00"),
    max=Decimal("118000.00"),
    step=None,
    target=None,
    point=None,
    step_min=None,
    step_max=None,
    uncapped=False,
)
STAFF = Assignment(
    ladder="engineering",
    ladder_version="2026.1",
    track="ic",
    level="ic5",
    grade="5",
    title="Staff Engineer",
    step=None,
    role="software-engineer",
    team="robots",
    zone="de-berlin",
    currency="EUR",
    band_set=None,
    grade_since=date(2024, 4, 1),
    step_since=date(2024, 4, 1),
    band=BAND,
)
MANAGER = replace(STAFF, track="manager", level="em5", title="Engineering Manager")
ADVANCED = replace(STAFF, level="ic4", grade="4", title="Advanced Engineer", grade_since=date(2021, 6, 1))


def change(kind: str, *, grade_delta: int | None, recorded_at: str = RECORDED) -> ChangeReference:
    return ChangeReference(
        id=CHANGE_ID,
        kind=kind,
        grade_delta=grade_delta,
        reason="reorganisation",
        effective_on=SWITCH_ON,
        recorded_at=recorded_at,
        retroactive=False,
        supersedes=None,
        supersedes_effective_on=None,
        cause=None,
    )


def moved(
    kind: str,
    before: Assignment | None,
    after: Assignment | None,
    changed: tuple[str, ...],
    *,
    grade_delta: int | None = None,
) -> AssignmentData:
    """An event's data about a change that holds from its day on."""
    return AssignmentData(
        employee=ADA,
        job="primary",
        change=change(kind, grade_delta=grade_delta),
        previous=before,
        current=after,
        changed=changed,
        affected=Affected(from_=SWITCH_ON, to=None, timeline=(Segment(from_=SWITCH_ON, to=None, assignment=after),)),
    )


SWITCHED = SwitchData(
    employee=ADA,
    job="primary",
    change=change("track_switch", grade_delta=0, recorded_at=PLANNED),
    previous=STAFF,
    current=MANAGER,
    changed=("level", "track"),
    affected=None,
    guarantee=guarantee_of(STAFF, MANAGER),
)
SCHEDULED = PlanData(
    employee=ADA,
    job="primary",
    change=change("track_switch", grade_delta=0, recorded_at=PLANNED),
    previous=STAFF,
    current=MANAGER,
    changed=("level", "track"),
    affected=Affected(from_=SWITCH_ON, to=None, timeline=(Segment(from_=SWITCH_ON, to=None, assignment=MANAGER),)),
    announces="track.switched",
)
CANCELLED = replace(
    SCHEDULED,
    previous=MANAGER,
    current=STAFF,
    affected=Affected(from_=SWITCH_ON, to=None, timeline=(Segment(from_=SWITCH_ON, to=None, assignment=STAFF),)),
)
RESCINDED = replace(CANCELLED, change=replace(CANCELLED.change, retroactive=True))
CORRECTED = replace(
    SCHEDULED,
    change=replace(
        SCHEDULED.change,
        id="chg_01jzy2m7a4f6v8x9q3r5t7w9yc",
        grade_delta=0,
        supersedes=CHANGE_ID,
        supersedes_effective_on=SWITCH_ON,
    ),
    previous=MANAGER,
    current=replace(MANAGER, team="fleet"),
    changed=("team",),
    affected=Affected(
        from_=SWITCH_ON,
        to=None,
        timeline=(Segment(from_=SWITCH_ON, to=None, assignment=replace(MANAGER, team="fleet")),),
    ),
)
OVERLAY_ID = "ovl_01kc3zb4w7f9vt2m5q8x1n3rye"
LEADING = Overlay(role="tech-lead", name="Night shift", high_profile=True, from_=SWITCH_ON, to=date(2027, 7, 1))


def beside(kind: str, before: Overlay | None, after: Overlay | None) -> AssignmentData:
    """An event's data about an overlay that begins or ends."""
    news = OverlayNews(base_job="primary", previous=before, current=after)
    told = change(kind, grade_delta=None)
    day = LEADING.to if after is None else LEADING.from_
    return AssignmentData(
        employee=ADA,
        job=OVERLAY_ID,
        change=replace(told, effective_on=day, reason=None),
        previous=None,
        current=None,
        changed=news.changed,
        affected=None,
        overlay=news,
    )


LADDER_PUBLISHED = LadderPublishedData(
    ladder="engineering",
    version="2026.1",
    effective_from=date(2026, 1, 1),
    previous_version="2025.1",
    levels=(
        PublishedLevel(level="ic5", tracks=("ic",), grade="5", title="Staff Engineer"),
        PublishedLevel(level="em5", tracks=("manager",), grade="5", title="Engineering Manager"),
    ),
)
BANDS_PUBLISHED = BandsPublishedData(
    band_set="2026",
    effective_from=date(2026, 1, 1),
    previous_band_set="2025",
    changed=(
        ChangedBand(
            grade="5",
            zone="de-berlin",
            ladder=None,
            track=None,
            currency="EUR",
            period="year",
            before=Amounts(
                min=Decimal("90000"), mid=Decimal("101000"), max=Decimal("115000"), target=None, point=None, steps=()
            ),
            after=Amounts(
                min=Decimal("92000"),
                mid=Decimal("104000"),
                max=Decimal("118000"),
                target=None,
                point=None,
                steps=(StepAmount(label="entry", amount=Decimal("94000"), min=None, max=None),),
            ),
        ),
    ),
)
