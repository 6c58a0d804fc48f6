"""Whatever can be read is the same through both doors, field by field, for whoever asks."""

from datetime import date
from typing import Any

import pytest

from service.usecases.connection_work import Link, keep_cursor, keep_link
from service.usecases.open_connections import open_connection
from tests.builders import BANDS, DESIGN, ENGINEERING, PAID
from tests.graphql.graph import asked
from tests.rest.served import Served
from tests.surfaces.connection_steps import ENTRY, SHELF
from tests.surfaces.reconciliation_steps import ASKED
from tests.surfaces.translation import CORE, as_graph, everything, object_type

HELD = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin", "role": "engineer", "team": "core"}
DAY = "?effective_on=2026-02-01"
ON = 'effectiveOn: "2026-02-01"'

# Of each field of the query: its arguments, the type it shows, and where REST shows the same.
SINGLE: dict[str, tuple[str, str, str]] = {
    "company": ("", "Company", "/v1/company"),
    "ladder": (f'(key: "engineering", {ON})', "Ladder", f"/v1/ladders/engineering{DAY}"),
    "level": (f'(ladder: "engineering", key: "ic3", {ON})', "Level", f"/v1/ladders/engineering/levels/ic3{DAY}"),
    "compare": (
        '(a: "engineering/ic3", b: "engineering/em3")',
        "Comparison",
        "/v1/compare?a=engineering/ic3&b=engineering/em3",
    ),
    "parity": (f"({ON})", "ParityReport", f"/v1/parity{DAY}"),
    "coverage": (f"({ON})", "CoverageReport", f"/v1/coverage{DAY}"),
    "movement": (
        '(effectiveFrom: "2026-01-01", team: ["core"])',
        "MovementReport",
        "/v1/reports/movement?effective_from=2026-01-01&team=core",
    ),
    "definitions": ("", "Definitions", "/v1/definitions"),
    "overlays": ('(reference: "ada")', "OverlaysOfPerson", "/v1/employees/ada/overlays"),
    "visibility": (
        '(effectiveFrom: "2026-01-01", effectiveTo: "2027-01-01")',
        "VisibilityReport",
        "/v1/reports/visibility?effective_from=2026-01-01&effective_to=2027-01-01",
    ),
    "employee": ('(reference: "ada")', "Employee", "/v1/employees/ada"),
    "assignment": (f'(employee: "ada", {ON})', "Assignment", f"/v1/employees/ada/assignment{DAY}"),
    "change": ('(id: "{change}")', "Change", "/v1/changes/{change}"),
    "changeBatch": ('(id: "{batch}")', "ChangeBatch", "/v1/change-batches/{batch}"),
    "reconciliation": ('(id: "{reconciliation}")', "Reconciliation", "/v1/reconciliations/{reconciliation}"),
    "endpoint": ('(id: "{endpoint}")', "Endpoint", "/v1/endpoints/{endpoint}"),
    "key": ('(id: "{key}")', "Key", "/v1/keys/{key}"),
    "connection": ('(connection: "shelf")', "Connection", "/v1/connections/shelf"),
    "connectionMapping": ('(connection: "shelf")', "ConnectionMapping", "/v1/connections/shelf/mapping"),
    "connectionBandDrift": ('(connection: "shelf")', "BandDriftReport", "/v1/connections/shelf/band-drift"),
    "connectionSync": ('(connection: "shelf")', "ConnectionSync", "/v1/connections/shelf/sync"),
    "replay": ('(id: "{replay}")', "Replay", "/v1/replays/{replay}"),
    "delivery": ('(id: "{delivery}")', "Delivery", "/v1/deliveries/{delivery}"),
}
LISTED: dict[str, tuple[str, str, str]] = {
    "ladders": (f"({ON})", "LadderSummary", f"/v1/ladders{DAY}"),
    "grades": (f"({ON})", "Grade", f"/v1/grades{DAY}"),
    "bandSets": (f"({ON})", "BandSetSummary", f"/v1/band-sets{DAY}"),
}
PAGED: dict[str, tuple[str, str, str]] = {
    "keys": ("", "Key", "/v1/keys"),
    "bands": (f'({ON}, zone: ["nyc"], period: "year")', "BandRow", f"/v1/bands{DAY}&zone=nyc&period=year"),
    "employees": ("", "Employee", "/v1/employees"),
    "changes": ('(employee: "ada", sort: "-effective_on")', "Change", "/v1/changes?employee=ada&sort=-effective_on"),
    "diff": (
        '(fromEffectiveOn: "2026-02-01", toEffectiveOn: "2026-04-01")',
        "AssignmentDifference",
        "/v1/diff?from_effective_on=2026-02-01&to_effective_on=2026-04-01",
    ),
    "assignments": (f'({ON}, grade: ["3"])', "Assignment", f"/v1/assignments{DAY}&grade=3"),
    "snapshot": (f'({ON}, grade: ["3"])', "SnapshotLine", f"/v1/snapshots{DAY}&grade=3"),
    "payrollChanges": (
        '(calendar: "monthly", period: "2026-06-01")',
        "PayrollChange",
        "/v1/payroll/changes?calendar=monthly&period=2026-06-01",
    ),
    "digests": ("", "PersonDigest", "/v1/digests"),
    "moves": (
        '(effectiveFrom: "2026-01-01", kind: ["hire", "track_switch"])',
        "JobMove",
        "/v1/reports/movement/moves?effective_from=2026-01-01&kind=hire&kind=track_switch",
    ),
    "externalIds": ('(employee: "ada")', "ExternalIdBinding", "/v1/employees/ada/external-ids"),
    "endpoints": ("", "Endpoint", "/v1/endpoints"),
    "connections": ("", "ConnectionRecord", "/v1/connections"),
    "connectionLinks": (
        '(connection: "shelf", employee: "ada")',
        "ConnectionLink",
        "/v1/connections/shelf/links?employee=ada",
    ),
    "replays": ('(endpoint: "{endpoint}")', "Replay", "/v1/endpoints/{endpoint}/replays"),
    "deliveries": ('(state: "dropped")', "Delivery", "/v1/deliveries?state=dropped"),
    "changeBatches": ("", "ChangeBatch", "/v1/change-batches"),
    "reconciliations": ('(system: "workday")', "Reconciliation", "/v1/reconciliations?system=workday"),
}
NESTED: dict[str, tuple[str, str, str]] = {
    # (query up to the selection, type, path)
    "timeline": ('employee(reference: "ada") { found: timeline', "Timeline", "/v1/employees/ada/timeline"),
    "path": (f'employee(reference: "ada") {{ found: path({ON})', "Path", f"/v1/employees/ada/path{DAY}"),
    "versions": ('ladder(key: "engineering") { found: versions', "LadderVersion", "/v1/ladders/engineering/versions"),
    "chart": (
        f'ladder(key: "engineering", {ON}) {{ found: chart(zone: "nyc")',
        "Chart",
        f"/v1/ladders/engineering/chart{DAY}&zone=nyc",
    ),
    "health": ('endpoint(id: "{endpoint}") { found: health', "EndpointHealth", "/v1/endpoints/{endpoint}/health"),
    "attempts": ('delivery(id: "{delivery}") { found: attemptsMade', "Attempt", "/v1/deliveries/{delivery}/attempts"),
    "secrets": ('endpoint(id: "{endpoint}") { found: secrets', "Secret", "/v1/endpoints/{endpoint}/secrets"),
}


