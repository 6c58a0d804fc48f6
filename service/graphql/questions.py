"""From a request to what it asks: a document or the name of one, the operation, the variables. Nothing is guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from fastapi import Request
from starlette.datastructures import QueryParams

from service.problems import SurfaceProblem
from service.strict_json import parse_json

MEMBERS = ("query", "documentId", "operationName", "variables", "extensions")
_MAPS = {"variables", "extensions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One of `query` and `document_id` is there, or both, or neither, which whoever looks the document up refuses."""

    query: str | None
    document_id: str | None
    operation_name: str | None
    variables: Mapping[str, Any]


def refuse_other_media(request: Request) -> None:
    """Raises SurfaceProblem for a body that is not plain JSON in UTF-8: a page of another site can send only others."""
    media, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    charsets = [one.partition("=")[2].strip('" ') for one in parameters if one.startswith("charset")]
    plain = request.headers.get("content-encoding", "identity") == "identity"
    if media != "application/json" or not plain or any(one not in {"utf-8", "utf8"} for one in charsets):
        raise SurfaceProblem(
            "unsupported-media-type",
            "The body must be JSON in UTF-8 as it is: send Content-Type: application/json and no Content-Encoding.",
        )


def from_body(body: bytes) -> Question:
    """Raises SurfaceProblem."""
    document = parse_json(body)
    if isinstance(document, list):
        raise _unfit("", "Several requests in one body are not taken. Send one object for each request.")
    if not isinstance(document, dict):
        raise _unfit("", "The body must be one JSON object.")
    return _question(cast(dict[str, Any], document))


def from_query(parameters: QueryParams) -> Question:
    """Raises SurfaceProblem."""
    members: dict[str, Any] = {}
    for name, text in parameters.multi_items():
        if name in members:
            raise _unfit(f"/{name[:60]}", f"The parameter {name[:60]} is there twice. Send it once.")
        # An address has no null: what is empty is not there.
        members[name] = None if not text else parse_json(text.encode()) if name in _MAPS else text
    return _question(members)


def _question(members: dict[str, Any]) -> Question:
    for name, value in members.items():
        if name not in MEMBERS:
            raise _unfit(f"/{name[:60]}", f"There is no member {name[:60]}. Known are {', '.join(MEMBERS)}.")
        expected = dict if name in _MAPS else str
        if value is not None and not isinstance(value, expected):
            raise _unfit(f"/{name}", f"{name} must be {'an object' if name in _MAPS else 'a text'} or null.")
    return Question(
        query=members.get("query"),
        document_id=members.get("documentId"),
        operation_name=members.get("operationName"),
        variables=members.get("variables") or {},
    )


def _unfit(pointer: str, detail: str) -> SurfaceProblem:
    return SurfaceProblem(
        "not-a-graphql-request",
        detail,
        errors=[{"pointer": pointer, "detail": detail, "code": "not-a-graphql-request"}],
    )
