import json
from pathlib import Path

import jsonschema_rs
import pytest

from service.ladderfiles.folder import read_folder
from service.ladderfiles.schema import definition_schemas
from service.ladderfiles.yaml_document import parse_yaml
from tests.ladderfiles.folders import BANDS, COMPANY, LADDER

ROOT = Path(__file__).parents[2]
SCHEMAS = definition_schemas()
VALIDATORS = {name: jsonschema_rs.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}
GOOD = {"company": COMPANY, "ladder": LADDER, "bands": BANDS}


def faults(name: str, text: str) -> list[str]:
    document = parse_yaml(text, file="f.yaml").value
    return ["/".join(str(step) for step in error.instance_path) for error in VALIDATORS[name].iter_errors(document)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_file_is_what_the_code_says(name: str) -> None:
    published = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))

    assert published == SCHEMAS[name]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_names_itself(name: str) -> None:
    assert jsonschema_rs.meta.is_valid(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == f"urn:dualtrack:schema:{name}"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_property_is_described(name: str) -> None:
    def undescribed(schema: object, path: str) -> list[str]:
        if not isinstance(schema, dict):
            return []
        inner = [(f"{path}/{key}", value) for key, value in schema.get("properties", {}).items()]
        bare = [at for at, value in inner if not value["description"].endswith(".")]
        below = [*inner, (f"{path}[]", schema.get("items")), (f"{path}{{}}", schema.get("additionalProperties"))]
        return bare + [found for at, value in below for found in undescribed(value, at)]

    assert undescribed(SCHEMAS[name], "") == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_the_reader_accepts_the_schema_accepts(name: str) -> None:
    assert faults(name, GOOD[name]) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("company", "timezone: Europe/Berlin", "timezone: 1", "timezone"),
        ("company", 'key: "1"', "key: 1", "grades/0/key"),
        ("company", "rank: 1", 'rank: "1"', "grades/0/rank"),
        ("company", "policy: equal", "policy: equals", "parity/policy"),
        ("company", "name:", "nmae: x\nname:", ""),
        ("ladder", "2020-01-01", "01.01.2020", "effective_from"),
        ("ladder", "craft: [Builds.]", "craft: Builds.", "levels/0/expectations/craft"),
        ("ladder", "kind: manager", "kind: boss", "tracks/1/kind"),
        ("ladder", 'version: "1"\n', "", ""),
        ("bands", '"55000"', "55000", "rows/0/mid"),
        ("bands", '"55000"', '"5e4"', "rows/0/mid"),
        ("bands", "currency: USD", "currency: usd", "rows/2/currency"),
    ],
)
def test_what_the_reader_refuses_the_schema_refuses_at_the_same_place(
    name: str, old: str, new: str, place: str
) -> None:
    assert faults(name, GOOD[name].replace(old, new, 1)) == [place]


def test_the_demo_follows_its_schemas_and_points_to_them() -> None:
    demo = ROOT / "examples" / "demo"
    files = {"company.yaml": "company", "ladders/engineering.yaml": "ladder", "bands/2026.yaml": "bands"}

    assert read_folder(demo).findings == ()
    for file, name in files.items():
        text = (demo / file).read_text(encoding="utf-8")
        pointed = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        assert ((demo / file).parent / pointed).resolve() == ROOT / "schemas" / f"{name}.schema.json"
        assert faults(name, text) == []
