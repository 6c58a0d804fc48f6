"""What a process counts of itself. Counting is adding to a number in memory: it runs for every request and try.

One event loop writes and reads, so nothing is locked.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.telemetry.catalogue import KEPT, OTHERS, PRESENT

MOST_ENDPOINTS = 200
"""Endpoints that have labels of their own; those beyond share one."""

Labels = tuple[str, ...]
Counts = dict[tuple[str, Labels], float]
Buckets = dict[tuple[str, Labels], list[float]]


@dataclass(slots=True, kw_only=True)
class Totals:
    """Figures of one process or of several. A histogram has a count for each bucket, one beyond them, and the sum."""

    counts: Counts = field(default_factory=Counts)
    buckets: Buckets = field(default_factory=Buckets)
    present: Counts = field(default_factory=Counts)

    def add(self, other: "Totals") -> None:
        for mine, theirs in ((self.counts, other.counts), (self.present, other.present)):
            for key, amount in theirs.items():
                mine[key] = mine.get(key, 0) + amount
        for key, row in other.buckets.items():
            held = self.buckets.get(key)
            # Another release may have other bounds: then its figures are left out.
            if held is None or len(held) == len(row):
                self.buckets[key] = row if held is None else [a + b for a, b in zip(held, row, strict=True)]

    def written(self) -> dict[str, Any]:
        return {
            name: [[figure, list(labels), value] for (figure, labels), value in held.items()]
            for name, held in (("counts", self.counts), ("buckets", self.buckets), ("present", self.present))
        }

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Totals":
        """Raises KeyError, TypeError or ValueError for what `written` did not write."""
        found = {
            name: {(figure, tuple(labels)): value for figure, labels, value in written[name]}
            for name in ("counts", "buckets", "present")
        }
        return cls(**found)


class Book:
    """The figures of this process. `sources` tell what is so now: a figure with its labels and value, when asked."""

    def __init__(self) -> None:
        self._totals = Totals()
        self._endpoints: set[str] = set()
        self.sources: list[Callable[[], Counts]] = []

    def count(self, figure: str, *labels: str, amount: float = 1) -> None:
        key = (figure, labels)
        counts = self._totals.counts
        counts[key] = counts.get(key, 0) + amount

    def observe(self, figure: str, seconds: float, *labels: str) -> None:
        key = (figure, labels)
        row = self._totals.buckets.get(key)
        bounds = KEPT[figure].bounds
        if row is None:
            row = self._totals.buckets[key] = [0.0] * (len(bounds) + 2)
        row[bisect_left(bounds, seconds)] += 1
        row[-1] += seconds

    def endpoint(self, public_id: str) -> str:
        """The label of an endpoint."""
        if public_id not in self._endpoints:
            if len(self._endpoints) >= MOST_ENDPOINTS:
                return OTHERS
            self._endpoints.add(public_id)
        return public_id

    def totals(self) -> Totals:
        """A copy, with what is so now."""
        found = Totals(present={("processes", ()): 1})
        found.add(Totals(counts=self._totals.counts, buckets={k: [*v] for k, v in self._totals.buckets.items()}))
        for source in self.sources:
            found.add(Totals(present=source()))
        assert all(figure in PRESENT for figure, _ in found.present)
        return found
