"""Steps of the script about extracts of other systems: (mutation, what is given to it)."""

from typing import Any

TABLE = "id,level,since\n1,Staff,2026-04-01\n7,Wizard,2026-04-01\n"
WORDS = [{"of": "level", "ours": "engineering/ic4", "theirs": "Staff", "from": "2020-01-01"}]
ASKED: dict[str, Any] = {
    "system": "workday",
    "format": "csv",
    "extract": TABLE,
    "columns": {"employee": "id", "level": "level", "effective_on": "since"},
    "mapping": WORDS,
    "authority": "theirs",
    "as_of": "2026-06-01",
}
REPORT = {"Report_Entry": [{"Employee_ID": "1", "Job_Profile_ID": "engineering/ic4", "Effective_Date": "2026-04-01"}]}
RECONCILIATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("createReconciliation", {**ASKED, "dry_run": True}),
    ("createReconciliation", {**ASKED, "columns": None}),
    ("createReconciliation", {**ASKED, "as_of": "soon"}),
    ("createReconciliation", {**ASKED, "extract": "id,level,since\n1,=1+1,2026\n"}),
    ("createReconciliation", {**ASKED, "format": "xml"}),
    ("createReconciliation", {**ASKED, "connection": "none", "mapping": None}),
    ("createReconciliation", {"system": "workday", "format": "workday", "extract": {"entries": []}}),
    ("createReconciliation", {"system": "workday", "format": "workday", "extract": REPORT}),
    ("applyReconciliation", {"reconciliation": "{reconciliation}", "idempotency_key": "mend-ours"}),
    ("createReconciliation", {**ASKED, "idempotency_key": "extract"}),
    ("createReconciliation", {**ASKED, "idempotency_key": "extract"}),
    ("applyReconciliation", {"reconciliation": "{reconciliation}"}),
    ("applyReconciliation", {"reconciliation": "{reconciliation}", "drifts": [9], "idempotency_key": "mend-none"}),
    ("applyReconciliation", {"reconciliation": "{reconciliation}", "drifts": [2], "idempotency_key": "mend-unknown"}),
    ("applyReconciliation", {"reconciliation": "{reconciliation}", "dry_run": True}),
    *[("applyReconciliation", {"reconciliation": "{reconciliation}", "drifts": [1], "idempotency_key": "mend"})] * 2,
    ("applyReconciliation", {"reconciliation": "rec_none", "idempotency_key": "mend-nothing"}),
    # Its batch may still be applied.
    ("deleteReconciliation", {"reconciliation": "{reconciliation}"}),
    ("createReconciliation", {**ASKED, "authority": "ours"}),
    ("deleteReconciliation", {"reconciliation": "{reconciliation}", "dry_run": True}),
    *[("deleteReconciliation", {"reconciliation": "{reconciliation}"})] * 2,
)
