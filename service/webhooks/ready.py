"""What of an endpoint is in memory and may be sent: lanes in turn, each with what was read of it, made into parcels."""

from collections import deque
from collections.abc import Callable

from service.webhooks.forms import empty_bytes
from service.webhooks.parcels import Parcel, arranged
from service.webhooks.work import Head, Owned

Run = tuple[Head, ...]
"""Consecutive heads of one lane, from its first on."""
Size = Callable[[Head, Owned], int]
"""Bytes that an event takes of a batch for an endpoint."""


class Ready:
    """The longest waiting lane is first. `alone` are lanes of which each event is a parcel of its own."""

    def __init__(self, owned: Owned, size: Size) -> None:
        self._owned = owned
        self._size = size
        self._runs: deque[tuple[float, Run]] = deque()
        """Each with the instant since which it waits for others."""
        self.count = 0
        """Heads."""
        self.bytes = 0
        self.alone: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._runs)

    def add(self, run: Run, *, now: float = 0.0) -> None:
        """A lane, behind the others. One that was read before has waited long enough: `now` is 0."""
        self._runs.append((now, run))
        self.count += len(run)
        self.bytes += sum(len(head.body) for head in run)

    def full_at(self) -> float:
        """When the next parcel may go: at once unless it is a batch that waits for more, and is not full."""
        owned = self._owned
        if not owned.batches or not owned.linger_ms or self._full():
            return float("-inf")
        return self._runs[0][0] + owned.linger_ms / 1000

    def take(self) -> tuple[Parcel, dict[str, Run]]:
        """The next parcel, and by lane what stays behind it until it is done."""
        if not self._owned.batches:
            _, run = self._runs.popleft()
            self._forget(run)
            return Parcel(heads=run[:1]), ({run[0].lane: run[1:]} if run[1:] else {})
        taken, later = self._batch()
        return Parcel(heads=arranged(taken, ordering=self._owned.ordering), batch=True), later

    def drop(self) -> list[str]:
        """Forget everything; returns the lanes there were."""
        lanes = [run[0].lane for _, run in self._runs]
        self._runs.clear()
        self.count = self.bytes = 0
        return lanes

    def _batch(self) -> tuple[list[Run], dict[str, Run]]:
        taken: list[Run] = []
        later: dict[str, Run] = {}
        box = _Box(self._owned, self._size)
        while self._runs:
            _, run = self._runs[0]
            lane = run[0].lane
            if lane in self.alone:
                if taken:
                    break
                fits = 1
            else:
                fits = box.fill(run)
            if not fits:
                break
            self._runs.popleft()
            self._forget(run)
            taken.append(run[:fits])
            if run[fits:]:
                later[lane] = run[fits:]
            if lane in self.alone or box.full:
                break
        return taken, later

    def _full(self) -> bool:
        """Whether as much is there as a batch may hold."""
        owned = self._owned
        return (
            self.count >= owned.batch_max
            or self.bytes + self.count - 1 + empty_bytes(owned.format) > owned.batch_bytes
            or self._runs[0][1][0].lane in self.alone
        )

    def _forget(self, run: Run) -> None:
        self.count -= len(run)
        self.bytes -= sum(len(head.body) for head in run)


class _Box:
    """A batch being filled. It takes one event whatever its size, others within its bounds.

    Events of one replay, or of none, stay among themselves, and none is in it twice: the answer names events by id.
    """

    def __init__(self, owned: Owned, size: Size) -> None:
        self._owned = owned
        self._size_of = size
        self._size = empty_bytes(owned.format)
        self._events: set[str] = set()
        self._replay: str | None = None
        self.full = False

    def fill(self, run: Run) -> int:
        """How many heads of `run` go in, from its first on."""
        for count, head in enumerate(run):
            size = self._size_of(head, self._owned) + 1
            if not self._takes(head, size):
                self.full = True
                return count
            self._events.add(head.event_id)
            self._replay = head.replay_id
            self._size += size
        self.full = len(self._events) >= self._owned.batch_max
        return len(run)

    def _takes(self, head: Head, size: int) -> bool:
        if not self._events:
            return True
        return (
            len(self._events) < self._owned.batch_max
            and self._size + size - 1 <= self._owned.batch_bytes
            and head.event_id not in self._events
            and head.replay_id == self._replay
        )
