"""Cursors: where a page ended, of which question, as known at which instant.

A walk continues as of the instant of its first page, so writes between two pages neither skip nor repeat anybody.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request

from service.problems import SurfaceProblem

_NOT_OF_THE_QUESTION = {"cursor", "limit"}
# 9999-12-31 in µs, the last instant that has a written form.
_LARGEST = 253_402_300_800_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`after` is the last item's place in the order of the list; the rest is what the first page was bounded by."""

    after: tuple[Any, ...]
    known_at: int | None = None
    effective_on: date | None = None


def cursor_for(request: Request, place: Place) -> str:
    day = place.effective_on.isoformat() if place.effective_on else None
    packed = json.dumps([_question(request), list(place.after), place.known_at, day], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def place_of(request: Request, cursor: str | None, *shape: type) -> Place | None:
    """Where to continue; None at the beginning. `shape` is the types of `after`: a cursor is input like any other.

    Raises SurfaceProblem `cursor-invalid`, or `cursor-mismatch` when other parameters came with it.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        question, after, known_at, day = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        place = Place(after=tuple(after), known_at=known_at, effective_on=date.fromisoformat(day) if day else None)
        fits = [type(value) for value in place.after] == list(shape) and _plausible(place)
    except (ValueError, TypeError, RecursionError):
        fits, place, question = False, None, ""
    if not fits or place is None:
        raise SurfaceProblem("cursor-invalid", "This cursor cannot be read. Use next_cursor exactly as it was given.")
    if question != _question(request):
        raise SurfaceProblem(
            "cursor-mismatch",
            "This cursor belongs to another question. Send the parameters of the first page with it, or start anew.",
        )
    return place


def _plausible(place: Place) -> bool:
    """Whether a database takes what it says: a cursor is not signed, and one that was made up must not fail later."""
    texts = [value for value in place.after if isinstance(value, str)]
    numbers = [value for value in place.after if not isinstance(value, str)]
    if place.known_at is not None:
        numbers.append(place.known_at)
    return all(type(number) is int and abs(number) < _LARGEST for number in numbers) and all(
        text.isprintable() for text in texts
    )


def _question(request: Request) -> str:
    """The path and its parameters, in an order of their own."""
    asked = sorted(
        (name, value) for name, value in request.query_params.multi_items() if name not in _NOT_OF_THE_QUESTION
    )
    return hashlib.sha256(json.dumps([request.url.path, asked]).encode()).hexdigest()[:16]
