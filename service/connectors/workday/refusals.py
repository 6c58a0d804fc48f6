"""What Workday did not do, as the sender is to take it, and as somebody who reads from it is told."""

from service.connectors.sinks import Failed, Postponed, Throttled, Told
from service.connectors.wire import Reply
from service.domain.refusals import Refused, Unavailable

_THROTTLED = (429, 503)


class NotDone(Exception):
    """They did not do it; `told` is what the sender is to make of that."""

    def __init__(self, told: Told) -> None:
        super().__init__(type(told).__name__)
        self.told = told


def throttled_by(reply: Reply, *, now_seconds: float) -> Throttled | None:
    """Whether they ask to wait."""
    if reply.status not in _THROTTLED:
        return None
    return Throttled(seconds=reply.retry_after(now_seconds=now_seconds))


def refused_by(told: Told) -> Refused:
    """For a reading: nothing was read."""
    match told:
        case Throttled(seconds=seconds):
            wait = f"in {seconds:g} s" if seconds is not None else "later"
            return Unavailable("connection-refused", f"They want fewer requests. Read {wait}.")
        case Postponed(code=code, reason=reason):
            return Unavailable("connection-refused", f"{code}: {reason}")
        case Failed(reason=reason):
            return Unavailable("connection-refused", reason)
        case _:
            return Unavailable("connection-refused", "They did not answer what was asked.")
