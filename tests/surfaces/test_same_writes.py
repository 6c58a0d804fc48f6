"""One script of writes through both doors, over two databases: the same answers, refusals and record."""

import re
from pathlib import Path
from typing import Any

from service.domain.access import Scope
from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING
from tests.connected import KINDS
from tests.engines import Engines
from tests.graphql.graph import asked
from tests.rest.served import Served, serving
from tests.surfaces.batch_steps import BATCHES, HIRE
from tests.surfaces.connection_steps import CONNECTIONS
from tests.surfaces.endpoint_script import CARE, HOOK
from tests.surfaces.reconciliation_steps import RECONCILIATIONS
from tests.surfaces.sending_steps import SENDING
from tests.surfaces.translation import as_graph, as_input, everything, in_camel, masked, object_type

LEADING = {"employee": "ada", "role": "tech-lead", "from": "2026-03-01", "to": "2027-01-01", "if_match": "*"}
TRIAL: dict[str, Any] = {
    "employee": "ada",
    "effective_on": "2027-01-01",
    "to": {"level": "ic3"},
    "review_on": "2027-04-01",
    "return": {"until": "2027-06-01", "level": "em3", "step": "a"},
    "if_match": "*",
}
# Of each mutation: how REST does it, and what its result is shown as.
DOORS: dict[str, tuple[str, str, str]] = {
    "createEmployee": ("POST", "/v1/employees", "EmployeeRecord"),
    "setExternalId": ("PUT", "/v1/employees/{employee}/external-ids/{system}", "EmployeeRecord"),
    "releaseExternalId": ("DELETE", "/v1/employees/{employee}/external-ids/{system}", "EmployeeRecord"),
    "recordChange": ("POST", "/v1/employees/{employee}/changes", "RecordedChange"),
    "recordOverlay": ("POST", "/v1/employees/{employee}/overlays", "RecordedOverlay"),
    "cancelChange": ("POST", "/v1/changes/{change}/cancel", "RecordedChange"),
    "rescindChange": ("POST", "/v1/changes/{change}/rescind", "RecordedChange"),
    "correctChange": ("POST", "/v1/changes/{change}/correct", "RecordedChange"),
    "createChangeBatch": ("POST", "/v1/change-batches", "BatchRecord"),
    "addBatchRows": ("POST", "/v1/change-batches/{batch}/rows", "BatchRecord"),
    "applyChangeBatch": ("POST", "/v1/change-batches/{batch}/apply", "BatchRecord"),
    "approveChangeBatch": ("POST", "/v1/change-batches/{batch}/approve", "BatchRecord"),
    "rejectChangeBatch": ("POST", "/v1/change-batches/{batch}/reject", "BatchRecord"),
    "createReconciliation": ("POST", "/v1/reconciliations", "ReconciliationRecord"),
    "applyReconciliation": ("POST", "/v1/reconciliations/{reconciliation}/apply", "Mending"),
    "deleteReconciliation": ("DELETE", "/v1/reconciliations/{reconciliation}", "Deleted"),
    "putDefinitions": ("PUT", "/v1/definitions", "Applied"),
    "createEndpoint": ("POST", "/v1/endpoints", "EndpointRecord"),
    "changeEndpoint": ("PATCH", "/v1/endpoints/{endpoint}", "EndpointRecord"),
    "rotateSecret": ("POST", "/v1/endpoints/{endpoint}/rotate-secret", "Secret"),
    "revokeSecret": ("DELETE", "/v1/endpoints/{endpoint}/secrets/{secret}", "Deleted"),
    "testEndpoint": ("POST", "/v1/endpoints/{endpoint}/test", "TriedEndpoint"),
    "pauseEndpoint": ("POST", "/v1/endpoints/{endpoint}/pause", "EndpointRecord"),
    "resumeEndpoint": ("POST", "/v1/endpoints/{endpoint}/resume", "ResumedEndpoint"),
    "createReplay": ("POST", "/v1/endpoints/{endpoint}/replay", "ReplayRecord"),
    "cancelReplay": ("POST", "/v1/replays/{replay}/cancel", "ReplayRecord"),
    "retryDelivery": ("POST", "/v1/deliveries/{delivery}/retry", "DeliveryRecord"),
    "dropDelivery": ("POST", "/v1/deliveries/{delivery}/drop", "DeliveryRecord"),
    "expungeDelivery": ("POST", "/v1/deliveries/{delivery}/expunge", "Expunged"),
    "expungeEndpoint": ("POST", "/v1/endpoints/{endpoint}/expunge", "Expunged"),
    "createConnection": ("POST", "/v1/connections", "ConnectionRecord"),
    "changeConnection": ("PUT", "/v1/connections/{connection}", "ConnectionRecord"),
    "deleteConnection": ("DELETE", "/v1/connections/{connection}", "Deleted"),
    "setMapping": ("PUT", "/v1/connections/{connection}/mapping", "ConnectionMapping"),
    "checkConnection": ("POST", "/v1/connections/{connection}/check", "CheckedConnection"),
    "syncConnection": ("POST", "/v1/connections/{connection}/sync", "ConnectionSync"),
    "createKey": ("POST", "/v1/keys", "Key"),
    "revokeKey": ("DELETE", "/v1/keys/{key}", "Key"),
    "deleteEndpoint": ("DELETE", "/v1/endpoints/{endpoint}", "Deleted"),
}
NAMED = {
    **{"createEndpoint": "endpoint", "createKey": "key", "recordChange": "change", "correctChange": "corrected"},
    **{"createReconciliation": "reconciliation"},
    **{"createChangeBatch": "batch", "rotateSecret": "secret", "createReplay": "replay"},
    "createConnection": "connection",
}
"""What the result's id is called in later steps."""
HOW = {"if_match", "idempotency_key", "dry_run"}
FOLDER = {"company": dict(COMPANY), "ladders": [dict(ENGINEERING), dict(DESIGN)], "bands": [dict(BANDS)]}
LATER = {**ENGINEERING, "version": "2", "effective_from": "2027-01-01", "title": "Engineers"}
SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("createEmployee", {"key": "ada", "external_ids": {"workday": "1"}, "dry_run": True}),
    ("createEmployee", {"key": "ada", "external_ids": {"workday": "1"}, "idempotency_key": "make-ada"}),
    ("createEmployee", {"key": "ada", "external_ids": {"workday": "1"}, "idempotency_key": "make-ada"}),
    ("createEmployee", {"key": "eve", "external_ids": {"workday": "1"}}),
    ("createEmployee", {"key": "ada"}),
    ("createEmployee", {"key": "no spaces"}),
    ("createEmployee", {"name": "x" * 201}),
    ("recordChange", {"employee": "ada", "effective_on": "2026-01-01", "to": HIRE}),
    ("recordChange", {"employee": "ada", "effective_on": "2026-01-01", "to": HIRE, "if_match": "9"}),
    ("recordChange", {"employee": "ada", "effective_on": "2026-01-01", "to": HIRE, "if_match": "0"}),
    ("recordChange", {"employee": "workday:1", "effective_on": "2026-03-01", "to": {"level": "em3"}, "if_match": "*"}),
    ("recordChange", {"employee": "ada", "effective_on": "2026-04-01", "to": {"level": "nope"}, "if_match": "*"}),
    ("recordChange", {"employee": "ada", "effective_on": "2026-04-01", "to": {"step": None}, "if_match": "*"}),
    ("recordChange", {"employee": "ada", "effective_on": "soon", "to": {"step": None}, "if_match": "*"}),
    ("recordChange", {"employee": "nobody", "to": {"step": None}, "if_match": "*"}),
    ("recordChange", {"employee": "ada", "effective_on": "2027-01-01", "to": None, "if_match": "*", "dry_run": True}),
    ("recordChange", {"employee": "ada", "effective_on": "2026-12-01", "to": {"team": "core"}, "if_match": "*"}),
    ("recordChange", {**TRIAL, "dry_run": True}),
    ("recordChange", {**TRIAL, "to": {"team": "core"}}),
    ("recordChange", {**TRIAL, "return": {"until": "2027-06-01", "level": "nope"}}),
    ("recordChange", {**TRIAL, "return": {"until": "2026-01-01", "level": "em3"}}),
    ("recordChange", {**TRIAL, "return": {"until": "soon", "level": "em3"}}),
    ("recordChange", {**TRIAL, "review_on": None}),
    ("rescindChange", {"change": "{change}", "if_match": "*"}),
    ("correctChange", {"change": "{change}", "effective_on": "2026-12-02", "if_match": "*", "dry_run": True}),
    ("correctChange", {"change": "{change}", "effective_on": "2026-12-02", "if_match": "3", "reason": "late"}),
    ("cancelChange", {"change": "{change}", "if_match": "*"}),
    ("correctChange", {"change": "{corrected}", "to": {"team": "core"}, "if_match": "*"}),
    ("correctChange", {"change": "{corrected}", "to": None, "if_match": "*", "dry_run": True}),
    ("correctChange", {"change": "{corrected}", "effective_on": "2026-02-30", "if_match": "*"}),
    ("cancelChange", {"change": "{corrected}", "reason": "x" * 65, "if_match": "*"}),
    ("cancelChange", {"change": "{corrected}"}),
    ("cancelChange", {"change": "{corrected}", "reason": "over", "if_match": "*", "idempotency_key": "withdraw"}),
    ("cancelChange", {"change": "{corrected}", "reason": "over", "if_match": "*", "idempotency_key": "withdraw"}),
    ("cancelChange", {"change": "chg_none", "if_match": "*"}),
    ("recordChange", {"employee": "ada", "effective_on": "2026-05-01", "to": {"team": "core"}, "if_match": "*"}),
    ("rescindChange", {"change": "{change}", "if_match": "*", "dry_run": True}),
    ("rescindChange", {"change": "{change}", "if_match": "*"}),
    ("recordOverlay", {**LEADING, "dry_run": True}),
    ("recordOverlay", {**LEADING, "if_match": None}),
    ("recordOverlay", {**LEADING, "to": None}),
    ("recordOverlay", {**LEADING, "from": "soon"}),
    ("recordOverlay", {**LEADING, "role": "king"}),
    ("recordOverlay", {**LEADING, "name": "Night shift", "high_profile": True, "idempotency_key": "lead"}),
    ("recordOverlay", {**LEADING, "name": "Night shift", "high_profile": True, "idempotency_key": "lead"}),
    ("recordChange", {"employee": "ada", "job": "ovl_1", "to": {"level": "ic4"}, "if_match": "*"}),
    *BATCHES,
    *RECONCILIATIONS,
    ("setExternalId", {"employee": "ada", "system": "bamboohr", "value": "7", "if_match": "*", "dry_run": True}),
    ("setExternalId", {"employee": "ada", "system": "bamboohr", "value": "7", "if_match": "*"}),
    ("setExternalId", {"employee": "ada", "system": "bamboohr", "value": "8", "if_match": "9"}),
    ("releaseExternalId", {"employee": "ada", "system": "bamboohr", "if_match": "*", "dry_run": True}),
    ("releaseExternalId", {"employee": "ada", "system": "bamboohr", "if_match": "*"}),
    ("putDefinitions", {**FOLDER, "ladders": [LATER, dict(DESIGN)], "if_match": "*", "dry_run": True}),
    ("putDefinitions", {**FOLDER, "ladders": [LATER, dict(DESIGN)], "if_match": "*"}),
    ("putDefinitions", {**FOLDER, "ladders": [{**LATER, "effective_from": 5}], "if_match": "*"}),
    ("putDefinitions", FOLDER),
    *SENDING,
    ("createEndpoint", {"url": HOOK, "event_types": ["track.switched"], "filters": {"team": ["core"]}}),
    *CARE,
    ("createEndpoint", {"url": "http://169.254.169.254/"}),
    ("createEndpoint", {"url": HOOK, "event_types": ["track.swiched"]}),
    ("createEndpoint", {"url": HOOK, "timeout_ms": 5}),
    ("changeEndpoint", {"endpoint": "{endpoint}", "state": "paused", "if_match": "*", "dry_run": True}),
    ("changeEndpoint", {"endpoint": "{endpoint}", "state": "paused", "description": "pay", "if_match": "*"}),
    ("changeEndpoint", {"endpoint": "{endpoint}", "state": "asleep", "if_match": "*"}),
    ("changeEndpoint", {"endpoint": "end_none", "state": "active", "if_match": "*"}),
    ("resumeEndpoint", {"endpoint": "{endpoint}", "deliver": "skip", "dry_run": True}),
    ("resumeEndpoint", {"endpoint": "{endpoint}", "deliver": "since", "since": "2026-01-01T00:00:00Z"}),
    ("resumeEndpoint", {"endpoint": "{endpoint}", "deliver": "since", "since": "2999-01-01T00:00:00Z"}),
    ("resumeEndpoint", {"endpoint": "{endpoint}", "deliver": "since"}),
    ("resumeEndpoint", {"endpoint": "{endpoint}", "since": "2026-01-01T00:00:00Z"}),
    ("resumeEndpoint", {"endpoint": "{endpoint}", "deliver": "since", "since": "yesterday"}),
    *[("pauseEndpoint", {"endpoint": "{endpoint}", "reason": "rest", "idempotency_key": "once"})] * 2,
    ("pauseEndpoint", {"endpoint": "end_none"}),
    ("resumeEndpoint", {"endpoint": "{endpoint}"}),
    ("createKey", {"name": "payroll", "scopes": ["bands:read"], "expires_at": "2030-01-01T00:00:00Z", "dry_run": True}),
    ("createKey", {"name": "payroll", "scopes": ["bands:read", "assignments:read"]}),
    ("createKey", {"name": "payroll", "scopes": ["bands:sing"]}),
    ("createKey", {"name": "payroll", "scopes": []}),
    ("createKey", {"name": "payroll", "scopes": ["admin"], "expires_at": "later"}),
    ("createKey", {"name": "payroll", "scopes": ["admin"], "expires_at": "2001-01-01T00:00:00Z"}),
    ("revokeKey", {"key": "{key}", "dry_run": True}),
    ("revokeKey", {"key": "{key}"}),
    ("revokeKey", {"key": "{key}"}),
    ("deleteEndpoint", {"endpoint": "{endpoint}"}),
    ("deleteEndpoint", {"endpoint": "{endpoint}", "if_match": "*"}),
    *CONNECTIONS,
]


