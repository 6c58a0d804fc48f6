"""Arguments in their written forms, shared by all fields."""

import json
from typing import Annotated, Any

import strawberry

from service.domain.instants import parse_instant
from service.graphql.connections import DEFAULT_PAGE, MOST
from service.graphql.context import Ask
from service.graphql.scalars import Day
from service.problems import SurfaceProblem
from service.usecases.act import IdempotencyKey
from service.usecases.revisions import Expected

_FIRST_INSTANT = parse_instant("0001-01-01T00:00:00Z")

EffectiveOn = Annotated[
    Day | None, strawberry.argument(description="A calendar day; the company's today when left out.")
]
DayFrom = Annotated[Day | None, strawberry.argument(description="First day of a range.")]
DayTo = Annotated[Day | None, strawberry.argument(description="First day after the range.")]
KnownAt = Annotated[
    str | None,
    strawberry.argument(description="As known at this instant, RFC 3339; everything recorded so far when left out."),
]
First = Annotated[
    int | None, strawberry.argument(description=f"How many at most, 1 to {MOST}; {DEFAULT_PAGE} if left out.")
]
After = Annotated[str | None, strawberry.argument(description="Go on behind this: the endCursor of a page.")]
Last = Annotated[int | None, strawberry.argument(description=f"How many at most of those before it, 1 to {MOST}.")]
Before = Annotated[str | None, strawberry.argument(description="Go back from this: the startCursor of a page.")]
OnePerson = Annotated[str | None, strawberry.argument(description="Only of this person: id, own key, or system:value.")]
Keys = Annotated[list[str] | None, strawberry.argument(description="Only these.")]


def instant_of(text: str | None, argument: str = "knownAt") -> int | None:
    """Microseconds of an instant; None stays None. Raises SurfaceProblem `invalid-parameter`."""
    if text is None:
        return None
    try:
        instant = parse_instant(text)
    except (ValueError, OverflowError):
        instant = _FIRST_INSTANT - 1
    if instant < _FIRST_INSTANT:
        raise _unusable(argument, "is no RFC 3339 instant such as 2027-01-01T00:00:03.000000Z", "invalid-parameter")
    return instant


def expected_of(text: str | None) -> Expected:
    """What a write is based on: a revision, `*`, or None. Raises SurfaceProblem `invalid-if-match`."""
    if text is None or text == "*":
        return text
    digits = text.strip('"')
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:
        return int(digits)
    raise _unusable("ifMatch", 'is no revision such as "7", and not *', "invalid-if-match")


def idempotency_of(ask: Ask, where: str, key: str | None, sent: dict[str, Any]) -> IdempotencyKey | None:
    """The caller's key for this write, with a digest of what was sent; `invalid-idempotency-key` if unusable.

    `where` names the mutation and what it is done to, as method and path do in REST.
    """
    if key is None:
        return None
    if not (1 <= len(key) <= 255 and key.isprintable() and key.isascii()):
        raise _unusable("idempotencyKey", "has not 1 to 255 printable ASCII characters", "invalid-idempotency-key")
    body = json.dumps(sent, sort_keys=True, default=str).encode()
    return IdempotencyKey.of(
        actor=ask.actor, method="MUTATION", path=where, key=key, body=body, secret=ask.office.secret
    )


def _unusable(argument: str, why: str, code: str) -> SurfaceProblem:
    return SurfaceProblem(code, f"{argument} {why}.", errors=[{"parameter": argument, "detail": why, "code": code}])
