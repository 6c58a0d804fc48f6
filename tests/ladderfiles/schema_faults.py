"""Where a schema refuses a document, told as precisely as editors do, and where the reader does."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from service.domain.bands import bandset_from_document
from service.domain.company import company_from_document
from service.domain.findings import DocumentRejected, token
from service.domain.ladders import ladder_from_document
from service.ladderfiles.schema import definition_schemas
from service.ladderfiles.yaml_document import parse_yaml

EXAMPLES = Path(__file__).parents[2] / "examples"
SCHEMAS = definition_schemas()
# Editors check the format of a date too, so a day that is in no calendar is marked.
VALIDATORS = {
    name: jsonschema_rs.Draft202012Validator(schema, validate_formats=True) for name, schema in SCHEMAS.items()
}
READERS = {"company": company_from_document, "ladder": ladder_from_document, "bands": bandset_from_document}


def kind_of(file: str) -> str:
    """The schema that a file follows, by where it stands."""
    path = Path(file)
    return {"ladders": "ladder", "bands": "bands"}.get(path.parent.name, path.stem)


@cache
def document_of(file: str) -> Any:
    """A file of the examples as a plain document, to be copied before it is altered."""
    return parse_yaml((EXAMPLES / file).read_text(encoding="utf-8"), file=file).value


def refused_by_schema(name: str, document: object) -> list[str]:
    """JSON pointers of what the schema refuses, sorted; an unknown key is named itself."""
    return sorted({place for error in VALIDATORS[name].iter_errors(document) for place in _places(error)})


def refused_by_reader(name: str, document: Any) -> list[tuple[str, str]]:
    """(pointer, rule) of what the reader refuses, sorted."""
    try:
        READERS[name](document)
    except DocumentRejected as rejected:
        return sorted({(finding.pointer, finding.rule) for finding in rejected.findings})
    return []


def _places(error: Any) -> Iterator[str]:
    place = "".join(token(step) for step in error.instance_path)
    match error.kind.name:
        case "additionalProperties":
            yield from (place + token(key) for key in error.kind.unexpected)
        case "propertyNames":
            yield place + token(error.kind.error.instance)
        case "anyOf":
            yield from _meant(error) or [place]
        case _:
            yield place


def _meant(error: Any) -> list[str]:
    """The faults of the form that was meant: the one whose type the value has. None when no form fits."""
    here = error.instance_path
    for branch in error.kind.context:
        nested = [inner for inner in branch if inner.kind.name == "anyOf" and inner.instance_path == here]
        if nested:
            found = [place for inner in nested for place in _meant(inner)]
        elif any(inner.kind.name == "type" and inner.instance_path == here for inner in branch):
            found = []
        else:
            found = [place for inner in branch for place in _places(inner)]
        if found:
            return found
    return []
