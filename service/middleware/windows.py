"""The counters of windows under way, kept in this process: what `limits` counts in, bounded and without threads.

Its own memory storages look through all counters, or start a thread, again and again while requests come.
"""

from collections.abc import Callable

from limits.storage import Storage


class Windows(Storage):
    """All windows have one length, so those that began first end first, and what has ended stands in front."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds from any origin, never backwards."""
        super().__init__()
        self._clock = clock
        self._windows: dict[str, tuple[int, float]] = {}
        """Count and end, by key."""

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def __contains__(self, key: str) -> bool:
        return key in self._windows

    def __len__(self) -> int:
        return len(self._windows)

    def drop_ended(self) -> None:
        now = self._clock()
        while self._windows:
            first = next(iter(self._windows))
            if self._windows[first][1] > now:
                return
            del self._windows[first]

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        self.drop_ended()
        count, end = self._windows.get(key) or (0, self._clock() + expiry)
        self._windows[key] = (count + amount, end)
        return count + amount

    def give_back(self, key: str) -> None:
        """Uncount one, if the window it was counted in is still under way."""
        count, end = self._windows.get(key, (0, 0.0))
        if count > 0:
            self._windows[key] = (count - 1, end)

    def get(self, key: str) -> int:
        return self._windows.get(key, (0, 0.0))[0]

    def get_expiry(self, key: str) -> float:
        """By `clock`; now for a window that is not under way."""
        return self._windows.get(key, (0, self._clock()))[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        self._windows.pop(key, None)