async def by_rest(served: Served, mutation: str, given: dict[str, Any], *, scope: str = "admin") -> Any:
    method, path, kind = DOORS[mutation]
    body = {name: value for name, value in given.items() if name not in HOW}
    for name in re.findall(r"{(\w+)}", path):
        path = path.replace(f"{{{name}}}", body.pop(name))
    headers: dict[str, str] = {}
    if (match := given.get("if_match")) is not None:
        headers["If-Match"] = match if match == "*" else f'"{match}"'
    if "idempotency_key" in given:
        headers["Idempotency-Key"] = given["idempotency_key"]
    params = {"dry_run": "true"} if given.get("dry_run") else {}
    sent = {} if method == "DELETE" else {"json": body}
    answer = await served.call(method, path, scopes=(scope,), headers=headers, params=params, **sent)
    shown = answer.json()
    if answer.status_code >= 300:
        faults = [
            (one.get("pointer", one.get("parameter", one.get("header"))), one["code"])
            for one in shown.get("errors", [])
        ]
        return {"code": shown["code"], "status": shown["status"], "title": shown["title"], "errors": faults}
    return {
        "result": as_graph(shown, object_type(kind)),
        "replayed": answer.headers.get("idempotent-replayed") == "true",
    }


async def by_graph(served: Served, mutation: str, given: dict[str, Any], *, scope: str = "admin") -> Any:
    title = mutation[0].upper() + mutation[1:]
    query = (
        f"mutation($given: {title}Input!) {{ {mutation}(input: $given) {{ "
        f"... on {title}Success {{ replayed result {everything(object_type(DOORS[mutation][2]))} }} "
        "... on Problem { code status title errors { pointer code } } } }"
    )
    shown = (await asked(served, query, {"given": as_input(given)}, scopes=(scope,)))["data"][mutation]
    if "code" in shown:
        shown["errors"] = [(one["pointer"], one["code"]) for one in shown["errors"]]
    return shown


