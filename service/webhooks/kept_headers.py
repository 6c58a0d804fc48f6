"""Which headers of an answer are kept beside it: those that help to find out why, never those that let somebody in."""

import json

from service.webhooks.outcomes import Answer
from service.webhooks.printing import printable

VALUE_CHARS = 200
MOST_HEADERS = 12

IDS = frozenset(
    {
        *("x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "x-amz-request-id", "x-amz-cf-id"),
        *("x-amzn-trace-id", "x-ms-request-id", "x-github-request-id", "x-cloud-trace-context", "cf-ray"),
    }
)
"""By these a receiver finds the request in its own logs."""
REASONS = frozenset(
    {
        *("retry-after", "content-type", "location", "allow", "www-authenticate", "webhook-delivery"),
        *("server", "via", "date"),
    }
)
"""These say why it did not work."""


def kept_headers(answer: Answer) -> str | None:
    """A JSON object by lower-case names; None without any. Of a 2xx only the ids are kept."""
    found = told_headers(answer, IDS if 200 <= answer.status <= 299 else IDS | REASONS)
    return json.dumps(found, ensure_ascii=False) if found else None


def told_headers(answer: Answer, wanted: frozenset[str] = IDS | REASONS) -> dict[str, str]:
    """By lower-case name those of the wanted ones that there are, printable and of bounded length."""
    found: dict[str, str] = {}
    for name, value in answer.headers.items():
        lower = name.lower()
        if lower in wanted and lower not in found and len(found) < MOST_HEADERS:
            found[lower] = printable(value)[:VALUE_CHARS]
    return found
