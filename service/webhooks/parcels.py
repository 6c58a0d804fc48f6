"""What one request carries: an event, or a batch of them, and how a batch that is refused is divided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from service.webhooks.forms import batch_id_of
from service.webhooks.work import Head, Result


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """`heads` in the order in which they are sent: those of a lane beside each other, consecutive, from its first on.

    `batch` is its form, which a single event may have, too. `earlier` are tries of all of them that are not recorded.
    """

    heads: tuple[Head, ...]
    batch: bool = False
    earlier: tuple[Result, ...] = ()

    @property
    def first(self) -> Head:
        return self.heads[0]

    @cached_property
    def id(self) -> str:
        """What the receiver tells repetitions by: the event's own id, or that of the batch."""
        return batch_id_of([head.event_id for head in self.heads]) if self.batch else self.first.event_id

    def runs(self) -> list[tuple[Head, ...]]:
        """Its heads by lane."""
        return [tuple(run) for _, run in groupby(self.heads, key=lambda head: head.lane)]

    def halves(self, tried: Result) -> "tuple[Parcel, Parcel]":
        """Two parcels of about half its events each, after it was `tried` in vain. Only for more than one event.

        They may be sent beside each other unless they are of one lane: then the second one has to wait for the first.
        """
        runs = self.runs()
        middle, cut = len(self.heads) / 2, 0
        if len(runs) == 1:
            cut = len(self.heads) // 2
        else:
            ends: list[int] = []
            for run in runs[:-1]:
                cut += len(run)
                ends.append(cut)
            cut = min(ends, key=lambda end: abs(end - middle))
        earlier = (*self.earlier, tried)
        return replace(self, heads=self.heads[:cut], earlier=earlier), replace(
            self, heads=self.heads[cut:], earlier=earlier
        )


def arranged(runs: Sequence[Sequence[Head]], *, ordering: str) -> tuple[Head, ...]:
    """The heads of a batch by key and position; where the endpoint has one order for all, by position."""

    def place(run: Sequence[Head]) -> tuple[str, int]:
        return "" if ordering == "strict" else run[0].subject, run[0].pos

    return tuple(head for run in sorted(runs, key=place) for head in run)