async def played(served: Served, door: Any) -> list[Any]:
    answers: list[Any] = []
    made: dict[str, str] = {}
    for mutation, given in SCRIPT:
        if "{delivery}" in given.values() and "delivery" not in made:
            sent_to = await served.get(f"/v1/endpoints/{made['endpoint']}/deliveries")
            made["delivery"] = sent_to.json()["data"][0]["id"]
        names = {f"{{{name}}}": value for name, value in made.items()}
        sent = {name: names.get(value, value) if isinstance(value, str) else value for name, value in given.items()}
        answer = await door(served, mutation, sent)
        if mutation in NAMED and answer.get("result", {}).get("id"):
            made[NAMED[mutation]] = answer["result"]["id"]
        answers.append(in_camel(answer))
    return masked(answers, {})


async def record(served: Served) -> Any:
    """All that is kept in the end."""
    paths = (
        "/v1/change-batches",
        "/v1/reconciliations",
        "/v1/employees",
        "/v1/employees/ada/timeline",
        "/v1/employees/ada/overlays",
        "/v1/assignments",
        "/v1/endpoints",
        "/v1/connections",
        "/v1/definitions",
    )
    return masked([(await served.get(path)).json() for path in paths], {})


async def test_one_script_through_both_doors(engines: Engines, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with (
        engines.fresh("sqlite-truncate", tmp_path / "a") as one,
        engines.fresh("sqlite-truncate", tmp_path / "b") as two,
    ):
        async with serving(one, kinds=KINDS) as rest, serving(two, kinds=KINDS) as graph:
            answers = await played(rest, by_rest), await played(graph, by_graph)
            for step, by_one, by_other in zip(SCRIPT, *answers, strict=True):
                assert by_one == by_other, step
            assert await record(rest) == await record(graph)
    outcomes = [("code" in answer) for answer in answers[0]]
    assert (outcomes.count(True), outcomes.count(False)) == (108, 93)


async def test_no_write_without_its_scope(engines: Engines, tmp_path: Path) -> None:
    """Of each mutation the first step of the script, tried with a key of each scope: both doors want the same one."""
    first = dict(reversed(SCRIPT))
    assert set(first) == set(DOORS)
    with engines.fresh("sqlite-truncate", tmp_path) as engine:
        async with serving(engine, kinds=KINDS) as served:
            for scope in Scope:
                # Making a key is recorded, too.
                await served.key(scope)
            await served.key("admin")
            before = await record(served)
            for mutation, given in first.items():
                wanted = {**given, "dry_run": True}
                let_in: set[str] = set()
                for scope in Scope:
                    rest = await by_rest(served, mutation, wanted, scope=scope)
                    graph = await by_graph(served, mutation, wanted, scope=scope)
                    assert (rest.get("code"), rest.get("status")) == (graph.get("code"), graph.get("status")), scope
                    let_in |= {scope} if rest.get("code") != "missing-scope" else set()
                # Nobody but who may do everything, and at most who may do this.
                assert Scope.ADMIN in let_in and len(let_in) <= 2, (mutation, let_in)
            assert await record(served) == before
