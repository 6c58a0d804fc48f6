"""What Workday did not do, as the sender is to take it."""

from service.connectors.sinks import Throttled, Told
from service.connectors.wire import Reply

_THROTTLED = (429, 503)


class NotDone(Exception):
    """They did not do it; `told` is what the sender is to make of that."""

    def __init__(self, told: Told) -> None:
        super().__init__(type(told).__name__)
        self.told = told


def refuse_busy(reply: Reply, *, now_seconds: float) -> None:
    """Raises NotDone where they ask to wait."""
    if reply.status in _THROTTLED:
        raise NotDone(Throttled(reply.retry_after(now_seconds=now_seconds)))
