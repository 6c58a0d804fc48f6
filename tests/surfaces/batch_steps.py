"""Steps of the script about batches of changes: (mutation, what is given to it)."""

from typing import Any

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}
ROWS: list[dict[str, Any]] = [
    {"employee": "ada", "to": {"team": "web"}, "actual_pay": {"amount": "12345.67", "currency": "EUR"}},
    {"employee": "ada", "effective_on": "2026-02-30", "to": {"team": "core"}},
    {"employee": "ada", "effective_on": "2027-01-01", "to": {"level": "nope"}},
    {"employee": "nobody", "to": None},
    {"key": "zoe", "external_ids": {"workday": "9"}, "to": HIRE},
]
BATCHES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("createChangeBatch", {"rows": ROWS, "dry_run": True}),
    ("createChangeBatch", {"rows": ROWS}),
    ("createChangeBatch", {"rows": [], "idempotency_key": "none"}),
    ("createChangeBatch", {"rows": ROWS, "mode": "whole", "idempotency_key": "whole"}),
    ("createChangeBatch", {"rows": ROWS, "mode": "partial", "complete": False, "idempotency_key": "many"}),
    ("applyChangeBatch", {"batch": "{batch}"}),
    ("addBatchRows", {"batch": "{batch}", "rows": ROWS[:1], "dry_run": True}),
    ("addBatchRows", {"batch": "{batch}", "rows": ROWS[:1], "idempotency_key": "more"}),
    ("addBatchRows", {"batch": "{batch}", "rows": ROWS[:1], "idempotency_key": "late"}),
    ("approveChangeBatch", {"batch": "{batch}", "dry_run": True}),
    ("applyChangeBatch", {"batch": "{batch}", "dry_run": True}),
    ("rejectChangeBatch", {"batch": "{batch}", "reason": "no budget", "dry_run": True}),
    ("rejectChangeBatch", {"batch": "{batch}", "reason": ""}),
    ("rejectChangeBatch", {"batch": "{batch}", "reason": "no budget"}),
    ("applyChangeBatch", {"batch": "bat_none"}),
    ("createChangeBatch", {"rows": ROWS[:1], "idempotency_key": "whole"}),
    ("applyChangeBatch", {"batch": "{batch}"}),
)
