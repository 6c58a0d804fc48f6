"""Operations on connections to other firms' systems."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

from service.connectors.band_drifts import BandDriftCount, BandDriftReport
from service.connectors.bands import BandDrift, BandThere
from service.connectors.checks import CheckedConnection, CheckLine
from service.domain.access import Scope
from service.domain.findings import Finding
from service.domain.intake_reports import IntakeChoice, IntakeCount, IntakeProblem, IntakeReport
from service.domain.mappings import MappingEntry
from service.rest.contract import examples
from service.rest.contract.definition_operations import BAND_ROW
from service.rest.contract.operation import Operation
from service.rest.contract.watching_operations import HEALTH
from service.usecases.connection_mappings import ShownMapping
from service.usecases.connection_syncs import ShownSync
from service.usecases.connection_views import Postponed, ShownCursor, ShownLink, StandingConnection
from service.usecases.connections import ShownConnection

_CONNECTION = ShownConnection(
    id=examples.CONNECTION_ID,
    key=examples.CONNECTION_KEY,
    kind="bamboohr",
    system="bamboohr",
    settings={"company": "northwind"},
    endpoint=examples.ENDPOINT_ID,
    created_at=examples.PLANNED,
    updated_at=examples.PLANNED,
    revision=1,
)
_PERSON = "bamboohr:117"
_REPORT = IntakeReport(
    connection=examples.CONNECTION_ID,
    dry_run=False,
    first_load=False,
    people=3,
    made=1,
    bound=0,
    unchanged=1,
    changes=(IntakeCount(name="promotion", count=1),),
    problems=(
        IntakeProblem(
            code="not-mapped",
            person=_PERSON,
            row="jobInfo/4211",
            detail="The level 'Principal Wizard' stands for nothing here on 2027-01-01.",
            remedy="Map it, then sync everything.",
        ),
    ),
    problem_counts=(IntakeCount(name="not-mapped", count=1),),
    choices=(
        IntakeChoice(
            person=_PERSON,
            row="jobInfo/4211",
            theirs="Senior Engineer",
            ours="engineering/ic5",
            among=("engineering/ic5", "engineering/em5"),
        ),
    ),
    alarms=(),
    complete=True,
)
_SYNC = ShownSync(
    connection=examples.CONNECTION_ID,
    state="done",
    dry_run=False,
    started_at=examples.PLANNED,
    ended_at=examples.RECORDED,
    report=_REPORT,
)
_STANDING = StandingConnection(
    **{one.name: getattr(_CONNECTION, one.name) for one in fields(ShownConnection)},
    health=HEALTH,
    postponed=(
        Postponed(
            employee=examples.EMPLOYEE_ID,
            event=examples.EVENT_ID,
            event_type="track.switched",
            delivery="dlv_WzEsNywiIl0",
            reason="mapping-missing: the level engineering/em5 has no name there. Map it.",
            since=examples.PLANNED,
            next_attempt_at=examples.RECORDED,
        ),
    ),
    cursors=(ShownCursor(name="intake", kept_at=examples.RECORDED),),
    last_sync=_SYNC,
)
_MAPPING = ShownMapping(
    version=1,
    entries=(
        MappingEntry(of="level", ours="engineering/ic5", theirs="Staff Engineer"),
        MappingEntry(of="level", ours="engineering/ic7", theirs="Principal Wizard", from_=date(2027, 1, 1)),
    ),
    recorded_at=examples.PLANNED,
    recorded_by="key:4f1c2a9e00aa11bb",
    warnings=(
        Finding(
            rule="mapping",
            pointer="/entries/1/ours",
            text="no ladder in force on 2027-01-01 has the level engineering/ic7",
            remedy="mend the key, or publish the definition",
            severity="warning",
        ),
    ),
    unmapped_levels=("engineering/em5",),
)
_CHECKED = CheckedConnection(
    connection=examples.CONNECTION_ID,
    ok=False,
    lines=(
        CheckLine(name="credentials", ok=True, text="they are accepted"),
        CheckLine(name="mapping", ok=False, text="their list has no job title 'Staff Enginer': mend entry 3"),
    ),
)
_BAND_DRIFT = BandDriftReport(
    connection=examples.CONNECTION_ID,
    effective_on=examples.SWITCH_ON,
    complete=True,
    counts=(BandDriftCount(code="differs", drifts=1), BandDriftCount(code="not-mapped", drifts=1)),
    drifts=(
        BandDrift(
            code="differs",
            grade=BAND_ROW.grade,
            currency=BAND_ROW.currency,
            theirs=BandThere(
                group="Engineering", level="IC5", min=Decimal("95000"), mid=Decimal("109000"), max=Decimal("123000")
            ),
            ours=BAND_ROW,
        ),
        BandDrift(
            code="not-mapped",
            grade=None,
            currency="EUR",
            theirs=BandThere(group="Engineering", level="Wizard", min=None, mid=Decimal("150000.50"), max=None),
            ours=None,
        ),
    ),
    alarms=(),
)
_LINK = ShownLink(
    employee=examples.EMPLOYEE_ID,
    job="primary",
    effective_on=examples.SWITCH_ON,
    place="jobInfo",
    remote_id="4211",
    change=examples.CHANGE_ID,
    detail={},
)
_ADMIN = Scope.ADMIN
_THERE = ("no-such-connection",)
_OPENED = (*_THERE, "not-openable", "unknown-connection-kind")
_SETTINGS = {"settings": {"company": "northwind"}, "credentials": {"api_key": "kept-sealed-and-never-shown"}}

CONNECTION_OPERATIONS: Mapping[str, Operation] = {
    "create_connection": Operation(
        scope=_ADMIN,
        example=_CONNECTION,
        codes=("connection-exists", "connection-invalid", "unknown-connection-kind"),
        request={"kind": "bamboohr", "key": examples.CONNECTION_KEY, **_SETTINGS},
    ),
    "list_connections": Operation(scope=_ADMIN, example=_CONNECTION, listed=True),
    "read_connection": Operation(scope=_ADMIN, example=_STANDING, codes=_THERE),
    "change_connection": Operation(
        scope=_ADMIN,
        example=replace(_CONNECTION, revision=2, updated_at=examples.RECORDED),
        codes=(*_THERE, "connection-invalid", "connection-fixed", "unknown-connection-kind"),
        request=_SETTINGS,
    ),
    "delete_connection": Operation(scope=_ADMIN, example={"id": examples.CONNECTION_ID}, codes=_THERE),
    "read_mapping": Operation(scope=_ADMIN, example=_MAPPING, codes=_THERE),
    "set_mapping": Operation(
        scope=_ADMIN,
        example=_MAPPING,
        codes=(*_THERE, "mapping-invalid", "invalid-date"),
        request={
            "entries": [
                {"of": "level", "ours": "engineering/ic5", "theirs": "Staff Engineer"},
                {"of": "level", "ours": "engineering/ic7", "theirs": "Principal Wizard", "from": "2027-01-01"},
            ]
        },
    ),
    "read_band_drift": Operation(
        scope=_ADMIN,
        also=(Scope.BANDS_READ,),
        example=_BAND_DRIFT,
        codes=(*_OPENED, "no-bands-there", "no-band-set", "period-not-stated"),
    ),
    "check_connection": Operation(scope=_ADMIN, example=_CHECKED, codes=_OPENED),
    "sync_connection": Operation(
        scope=_ADMIN,
        example=_SYNC,
        codes=(*_OPENED, "nothing-to-read", "intake-running"),
        request={"everything": False},
    ),
    "read_sync": Operation(scope=_ADMIN, example=_SYNC, codes=(*_THERE, "no-sync")),
    "list_links": Operation(
        scope=_ADMIN, example=_LINK, codes=(*_THERE, "no-employee", "invalid-parameter"), listed=True
    ),
}
