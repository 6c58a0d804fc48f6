"""Parameters and headers in their written forms, shared by all routes."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Request

from service.domain.access import Actor
from service.domain.dates import BadDate, parse_date
from service.domain.instants import parse_instant
from service.problems import SurfaceProblem
from service.usecases.act import IdempotencyKey
from service.usecases.office import Office
from service.usecases.revisions import Expected

DEFAULT_LIMIT, MOST = 50, 200
_TAG = re.compile(r'"[0-9a-f]{32}"')
_FIRST_INSTANT = parse_instant("0001-01-01T00:00:00Z")
_LAST_INSTANT = parse_instant("9999-12-31T23:59:59.999999Z")


async def _effective_on(
    effective_on: Annotated[
        str | None,
        Query(description="A calendar day, YYYY-MM-DD; the company's today when left out.", examples=["2026-07-01"]),
    ] = None,
) -> date | None:
    return day_of(effective_on, parameter="effective_on")


async def _known_at(
    known_at: Annotated[
        str | None,
        Query(
            description="As known at this instant, RFC 3339; everything recorded so far when left out.",
            examples=["2026-06-25T09:00:00.000000Z"],
        ),
    ] = None,
) -> int | None:
    return None if known_at is None else instant_of(known_at)


def instant_of(text: str, parameter: str = "known_at") -> int:
    """Microseconds of an instant. Raises SurfaceProblem `unescaped-plus` or `invalid-parameter`."""
    if " " in text:
        raise SurfaceProblem(
            "unescaped-plus", f"{parameter} holds a space, which a + in a query turns into. Write %2B, or use Z."
        )
    try:
        instant = parse_instant(text)
    except (ValueError, OverflowError):
        raise _unusable(parameter, "it is no RFC 3339 instant such as 2027-01-01T00:00:03.000000Z") from None
    # An offset can push an instant out of the years that have a written form.
    if not _FIRST_INSTANT <= instant <= _LAST_INSTANT:
        raise _unusable(parameter, "it lies outside the years 1 to 9999")
    return instant


async def _expected(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description='The revision this write is based on: "7", or * for any.'),
    ] = None,
) -> Expected:
    if if_match is None:
        return None
    text = _strong(if_match)
    if text == "*":
        return "*"
    digits = text.removeprefix('"').removesuffix('"')
    if text == f'"{digits}"' and digits.isascii() and digits.isdigit() and len(digits) <= 18:
        return int(digits)
    raise SurfaceProblem(
        "invalid-if-match",
        f'If-Match {text[:40]!r} names no revision. Send If-Match: "7" with its quotes, or *.',
        errors=[{"header": "If-Match", "detail": "is not a quoted revision", "code": "invalid-if-match"}],
    )


async def _base(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match", description="The ETag of GET /v1/definitions that the plan is based on, or * for any."
        ),
    ] = None,
) -> str | None:
    if if_match is None:
        return None
    text = _strong(if_match)
    if text == "*":
        return text
    if _TAG.fullmatch(text):
        return text[1:-1]
    raise SurfaceProblem(
        "invalid-if-match",
        f"If-Match {text[:40]!r} names no base. Send the ETag of GET /v1/definitions with its quotes, or *.",
        errors=[{"header": "If-Match", "detail": "is not a quoted tag", "code": "invalid-if-match"}],
    )


def _strong(tag: str) -> str:
    """A compressed answer has the weak form of its tag. What is compared is the state it names, never bytes."""
    return tag.strip().removeprefix("W/")


def day_of(text: str | None, *, parameter: str | None = None, pointer: str | None = None) -> date | None:
    """A day from a parameter or from a place in the body. Raises SurfaceProblem `invalid-date`."""
    if text is None:
        return None
    try:
        return parse_date(text)
    except BadDate as error:
        place = {"parameter": parameter} if parameter else {"pointer": pointer or ""}
        raise SurfaceProblem(
            "invalid-date", str(error), errors=[{**place, "detail": str(error), "code": "invalid-date"}]
        ) from None


async def idempotency_key(request: Request, actor: Actor) -> IdempotencyKey | None:
    """The caller's key for this request, with a digest of its query and body; None when there is none."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not (1 <= len(key) <= 255 and key.isprintable() and key.isascii()):
        raise SurfaceProblem(
            "invalid-idempotency-key",
            "An Idempotency-Key has 1 to 255 printable ASCII characters.",
            errors=[{"header": "Idempotency-Key", "detail": "cannot be used", "code": "invalid-idempotency-key"}],
        )
    body = request.url.query.encode() + b"\n" + await request.body()
    office: Office = request.app.state.office
    return IdempotencyKey.of(
        actor=actor, method=request.method, path=request.url.path, key=key, body=body, secret=office.secret
    )


async def guarded_key(request: Request, actor: Actor, expected: Expected | str) -> IdempotencyKey | None:
    """The same for a write that has to say what it is based on. One that does not is refused, not answered again."""
    key = await idempotency_key(request, actor)
    return key if expected is not None else None


def _unusable(parameter: str, why: str) -> SurfaceProblem:
    return SurfaceProblem(
        "invalid-parameter",
        f"{parameter} cannot be used: {why}.",
        errors=[{"parameter": parameter, "detail": why, "code": "invalid-parameter"}],
    )


def names_of(allowed: Sequence[str], description: str) -> Any:
    """A query parameter that takes some of these names, with commas; what else is sent is refused by its reader."""
    either = "|".join(re.escape(name) for name in allowed)
    return Query(
        max_length=200,
        description=f"{description} With commas: {', '.join(allowed)}.",
        json_schema_extra={"pattern": f"^({either})(,({either}))*$"},
    )


def dated(parameter: str, description: str) -> Any:
    """A dependency: a day by a parameter of its own."""

    async def day(
        text: Annotated[str | None, Query(alias=parameter, description=description, examples=["2026-01-01"])] = None,
    ) -> date | None:
        return day_of(text, parameter=parameter)

    return Depends(day)


def instanted(parameter: str, description: str) -> Any:
    """A dependency: an instant (µs) by a parameter of its own."""

    async def instant(
        text: Annotated[
            str | None, Query(alias=parameter, description=description, examples=["2026-06-25T09:00:00.000000Z"])
        ] = None,
    ) -> int | None:
        return None if text is None else instant_of(text, parameter)

    return Depends(instant)


async def _guarded(
    if_none_match: Annotated[
        str | None, Header(alias="If-None-Match", description="* makes the person only if nobody has the key.")
    ] = None,
) -> bool:
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    raise SurfaceProblem(
        "invalid-if-none-match",
        "There is no tag yet to compare with. Send If-None-Match: *, or leave it out.",
        errors=[{"header": "If-None-Match", "detail": "is not *", "code": "invalid-if-none-match"}],
    )


EffectiveOn = Annotated[date | None, Depends(_effective_on)]
KnownAt = Annotated[int | None, Depends(_known_at)]
IfMatch = Annotated[Expected, Depends(_expected)]
Guarded = Annotated[bool, Depends(_guarded)]
BaseMatch = Annotated[str | None, Depends(_base)]
KeyHeader = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="A key of your choice: the same request under it is done once."),
]
DryRun = Annotated[
    Literal["true", "false"], Query(alias="dry_run", description="true answers alike and keeps nothing.")
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Cursor = Annotated[
    str | None, Query(description="next_cursor or prev_cursor of a page: goes on behind it, or before it.")
]
Job = Annotated[str, Query(min_length=1, max_length=64, description="Key of the job.")]
