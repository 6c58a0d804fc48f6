"""One owned endpoint in the dispatcher's memory: what is ready to be sent, and how much is under way.

One dispatcher owns an endpoint at a time, so counting here is exact.
"""

from collections import deque
from collections.abc import Sequence

from service.webhooks.envelopes import Opened
from service.webhooks.work import Head, Owned

WINDOW = 1024
"""Heads read ahead at most. Bounding what is read by what is in flight would cap the rate at window / cycle time."""
FIRST_WINDOW = 4
"""Times `max_in_flight`: how a window begins. It grows when it runs dry, so that slow endpoints keep few bodies."""


class Desk:
    """`opened` is what it is sent with; without a key nothing is sent."""

    def __init__(self, owned: Owned, opened: Opened) -> None:
        self.owned = owned
        self.opened = opened
        self.in_flight = 0
        self.not_before = 0.0
        """By the event loop's clock: until then the endpoint takes nothing."""
        self.closed = False
        """The receiver asked for nothing more; true until that is recorded and the desk goes."""
        self.held = False
        """Nothing is begun: the endpoint takes nothing, is not ours any more, or has changed and must be read anew."""
        self._ready: deque[Head] = deque()
        self._busy: set[str] = set()
        self._window = min(WINDOW, FIRST_WINDOW * owned.max_in_flight)
        self._more = False

    @property
    def busy(self) -> frozenset[str]:
        """Lanes whose head is here: read, under way, or waiting to be recorded."""
        return frozenset(self._busy)

    @property
    def room(self) -> int:
        """How many more heads may be read ahead; none until half of the window is used up."""
        free = 0 if self.closed or self.held else self._window - len(self._ready) - self.in_flight
        return free if len(self._ready) <= self._window // 2 else 0

    @property
    def dry(self) -> bool:
        """Nearly everything read ahead is under way, and there was more to read."""
        return self._more and len(self._ready) <= self._window // 4

    def claimed(self, heads: Sequence[Head], *, asked: int) -> int:
        """Take heads that were read; `asked` is how many there might have been."""
        self._more = len(heads) >= asked
        if self._more and not self._ready:
            self._window = min(WINDOW, 2 * self._window)
        count = 0
        for head in heads:
            if head.lane not in self._busy:
                self._busy.add(head.lane)
                self._ready.append(head)
                count += 1
        return count

    def may_send(self, now: float, *, most: int) -> bool:
        """`most` is what may be under way at once, whatever the endpoint allows."""
        return (
            bool(self._ready and self.opened.keys)
            and not (self.closed or self.held)
            and self.in_flight < min(self.owned.max_in_flight, most)
            and now >= self.not_before
        )

    def next_head(self) -> Head:
        self.in_flight += 1
        return self._ready.popleft()

    def follow(self, head: Head) -> None:
        """The lane's next head, known from recording the one before: it goes on without being read again."""
        if self.closed or self.held:
            self.release(head.lane)
        else:
            self._ready.append(head)

    def hold(self) -> None:
        """Begin nothing until `resume`; what is under way ends as it does."""
        self.held = True
        self.drop_ready()

    def resume(self, owned: Owned, opened: Opened) -> None:
        """The endpoint as it is now."""
        self.held = self.closed = False
        self.not_before = 0.0
        self.owned, self.opened = owned, opened

    def release(self, lane: str) -> None:
        """The lane is none of ours any more until it is claimed again."""
        self._busy.discard(lane)

    def drop_ready(self) -> None:
        """Forget what is read but not under way; it is still in the queue."""
        for head in self._ready:
            self._busy.discard(head.lane)
        self._ready.clear()
