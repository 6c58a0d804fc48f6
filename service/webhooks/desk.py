"""One owned endpoint in the dispatcher's memory: what is ready to be sent, and how much is under way.

One dispatcher owns an endpoint at a time, so counting here is exact.
"""

from collections import deque
from collections.abc import Iterable

from service.webhooks.work import Head, Owned

WINDOW = 1024
"""Heads read ahead. Bounding what is read by what is in flight would cap the rate at window / cycle time."""


class Desk:
    """`secrets` sign, newest first; without one nothing is sent."""

    def __init__(self, owned: Owned, secrets: tuple[str, ...]) -> None:
        self.owned = owned
        self.secrets = secrets
        self.in_flight = 0
        self.not_before = 0.0
        """By the event loop's clock: until then the endpoint takes nothing."""
        self.closed = False
        """The receiver asked for nothing more; true until that is recorded and the desk goes."""
        self._ready: deque[Head] = deque()
        self._busy: set[str] = set()

    @property
    def busy(self) -> frozenset[str]:
        """Lanes whose head is here: read, under way, or waiting to be recorded."""
        return frozenset(self._busy)

    @property
    def room(self) -> int:
        """How many more heads may be read ahead; none until half of the window is used up."""
        free = 0 if self.closed else WINDOW - len(self._busy)
        return free if len(self._ready) < WINDOW // 2 else 0

    def claimed(self, heads: Iterable[Head]) -> int:
        count = 0
        for head in heads:
            if head.lane not in self._busy:
                self._busy.add(head.lane)
                self._ready.append(head)
                count += 1
        return count

    def may_send(self, now: float) -> bool:
        return (
            bool(self._ready and self.secrets) and self.in_flight < self.owned.max_in_flight and now >= self.not_before
        )

    def next_head(self) -> Head:
        self.in_flight += 1
        return self._ready.popleft()

    def follow(self, head: Head) -> None:
        """The lane's next head, known from recording the one before: it goes on without being read again."""
        self._ready.append(head)

    def release(self, lane: str) -> None:
        """The lane is none of ours any more until it is claimed again."""
        self._busy.discard(lane)

    def drop_ready(self) -> None:
        """Forget what is read but not under way; it is still in the queue."""
        for head in self._ready:
            self._busy.discard(head.lane)
        self._ready.clear()
