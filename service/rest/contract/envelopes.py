"""What answers of every kind come in: a page of a list, a refusal."""

from typing import Any

Json = dict[str, Any]


def _listed(text: str) -> Json:
    return {"type": "array", "items": {"type": "string"}, "description": text}


PROBLEM: Json = {
    "type": "object",
    "description": "A refusal (RFC 9457). Members that are not required come with some codes; more may be added.",
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Where the code is explained."},
        "title": {"type": "string", "description": "What the code means."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What it was here, and what to do."},
        "instance": {"type": "string", "description": "The path asked."},
        "code": {"type": "string", "description": "Stable code; new ones may be added."},
        "request_id": {"type": ["string", "null"], "description": "Id of the request, as in X-Request-Id."},
        "violated-policies": {
            "type": "array",
            "description": "Of quota-exceeded: names of the policies, as in RateLimit-Policy.",
            "items": {"type": "string"},
        },
        "errors": {
            "type": "array",
            "description": "Each fault with its place: pointer into the body, parameter or header.",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "Name of a query parameter."},
                    "header": {"type": "string", "description": "Name of a header."},
                    "detail": {"type": "string", "description": "What is wrong with it."},
                    "code": {"type": "string", "description": "Stable code of the fault."},
                },
                "required": ["detail", "code"],
            },
        },
        "scope": {"type": "string", "description": "The scope that the key lacks."},
        "revision": {"type": "integer", "description": "The revision as it is now: what If-Match should have named."},
        "base": {"type": "string", "description": "The tag of the definitions as they are now."},
        "changes": _listed("Ids of the changes that stand in the way."),
        "levels": _listed("Keys of the levels on which people stand."),
        "employees": _listed("Ids of the people concerned, the first of them."),
        "employee_count": {"type": "integer", "description": "How many people are concerned in all."},
        "first_day": {"type": "string", "format": "date", "description": "The first day that would read otherwise."},
        "next_open_on": {
            "type": ["string", "null"],
            "format": "date",
            "description": "The next day of an open pay period; null when none is known.",
        },
        "state": {"type": "string", "description": "The state in which the batch, endpoint or delivery is."},
        "queued": {"type": "integer", "description": "How many events wait for the endpoint."},
        "retry_after_seconds": {"type": "integer", "description": "When it may be asked again, in seconds from now."},
        "most": {"type": "integer", "description": "How much can be asked at once."},
        "change_status": {"type": "string", "description": "How the change stopped counting."},
        "superseded_by": {
            "type": ["string", "null"],
            "description": "The change that counts in its place; null when none does.",
        },
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
}
RETRY_HEADERS: Json = {
    "Retry-After": {"description": "Seconds to wait before the request is sent again.", "schema": {"type": "integer"}}
}
PAGE: Json = {
    "type": "object",
    "description": "Where the page stands.",
    "properties": {
        "next_cursor": {"type": ["string", "null"], "description": "Send it as cursor; null on the last page."},
        "prev_cursor": {"type": ["string", "null"], "description": "Leads back the same way; null on the first page."},
        "limit": {"type": "integer", "description": "How many items a page has at most."},
        "total": {"type": "integer", "description": "How many items there are in all: with Prefer: count=exact only."},
    },
    "required": ["next_cursor", "prev_cursor", "limit"],
}
