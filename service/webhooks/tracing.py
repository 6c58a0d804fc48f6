"""W3C trace context: each attempt is a span of its own in the trace of whoever caused the event."""

import re
import secrets

_FORM = re.compile(r"00-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-(?P<flags>[0-9a-f]{2})")


def attempt_of(traceparent: str | None) -> str | None:
    """A `traceparent` with the same trace and a new span; None without a trace that can be read."""
    found = _FORM.fullmatch(traceparent or "")
    return f"00-{found['trace']}-{secrets.token_hex(8)}-{found['flags']}" if found else None
