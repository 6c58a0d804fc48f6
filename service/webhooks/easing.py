"""How many requests an endpoint takes at once while it is eased in: one more for each round that worked, half of them
when it asks for less. Pure: instants are arguments."""


class Easing:
    """From `start` up to `limit`. A round is as many attempts as may be under way."""

    def __init__(self, *, limit: int, start: int = 1) -> None:
        self._limit = limit
        self._allowed = float(max(1, min(start, limit)))
        self._cut_at = 0

    @property
    def allowed(self) -> int:
        return int(self._allowed)

    @property
    def is_full(self) -> bool:
        """Nothing is held back any more."""
        return self._allowed >= self._limit

    def grow(self) -> None:
        """One attempt worked. A little above its share of a round: a sum of fractions falls short of one."""
        self._allowed = min(float(self._limit), self._allowed + 1 / int(self._allowed) + 1e-9)

    def cut(self, *, begun_at: int, at: int) -> None:
        """An attempt was answered by less, please. One that began before the last cut says nothing new."""
        if begun_at >= self._cut_at:
            self._allowed = max(1.0, float(int(self._allowed) // 2))
            self._cut_at = at
