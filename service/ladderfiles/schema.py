"""JSON Schemas of the definition files, generated from the shapes that the binder itself follows."""

from typing import Any

from service.domain.bands import BandSet
from service.domain.company import Company
from service.domain.documents import AMOUNT_PATTERN
from service.domain.ladders import Ladder
from service.domain.shapes import (
    Amount,
    Choice,
    Day,
    FieldShape,
    Flag,
    Form,
    ListOf,
    MapOf,
    Record,
    Shape,
    Text,
    Whole,
    record_of,
)

JsonSchema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DOCUMENTS: tuple[tuple[str, type, str], ...] = (
    ("company", Company, "company.yaml of a dualtrack company folder: grades, zones, roles, teams, parity."),
    ("ladder", Ladder, "One file in ladders/ of a dualtrack company folder: one version of one career ladder."),
    ("bands", BandSet, "One file in bands/ of a dualtrack company folder: one dated set of pay bands."),
)


def definition_schemas() -> dict[str, JsonSchema]:
    """By name: `company`, `ladder`, `bands`; each is published as `schemas/<name>.schema.json`."""
    return {
        name: {
            "$schema": _DIALECT,
            "$id": f"urn:dualtrack:schema:{name}",
            "title": name,
            "description": description,
            **_schema(record_of(build)),
        }
        for name, build, description in _DOCUMENTS
    }


def _schema(shape: Shape) -> JsonSchema:
    match shape:
        case Record():
            return _record(shape)
        case ListOf():
            return {"type": "array", "items": _schema(shape.item)}
        case MapOf():
            return {
                "type": "object",
                "propertyNames": _schema(shape.key.shape),
                "additionalProperties": {"description": shape.value.description, **_schema(shape.value.shape)},
            }
        case Text():
            return _text(shape.form)
        case Choice():
            return {"type": "string", "enum": list(shape.values)}
        case Whole():
            return {"type": "integer", "minimum": shape.within.least, "maximum": shape.within.most}
        case Flag():
            return {"type": "boolean"}
        case Day():
            return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        case Amount():
            return {"type": "string", "pattern": f"^{AMOUNT_PATTERN}$", "examples": ["62000.00"]}


def _record(shape: Record) -> JsonSchema:
    properties: JsonSchema = {field.name: _field(field) for field in shape.fields}
    return {
        "type": "object",
        "properties": properties,
        "required": [field.name for field in shape.fields if field.required],
        "additionalProperties": False,
    }


def _field(field: FieldShape) -> JsonSchema:
    schema = _schema(field.shape)
    if field.nullable:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    if isinstance(field.otherwise, str | bool):
        schema["default"] = field.otherwise
    return {"description": field.description, **schema}


def _text(form: Form) -> JsonSchema:
    schema: JsonSchema = {"type": "string", "maxLength": form.longest}
    if form.pattern is not None:
        schema["pattern"] = f"^(?:{form.pattern})$"
    return schema
