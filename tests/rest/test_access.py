"""Who may do what, and that pay is where it may be and nowhere else."""

import re
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import pytest

from service.domain.access import Scope
from tests.builders import BANDS, DESIGN, ENGINEERING, PAID
from tests.connected import KINDS
from tests.engines import Engine
from tests.rest.served import Served, assert_problem, serving

INCLUDED = {
    "ladders:read": {"ladders:write"},
    "bands:read": {"bands:write"},
    "assignments:read": {"assignments:write"},
}
AWAY = {"url": "http://127.0.0.1:9"}
"""Where no system listens: that it cannot be read is an answer, too."""
BODIES: dict[str, dict[str, Any]] = {
    "create_employee": {"key": "somebody"},
    "record_change": {"effective_on": "2026-02-01", "to": {"level": "ic5"}},
    "record_overlay": {"role": "tech-lead", "from": "2026-02-01", "to": "2026-03-01"},
    "cancel_change": {"reason": "over"},
    "rescind_change": {"reason": "never"},
    "correct_change": {"effective_on": "2026-02-15"},
    "set_external_id": {"value": "1"},
    "create_endpoint": {"url": "http://127.0.0.1:9/hook"},
    "change_endpoint": {"state": "paused"},
    "rotate_secret": {"kind": "hmac"},
    "test_endpoint": {"event_type": "track.switched"},
    "pause_endpoint": {"reason": "over"},
    "resume_endpoint": {"deliver": "skip"},
    "create_key": {"name": "another", "scopes": ["audit:read"]},
    "create_change_batch": {"rows": [{"employee": "ada", "to": {"team": "web"}}]},
    "add_batch_rows": {"rows": [{"employee": "ada", "to": {"team": "web"}}]},
    "reject_change_batch": {"reason": "no"},
    "create_reconciliation": {
        "system": "workday",
        "format": "ndjson",
        "extract": '{"id": "1", "level": "engineering/ic4"}',
        "columns": {"employee": "id", "level": "level"},
        "authority": "theirs",
    },
    "apply_reconciliation": {"drifts": [1]},
    "create_replay": {"from": "2020-01-01T00:00:00Z"},
    "drop_delivery": {"reason": "no"},
    "create_connection": {"kind": "binder", "key": "other", "settings": AWAY, "credentials": {"token": "t"}},
    "change_connection": {"settings": AWAY, "credentials": {"token": "t"}},
    "set_mapping": {"entries": []},
    "sync_connection": {"everything": True},
    "put_definitions": {"company": {**PAID}, "ladders": [{**ENGINEERING}, {**DESIGN}], "bands": [{**BANDS}]},
}
TRIED = {
    *("create_employee", "record_change", "record_overlay", "revoke_key"),
    *("cancel_change", "rescind_change", "correct_change"),
    *("rotate_secret", "revoke_secret", "test_endpoint"),
    *("create_connection", "change_connection", "set_mapping", "delete_connection", "sync_connection"),
    *("change_endpoint", "create_replay", "retry_delivery", "drop_delivery"),
    *("create_change_batch", "add_batch_rows", "apply_change_batch", "approve_change_batch", "reject_change_batch"),
    *("create_reconciliation", "apply_reconciliation", "delete_reconciliation"),
}
ASKED = {
    "/v1/compare": "?a=engineering/ic3&b=engineering/em3",
    "/v1/payroll/changes": "?calendar=monthly&period=2026-06-01",
}
"""What has to be asked with."""
HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}


@pytest.fixture
async def served(engine: Engine) -> AsyncGenerator[Served]:
    async with serving(engine, kinds=KINDS) as made:
        yield made


@pytest.fixture
async def served_once(one_engine: Engine) -> AsyncGenerator[Served]:
    async with serving(one_engine, kinds=KINDS) as made:
        yield made


