"""Operations that hold another system's extract against our record."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from service.domain.access import Scope
from service.domain.drift_shapes import Mend, MendRow, OurSide, TheirSide
from service.requests.reconciliations import NewReconciliation
from service.rest.contract import examples
from service.rest.contract.batch_operations import STORED
from service.rest.contract.operation import Operation
from service.usecases.batch_reports import BatchReport
from service.usecases.reconciliation_mends import LeftOut, Mending
from service.usecases.reconciliation_views import DriftCount, ShownDrift, ShownReconciliation

RECONCILIATION_ID = "rec_01kc3zb4n8fwyr6t2m5x7v9q1b"
_DAY = date(2026, 6, 1)
_REPORT = ShownReconciliation(
    id=RECONCILIATION_ID,
    system="bamboohr",
    format="bamboohr",
    connection=None,
    as_of=date(2026, 7, 1),
    known_at=examples.RECORDED,
    complete=False,
    authority="theirs",
    rows=240,
    people=96,
    drifts=2,
    counts=(DriftCount(kind="unknown_code", drifts=1), DriftCount(kind="wrong_level", drifts=1)),
    created_by="key:4f1c2a9e00aa11bb",
    created_at=examples.RECORDED,
)
_CHANGE = MendRow(
    employee=examples.ADA.id, effective_on=_DAY, job="primary", to={"ladder": "engineering", "level": "ic5"}
)
_DRIFT = ShownDrift(
    number=1,
    kind="wrong_level",
    employee=examples.ADA.id,
    person="bamboohr:4711",
    job="primary",
    effective_on=_DAY,
    until=None,
    ours=OurSide(ladder="engineering", level="ic4", track="ic", grade="4", since=date(2024, 4, 1)),
    theirs=TheirSide(level="Staff Engineer", grade=None, effective_on=_DAY, ended=False, means=("engineering/ic5",)),
    place="jobInfo 902",
    differs=(),
    band=None,
    mend=Mend(text="Let engineering/ic5 hold from 2026-06-01 on.", here=(_CHANGE,)),
    batch=None,
)
_BATCH = replace(
    STORED,
    rows=1,
    waiting=1,
    report=BatchReport(rows=1, judged=True, bad=0, problems=(), warnings=0, impact=None),
)
_READ, _WRITE = Scope.ASSIGNMENTS_READ, Scope.ASSIGNMENTS_WRITE

RECONCILIATION_OPERATIONS: Mapping[str, Operation] = {
    "create_reconciliation": Operation(
        scope=_WRITE,
        example=_REPORT,
        codes=(
            *("malformed-json", "unsafe-json", "invalid-body", "unsupported-media-type", "body-too-large"),
            *("request-timeout", "extract-invalid", "extract-too-large", "invalid-date", "mapping-invalid"),
            "no-such-connection",
        ),
        request={
            "system": "bamboohr",
            "format": "bamboohr",
            "extract": [
                {"id": "902", "employeeId": "4711", "date": "2026-06-01", "jobTitle": "Staff Engineer"},
            ],
            "mapping": [{"of": "level", "ours": "engineering/ic5", "theirs": "Staff Engineer"}],
            "authority": "theirs",
        },
        sent=NewReconciliation,
    ),
    "list_reconciliations": Operation(scope=_READ, example=_REPORT, codes=("invalid-parameter",), listed=True),
    "read_reconciliation": Operation(scope=_READ, example=_REPORT, codes=("no-such-reconciliation",)),
    "delete_reconciliation": Operation(
        scope=_WRITE, example={"id": RECONCILIATION_ID}, codes=("no-such-reconciliation", "being-mended")
    ),
    "list_drifts": Operation(
        scope=_READ, example=_DRIFT, codes=("no-such-reconciliation", "invalid-parameter"), listed=True
    ),
    "apply_reconciliation": Operation(
        scope=_WRITE,
        example=Mending(
            reconciliation=RECONCILIATION_ID,
            drifts=1,
            left_out=(LeftOut(code="drift-not-mendable", drifts=1),),
            batch=_BATCH,
        ),
        codes=(
            *("no-such-reconciliation", "no-such-drift", "authority-ours", "nothing-to-mend", "drift-not-mendable"),
            *("mend-needs-backfill", "idempotency-key-missing", "batch-too-large", "nothing-applied"),
        ),
        request={"drifts": [1]},
    ),
}
