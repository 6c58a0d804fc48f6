"""The OpenAPI document: what the framework knows of the routes, and what only we know of answers and refusals."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from service.domain.access import Scope
from service.domain.wire import plain
from service.problems import PROBLEMS
from service.rest.contract.bodies import sent_body
from service.rest.contract.envelopes import PAGE, PROBLEM, RETRY_HEADERS
from service.rest.contract.events import EVENT_TYPES, event_example, event_schema
from service.rest.contract.examples import RECORDED, SWITCH_ON
from service.rest.contract.exports import export_contents
from service.rest.contract.operation import Operation, open_schema
from service.rest.contract.operations import OPERATIONS
from service.rest.contract.parameters import BY_PARAMETER, FORMS, PATH_PARAMETERS
from service.rest.contract.payroll_operations import FILE
from service.rest.contract.problem_examples import problem_example
from service.rest.contract.reading_operations import BOUNDS
from service.rest.contract.report_operations import END_LINE
from service.rest.contract.shapes import schema_of
from service.rest.media import EVENTS
from service.rest.members import members_of
from service.rest.negotiation import ANYWAY

Json = dict[str, Any]

REF = "#/components/schemas/{model}"
_ABOUT = (
    "A company's dual career ladders, who stands where on them on any day as known at any instant, and signed "
    "webhooks that tell payroll.\n\nEffective dates are calendar days without a zone, half open: `effective_to` is "
    "the first day after. Instants are RFC 3339 in UTC. Amounts are decimal texts with a currency and a period. "
    "Unknown query parameters and body fields are refused. RateLimit-Policy and RateLimit tell what a caller may send. "
    "Within v1 nothing goes and nothing changes its meaning: members of answers and values of enumerations are only "
    "added, so bear those that you do not know. Every refusal is a problem document with a stable `code`; "
    "`/problems/{code}` says what to do. With `fields` an answer has those members only, whatever its schema requires."
)
_TAGS = {
    "employees": "People and their names in other systems.",
    "changes": "Acts on somebody's timeline, past, present or future.",
    "batches": "Many changes at once: stored, reported on, approved where that is asked, then applied.",
    "reconciliations": "What another system says of people, held against the record.",
    "assignments": "Who stands where, on any day, as known at any instant.",
    "definitions": "The whole company folder as one document.",
    "ladders": "The company, its grades and its ladders as published.",
    "bands": "Pay bands. Needs the right to read pay.",
    "parity": "Whether the two tracks are equal, as promised.",
    "reports": "What is promised of the tracks, and what happened over a range of days, counted over people.",
    "events": "Everything that is told, to be read in order.",
    "endpoints": "Subscriptions, and what was sent to them.",
    "connections": "Other firms' systems: what is written there and read from there. Needs the scope admin.",
    "keys": "API keys. Needs the scope admin.",
    "system": "Whether the service lives, which it is, and what its answers mean. Needs no key.",
}
_BOUND = {
    "effective_on": SWITCH_ON.isoformat(),
    "known_at": RECORDED,
    "has_more": False,
    "events_after": END_LINE.end.events_after,
    "file": plain(FILE),
}
"""What a page says that its items do not say themselves."""
_ALWAYS = ("bad-host", "host-refused", "internal-error")
_WITH_KEY = ("missing-key", "key-refused", "missing-scope", "unknown-parameter")
_BOUNDED = ("quota-exceeded", "busy")
"""What all but health can answer while too much is asked."""
_WITH_BODY = ("malformed-json", "unsafe-json", "invalid-body", "unsupported-media-type", "body-too-large")


def document_of(app: FastAPI) -> Json:
    document = app.openapi()
    schemas: Json = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= {"Problem": PROBLEM, "Page": PAGE}
    answered: dict[str, str] = {}
    for path, methods in document["paths"].items():
        instance: str = path.format(**{name: one for name, (_, one) in PATH_PARAMETERS.items()})
        for method, operation in methods.items():
            answered = {**dict.fromkeys(_complete(method, operation, schemas), instance), **answered}
    document["info"] |= {
        "description": _ABOUT,
        "contact": {"name": "The operators of this service"},
        "license": {"name": "All rights reserved", "identifier": "LicenseRef-all-rights-reserved"},
    }
    document["servers"] = [{"url": "/", "description": "This service."}]
    document["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items()]
    document["webhooks"] = {name: {"post": _webhook(name, schemas)} for name in EVENT_TYPES}
    document["components"]["examples"] = {
        code: problem_example(code, instance=instance) for code, instance in sorted(answered.items())
    }
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _complete(method: str, operation: Json, schemas: Json) -> set[str]:
    """Fill in one operation. Returns the problem codes it can answer."""
    known = OPERATIONS[operation["operationId"]]
    for parameter in operation.get("parameters", []):
        _complete_parameter(parameter)
        if parameter["name"] == "Idempotency-Key" and "idempotency-key-missing" in known.codes:
            parameter["required"] = True
        if parameter["name"] == "fields" and known.shape is not None:
            parameter["example"] = ",".join(name for name in members_of(known.shape).names if name != "redacted")
        if (known.scope, parameter["name"]) == (Scope.LADDERS_WRITE, "If-Match"):
            # Definitions have no revision but a tag, and a plan needs none.
            parameter["schema"] |= {"pattern": '^((W/)?"[0-9a-f]{32}"|[*])$', "examples": ["*"]}
            parameter["required"] = False
    if known.sent is not None:
        operation["requestBody"] = sent_body(known, known.sent, schemas, ref=REF)
    elif "requestBody" in operation:
        (content,) = operation["requestBody"]["content"].values()
        content["example"] = known.request
    operation["security"] = [{scheme: [] for scheme in one} for one in operation.get("security", [])]
    if known.scope is not None:
        # Only OAuth schemes have a place for scopes.
        operation["x-required-scopes"] = [known.scope, *known.also]
    status = min(operation["responses"])
    codes = _codes_of(method, operation, known)
    operation["responses"] = {status: _success(operation, known, schemas), **_refusals(codes)}
    if operation["operationId"] == "readyz":
        word = {"schema": {"type": "string", "enum": ["unready"]}, "example": "unready"}
        operation["responses"]["503"] = {"description": "Not ready: one word.", "content": {"text/plain": word}}
    return codes


def _complete_parameter(parameter: Json) -> None:
    name = parameter["name"]
    if parameter["in"] == "path":
        parameter["description"], parameter["example"] = PATH_PARAMETERS[name]
    schema = parameter["schema"]
    schema.pop("title", None)
    # A parameter that is not sent is absent: there is no way to write null in a query or a header.
    stated = [part for part in schema.pop("anyOf", []) if part != {"type": "null"}]
    schema |= stated[0] if stated else {}
    schema |= FORMS.get(name, {})
    if name == "If-Match":
        parameter["required"] = True


def _codes_of(method: str, operation: Json, known: Operation) -> set[str]:
    names = [parameter["name"] for parameter in operation.get("parameters", [])]
    codes = {*_ALWAYS, *known.codes, *(code for name in names for code in BY_PARAMETER.get(name, ()))}
    if operation["security"]:
        codes |= set(_WITH_KEY)
    if operation["operationId"] not in {"livez", "readyz"}:
        codes |= set(_BOUNDED)
    if operation["operationId"] not in ANYWAY:
        codes.add("not-acceptable")
    if "requestBody" in operation:
        codes |= {*_WITH_BODY, "request-timeout"}
    elif method in {"post", "put", "patch"}:
        # A body that nobody reads is refused.
        codes |= {"invalid-body", "body-too-large", "request-timeout"}
    return codes


def _success(operation: Json, known: Operation, schemas: Json) -> Json:
    example = plain(known.example)
    schema = _schema(known, schemas)
    if known.listed:
        more = {name: example.get(name) or _BOUND[name] for name in known.more}
        example = {"data": [example], "page": {"next_cursor": None, "prev_cursor": None, "limit": 50}, **more}
        schema = _list_schema(schema, known, schemas)
    content: Json = {known.media: {"schema": schema, "example": example}}
    content |= {media: {"schema": open_schema(one), "example": one} for media, one in known.otherwise.items()}
    content |= {media: {"schema": {"type": "string"}, "example": one} for media, one in known.written.items()}
    if known.streamed:
        says = "Server-sent events: id is a place to come back to, event the type, data the body."
        content |= {EVENTS: {"schema": {"type": "string", "description": says}, "example": known.streamed}}
    if known.exported:
        content |= export_contents(known.shape, known.example, known.ending)
    answer: Json = {"description": operation["summary"], "content": content}
    if known.media == "application/json":
        answer["headers"] = _headers(operation) | dict(known.ending_headers)
    return answer


def _schema(known: Operation, schemas: Json) -> Json:
    return open_schema(known.example) if known.shape is None else _named(known.shape, schemas)


def _named(shape: type[object], schemas: Json) -> Json:
    schema, parts = schema_of(shape, ref=REF)
    schemas.update(parts)
    schemas[shape.__name__] = schema
    return {"$ref": REF.format(model=shape.__name__)}


def _list_schema(item: Json, known: Operation, schemas: Json) -> Json:
    said: Mapping[str, Json] = {
        **BOUNDS,
        "effective_on": {"type": "string", "format": "date", "description": "The day of the list."},
        "known_at": {"type": "string", "format": "date-time", "description": "Instant it is bounded by."},
        "has_more": {"type": "boolean", "description": "Whether there is more to read at once."},
        "events_after": {"type": "string", "description": "Send it as after to read the feed on from there."},
    }
    if "file" in known.more:
        said = {**said, "file": _named(type(FILE), schemas)}
    extra = {name: said[name] for name in known.more}
    extra |= {name: _named(shape, schemas) for name, shape in known.counted.items()}
    return {
        "type": "object",
        "properties": {
            "data": {"type": "array", "items": item, "description": "The items of this page."},
            "page": {"$ref": REF.format(model="Page")},
            **extra,
        },
        "required": ["data", "page", *known.more],
    }


def _headers(operation: Json) -> Json:
    def header(text: str) -> Json:
        return {"description": text, "schema": {"type": "string"}}

    headers = {"ETag": header("Tag of the answer; of a person, the revision to send as If-Match.")}
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    if "201" in operation["responses"]:
        headers["Location"] = header("Where what was made can be read; absent in a dry run.")
    if "Idempotency-Key" in names:
        headers["Idempotent-Replayed"] = header("true when this was answered before under the same key.")
    if "after" in names:
        headers["Link"] = header('The next page, rel="next".')
    if "cursor" in names:
        headers["Link"] = header('The next page, rel="next", and the one before, rel="prev".')
    if "Prefer" in names:
        headers["Preference-Applied"] = header("The preference that was heeded; absent when none was.")
    return headers


def _refusals(codes: set[str]) -> Json:
    """Responses by status, each with the codes that bring it."""
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    return {
        str(status): {
            "description": "; ".join(PROBLEMS[code].title for code in found) + ".",
            **({"headers": RETRY_HEADERS} if status in {429, 503} else {}),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": REF.format(model="Problem")},
                    "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in found},
                }
            },
        }
        for status, found in sorted(by_status.items())
    }


def _webhook(name: str, schemas: Json) -> Json:
    kind = EVENT_TYPES[name]
    schema, parts = event_schema(name, ref=REF)
    schemas.update(parts)
    shown = {"v1": {"value": event_example(name)}}
    with_pay = event_example(name, rendering="v1+pay")
    if with_pay != shown["v1"]["value"]:
        shown["v1+pay"] = {"value": with_pay}
    return {
        "operationId": f"event_{name.replace('.', '_')}",
        "summary": name,
        "description": f"{kind.says} Signed as Standard Webhooks v1 over the exact bytes.",
        "tags": ["endpoints"],
        "parameters": [
            {"name": header, "in": "header", "required": sure, "description": text, "schema": {"type": "string"}}
            for header, sure, text in (
                ("webhook-id", True, "Id of the event, the same on every retry: drop what you have seen."),
                ("webhook-timestamp", True, "Seconds since the epoch at which this attempt was signed."),
                ("webhook-signature", True, "v1,<base64 of HMAC-SHA256>; several with spaces while a secret changes."),
                ("traceparent", False, "W3C trace of the request that led to the event, with a span for each attempt."),
            )
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "examples": shown}},
        },
        "responses": {"2XX": {"description": "Received; anything else is tried again later."}},
        "security": [],
    }
