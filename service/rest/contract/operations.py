"""What each operation answers and how it can refuse, beyond what its parameters already say."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from service.domain.access import Scope
from service.ladderfiles.schema import PUBLISHED_AT
from service.rest.contract import examples
from service.rest.contract.batch_operations import BATCH_OPERATIONS
from service.rest.contract.connection_operations import CONNECTION_OPERATIONS
from service.rest.contract.custom_report_operations import CUSTOM_REPORT_OPERATIONS
from service.rest.contract.definition_operations import DEFINITION_OPERATIONS
from service.rest.contract.endpoint_operations import ENDPOINT_OPERATIONS
from service.rest.contract.events import DIALECT, AnyEvent, event_example, stream_example
from service.rest.contract.examples import ADA, MANAGER, PLANNED, STAFF
from service.rest.contract.inbox_operations import INBOX_OPERATIONS
from service.rest.contract.operation import Operation
from service.rest.contract.overlay_operations import OVERLAY_OPERATIONS
from service.rest.contract.payroll_operations import PAYROLL_OPERATIONS
from service.rest.contract.reading_operations import READING_OPERATIONS
from service.rest.contract.reconciliation_operations import RECONCILIATION_OPERATIONS
from service.rest.contract.replay_operations import REPLAY_OPERATIONS
from service.rest.contract.report_operations import END_LINE, REPORT_OPERATIONS
from service.rest.contract.watching_operations import WATCHING_OPERATIONS
from service.usecases.access import ShownKey
from service.usecases.assignments import HeldAssignment
from service.usecases.changes import RecordedChange
from service.usecases.employees import Employee
from service.usecases.expansions import ExpandedEmployee
from service.usecases.record import ToldEvent
from service.usecases.system import Readiness

_EMPLOYEE = Employee(
    id=ADA.id, key=ADA.key, name=None, external_ids=ADA.external_ids, revision=4, known_at=examples.RECORDED
)
_HELD = HeldAssignment(
    **{name: getattr(STAFF, name) for name in STAFF.__dataclass_fields__},
    employee=ADA,
    job="primary",
    effective_on=date(2026, 7, 1),
    effective_from=date(2024, 4, 1),
    effective_to=examples.SWITCH_ON,
    recorded_at=PLANNED,
    revision=4,
    known_at=examples.RECORDED,
)
_STANDING = ExpandedEmployee(
    **{name: getattr(_EMPLOYEE, name) for name in _EMPLOYEE.__dataclass_fields__}, assignment=_HELD
)
_RECORDED = RecordedChange(
    id=examples.CHANGE_ID,
    employee=ADA.id,
    job="primary",
    kind="track_switch",
    grade_delta=0,
    status="scheduled",
    effective_on=examples.SWITCH_ON,
    from_=STAFF.without_pay(),
    to=MANAGER.without_pay(),
    events=(ToldEvent(id=examples.EVENT_ID, type="change.scheduled", sequence=3),),
    warnings=(),
    retroactive=False,
    revision=4,
    recorded_at=PLANNED,
    known_at=PLANNED,
)
_WITHDRAWN = replace(
    _RECORDED,
    status="cancelled",
    from_=_RECORDED.to,
    to=_RECORDED.from_,
    events=(ToldEvent(id=examples.EVENT_ID, type="change.cancelled", sequence=4),),
    revision=5,
)
_KEY = ShownKey(
    id="4f1c2a9e00aa11bb",
    name="payroll",
    scopes=("assignments:read", "bands:read"),
    created_at=PLANNED,
    expires_at="2028-01-01T00:00:00.000000Z",
    revoked_at=None,
    key=None,
)
_READY = Readiness(
    ready=True,
    engine="postgresql",
    journal="none",
    schema_revision="0002",
    schema_head="0002",
    oldest_unactivated=None,
    replica=None,
    replica_known_at=None,
)
_CHANGE_CODES = (
    *("no-employee", "incomplete-assignment", "level-not-in-force", "move-not-allowed", "track-mismatch"),
    *("unknown-ladder", "unknown-role", "unknown-team", "unknown-zone", "unknown-band-set", "unknown-step"),
    *("nothing-applied", "no-change", "not-employed", "breaks-later-changes", "invalid-date"),
    *("period-locked", "trial-not-a-switch"),
)
_AMENDMENT_CODES = ("no-such-change", "change-not-live", "breaks-later-changes", "period-locked")
_READ, _WRITE = Scope.ASSIGNMENTS_READ, Scope.ASSIGNMENTS_WRITE

OPERATIONS: Mapping[str, Operation] = {
    **DEFINITION_OPERATIONS,
    **READING_OPERATIONS,
    **OVERLAY_OPERATIONS,
    **REPORT_OPERATIONS,
    **PAYROLL_OPERATIONS,
    **CUSTOM_REPORT_OPERATIONS,
    **BATCH_OPERATIONS,
    **RECONCILIATION_OPERATIONS,
    **ENDPOINT_OPERATIONS,
    **CONNECTION_OPERATIONS,
    **WATCHING_OPERATIONS,
    **REPLAY_OPERATIONS,
    **INBOX_OPERATIONS,
    "create_employee": Operation(
        scope=_WRITE,
        example=replace(_EMPLOYEE, revision=0),
        codes=("key-taken", "name-taken", "external-id-taken", "invalid-key", "invalid-external-id"),
        request={"key": "ada", "external_ids": {"workday": "21001"}},
    ),
    "list_employees": Operation(scope=_READ, example=_STANDING, listed=True, exported=True, more=("known_at",)),
    "read_employee": Operation(scope=_READ, example=_STANDING, codes=("no-employee",)),
    "set_external_id": Operation(
        scope=_WRITE,
        example=_EMPLOYEE,
        codes=("no-employee", "external-id-taken", "invalid-external-id"),
        request={"value": "21001"},
    ),
    "release_external_id": Operation(scope=_WRITE, example=_EMPLOYEE, codes=("no-employee", "invalid-external-id")),
    "record_change": Operation(
        scope=_WRITE,
        example=_RECORDED,
        codes=_CHANGE_CODES,
        request={
            "effective_on": examples.SWITCH_ON.isoformat(),
            "to": {"level": "em5"},
            "reason": "reorganisation",
        },
    ),
    "cancel_change": Operation(
        scope=_WRITE,
        example=_WITHDRAWN,
        codes=(*_AMENDMENT_CODES, "already-effective"),
        request={"reason": "withdrawn"},
    ),
    "rescind_change": Operation(
        scope=_WRITE,
        example=replace(
            _WITHDRAWN,
            status="rescinded",
            events=(ToldEvent(id=examples.EVENT_ID, type="change.rescinded", sequence=4),),
        ),
        codes=(*_AMENDMENT_CODES, "not-effective"),
        request={"reason": "entered-twice"},
    ),
    "correct_change": Operation(
        scope=_WRITE,
        example=replace(
            _RECORDED, events=(ToldEvent(id=examples.EVENT_ID, type="change.corrected", sequence=4),), revision=5
        ),
        codes=tuple(dict.fromkeys((*_AMENDMENT_CODES, *_CHANGE_CODES, "already-employed"))),
        request={"effective_on": examples.SWITCH_ON.isoformat(), "reason": "wrong-day"},
    ),
    "read_assignment": Operation(scope=_READ, example=_HELD, codes=("no-employee", "no-assignment")),
    "list_assignments": Operation(
        scope=_READ, example=_HELD, listed=True, exported=True, more=("effective_on", "known_at")
    ),
    "list_events": Operation(
        scope=_READ,
        example=AnyEvent(**event_example("track.switched")),
        codes=("unknown-event-type", "no-employee", "invalid-parameter", "too-many-subscriptions", "beyond-retention"),
        listed=True,
        more=("has_more",),
        streamed=stream_example("track.switched", place=END_LINE.end.events_after),
    ),
    "read_event": Operation(
        scope=_READ,
        example=AnyEvent(**event_example("track.switched")),
        codes=("no-such-event", "beyond-retention"),
    ),
    "create_key": Operation(
        scope=Scope.ADMIN,
        example=replace(_KEY, key="dt_4f1c2a9e00aa11bb_the-secret-would-be-here-this-once"),
        codes=("invalid-expiry",),
        request={
            "name": "payroll",
            "scopes": ["assignments:read", "bands:read"],
            "expires_at": "2028-01-01T00:00:00Z",
        },
    ),
    "list_keys": Operation(scope=Scope.ADMIN, example=_KEY, listed=True),
    "read_key": Operation(scope=Scope.ADMIN, example=_KEY, codes=("no-such-key",)),
    "revoke_key": Operation(
        scope=Scope.ADMIN, example=replace(_KEY, revoked_at=examples.RECORDED), codes=("no-such-key",)
    ),
    "livez": Operation(example="live", media="text/plain"),
    # Without a key it is one word.
    "readyz": Operation(example=_READY, codes=("key-refused",), otherwise={"text/plain": "ready"}),
    "read_version": Operation(example={"version": "0.1.0"}),
    "list_problems": Operation(example={"no-change": {"status": 409, "title": "Nothing differs"}}),
    "read_problem": Operation(
        example={
            "code": "no-change",
            "status": 409,
            "title": "Nothing differs",
            "remedy": "Send what differs, or nothing.",
        },
        codes=("not-found",),
    ),
    "list_schemas": Operation(example={"data": ["/schemas/ladder.schema.json"]}),
    "read_schema": Operation(
        example=event_example("track.switched"),
        codes=("not-found",),
        otherwise={
            "application/schema+json": {
                "$schema": DIALECT,
                "$id": f"{PUBLISHED_AT}/schemas/ladder.schema.json",
                "title": "ladder",
                "type": "object",
            }
        },
    ),
}