async def stocked(served: Served) -> dict[str, str]:
    """One of each thing; returns what to put into paths."""
    paid = await served.call("PUT", "/v1/definitions", json=BODIES["put_definitions"], headers={"If-Match": "*"})
    assert paid.status_code == 200, paid.text
    await served.person("ada", workday="1")
    await served.change(HIRE, "2026-01-01")
    change = await served.change({"level": "em3"}, "2026-03-01")
    planned = await served.change({"team": "core"}, "2026-09-01")
    made = await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/hook"})
    await served.change({"step": "b"}, "2026-04-01")
    sent = (await served.get(f"/v1/endpoints/{made.json()['id']}/deliveries")).json()["data"]
    await served.call("POST", f"/v1/endpoints/{made.json()['id']}/rotate-secret", json={"kind": "ed25519"})
    secrets = (await served.get(f"/v1/endpoints/{made.json()['id']}/secrets")).json()["data"]
    key = await served.call("POST", "/v1/keys", json=BODIES["create_key"])
    connecting = {**BODIES["create_connection"], "key": "shelf"}
    connected = await served.call("POST", "/v1/connections", json=connecting)
    await served.call("POST", "/v1/connections/shelf/sync", json={})
    path = f"/v1/endpoints/{made.json()['id']}/replay"
    replay = await served.call("POST", path, json=BODIES["create_replay"])
    batch = await served.call(
        "POST",
        "/v1/change-batches",
        json=BODIES["create_change_batch"],
        headers={"Idempotency-Key": "batch"},
        # A key that nobody asks with: nobody approves what they proposed.
        scopes=("admin", "audit:read"),
    )
    report = await served.call("POST", "/v1/reconciliations", json=BODIES["create_reconciliation"])
    return {
        "batch": batch.json()["id"],
        "connection": connected.json()["id"],
        "reconciliation": report.json()["id"],
        "replay": replay.json()["id"],
        "employee": "ada",
        "key": key.json()["id"],
        "system": "workday",
        "change": change["id"],
        "planned": planned["id"],
        "ladder": "engineering",
        "endpoint": made.json()["id"],
        "delivery": sent[0]["id"],
        "event": sent[0]["event"],
        "secret": secrets[-1]["id"],
        "tenant": "acme",
        "owner": "workday",
        "slug": "no-change",
        "path": "ladder.schema.json",
        "version": "1",
        "level": "ic3",
    }


async def operations(served: Served) -> list[tuple[str, str, str, list[str]]]:
    """(operation id, method, path template, scopes needed) of the contract as it is served."""
    contract = (await served.get("/openapi.json")).json()
    return [
        (operation["operationId"], method.upper(), path, operation.get("x-required-scopes", []))
        for path, methods in contract["paths"].items()
        for method, operation in methods.items()
    ]


def sent_to(operation: str) -> dict[str, Any]:
    return {"json": BODIES[operation]} if operation in BODIES else {}


def written_out(path: str, names: dict[str, str]) -> str:
    if path.endswith("/cancel"):
        names = {**names, "change": names["planned"]}
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    return path + ("?employee=ada" if path.endswith("/links") else ASKED.get(path, ""))


async def test_each_operation_with_each_scope_both_ways(served_once: Served) -> None:
    served = served_once
    names = await stocked(served)
    every = await operations(served)
    assert len(every) > 20
    # What unmakes things comes last; what can be done only once is tried: dry runs answer alike.
    every.sort(key=lambda one: one[0] == "delete_endpoint")
    for operation, method, path, needed in every:
        if not needed:
            continue
        target = written_out(path, names)
        dry = {"params": {"dry_run": "true"}} if operation in TRIED else {}
        for scope in sorted(Scope, key=lambda one: one is Scope.ADMIN):
            missing = [one for one in needed if scope not in {one, Scope.ADMIN, *INCLUDED.get(one, set())}]
            granted = not missing
            if operation == "delete_endpoint" and granted and scope is not Scope.ADMIN:
                continue
            answer = await served.call(
                method, target, scopes=(scope,), headers={"If-Match": "*"}, **sent_to(operation), **dry
            )
            if operation == "add_batch_rows" and granted:
                assert_problem(answer, 403, "not-your-batch")
            elif granted:
                assert answer.status_code < 300, (operation, scope, answer.text)
            else:
                problem = assert_problem(answer, 403, "missing-scope")
                assert problem["scope"] == missing[0], operation
        together = await served.call(
            method, target, scopes=tuple(needed), headers={"If-Match": "*"}, **sent_to(operation), **dry
        )
        assert together.status_code < 300 or operation in {"delete_endpoint", "add_batch_rows"}, together.text
    assert_problem(await served.get(f"/v1/endpoints/{names['endpoint']}"), 404, "no-such-endpoint")


