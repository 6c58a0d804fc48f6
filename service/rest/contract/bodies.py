"""Bodies that a route reads by itself, since they come in several forms."""

from typing import Any

from service.rest.contract.operation import Operation
from service.rest.contract.shapes import sent_schema_of

Json = dict[str, Any]


def sent_body(known: Operation, shape: type[object], schemas: Json, *, ref: str) -> Json:
    """A document of the class, or lines of text. Schemas that it holds are put among `schemas`."""
    schema, parts = sent_schema_of(shape, ref=ref)
    schemas |= {name: part for name, part in {**parts, shape.__name__: schema}.items() if name not in schemas}
    content: Json = {
        "application/json": {"schema": {"$ref": ref.format(model=shape.__name__)}, "example": known.request}
    }
    content |= {media: {"schema": {"type": "string"}, "example": text} for media, text in known.lines.items()}
    return {"required": True, "content": content}
