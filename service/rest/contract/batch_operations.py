"""Operations about batches of changes. The report in their examples is worked out by the rules themselves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from service.domain.access import Scope
from service.domain.batch_places import Balance, VerdictPeople
from service.domain.batches import BatchGroup, BatchImpact, Outside
from service.domain.impact import Cost
from service.requests.batches import MoreRows, NewBatch
from service.rest.contract import examples
from service.rest.contract.operation import Operation
from service.rest.media import CSV, NDJSON
from service.usecases.batch_reports import BatchReport
from service.usecases.batch_rows import RowProblem
from service.usecases.batch_views import ShownBatch, ShownEntry

BATCH_ID = "bat_01kc3zb4n8fwyr6t2m5x7v9q1a"
_DAY = date(2027, 1, 1)
_RISE = Cost(currency="EUR", per_year=Decimal("12000.00"), people=1, not_told=0)
_PROBLEM = RowProblem(
    row=2,
    pointer="/to/level",
    code="level-not-in-force",
    detail="Ladder engineering has no level ic9 with a grade on 2027-01-01. Its levels then are ic4, ic5, em5.",
)
_IMPACT = BatchImpact(
    effective_on=_DAY,
    people=1,
    groups=(
        BatchGroup(by="grade", key="4", before=1, after=0, cost=()),
        BatchGroup(by="grade", key="5", before=0, after=1, cost=(_RISE,)),
    ),
    cost=(_RISE,),
    at_actual_pay=(replace(_RISE, per_year=Decimal("7000.00")),),
    outside=(Outside(row=1, side="below"),),
    before=Balance(ic=12, manager=3, ratio=Decimal("4.00"), parity=(VerdictPeople(verdict="equal", people=15),)),
    after=Balance(ic=12, manager=3, ratio=Decimal("4.00"), parity=(VerdictPeople(verdict="equal", people=15),)),
)
STORED = ShownBatch(
    id=BATCH_ID,
    state="stored",
    mode="partial",
    backfill=False,
    rows=2,
    applied=0,
    failed=0,
    waiting=2,
    created_by="key:4f1c2a9e00aa11bb",
    created_at=examples.PLANNED,
    decided_by=None,
    decided_at=None,
    reason=None,
    started_at=None,
    finished_at=None,
    report=BatchReport(rows=2, judged=True, bad=1, problems=(_PROBLEM,), warnings=0, impact=_IMPACT),
)
_APPLYING = replace(STORED, state="applying", started_at=examples.PLANNED, report=None)
_APPLIED = replace(_APPLYING, state="applied", applied=1, failed=1, waiting=0, finished_at=examples.PLANNED)
_ROWS = [
    {
        "employee": "ada",
        "effective_on": "2027-01-01",
        "to": {"level": "ic5"},
        "reason": "yearly-round",
        "actual_pay": {"amount": "85000.00", "currency": "EUR"},
    },
    {"employee": "workday:21007", "effective_on": "2027-01-01", "to": {"level": "ic9"}},
]
_LINES = {
    NDJSON: '{"employee":"ada","effective_on":"2027-01-01","to":{"level":"ic5"}}\n',
    CSV: "employee,effective_on,to.level,to.step,to\r\nada,2027-01-01,ic5,\\N,\r\nbob,2027-01-01,,,\\N\r\n",
}
_READ, _WRITE = Scope.ASSIGNMENTS_READ, Scope.ASSIGNMENTS_WRITE
_UNFIT = ("malformed-json", "unsafe-json", "malformed-table", "invalid-body", "unsupported-media-type")
_SENDING = (*_UNFIT, "body-too-large", "request-timeout", "idempotency-key-missing", "invalid-parameter")
_SIZED = ("batch-empty", "batch-too-large")

BATCH_OPERATIONS: Mapping[str, Operation] = {
    "create_change_batch": Operation(
        scope=_WRITE,
        example=STORED,
        codes=(*_SENDING, *_SIZED, "nothing-applied"),
        request={"mode": "partial", "rows": _ROWS},
        sent=NewBatch,
        lines=_LINES,
    ),
    "add_batch_rows": Operation(
        scope=_WRITE,
        example=replace(
            STORED,
            rows=3,
            waiting=3,
            report=BatchReport(rows=1, judged=False, bad=0, problems=(), warnings=0, impact=None),
        ),
        codes=(*_SENDING, *_SIZED, "no-such-batch", "batch-state", "not-your-batch"),
        request={"complete": True, "rows": _ROWS[:1]},
        sent=MoreRows,
        lines=_LINES,
    ),
    "list_change_batches": Operation(scope=_READ, example=_APPLIED, codes=("invalid-parameter",), listed=True),
    "read_change_batch": Operation(scope=_READ, example=_APPLIED, codes=("no-such-batch",)),
    "list_batch_rows": Operation(
        scope=_READ,
        example=ShownEntry(
            row=2,
            outcome="failed",
            employee="workday:21007",
            change=None,
            problem=_PROBLEM,
            asked={**_ROWS[1], "job": "primary"},
        ),
        codes=("no-such-batch", "invalid-parameter"),
        listed=True,
    ),
    "apply_change_batch": Operation(
        scope=_WRITE, example=_APPLYING, codes=("no-such-batch", "batch-state", "batch-not-approved")
    ),
    "approve_change_batch": Operation(
        scope=_WRITE,
        example=replace(_APPLYING, decided_by="key:9b7d3c5e11bb22cc", decided_at=examples.PLANNED),
        codes=("no-such-batch", "batch-state", "own-proposal"),
    ),
    "reject_change_batch": Operation(
        scope=_WRITE,
        example=replace(
            STORED,
            state="rejected",
            decided_by="key:9b7d3c5e11bb22cc",
            decided_at=examples.PLANNED,
            reason="The budget is not agreed on.",
            report=None,
        ),
        codes=("no-such-batch", "batch-state"),
        request={"reason": "The budget is not agreed on."},
    ),
}
