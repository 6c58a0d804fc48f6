"""How fast requests may follow each other: a token bucket. Pure; every instant is an argument, in seconds.

What is kept is the instant at which the bucket is full again: it needs no timer, and counting requests from
where the count began, instead of adding up intervals, lets no rounding build up.
"""


class Pace:
    """At most `burst` at once and `rate` a second after them: never more than rate * t + burst in any time t.

    `rate` None is without a limit, `burst` None one second's worth. `full` says whether the bucket is full at `now`;
    whoever takes an endpoint over begins with an empty one, since another may just have used it up.
    """

    def __init__(self, *, rate: float | None, burst: int | None, now: float, full: bool) -> None:
        self._rate = rate
        self._burst = float(burst or max(1, int(rate or 1)))
        self._begun = now
        """Where the count began, and how many were taken since: the bucket is full at begun + taken / rate."""
        self._taken = 0.0 if full else self._burst

    def free_at(self) -> float:
        """When the next may go; in the past if it could have gone already."""
        if self._rate is None:
            return float("-inf")
        return self._begun + (self._taken - self._burst + 1) / self._rate

    def take(self, now: float) -> None:
        """One goes, at `now`, which is not before `free_at`."""
        if self._rate is None:
            return
        if self._begun + self._taken / self._rate < now:
            self._begun, self._taken = now, 0.0
        self._taken += 1

    def altered(self, *, rate: float | None, burst: int | None, now: float) -> "Pace":
        """The bucket under other limits, no fuller than it is."""
        made = Pace(rate=rate, burst=burst, now=now, full=True)
        if self._rate is not None:
            left = self._burst - max(0.0, self._taken - (now - self._begun) * self._rate)
            made._taken = max(0.0, made._burst - left)
        return made
