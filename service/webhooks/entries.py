"""What the attempt log is told of a result: a row for each event and try."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from service.webhooks.work import Head, Result

REFUSED: Literal["refused"] = "refused"
"""Error class of an event that the answer to a batch names for another try."""
POSTPONED: Literal["postponed"] = "postponed"
"""Outcome and error class of an event that the receiver cannot take yet."""
UNSENT: Literal["unsent"] = "unsent"
"""Outcome of an event that did not get out of here."""
WAITS = "order"
"""Error class of an event that stood behind such a one in its lane: it is sent again after it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`came` is the try it was part of, `n` counts the event's tries from 1, `sent` says that it leaves the queue."""

    came: Result
    head: Head
    n: int
    sent: bool
    outcome: str
    error_class: str | None


def tries_of(heads: Sequence[Head], earlier: Sequence[Result]) -> Iterator[Entry]:
    """Tries that came to nothing, of every one of these."""
    for number, past in enumerate(earlier):
        for head in heads:
            yield Entry(past, head, head.tries + 1 + number, False, past.outcome, past.error_class)


def entries_of(result: Result) -> Iterator[Entry]:
    """The last one is of the result's last head."""
    for heads, earlier in (*result.unsent, (result.heads, result.earlier)):
        yield from tries_of(heads, earlier)
    tried = 1 + len(result.earlier)
    sent = result.verdict == "delivered"
    for head in result.before:
        yield Entry(result, head, head.tries + tried, True, "delivered", None)
    yield Entry(result, result.head, result.head.tries + tried, sent, result.outcome, result.error_class)
    if result.rest:
        # What the head's failure led to is about the head alone.
        outcome = "failed" if result.outcome in ("blocked", "dead") else result.outcome
        error = WAITS if result.error_class in (REFUSED, POSTPONED) else result.error_class
        for head in result.rest:
            yield Entry(result, head, head.tries + tried, sent, outcome, error)
