"""JSON Schemas of the definition files, generated from the shapes that the binder itself follows."""

from dataclasses import fields, is_dataclass
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

PUBLISHED_AT = "https://dualtrack.example"
"""Stands for whichever host serves the schemas: their paths are the same everywhere."""
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
            "$id": f"{PUBLISHED_AT}/schemas/{name}.schema.json",
            "title": name,
            "description": description,
            **_schema(record_of(build)),
        }
        for name, build, description in _DOCUMENTS
    }


def _schema(shape: Shape) -> JsonSchema:
    match shape:
        case Record():
            return _alone_or(shape.plain, _record(shape.fields))
        case ListOf():
            many: JsonSchema = {"type": "array", "items": _schema(shape.item)}
            return {"anyOf": [_schema(shape.item), many]} if shape.bare else many
        case MapOf():
            return {
                "type": "object",
                "propertyNames": _schema(shape.key.shape),
                "additionalProperties": _entry(shape),
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


def _entry(shape: MapOf) -> JsonSchema:
    alone = shape.plain
    if alone is not None and len(shape.rest) == 1:
        return _field(alone)
    # Editors show it for the key that the author chose.
    return {"description": shape.key.description, **_alone_or(alone, _record(shape.rest))}


def _alone_or(plain: FieldShape | None, whole: JsonSchema) -> JsonSchema:
    return whole if plain is None else {"anyOf": [_field(plain), whole]}


def _record(fields: tuple[FieldShape, ...]) -> JsonSchema:
    return {
        "type": "object",
        "properties": {field.name: _field(field) for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def _field(field: FieldShape) -> JsonSchema:
    schema = _schema(field.shape)
    if field.nullable and "anyOf" in schema:
        schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    elif field.nullable:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    default = _default(field.otherwise)
    if default is not None:
        schema["default"] = default
    return {"description": field.description, **schema}


def _default(otherwise: object) -> JsonSchema | str | int | None:
    """As it would be written; None for null and for what is empty, which nobody needs to write."""
    if isinstance(otherwise, str | int):
        return otherwise
    if not is_dataclass(otherwise) or isinstance(otherwise, type):
        return None
    stated = {name.name: _default(getattr(otherwise, name.name)) for name in fields(otherwise)}
    return {name: value for name, value in stated.items() if value is not None}


def _text(form: Form) -> JsonSchema:
    schema: JsonSchema = {"type": "string", "maxLength": form.longest}
    if form.pattern is not None:
        schema["pattern"] = f"^(?:{form.pattern})$"
    return schema
