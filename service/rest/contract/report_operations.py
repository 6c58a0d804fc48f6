"""What is said of snapshots, reports and names over time, with the examples of their answers."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date

from service.domain.access import Scope
from service.domain.assignments import Assignment
from service.domain.digests import digest_of
from service.rest.contract import examples
from service.rest.contract.examples import ADA, PLANNED, STAFF
from service.rest.contract.operation import Operation
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
END_LINE = EndLine(
    end=SnapshotEnd(
        count=1,
        effective_on=_DAY,
        known_at=examples.RECORDED,
        events_after=Place(position=41, event=examples.EVENT_ID).text,
    )
)
_BINDING = ExternalIdBinding(system="workday", value="21001", known_from=PLANNED, known_to=None)

REPORT_OPERATIONS: Mapping[str, Operation] = {
    "list_external_ids": Operation(
        scope=Scope.ASSIGNMENTS_READ, example=_BINDING, codes=("no-employee",), listed=True, more=("known_at",)
    ),
    "read_snapshot": Operation(
        scope=Scope.ASSIGNMENTS_READ,
        example=_LINE,
        listed=True,
        exported=True,
        ending=END_LINE,
        more=("effective_on", "known_at", "events_after"),
    ),
}
