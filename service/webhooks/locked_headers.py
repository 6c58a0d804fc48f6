"""Headers of an endpoint's own: which may be given. Pure.

What frames the request, what the sender signs by and what only concerns one connection is the sender's alone.
"""

import re
from collections.abc import Mapping

MOST = 32
NAME_LENGTH = 64
VALUE_LENGTH = 4_096
BYTES = 16_384
"""Of all names and values together: what common servers take of headers at most, halved."""

_LOCKED = frozenset(
    {
        *("content-type", "content-length", "content-encoding", "host", "user-agent", "accept-encoding", "expect"),
        # What concerns one connection and not the request.
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade", "http2-settings"),
        *("traceparent", "tracestate", "idempotency-key"),
    }
)
# The sender's own, and those of CloudEvents in its other mode.
_LOCKED_BEGINNINGS = ("webhook-", "ce-", ":")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[!-~]([\t -~]*[!-~])?")


class HeaderRefused(ValueError):
    """`name` is the header at fault, shortened, and `reason` what is wrong. Never says a value."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises HeaderRefused for the first that cannot be sent."""
    if len(headers) > MOST:
        raise HeaderRefused("headers", f"there are more than {MOST}: send fewer")
    seen: set[str] = set()
    for name, value in headers.items():
        why = _fault(name, value) or ("it is given twice" if name.lower() in seen else None)
        if why:
            raise HeaderRefused(name[:NAME_LENGTH], why)
        seen.add(name.lower())
    if sum(len(name) + len(value) for name, value in headers.items()) > BYTES:
        raise HeaderRefused("headers", f"together they have more than {BYTES} bytes: send less")


def _fault(name: str, value: str) -> str | None:
    if len(name) > NAME_LENGTH or not _NAME.fullmatch(name):
        return f"its name is not 1 to {NAME_LENGTH} letters, digits or the signs that header names may have"
    if name.lower() in _LOCKED or name.lower().startswith(_LOCKED_BEGINNINGS):
        return "it is set by the sender alone: leave it out"
    if len(value) > VALUE_LENGTH:
        return f"its value has more than {VALUE_LENGTH} characters"
    if not _VALUE.fullmatch(value):
        return "its value is not printable ASCII, or is empty, or begins or ends with a space"
    return None
