"""The published contracts: as the code makes them, complete, and true to what the code does."""

import ast
import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from service import contracts
from service.app import contract
from service.cli import DONE, REFUSED, UNUSABLE, app
from service.cli import contracts as command
from service.domain.access import Scope
from service.ladderfiles.schema import PUBLISHED_AT
from service.problems import PROBLEMS, STATUS_OF_KIND
from service.rest.contract.events import EVENT_TYPES, event_example, schema_file
from service.rest.contract.operations import OPERATIONS
from tests.house.sources import ROOT, python_files, relative, tree

assert command
DOCUMENT = contract().document
KINDS = {kind.__name__: status for kind, status in STATUS_OF_KIND.items()}
RAISERS = {*KINDS, "SurfaceProblem", "Refusal"}
SHARED = "urn:contract"


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [(op["operationId"], op) for methods in DOCUMENT["paths"].values() for op in methods.values()]


def codes(answer: dict[str, Any]) -> set[str]:
    return set(answer["content"].get("application/problem+json", {"examples": {}})["examples"])


@cache
def raised() -> dict[str, set[tuple[str, str]]]:
    """By code: (exception, file) of each place in the service that raises it with a literal code."""
    found: dict[str, set[tuple[str, str]]] = {}
    for path in python_files("service"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and node.args:
                name = ast.unparse(node.func).rpartition(".")[2]
                code = node.args[1] if name == "problem" and len(node.args) > 1 else node.args[0]
                if name in {*RAISERS, "problem"} and isinstance(code, ast.Constant):
                    found.setdefault(str(code.value), set()).add((name, relative(path)))
    return found


@cache
def texts() -> str:
    """Every literal of the service but the table itself: some codes are chosen, not raised where they stand."""
    return "\n".join(path.read_text() for path in python_files("service") if relative(path) != "service/problems.py")


def test_every_code_that_is_raised_has_its_row() -> None:
    assert raised().keys() - PROBLEMS.keys() == set()
    assert len(raised()) > 40


def test_every_row_is_used() -> None:
    derived = {f"unknown-{name}" for name in ("ladder", "role", "team", "zone", "band-set")}
    code = texts()
    found = raised()
    unused = {slug for slug in PROBLEMS if slug not in found and f'"{slug}"' not in code}
    assert unused - derived == set()
    assert derived <= PROBLEMS.keys()


def test_the_status_in_the_table_is_that_of_the_kind_raised() -> None:
    wrong = [
        (code, kind, file)
        for code, places in raised().items()
        for kind, file in places
        if kind in KINDS and KINDS[kind] != PROBLEMS[code].status
    ]
    assert wrong == []


def test_titles_and_remedies_are_sentences() -> None:
    for code, problem in PROBLEMS.items():
        assert 400 <= problem.status < 600, code
        assert problem.title[0].isupper() and not problem.title.endswith("."), code
        assert problem.remedy[-1] in ".…*", code


def test_every_operation_is_described() -> None:
    ids = [name for name, _ in operations()]
    assert len(ids) == len(set(ids))
    assert set(ids) == set(OPERATIONS)
    for name, op in operations():
        assert name.islower() and name.replace("_", "").isalnum(), name
        assert op["summary"] and op["description"] and op["tags"], name
        assert "security" in op, name
        for parameter in op.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])
        if "requestBody" in op:
            assert op["requestBody"]["content"]["application/json"]["example"], name


def test_every_refusal_names_its_codes() -> None:
    for name, op in operations():
        statuses = {int(status) for status in op["responses"]}
        assert {400, 421, 500} <= statuses, name
        assert not op["security"] or {401, 403, 503} <= statuses, name
        for status, answer in op["responses"].items():
            if (name, status) == ("readyz", "503"):
                assert list(answer["content"]) == ["text/plain"]
                continue
            problem = answer["content"].get("application/problem+json")
            assert (problem is None) == (int(status) < 400), (name, status)
            for code in (problem or {"examples": {}})["examples"]:
                assert PROBLEMS[code].status == int(status), (name, code)
                assert DOCUMENT["components"]["examples"][code]["value"]["code"] == code


