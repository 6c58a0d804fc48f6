"""Which headers of an answer are kept beside an attempt."""

import json

from multidict import CIMultiDict

from service.webhooks.kept_headers import IDS, MOST_HEADERS, REASONS, VALUE_CHARS, kept_headers
from service.webhooks.outcomes import Answer

NEVER = {"set-cookie", "cookie", "authorization", "proxy-authorization", "x-api-key", "webhook-signature"}
GIVEN = [
    *(("Content-Type", "text/plain"), ("Retry-After", "120"), ("X-Request-Id", "r-1"), ("Server", "nginx")),
    *(("Set-Cookie", "session=secret"), ("Authorization", "Bearer secret"), ("X-Api-Key", "secret")),
]


def kept(status: int, *headers: tuple[str, str]) -> dict[str, str] | None:
    answer = Answer(status=status, headers=CIMultiDict(headers), body_head="", duration_ms=1)
    found = kept_headers(answer)
    return None if found is None else json.loads(found)


def test_of_a_failure_what_says_why_and_of_a_success_the_ids() -> None:
    assert kept(503, *GIVEN) == {
        "content-type": "text/plain",
        "retry-after": "120",
        "x-request-id": "r-1",
        "server": "nginx",
    }
    assert kept(200, *GIVEN) == {"x-request-id": "r-1"}
    assert kept(204, ("Content-Type", "text/plain"), ("Set-Cookie", "a=b")) is None
    assert not (IDS | REASONS) & NEVER


def test_what_is_kept_is_short_printable_and_the_first_of_its_name() -> None:
    found = kept(500, ("Location", "x" * 5000), ("X-Request-ID", "a\x1b[31m\u202eb"), ("x-request-id", "second"))
    assert found == {"location": "x" * VALUE_CHARS, "x-request-id": "a\ufffd[31m\ufffdb"}
    every = [(name, "v") for name in sorted(IDS | REASONS)]
    assert len(every) > MOST_HEADERS
    assert len(kept(500, *every) or ()) == MOST_HEADERS