async def test_what_needs_no_key_says_so_and_everything_else_asks(served: Served) -> None:
    names = await stocked(served)
    for operation, method, path, needed in await operations(served):
        answer = await served.client.request(method, written_out(path, names))
        if needed:
            assert_problem(answer, 401, "missing-key")
        elif operation == "take_message":
            # No key is asked for, but a signature.
            assert_problem(answer, 401, "signature-refused")
        else:
            assert answer.status_code == 200, operation


async def test_an_override_needs_its_own_scope(served: Served) -> None:
    await served.person()
    await served.change(HIRE, "2026-01-01")
    body = {
        "effective_on": "2026-02-01",
        "to": {"level": "em4"},
        "override": {"codes": ["move-not-allowed"], "reason": "it happened"},
    }
    sent = {"json": body, "headers": {"If-Match": "*"}}
    path = "/v1/employees/ada/changes"

    plain = await served.call("POST", path, **{**sent, "json": {**body, "override": None}})
    without = await served.call("POST", path, scopes=("assignments:write",), **sent)
    done = await served.call("POST", path, scopes=("assignments:override", "assignments:write"), **sent)

    assert_problem(plain, 422, "move-not-allowed")
    assert assert_problem(without, 403, "missing-scope")["scope"] == "assignments:override"
    assert (done.status_code, done.json()["kind"], done.json()["revision"]) == (201, "track_switch", 2)


def pay_numbers() -> set[str]:
    """Every amount of the test company, unique enough to be looked for in any text."""
    amounts: set[str] = set()
    for row in BANDS["rows"]:
        amounts |= {row["min"], row["mid"], row["max"], *row.get("steps", {}).values()}
    return amounts | {str(int(Decimal(amount))) for amount in amounts}


def pay_in(text: str) -> list[str]:
    """The amounts that stand in it as numbers; digits within a random id or a hash are none."""
    return [number for number in pay_numbers() if re.search(rf"(?<![\w.]){re.escape(number)}(?!\w)", text)]


async def test_pay_is_nowhere_without_the_right_to_read_it(served: Served) -> None:
    names = await stocked(served)
    everything_else = tuple(sorted(scope for scope in Scope if scope not in {"admin", "bands:read", "bands:write"}))
    seen_by_payroll = ""
    for operation, method, path, _ in await operations(served):
        if operation == "delete_endpoint":
            continue
        target = written_out(path, names)
        answer = await served.call(
            method, target, scopes=everything_else, headers={"If-Match": "*"}, **sent_to(operation)
        )
        text = answer.text + str(answer.headers)
        if operation not in {"list_problems", "read_problem", "read_schema"}:
            assert pay_in(text) == [], operation
        allowed = await served.call("GET", target, scopes=("bands:read", *everything_else))
        seen_by_payroll += allowed.text
    # The same walk finds it where it may be found, so the search itself works.
    assert {"30001.17", "39007.31", "30001"} <= set(pay_in(seen_by_payroll))


async def test_an_endpoint_receives_pay_only_by_a_key_that_reads_it(served: Served) -> None:
    asked = {"json": {"url": "http://127.0.0.1:9/hook", "include_pay": True}}
    refused = await served.call("POST", "/v1/endpoints", scopes=("webhooks:manage",), **asked)
    made = await served.call("POST", "/v1/endpoints", scopes=("bands:read", "webhooks:manage"), **asked)
    assert assert_problem(refused, 403, "missing-scope")["scope"] == "bands:read"
    assert (made.status_code, made.json()["include_pay"]) == (201, True)
    assert len((await served.get("/v1/endpoints")).json()["data"]) == 1
