"""The published schemas: what editors complete, explain and mark, and whether the reader says the same."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from service.domain.bands import BandSet
from service.domain.company import Company
from service.domain.ladders import Ladder
from service.domain.shapes import Choice, FieldShape, ListOf, MapOf, Record, Shape, record_of
from service.ladderfiles.schema import PUBLISHED_AT
from service.ladderfiles.yaml_document import parse_yaml
from tests.ladderfiles.folders import BANDS, COMPANY, LADDER
from tests.ladderfiles.schema_faults import (
    EXAMPLES,
    READERS,
    SCHEMAS,
    document_of,
    kind_of,
    refused_by_reader,
    refused_by_schema,
)
from tests.ladderfiles.wrong_documents import WRONG, Gone, Wrong

ROOT = Path(__file__).parents[2]
FILES = sorted(path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.yaml"))
DEFINITIONS = {"company": Company, "ladder": Ladder, "bands": BandSet}
GOOD = {"company": COMPANY, "ladder": LADDER, "bands": BANDS}


def forms(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The ways in which something may be written."""
    return [inner for each in schema["anyOf"] for inner in forms(each)] if "anyOf" in schema else [schema]


def described(shape: Shape, schema: dict[str, Any], path: str) -> Iterator[tuple[str, FieldShape, dict[str, Any]]]:
    """Every field of a definition at every depth, with the schema of its value."""
    match shape:
        case Record():
            (whole,) = [form for form in forms(schema) if "properties" in form]
            yield from _fields(shape.fields, whole["properties"], path)
        case ListOf():
            (many,) = [form for form in forms(schema) if "items" in form]
            yield from described(shape.item, many["items"], f"{path}[]")
        case MapOf():
            (entries,) = [form for form in forms(schema) if "propertyNames" in form]
            entry = entries["additionalProperties"]
            if len(shape.rest) == 1:
                yield from _fields(shape.rest, {shape.rest[0].name: entry}, f"{path}{{}}")
            else:
                (whole,) = [form for form in forms(entry) if "properties" in form]
                yield from _fields(shape.rest, whole["properties"], f"{path}{{}}")
        case _:
            return


def _fields(
    fields: tuple[FieldShape, ...], properties: dict[str, Any], path: str
) -> Iterator[tuple[str, FieldShape, dict[str, Any]]]:
    assert list(properties) == [field.name for field in fields]
    for field in fields:
        here = f"{path}/{field.name}"
        yield here, field, properties[field.name]
        yield from described(field.shape, properties[field.name], here)


EVERYTHING = [
    pytest.param(field, schema, id=f"{name}{path}")
    for name, build in DEFINITIONS.items()
    for path, field, schema in described(record_of(build), SCHEMAS[name], "")
]


