"""What Workday did not do, as the sender is to take it, and as somebody who reads from it is told."""

from service.connectors.sinks import Throttled, Told, text_of
from service.connectors.wire import Reply
from service.domain.refusals import Refused, Unavailable

_THROTTLED = (429, 503)


def throttled_by(reply: Reply, *, now_seconds: float) -> Throttled | None:
    """Whether they ask to wait."""
    if reply.status not in _THROTTLED:
        return None
    return Throttled(seconds=reply.retry_after(now_seconds=now_seconds))


def refused_by(told: Told) -> Refused:
    """For a reading: nothing was read."""
    return Unavailable("connection-refused", text_of(told))
