"""What a later contract may do to those who were built on an earlier one: add, and nothing else."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service import contracts
from service.app import contract
from service.cli import DONE, REFUSED, app
from service.cli import contracts as command
from service.contracts import graphql_breaks
from service.rest.contract.additions import contract_breaks, schema_breaks
from service.rest.contract.schema_additions import SchemaComparison
from tests.house.sources import ROOT

assert command
Json = dict[str, Any]
GONE = object()
DOCUMENT: Json = json.loads(contract().json())
TEXT: Json = {"type": "string"}
NULL: Json = {"type": "null"}


def one_of(*values: str) -> Json:
    return {"type": "string", "enum": list(values)}


def holding(required: bool = False, **properties: Json) -> Json:
    return {"type": "object", "properties": properties, **({"required": list(properties)} if required else {})}


SCHEMAS: dict[str, tuple[Json, Json, list[str], list[str]]] = {
    # before, after, what is told of it when it is sent, and when it is answered
    "nothing": (holding(a=TEXT), holding(a=TEXT), [], []),
    "a field is added": (holding(a=TEXT), holding(a=TEXT, b=TEXT), [], []),
    "a field goes": (holding(a=TEXT, b=TEXT), holding(a=TEXT), ["x/b is gone"], ["x/b is gone"]),
    "a field becomes required": (holding(a=TEXT), holding(required=True, a=TEXT), ["x/a is required"], []),
    "a required field is added": (holding(), holding(required=True, a=TEXT), ["x/a is required"], []),
    "a field is required no more": (holding(required=True, a=TEXT), holding(a=TEXT), [], ["x/a can be missing"]),
    "a field of a field goes": (
        holding(a=holding(b=TEXT)),
        holding(a=holding()),
        ["x/a/b is gone"],
        ["x/a/b is gone"],
    ),
    "another type": (TEXT, {"type": "integer"}, ["x: string is not taken any more"], ["x: integer can come"]),
    "any type": ({}, TEXT, ["x: any became string"], []),
    "every type": (TEXT, {}, [], ["x: string became any"]),
    "fractions, too": ({"type": "integer"}, {"type": "number"}, [], ["x: integer became number"]),
    "null, too": (TEXT, {"type": ["string", "null"]}, [], ["x: null can come"]),
    "null, too, in other words": (TEXT, {"anyOf": [TEXT, NULL]}, [], ["x: null can come"]),
    "null no more": ({"anyOf": [TEXT, NULL]}, TEXT, ["x: null is not taken any more"], []),
    "in other words": ({"anyOf": [TEXT, NULL]}, {"type": ["string", "null"]}, [], []),
    "a value is added": (one_of("a"), one_of("a", "b"), [], []),
    "a value goes": (one_of("a", "b"), one_of("a"), ["x: value b is gone"], ["x: value b is gone"]),
    "a value goes with its list": (
        {"anyOf": [one_of("a"), one_of("b"), NULL]},
        {"anyOf": [one_of("a"), NULL]},
        ["x: value b is gone"],
        ["x: value b is gone"],
    ),
    "certain values only": (TEXT, one_of("a"), ["x: takes certain values only"], []),
    "another constant": ({"const": "a"}, {"const": "b"}, ["x: value a is gone"], ["x: value a is gone"]),
    "a format is asked for": (TEXT, {**TEXT, "format": "date"}, ["x: format asks for more"], []),
    "a format is dropped": ({**TEXT, "format": "date"}, TEXT, [], ["x: format promises less"]),
    "another pattern": (
        {**TEXT, "pattern": "^a"},
        {**TEXT, "pattern": "^b"},
        ["x: pattern asks for more"],
        ["x: pattern promises less"],
    ),
    "less room": ({**TEXT, "maxLength": 9}, {**TEXT, "maxLength": 8}, ["x: maxLength asks for more"], []),
    "more room": ({**TEXT, "maxLength": 8}, {**TEXT, "maxLength": 9}, [], ["x: maxLength promises less"]),
    "a least length": (TEXT, {**TEXT, "minLength": 1}, ["x: minLength asks for more"], []),
    "a lower end": (
        {"type": "integer", "minimum": 1},
        {"type": "integer", "minimum": 0},
        [],
        ["x: minimum promises less"],
    ),
    "another default": ({**TEXT, "default": "a"}, {**TEXT, "default": "b"}, ["x: another default"], []),
    "other items": (
        {"type": "array", "items": TEXT},
        {"type": "array", "items": NULL},
        ["x/items: string is not taken any more"],
        ["x/items: null can come"],
    ),
    "closed": (holding(), {**holding(), "additionalProperties": False}, ["x: additionalProperties asks for more"], []),
    "opened": ({**holding(), "additionalProperties": False}, holding(), [], []),
    "anything as value": (
        {**holding(), "additionalProperties": TEXT},
        holding(),
        [],
        ["x: additionalProperties promises less"],
    ),
    "other names": (
        holding(),
        {**holding(), "propertyNames": {"pattern": "^a"}},
        ["x: propertyNames asks for more"],
        [],
    ),
    "a keyword nobody compares": (TEXT, {**TEXT, "not": NULL}, ["x: not is not compared"], ["x: not is not compared"]),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema(name: str) -> None:
    before, after, sent, answered = SCHEMAS[name]
    assert SchemaComparison(old=before, new=after, way="sent").breaks(before, after, "x") == sent
    assert SchemaComparison(old=before, new=after, way="answered").breaks(before, after, "x") == answered


def test_a_schema_that_holds_itself_comes_to_an_end_and_is_told_by_name() -> None:
    def tree(leaf: Json) -> Json:
        below = {"anyOf": [{"$ref": "#/$defs/Tree"}, leaf]}
        return {"$ref": "#/$defs/Tree", "$defs": {"Tree": holding(left=below, right=below)}}

    before, after = tree(TEXT), tree(NULL)
    assert SchemaComparison(old=before, new=before, way="sent").breaks(before, before, "x") == []
    assert set(SchemaComparison(old=before, new=after, way="answered").breaks(before, after, "x")) == {
        "Tree/left: null can come",
        "Tree/right: null can come",
    }


HIRE = ("paths", "/v1/employees/{employee}/changes", "post")
HELD = ("paths", "/v1/employees/{employee}/assignment", "get")
EVENT = ("webhooks", "track.switched", "post")
SCHEMA = ("components", "schemas")
ASKED = {"in": "query", "name": "why", "required": True, "schema": TEXT}
CONTRACT: list[tuple[tuple[str | int, ...], object, str]] = [
    (HELD[:2], GONE, "GET /v1/employees/{employee}/assignment is gone"),
    (HELD, GONE, "GET /v1/employees/{employee}/assignment is gone"),
    ((*HELD, "operationId"), "x", "GET /v1/employees/{employee}/assignment: operationId was read_assignment"),
    ((*HELD, "parameters", 0), GONE, "GET /v1/employees/{employee}/assignment path employee is gone"),
    ((*HELD, "parameters", 1), ASKED, "GET /v1/employees/{employee}/assignment query why is required"),
    ((*HELD, "responses", "404"), GONE, "GET /v1/employees/{employee}/assignment 404 is gone"),
    (
        (*HELD, "responses", "404", "content", "application/problem+json", "examples", "no-assignment"),
        GONE,
        "GET /v1/employees/{employee}/assignment 404: code no-assignment is gone",
    ),
    (
        (*HELD, "responses", "200", "content", "application/json"),
        GONE,
        "GET /v1/employees/{employee}/assignment 200: application/json is gone",
    ),
    (
        (*HELD, "responses", "200", "headers", "ETag"),
        GONE,
        "GET /v1/employees/{employee}/assignment 200: header ETag is gone",
    ),
    (
        (*HELD, "x-required-scopes"),
        ["assignments:read", "admin"],
        "GET /v1/employees/{employee}/assignment asks for the scope admin",
    ),
    (("paths", "/version", "get", "security"), [{"api_key": []}], "GET /version asks for a key"),
    ((*HIRE, "requestBody"), GONE, "POST /v1/employees/{employee}/changes: no body is taken"),
    (
        ("paths", "/v1/keys/{key}", "delete", "requestBody"),
        {"required": True, "content": {}},
        "DELETE /v1/keys/{key}: a body is required",
    ),
    ((*SCHEMA, "NewKey", "required"), ["name", "scopes", "expires_at"], "NewKey/expires_at is required"),
    ((*SCHEMA, "HeldAssignment", "properties", "level"), GONE, "HeldAssignment/level is gone"),
    (
        (*SCHEMA, "HeldAssignment", "properties", "grade"),
        {"type": ["string", "null"]},
        "HeldAssignment/grade: null can",
    ),
    ((*EVENT[:2],), GONE, "POST track.switched is gone"),
    ((*EVENT, "parameters", 0), GONE, "POST track.switched: header webhook-id is gone"),
    (
        (*EVENT, "requestBody", "content", "application/json", "schema", "properties", "data"),
        GONE,
        "POST track.switched/data is gone",
    ),
    (("components", "securitySchemes"), {}, "security scheme api_key is gone"),
]


def changed(document: Json, steps: tuple[str | int, ...], value: object) -> Json:
    """A copy of the document with one place set, or removed."""
    after: Json = copy.deepcopy(document)
    place: Any = after
    for step in steps[:-1]:
        place = place[step]
    if value is GONE:
        del place[steps[-1]]
    else:
        place[steps[-1]] = value
    return after


@pytest.mark.parametrize(("steps", "value", "told"), CONTRACT, ids=[told for *_, told in CONTRACT])
def test_a_contract(steps: tuple[str | int, ...], value: object, told: str) -> None:
    after = changed(DOCUMENT, steps, value)
    found = contract_breaks(DOCUMENT, after)
    assert [text for text in found if text.startswith(told)]
    assert len(found) == len(set(found)) <= 2


def test_what_is_added_breaks_nobody() -> None:
    after = changed(DOCUMENT, ("paths", "/v2/levels"), DOCUMENT["paths"]["/v1/grades"])
    after["paths"][HELD[1]]["get"]["parameters"].append({**ASKED, "required": False})
    after["paths"][HELD[1]]["get"]["responses"]["418"] = DOCUMENT["paths"]["/v1/grades"]["get"]["responses"]["403"]
    after["components"]["schemas"]["HeldAssignment"]["properties"]["later"] = TEXT
    assert contract_breaks(DOCUMENT, after) == []


def test_schemas_in_files_by_what_they_are_for() -> None:
    before = {"$id": "a", "title": "x", **holding(a=TEXT)}
    wider, narrower = {**before, **holding(a={})}, {**before, **holding(a=one_of("b"))}
    assert schema_breaks(before, {**before, "$id": "b"}, event=True) == ["$id was a"]
    assert schema_breaks(before, wider, event=True) == ["x/a: string became any"]
    assert schema_breaks(before, wider, event=False) == schema_breaks(before, narrower, event=True) == []
    assert schema_breaks(before, narrower, event=False) == ["x/a: takes certain values only"]


def test_a_graphql_schema() -> None:
    before = 'type Query { level(key: ID!): Level } type Level @key(fields: "key") { key: ID! title: String! }'
    assert graphql_breaks(before, before.replace("title: String!", "title: String! grade: String")) == []
    for after in (
        before.replace("title: String!", ""),
        before.replace("title: String!", "title: String"),
        before.replace("key: ID!)", "key: ID!, why: String!)"),
    ):
        assert len(graphql_breaks(before, after)) == 1


def test_the_contracts_of_today_hold_what_the_last_release_promised() -> None:
    assert contracts.breaks(ROOT) == []
    kept = json.loads((ROOT / contracts.RELEASED / "openapi.json").read_text())
    assert f"The contract of {kept['info']['version']} is kept" in (ROOT / "CHANGELOG.md").read_text()


def test_a_broken_promise_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    run = CliRunner()
    assert run.invoke(app, ["contracts", "--root", str(tmp_path), "--release"]).exit_code == DONE
    kept = tmp_path / contracts.RELEASED
    assert contracts.breaks(tmp_path) == []

    promised = changed(DOCUMENT, (*SCHEMA, "HeldAssignment", "properties", "salary"), TEXT)
    (kept / "openapi.json").write_text(json.dumps(promised))
    (kept / "schemas" / "rules.schema.json").write_text("{}")
    event = kept / "schemas" / "events" / "track.switched.v1.schema.json"
    event.write_text(event.read_text().replace('"track.switched"', '"track.changed"'))
    refused = run.invoke(app, ["contracts", "--root", str(tmp_path), "--check"])

    assert refused.exit_code == REFUSED
    told = refused.output.splitlines()
    assert "HeldAssignment/salary is gone" in told
    assert "schemas/rules.schema.json is gone" in told
    assert "schemas/events/track.switched.v1.schema.json track.changed/type: value track.changed is gone" in told
    assert "The last release promised what is named above. Add beside it, and leave it as it was." in told
    (kept / "openapi.json").unlink()
    assert contracts.breaks(tmp_path) == ["released/openapi.json is missing: nothing says what was promised"]