def all_schemas(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from all_schemas(inner)


def at(name: str, path: str) -> list[dict[str, Any]]:
    """The schemas that an editor matches with a place, whichever form its holders are written in."""
    found = [SCHEMAS[name]]
    for step in path.split("/")[1:]:
        found = [inner for schema in found for form in forms(schema) for inner in _inside(form, step)]
    return found


def _inside(form: dict[str, Any], step: str) -> Iterator[dict[str, Any]]:
    if "items" in form and step.isdecimal():
        yield form["items"]
    elif step in form.get("properties", {}):
        yield form["properties"][step]
    elif "propertyNames" in form:
        yield form["additionalProperties"]


def altered(wrong: Wrong) -> Any:
    document = copy.deepcopy(document_of(wrong.file))
    *way, last = [int(step) if step.isdecimal() else step for step in wrong.at.split("/")[1:]]
    holder = document
    for step in way:
        holder = holder[step]
    if wrong.value is Gone:
        del holder[last]
    else:
        holder[last] = wrong.value
    return document


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_file_is_what_the_code_says(name: str) -> None:
    published = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))

    assert published == SCHEMAS[name]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_names_itself(name: str) -> None:
    assert jsonschema_rs.meta.is_valid(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == f"{PUBLISHED_AT}/schemas/{name}.schema.json"
    assert SCHEMAS[name]["description"].endswith(".")


@pytest.mark.parametrize(("field", "schema"), EVERYTHING)
def test_a_field_is_explained_with_its_choices_and_its_default(field: FieldShape, schema: dict[str, Any]) -> None:
    assert schema["description"] == field.description
    assert field.description.endswith(".")
    if isinstance(field.shape, Choice):
        assert schema["enum"] == [*field.shape.values, *([None] if field.nullable else [])]
    has_default = field.otherwise not in (None, ())
    assert ("default" in schema) is has_default
    if isinstance(field.otherwise, str | int):
        assert schema["default"] == field.otherwise


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_property_and_every_entry_of_a_map_is_explained_in_every_form(name: str) -> None:
    found = list(all_schemas(SCHEMAS[name]))
    properties = [inner for schema in found for inner in schema.get("properties", {}).values()]
    entries = [schema["additionalProperties"] for schema in found if "propertyNames" in schema]

    assert properties
    assert entries
    assert [inner for inner in (*properties, *entries) if not inner["description"].endswith(".")] == []
    # What is no map takes no key that it does not explain.
    assert {schema["additionalProperties"] for schema in found if "properties" in schema} == {False}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_default_written_out_changes_nothing(name: str) -> None:
    document = parse_yaml(GOOD[name].replace("parity: {policy: equal}\n", ""), file="f.yaml").value
    assert isinstance(document, dict)
    defaults = {
        key: schema["default"]
        for key, schema in SCHEMAS[name]["properties"].items()
        if "default" in schema and key not in document
    }

    assert READERS[name]({**document, **defaults}) == READERS[name](document)
    assert (
        set(defaults)
        == {
            "company": {"principles", "parity", "locked_periods", "approvals"},
            "ladder": {"lifecycle", "generic", "cumulative"},
            "bands": {"lifecycle"},
        }[name]
    )


@pytest.mark.parametrize(
    ("name", "path", "told"),
    [
        ("company", "/roles/0/growth/ic", ["What growth means there."]),
        ("ladder", "/levels/0/expectations/craft", ["Key of the competency."]),
        ("ladder", "/levels/0/expectations/craft/statements/0/examples", ["What meeting it looks like."]),
        ("ladder", "/levels/0/expectations/craft/0/source_id", ["Id of the statement where it was taken from."]),
        ("ladder", "/levels/0/provenance/title/confidence", ["A: official text. B: a named insider or established"]),
        ("ladder", "/levels/0/time_split/coding/least", ["At least this many percent."]),
        ("ladder", "/sources/book/read_on", ["Day on which it was read; null when that is not stated."]),
        ("bands", "/rows/0/steps/entry", ["Label of the step, as the levels of the grade list it."]),
        ("bands", "/rows/0/formula/factors/location", ["What the base is multiplied with."]),
        ("bands", "/caps/USD/note", ["What sets the cap."]),
    ],
)
def test_an_editor_explains_what_is_under_the_cursor(name: str, path: str, told: list[str]) -> None:
    found = [schema["description"] for schema in at(name, path) if "description" in schema]

    assert [text[: len(start)] for text, start in zip(found, told, strict=True)] == told


@pytest.mark.parametrize("path", ["/levels/0/terminal/note", "/levels/0/terminal/0/note"])
def test_an_editor_explains_a_dated_value_alone_and_in_a_list(path: str) -> None:
    (found,) = at("ladder", path)

    assert found["description"].startswith("What else is to be known")


@pytest.mark.parametrize(
    ("name", "path", "keys", "values"),
    [
        ("company", "/parity", ["policy", "tolerance_percent"], []),
        ("company", "/parity/policy", [], ["equal", "ic_at_least_manager", "tolerance"]),
        ("company", "/roles/0/growth", ["ic", "manager", "hybrid", "executive", "support"], []),
        ("ladder", "/levels/0/terminal", ["value", "effective_from", "effective_to", "note"], []),
        ("ladder", "/levels/0/expectations/craft", ["statements", "proficiency"], []),
        ("ladder", "/levels/0/provenance/grade/confidence", [], ["A", "B", "C", "U", None]),
        ("ladder", "/tracks/0/kind", [], ["ic", "manager", "hybrid", "executive", "support"]),
        ("bands", "/rows/0/steps/entry", ["amount", "min", "max"], []),
        ("bands", "/rows/0/period", [], ["hour", "day", "week", "month", "year"]),
        ("bands", "/periods_per_year", ["hour", "day", "week", "month", "year"], []),
    ],
)
def test_an_editor_completes_keys_and_choices(name: str, path: str, keys: list[str], values: list[str | None]) -> None:
    found = [form for schema in at(name, path) for form in forms(schema)]
    offered = [
        key for form in found for key in (*form.get("properties", {}), *form.get("propertyNames", {}).get("enum", ()))
    ]

    assert offered == keys
    assert [value for form in found for value in form.get("enum", ())] == values


def test_defaults_are_offered_where_there_are_any() -> None:
    assert {
        path: [schema["default"] for schema in at(name, path)]
        for name, path in (
            ("company", "/principles"),
            ("company", "/parity"),
            ("company", "/parity/policy"),
            ("company", "/grades/0/retired"),
            ("ladder", "/pairing"),
            ("ladder", "/moves/0/allowed"),
            ("bands", "/caps/USD/period"),
            ("bands", "/rounding/mode"),
        )
    } == {
        "/principles": ["enforce"],
        "/parity": [{"policy": "equal"}],
        "/parity/policy": ["equal"],
        "/grades/0/retired": [False],
        "/pairing": [{"otherwise": "missing"}],
        "/moves/0/allowed": [True],
        "/caps/USD/period": ["year"],
        "/rounding/mode": ["half_up"],
    }


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_the_examples_follows_its_schema_and_points_to_it(file: str) -> None:
    text, kind = (EXAMPLES / file).read_text(encoding="utf-8"), kind_of(file)
    pointed = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")

    assert refused_by_schema(kind, document_of(file)) == []
    assert refused_by_reader(kind, document_of(file)) == []
    assert ((EXAMPLES / file).parent / pointed).resolve() == ROOT / "schemas" / f"{kind}.schema.json"


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_the_reader_accepts_the_schema_accepts(name: str) -> None:
    assert refused_by_schema(name, parse_yaml(GOOD[name], file="f.yaml").value) == []


@pytest.mark.parametrize("wrong", WRONG, ids=[f"{kind_of(wrong.file)}{wrong.at}-{wrong.rule}" for wrong in WRONG])
def test_what_is_wrong_is_refused_by_schema_and_reader_at_one_place(wrong: Wrong) -> None:
    document, kind = altered(wrong), kind_of(wrong.file)

    assert refused_by_schema(kind, document) == [wrong.pointer]
    assert refused_by_reader(kind, document) == [(wrong.pointer, wrong.rule)]
