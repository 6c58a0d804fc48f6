"""What one attempt says of its endpoint. Pure."""

from collections.abc import Sequence

from service.webhooks.health import Kind, Sign
from service.webhooks.notices import is_operational
from service.webhooks.outcomes import (
    Aborted,
    Answer,
    Delivered,
    Disabled,
    Gone,
    NoAnswer,
    Outcome,
    Postponed,
    Throttled,
    Unsent,
    is_outage,
)
from service.webhooks.work import Head

SLOWER = frozenset((429, 502, 503, 504))
"""Answers that ask for fewer requests."""


def kind_of(outcome: Outcome, *, is_open: bool) -> Kind | None:
    """None for an answer that says nothing of how the endpoint is doing."""
    match outcome:
        case Delivered():
            return "ok"
        case Aborted():
            # It was asked for, but shows that the endpoint can be reached.
            return "rejected" if is_open else None
        case Gone() | Disabled() | Unsent():
            return None
        case Postponed():
            return "postponed"
        case Throttled() if not is_outage(outcome):
            return "throttled"
        case _:
            return "outage" if is_outage(outcome) else "rejected"


def asks_for_less(came: Answer | NoAnswer) -> bool:
    return isinstance(came, Answer) and came.status in SLOWER


def took_too_long(came: Answer | NoAnswer) -> bool:
    return isinstance(came, NoAnswer) and came.error_class == "timeout"


def sign_of(heads: Sequence[Head], came: Answer | NoAnswer, outcome: Outcome, *, kind: Kind, at: int) -> Sign:
    first = heads[0]
    return Sign(
        kind=kind,
        at=at,
        lanes=tuple(sorted({head.lane for head in heads})),
        event=(first.event_id, first.event_type),
        is_first=any(head.tries == 0 for head in heads),
        is_operational=all(is_operational(head.subject) for head in heads),
        error=getattr(outcome, "error_class", None),
        status=came.status if isinstance(came, Answer) else None,
    )