@pytest.fixture
async def stocked(served: Served) -> tuple[Served, dict[str, str]]:
    definitions = {"company": {**PAID}, "ladders": [{**ENGINEERING}, {**DESIGN}], "bands": [{**BANDS}]}
    await served.call("PUT", "/v1/definitions", json=definitions, headers={"If-Match": "*"})
    made = await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/hook"})
    await served.person("ada", workday="1")
    await served.person("ben")
    change = await served.change(HELD, "2026-01-01")
    await served.change({"level": "em3"}, "2026-03-01")
    leading = {"role": "project-lead", "name": "Night shift", "from": "2026-03-01", "to": "2026-04-01"}
    await served.call("POST", "/v1/employees/ada/overlays", json=leading, headers={"If-Match": "*"})
    rows = {"rows": [{"employee": "ada", "to": {"team": "web"}}]}
    batch = await served.call("POST", "/v1/change-batches", json=rows, headers={"Idempotency-Key": "batch"})
    report = await served.call("POST", "/v1/reconciliations", json=ASKED)
    endpoint = made.json()["id"]
    sent = (await served.get(f"/v1/endpoints/{endpoint}/deliveries")).json()["data"]
    replay = await served.call("POST", f"/v1/endpoints/{endpoint}/replay", json={"from": "2020-01-01T00:00:00Z"})
    await served.call("POST", f"/v1/deliveries/{sent[0]['id']}/drop", json={"reason": "no"})
    await connect(served)
    return served, {
        "change": change["id"],
        "replay": replay.json()["id"],
        "batch": batch.json()["id"],
        "reconciliation": report.json()["id"],
        "endpoint": endpoint,
        "delivery": sent[0]["id"],
        "key": (await served.key("admin")).split("_")[1],
    }