def test_examples_fit_their_schemas() -> None:
    shared = json.dumps(DOCUMENT["components"]["schemas"]).replace("#/components/schemas/", "#/$defs/")
    registry = jsonschema_rs.Registry([(SHARED, {"$defs": json.loads(shared)})])
    # Hundreds of examples have one schema.
    made: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def check(schema: dict[str, Any], example: Any, place: str) -> None:
        text = json.dumps(schema).replace("#/components/schemas/", f"{SHARED}#/$defs/")
        if text not in made:
            made[text] = jsonschema_rs.Draft202012Validator(json.loads(text), registry=registry)
        assert [error.message for error in made[text].iter_errors(example)] == [], place

    for name, op in operations():
        for parameter in op.get("parameters", []):
            shown = [parameter["example"]] if parameter["in"] == "path" else parameter["schema"].get("examples", [])
            for example in shown:
                check(parameter["schema"], example, name)
        for answer in op["responses"].values():
            for media in answer["content"].values():
                assert "example" in media or media["examples"], name
                if "example" in media:
                    check(media["schema"], media["example"], name)
        if "requestBody" in op:
            body = op["requestBody"]["content"]["application/json"]
            check(body["schema"], body["example"], name)
    for code, example in DOCUMENT["components"]["examples"].items():
        check(DOCUMENT["components"]["schemas"]["Problem"], example["value"], code)
    for name, hook in DOCUMENT["webhooks"].items():
        content = hook["post"]["requestBody"]["content"]["application/json"]
        for example in content["examples"].values():
            check(content["schema"], example["value"], name)


def test_a_problem_is_shown_as_somebody_gets_it() -> None:
    """At a path of the contract, with the places at fault and the members that clients act on."""
    paths = [re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for path in DOCUMENT["paths"]]
    values = {code: example["value"] for code, example in DOCUMENT["components"]["examples"].items()}
    for code, value in values.items():
        expected = PROBLEMS[code].type or f"{PUBLISHED_AT}/problems/{code}"
        assert (value["status"], value["type"]) == (PROBLEMS[code].status, expected)
        assert any(path.fullmatch(value["instance"]) for path in paths), code
    assert values["revision-stale"]["revision"] == values["if-match-missing"]["revision"] == 7
    assert values["missing-scope"]["scope"] in set(Scope)
    assert values["invalid-body"]["errors"][0]["pointer"] == "/effective_from"
    used = {code for _, op in operations() for answer in op["responses"].values() for code in codes(answer)}
    assert used == set(values)


def test_every_type_of_event_that_code_sends_is_published_and_no_other() -> None:
    code = texts()
    assert set(DOCUMENT["webhooks"]) == set(EVENT_TYPES)
    for name in EVENT_TYPES:
        assert f'"{name}"' in code
        assert (ROOT / "schemas" / "events" / f"{name}.v1.schema.json").is_file()


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_event_schemas_stand_alone_and_stay_open(name: str) -> None:
    schema = schema_file(name)
    assert jsonschema_rs.meta.is_valid(schema)
    assert schema["$id"] == f"{PUBLISHED_AT}/schemas/events/{name}.v1.schema.json"
    checked = jsonschema_rs.Draft202012Validator(schema)
    for rendering in ("v1", "v1+pay"):
        example = event_example(name, rendering=rendering)
        checked.validate(example)
        # Fields are only ever added, so a reader must bear one it does not know.
        checked.validate({**example, "later": 1, "data": {**example["data"], "later": 1}})
        for missing in example:
            assert not checked.is_valid({key: value for key, value in example.items() if key != missing})
    assert "amount" not in json.dumps(event_example(name))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("pyproject.toml", "openapi.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("schemas", contracts.RELEASED):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_committed_files_are_as_the_code_makes_them() -> None:
    assert contracts.differences(ROOT) == []


def test_a_drifted_a_missing_and_a_left_over_file_are_found_and_mended(checkout: Path) -> None:
    events = checkout / "schemas" / "events"
    (checkout / "openapi.yaml").write_text(
        (checkout / "openapi.yaml").read_text().replace("  title: dualtrack", "  title: other")
    )
    (events / "track.switched.v1.schema.json").unlink()
    (events / "track.gone.v1.schema.json").write_text("{}")

    found = CliRunner().invoke(app, ["contracts", "--check", "--root", str(checkout)])
    assert found.exit_code == REFUSED
    for told in ("-  title: other", "+  title: dualtrack", "track.switched.v1", "track.gone.v1", "make contracts"):
        assert told in found.output
    assert not (events / "track.switched.v1.schema.json").exists()

    mended = CliRunner().invoke(app, ["contracts", "--root", str(checkout)])
    assert mended.exit_code == DONE
    assert len(mended.output.splitlines()) == 3
    assert CliRunner().invoke(app, ["contracts", "--check", "--root", str(checkout)]).exit_code == DONE


def test_elsewhere_than_in_a_checkout_nothing_is_written(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["contracts", "--root", str(tmp_path)])
    assert answer.exit_code == UNUSABLE
    assert list(tmp_path.iterdir()) == []
