"""What is said of payroll files, with an example of a row and of the line that ends one."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from service.domain.access import Scope
from service.domain.pay_periods import AffectedPeriod
from service.domain.payroll_rows import PayrollChange
from service.rest.contract import examples
from service.rest.contract.examples import ADA, MANAGER, STAFF
from service.rest.contract.operation import Operation
from service.usecases.payroll import PayrollEnd, PayrollEndLine, PayrollFile

FILE = PayrollFile(
    calendar="monthly",
    period="2026-07-01",
    period_from=date(2026, 7, 1),
    period_to=date(2026, 8, 1),
    status="cut",
    cut_at="2026-07-31T22:00:00.000000Z",
    known_at="2026-07-31T22:00:00.000000Z",
)
_ROW = PayrollChange(
    position=41,
    event=examples.EVENT_ID,
    type="track.switched",
    sequence=7,
    employee=ADA,
    job="primary",
    change=examples.CHANGE_ID,
    kind="track_switch",
    reason="reorganisation",
    status="effective",
    supersedes=None,
    superseded_by=None,
    effective_on=date(2026, 6, 15),
    recorded_at="2026-07-02T09:00:00.000000Z",
    retroactive=True,
    alters_paid=True,
    affected_from=date(2026, 6, 15),
    affected_to=None,
    affected_periods=(
        AffectedPeriod(calendar="monthly", period="2026-06-01", from_=date(2026, 6, 1), to=date(2026, 7, 1)),
    ),
    backfill=False,
    changed=("track", "level"),
    previous=STAFF,
    current=MANAGER,
)
_END = PayrollEndLine(
    end=PayrollEnd(
        **{field.name: getattr(FILE, field.name) for field in fields(PayrollFile)},
        count=1,
        digest="sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )
)
_HEADERS: Mapping[str, Any] = {
    name: {"description": f"{text} Of a stream; pages say it in `file`.", "schema": {"type": "string"}}
    for name, text in (
        ("Payroll-File", "`open` or `cut`."),
        ("Known-At", "Instant up to which it tells what was recorded."),
    )
}

PAYROLL_OPERATIONS: Mapping[str, Operation] = {
    "list_payroll_changes": Operation(
        scope=Scope.ASSIGNMENTS_READ,
        example=_ROW,
        codes=("no-such-calendar", "no-such-period", "beyond-retention", "invalid-parameter"),
        listed=True,
        exported=True,
        ending=_END,
        ending_headers=_HEADERS,
        more=("known_at", "file"),
    ),
}