async def connect(served: Served) -> None:
    """A system, read once and written to once."""
    await served.call("POST", "/v1/connections", json=SHELF)
    await served.call("PUT", "/v1/connections/shelf/mapping", json={"entries": [ENTRY]}, headers={"If-Match": "*"})
    await served.call("POST", "/v1/connections/shelf/sync", json={})
    opened = await open_connection(served.house.runtime, served.office.sealer, "shelf")
    employee = (await served.get("/v1/employees/ada")).json()["id"]
    link = Link(
        employee_id=employee,
        job="primary",
        place="sheet",
        effective_on=date(2026, 1, 1),
        remote_id="7",
        detail={"row": 7, "of": ["a", "b"]},
    )
    await keep_link(served.house.runtime, opened, link)
    await keep_cursor(served.house.runtime, opened, "people", "7")


def filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def flattened(shown: Any) -> Any:
    """A ladder or a level of REST with the fields of its definition beside those of the answer."""
    if isinstance(shown, dict) and isinstance(shown.get("definition"), dict) and "known_at" in shown:
        definition = shown["definition"]
        more = {"recorded_version": shown.get("version")} if isinstance(shown.get("version"), dict) else {}
        ids = {"id": f"ladder:{definition['key']}"} if more else {"id": f"level:{shown['ladder']}/{definition['key']}"}
        return {**shown, **definition, **more, **ids}
    return shown


def unlinked(value: Any) -> Any:
    """Without links, which lead to addresses of REST."""
    if isinstance(value, dict):
        return {key: unlinked(held) for key, held in value.items() if key != "links"}
    return [unlinked(one) for one in value] if isinstance(value, list) else value


async def test_each_read_is_the_same(stocked: tuple[Served, dict[str, str]]) -> None:
    served, names = stocked
    for scopes in (("admin",), ("ladders:read", "assignments:read", "webhooks:manage", "bands:read")):
        for field, (given, kind, path) in SINGLE.items():
            read = await served.get(filled(path, names), scopes=scopes)
            if (field == "key" or field.startswith("connection")) and "admin" not in scopes:
                assert read.status_code == 403
                continue
            rest = read.json()
            query = f"{{ {field}{filled(given, names)} {everything(object_type(kind))} }}"
            found = (await asked(served, query, scopes=scopes))["data"][field]
            shown = flattened(rest) if kind in {"Ladder", "Level"} else rest
            if field == "definitions":
                assert found.pop("base") in (await served.get(path, scopes=scopes)).headers["etag"]
                shown, found = {**shown, "base": None}, {**found, "base": None}
            assert unlinked(as_graph(shown, object_type(kind))) == unlinked(found), field


