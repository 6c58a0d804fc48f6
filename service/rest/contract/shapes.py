"""JSON Schemas of what is served, made from the classes that are served."""

from functools import cache
from typing import Any

from service.rest.members import adapter_of

Schema = dict[str, Any]

_LEFT_OUT_FOR_PAY = frozenset({"band", "bands", "before", "after", "gap_percent", "a", "b", "people"}) | {
    *("cost", "at_actual_pay", "outside"),
}
"""What an object with `redacted` may leave out: a reader must not count on it."""


@cache
def schema_of(shape: Any, *, ref: str) -> tuple[Schema, dict[str, Schema]]:
    """The schema of a class and those of the classes it holds, by name. `ref` says where these will stand."""
    schema = adapter_of(shape).json_schema(mode="serialization", by_alias=True, ref_template=ref)
    inner: dict[str, Schema] = schema.pop("$defs", {})
    return _trimmed(schema), {name: _trimmed(part) for name, part in inner.items()}


def sent_schema_of(shape: Any, *, ref: str) -> tuple[Schema, dict[str, Schema]]:
    """The same of a class that is sent."""
    schema = adapter_of(shape).json_schema(mode="validation", by_alias=True, ref_template=ref)
    inner: dict[str, Schema] = schema.pop("$defs", {})
    return schema, inner


def _trimmed(schema: Schema) -> Schema:
    """Without the titles made from field names, which say nothing, and honest about what pay rules leave out."""
    kept: Schema = {
        name: _trimmed_value(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str) and schema.get("type") != "object")
    }
    if "properties" in kept:
        kept["properties"] = {name: _trimmed(part) for name, part in schema["properties"].items()}
        if "redacted" in kept["properties"]:
            kept["properties"]["redacted"].pop("default", None)
            kept["required"] = [name for name in kept["required"] if name not in _LEFT_OUT_FOR_PAY]
    return kept


def _trimmed_value(value: Any) -> Any:
    if isinstance(value, dict):
        return _trimmed(value)  # pyright: ignore[reportUnknownArgumentType] - JSON has no types
    if isinstance(value, list):
        return [_trimmed_value(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
