"""The contract against the service: requests made up from it, good and bad, on a server with data.

No answer is a 5xx, undocumented or of another shape than promised; what the contract forbids is refused; what it
allows is accepted or refused by a rule; and every operation answers with success at least once, so none is untried.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from service.domain.access import OPERATOR, Scope
from service.usecases.access import create_key
from tests.e2e.house import NEARBY, Program, a_house, inside
from tests.e2e.stock import ACTS, ON_BATCHES, stocked
from tests.engines import Engine

SOAK = "DUALTRACK_TEST_SOAK" in os.environ
EXAMPLES_EACH = 300 if SOAK else 50
LIMIT_SECONDS = 3600.0 if SOAK else 600.0
RULES = ["2xx", 304, 401, 403, 404, 409, 412, 422, 428]
"""What a request may be answered that the contract allows: rules and the state of the record can say no."""
FORMS = [
    *("list_employees", "list_assignments", "list_bands", "list_endpoints", "list_deliveries", "list_keys"),
    *("list_events", "list_band_sets", "list_grades", "list_ladders", "list_ladder_versions", "list_attempts"),
    *("list_changes", "list_payroll_changes", "list_differences", "list_secrets", "list_digests"),
    *("put_definitions", "list_external_ids", "read_snapshot", "list_moves"),
    *("list_replays", "list_unarrived", "list_connections", "list_links"),
    *("list_change_batches", "list_batch_rows", "create_change_batch", "add_batch_rows"),
    *("list_reconciliations", "list_drifts", "apply_reconciliation"),
]
"""Where a 400 is right for what the contract allows, or seems to: a cursor is opaque, so the contract can only say
which letters it is made of, and of a table that it is text; an optional header is also tried as 0, whatever its
pattern."""


SPARE = {"changed", "deleted", "unconnected", "spare", "dropped", "replayed", "retried"}
"""What is there for one operation alone."""
SIGNED = {"take_message"}
"""What nobody but the system that signs it is answered otherwise than with 401."""
LINES_ARE_TEXT = """
import schemathesis

schemathesis.serializer.alias("application/x-ndjson", "text/plain")
"""


def configuration(names: Mapping[str, str], contract: Mapping[str, Any]) -> str:
    others = {*SPARE, *ACTS, *ON_BATCHES.values()}
    lines = [
        'hooks = "hooks.py"',
        "[parameters]",
        *(f'"path.{name}" = "{value}"' for name, value in names.items() if name not in others),
        # What prefers no body gets none, and then not what the contract says of bodies.
        '"header.Prefer" = "count=exact"',
        # What waits is tried elsewhere.
        '"query.wait" = "0"',
        '"query.calendar" = "monthly"',
        "[checks]",
        f"positive_data_acceptance.expected-statuses = {json.dumps(RULES)}",
        "missing_required_header.expected-statuses = [401, 404, 428]",
        *one_each(names),
        # The calendar that the contract shows has this one.
        "[[operations]]",
        'include-operation-id = "list_payroll_changes"',
        'parameters = { "query.period" = "2026-06-01" }',
        # A row that does not fit is told in the answer that stores the others.
        "[[operations]]",
        'include-operation-id = ["create_change_batch", "add_batch_rows", "apply_reconciliation"]',
        "checks.negative_data_rejection.expected-statuses = [200, 201, 400, 401, 403, 404, 409, 415, 422]",
        # A dry run does without the key.
        "checks.missing_required_header.expected-statuses = [200, 201, 400, 401, 404, 409, 422]",
        "[[operations]]",
        'include-operation-id = "list_links"',
        'parameters = { "query.employee" = "ada" }',
        *every_field(contract),
        "[[operations]]",
        f"include-operation-id = {json.dumps(FORMS)}",
        f"checks.positive_data_acceptance.expected-statuses = {json.dumps([*RULES, 400])}",
    ]
    return "\n".join(lines) + "\n"


def one_each(names: Mapping[str, str]) -> list[str]:
    """Operations that use up what they are done to have one of their own."""
    places = {
        "delete_endpoint": ("endpoint", "spare"),
        # One whose address nobody else asks.
        "change_connection": ("connection", "changed"),
        "delete_connection": ("connection", "unconnected"),
        "drop_delivery": ("delivery", "dropped"),
        # One that nobody mends.
        "delete_reconciliation": ("reconciliation", "deleted"),
        # One that no other request pauses.
        "create_replay": ("endpoint", "replayed"),
        "retry_delivery": ("delivery", "retried"),
        **{f"{act}_change": ("change", act) for act in ACTS},
        **{act: ("batch", batch) for act, batch in ON_BATCHES.items()},
    }
    return [
        line
        for operation, (place, name) in places.items()
        for line in (
            "[[operations]]",
            f'include-operation-id = "{operation}"',
            f'parameters = {{ "path.{place}" = "{names[name]}" }}',
        )
    ]


def every_field(contract: Mapping[str, Any]) -> list[str]:
    """Reads ask for all members by name: of fewer, an answer lacks what its schema requires."""
    return [
        line
        for methods in contract["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "fields"
        for line in (
            "[[operations]]",
            f'include-operation-id = "{operation["operationId"]}"',
            f'parameters = {{ "query.fields" = "{parameter["example"]}" }}',
        )
    ]


def successes(har: Any, contract: Mapping[str, Any]) -> set[str]:
    """Operations of the contract that answered 2xx."""
    patterns = [
        (method.upper(), re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), operation["operationId"])
        for path, methods in contract["paths"].items()
        for method, operation in methods.items()
    ]
    found: set[str] = set()
    for entry in har["log"]["entries"]:
        path = urlsplit(entry["request"]["url"]).path
        if 200 <= entry["response"]["status"] < 300:
            found |= {
                name
                for method, pattern, name in patterns
                if method == entry["request"]["method"] and pattern.fullmatch(path)
            }
    return found


async def test_requests_made_up_from_the_contract(sqlite_url: str, tmp_path: Path) -> None:
    engine = Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate")
    async with inside(engine) as within:
        made = await create_key(within.runtime, OPERATOR, name="fuzz", scopes=frozenset({Scope.ADMIN}))
    async with a_house(tmp_path, {**engine.environment(), **NEARBY}) as house:
        house.key = made.answer["key"]
        program = await house.serve()
        async with house.client(program) as client:
            contract = (await client.get("/openapi.json")).json()
            names = await stocked(client, contract)
        every = {one["operationId"] for methods in contract["paths"].values() for one in methods.values()}
        assert len(every) > 35
        assert (
            every - successes(await fuzzed(program, house.key, configuration(names, contract), tmp_path), contract)
            == SIGNED
        )


async def fuzzed(program: Program, key: str, settings: str, folder: Path) -> Any:
    """Every request and answer of the run, after it found nothing."""
    (folder / "schemathesis.toml").write_text(settings)
    (folder / "hooks.py").write_text(LINES_ARE_TEXT)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"),
        *("run", f"{program.url}/openapi.json", "-H", f"Authorization: Bearer {key}"),
        *("--max-examples", str(EXAMPLES_EACH), "--generation-deterministic", "--no-color"),
        *("--report", "har", "--report-har-path", "report.har"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(LIMIT_SECONDS):
        told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()[-6000:]
    return json.loads((folder / "report.har").read_text())
