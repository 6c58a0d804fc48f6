"""Requests that only ask: what tells one from another, and what of it is read before the rest sees it."""

from starlette.types import Message, Receive, Scope

from service.middleware.request_id import HEADER, usable_id
from service.usecases.published import LONGEST_KEY

ID = HEADER.encode()
Headers = dict[bytes, bytes]

_BEARER = b"Bearer "
_DECIDING = (
    *(b"authorization", b"host", b"accept", b"accept-encoding", b"if-none-match", b"content-length"),
    *(b"content-type", b"content-encoding", ID),
)
_MOST_BODY = 16_384
"""As long as a document of GraphQL may be."""


def plain_headers(scope: Scope, *, posted: frozenset[str]) -> Headers | None:
    """The headers of a question with a key, each that matters there once; None for what is no question.

    A question is a GET or HEAD without a body, or a POST to one of the paths `posted` with a short one of stated
    length. None also where headers are too long to be remembered.
    """
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD", "POST"}:
        return None
    headers: Headers = dict(scope["headers"])
    if len(headers) != len(scope["headers"]) and _has_doubled(scope):
        return None
    if not headers.get(b"authorization", b"").startswith(_BEARER) or b"host" not in headers:
        return None
    if b"transfer-encoding" in headers or not scope.get("raw_path"):
        return None
    if scope["method"] == "POST":
        if scope["path"] not in posted or not _is_short_body(headers):
            return None
    elif headers.get(b"content-length", b"0") != b"0":
        return None
    length = len(scope["raw_path"]) + len(scope["query_string"]) + len(headers[b"host"])
    return headers if length + len(headers.get(b"accept", b"")) <= LONGEST_KEY else None


def _is_short_body(headers: Headers) -> bool:
    length = headers.get(b"content-length", b"")
    if b"content-type" not in headers or b"content-encoding" in headers or b"if-none-match" in headers:
        return False
    return length.isdigit() and len(length) <= 5 and 0 < int(length) <= _MOST_BODY


async def body_of(receive: Receive) -> tuple[bytes, Receive]:
    """The whole body, and what hands it out once more. What ends it too early is handed on as it came."""
    messages: list[Message] = []
    while True:
        messages.append(await receive())
        if messages[-1]["type"] != "http.request" or not messages[-1].get("more_body", False):
            break
    waiting = iter(messages)

    async def again() -> Message:
        return next(waiting, None) or await receive()

    return b"".join(message.get("body", b"") for message in messages), again


def _has_doubled(scope: Scope) -> bool:
    given = [name for name, _ in scope["headers"] if name in _DECIDING]
    return len(given) != len(set(given))


def token_of(headers: Headers) -> bytes:
    return headers[b"authorization"][len(_BEARER) :]


def canonical(query: bytes) -> bytes:
    """Parameters by name; those of one name stay in their order, which can matter."""
    if not query or b"&" not in query or b"%" in query:
        # An encoded name is another one than it looks: such a query is only equal to itself.
        return query
    return b"&".join(sorted(query.split(b"&"), key=_parameter_name))


def _parameter_name(part: bytes) -> bytes:
    return part.partition(b"=")[0]


def named(scope: Scope, headers: Headers) -> bytes:
    """Give the request the id that its answer and all lines about it carry."""
    used = usable_id(headers.get(ID))
    scope["headers"] = [*((name, value) for name, value in scope["headers"] if name != ID), (ID, used)]
    return used
