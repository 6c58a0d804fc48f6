"""What is known of parameters: what they are, the form they have, and how they can be refused."""

from collections.abc import Mapping
from typing import Any

from service.rest.contract.batch_operations import BATCH_ID
from service.rest.contract.examples import CHANGE_ID, CONNECTION_KEY, ENDPOINT_ID, EVENT_ID, SECRET_ID
from service.rest.contract.reading_operations import DAYS, KNOWN, RECORDED_BETWEEN
from service.rest.contract.reconciliation_operations import RECONCILIATION_ID
from service.rest.contract.replay_operations import REPLAY_ID

Json = dict[str, Any]

PATH_PARAMETERS: Mapping[str, tuple[str, str]] = {
    "employee": ("Id (emp_…), your own key, or system:value with the value percent-encoded.", "ada"),
    "system": ("Name of the other system.", "workday"),
    "change": ("Id of a change (chg_…).", CHANGE_ID),
    "batch": ("Id of a batch (bat_…).", BATCH_ID),
    "reconciliation": ("Id of a report (rec_…).", RECONCILIATION_ID),
    "ladder": ("Key of a ladder.", "engineering"),
    "version": ("Name of a version.", "2026.1"),
    "level": ("Key of a level.", "ic5"),
    "connection": ("Id (con_…) or key of a connection.", CONNECTION_KEY),
    "endpoint": ("Id of an endpoint (end_…).", ENDPOINT_ID),
    "secret": ("Id of a signing secret (sec_…).", SECRET_ID),
    "event": ("Id of an event (evt_…).", EVENT_ID),
    "replay": ("Id of a replay (rep_…).", REPLAY_ID),
    "delivery": ("Id of a delivery (dlv_…).", "dlv_WzEsNywiIl0"),
    "key": ("Id of a key: the part after dt_.", "4f1c2a9e00aa11bb"),
    "tenant": ("Anything: programs that read Workday's reports name their tenant.", "acme"),
    "owner": ("System whose ids of people are told, such as workday.", "workday"),
    "slug": ("Code of a problem.", "no-change"),
    "path": ("Path of a schema as /schemas lists it.", "ladder.schema.json"),
}
"""What it is, and one of it."""
_DAY: Json = {"format": "date", "pattern": "^(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$"}
_INSTANT: Json = {"format": "date-time"}
FORMS: Mapping[str, Json] = {
    **dict.fromkeys(DAYS, _DAY),
    **dict.fromkeys((*KNOWN, *RECORDED_BETWEEN), _INSTANT),
    "after": {"minLength": 1, "pattern": "^[A-Za-z0-9_-]+$"},
    "cursor": {"minLength": 1, "pattern": "^[A-Za-z0-9_-]+$"},
    "fields": {"minLength": 1, "pattern": "^[^,]+(,[^,]+)*$"},
    "If-None-Match": {"enum": ["*"]},
    "If-Match": {"pattern": '^((W/)?"[0-9]{1,18}"|[*])$', "examples": ['"7"', "*"]},
    "Idempotency-Key": {"minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}
"""Forms that the framework does not know, since refusals of ours name the fault better than its own."""
BY_PARAMETER = {
    **dict.fromkeys(DAYS, ("invalid-date",)),
    **dict.fromkeys(KNOWN, ("invalid-parameter", "known-at-in-future", "unescaped-plus")),
    **dict.fromkeys(RECORDED_BETWEEN, ("invalid-parameter", "unescaped-plus")),
    "cursor": ("cursor-invalid", "cursor-mismatch", "cursor-expired", "invalid-parameter"),
    "fields": ("invalid-parameter",),
    "If-None-Match": ("invalid-if-none-match", "key-exists"),
    "after": ("cursor-invalid", "cursor-lost", "invalid-parameter"),
    "Last-Event-ID": ("cursor-invalid", "cursor-lost"),
    "job": ("invalid-parameter",),
    "dry_run": ("invalid-parameter",),
    "If-Match": ("if-match-missing", "revision-stale", "invalid-if-match"),
    "Idempotency-Key": ("invalid-idempotency-key", "idempotency-key-reused"),
}
"""Codes of refusals, by parameter."""