async def test_each_list_is_the_same(stocked: tuple[Served, dict[str, str]]) -> None:
    served, names = stocked
    for field, (given, kind, path) in {**LISTED, **PAGED}.items():
        rest = (await served.get(filled(path, names))).json()
        chosen = everything(object_type(kind))
        paged = field in PAGED
        query = f"{{ {field}{filled(given, names)} {'{ knownAt nodes ' + chosen + '}' if paged else chosen} }}"
        found = (await asked(served, query))["data"][field]
        if paged:
            assert found["knownAt"] == rest.get("known_at", rest.get("to_known_at"))
        shown = [as_graph(one, object_type(kind)) for one in rest["data"]]
        assert shown == (found["nodes"] if paged else found) != [], field
    for field, (query, kind, path) in NESTED.items():
        rest = (await served.get(filled(path, names))).json()
        found = await asked(served, f"{{ {filled(query, names)} {everything(object_type(kind))} }} }}")
        ((root, inner),) = found["data"].items()
        listed = rest.get("data") if field in {"versions", "attempts", "secrets"} else None
        shown = (
            as_graph(rest, object_type(kind))
            if listed is None
            else [as_graph(one, object_type(kind)) for one in listed]
        )
        assert shown == inner["found"], root
    kind = object_type("Drift")
    path = filled("/v1/reconciliations/{reconciliation}/drifts?kind=wrong_track&person=ada", names)
    drifts = f'drifts(first: 9, kind: "wrong_track", person: "ada") {{ nodes {everything(kind)} }}'
    found = await asked(served, filled(f'{{ reconciliation(id: "{{reconciliation}}") {{ {drifts} }} }}', names))
    assert "data" in found, found
    nodes = found["data"]["reconciliation"]["drifts"]["nodes"]
    assert nodes == [as_graph(one, kind) for one in (await served.get(path)).json()["data"]] != []


async def test_what_lacks_a_scope_lacks_it_at_both(stocked: tuple[Served, dict[str, str]]) -> None:
    served, names = stocked
    for field, (given, kind, path) in {**SINGLE, **LISTED, **PAGED}.items():
        chosen = everything(object_type(kind))
        query = f"{{ {field}{filled(given, names)} {'{ nodes ' + chosen + '}' if field in PAGED else chosen} }}"
        for scope in ("ladders:read", "bands:read", "assignments:read", "webhooks:manage", "audit:read"):
            rest = await served.get(filled(path, names), scopes=(scope,))
            found = await asked(served, query, scopes=(scope,))
            if rest.status_code == 200:
                assert "errors" not in found, (field, scope)
            else:
                (error,) = found["errors"]
                assert found["data"] == {field: None}
                assert error["extensions"]["code"] == rest.json()["code"] == "missing-scope", (field, scope)
                assert error["message"] == rest.json()["detail"]


async def test_a_snapshot_leads_into_the_feed_at_both(stocked: tuple[Served, dict[str, str]]) -> None:
    served, _ = stocked
    taken = (await served.get("/v1/snapshots")).json()
    found = (await asked(served, "{ snapshot { eventsAfter knownAt effectiveOn nodes { digest person { key } } } }"))[
        "data"
    ]["snapshot"]
    assert found == {
        "eventsAfter": taken["events_after"],
        "knownAt": taken["known_at"],
        "effectiveOn": taken["effective_on"],
        "nodes": [{"digest": one["digest"], "person": {"key": one["employee"]["key"]}} for one in taken["data"]],
    }
    await served.change({"team": "web"}, "2026-04-01")
    after = found["eventsAfter"]
    told = (await asked(served, f'{{ events(after: "{after}") {{ events {{ type }} }} }}'))["data"]["events"]
    assert told == {"events": [{"type": "assignment.changed"}]}
    for argument in ('kind: ["demoted"]', 'fromKind: "boss"', 'toKind: "boss"'):
        (error,) = (await asked(served, f"{{ moves({argument}) {{ nodes {{ kind }} }} }}"))["errors"]
        assert error["extensions"]["code"] == "invalid-parameter"


def test_no_read_is_left_out() -> None:
    """tests/graphql/test_events.py compares the feed."""
    assert CORE.query_type is not None
    assert set(CORE.query_type.fields) == {"node", "nodes", "event", "events", *SINGLE, *LISTED, *PAGED}
