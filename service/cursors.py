"""Cursors: where a page ended or began, of which question, as known at which instant.

A walk continues as of the instant of its first page, so writes between two pages neither skip nor repeat anybody.

A cursor carries the day on which it was given, and expires. It is no finer, so that a page has the same bytes, and
the same tag, all day. A question that names its own instant has the same answer for ever: its cursors do not expire.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.problems import SurfaceProblem

DAYS = 7
"""How long a cursor is good for."""
_DAY_US = 86_400 * 1_000_000
_LARGEST = 253_402_300_800_000_000
"""9999-12-31 in µs, behind the last instant that has a written form."""
_FIRST_INSTANT = -62_135_596_800_000_000
"""0001-01-01 in µs, the first one."""
_FORWARD, _BACKWARD = "next", "prev"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`after` is an item's place in the order of the list, `backward` whether to go on before it.

    The rest is what the first page was bounded by.
    """

    after: tuple[Any, ...]
    backward: bool = False
    known_at: int | None = None
    effective_on: date | None = None


def question_of(*asked: object) -> str:
    """Which list it is, as short as it tells lists apart: cursors of one do not continue another."""
    return hashlib.sha256(json.dumps(asked, default=str).encode()).hexdigest()[:16]


def packed(question: str, place: Place, *, now: int | None) -> str:
    """The text of a cursor given at `now` (µs); None for one that does not expire."""
    parts = [
        question,
        [value.isoformat() if isinstance(value, date) else value for value in place.after],
        place.known_at,
        place.effective_on.isoformat() if place.effective_on else None,
        None if now is None else now // _DAY_US,
        _BACKWARD if place.backward else _FORWARD,
    ]
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def unpacked(question: str, cursor: str, shape: tuple[type, ...], *, now: int) -> Place:
    """Where to continue. `shape` is the types of `after`: a cursor is input like any other.

    Raises SurfaceProblem `cursor-invalid`, `cursor-mismatch` when it is of another list, `cursor-expired`.
    """
    try:
        asked, *rest = _parts(cursor)
        is_other = isinstance(asked, str) and asked != question
        place, issued = (Place(after=()), None) if is_other else _read(rest, shape)
    except (ValueError, TypeError, RecursionError):
        raise SurfaceProblem("cursor-invalid", "This cursor cannot be read. Use it exactly as it was given.") from None
    if is_other:
        raise SurfaceProblem(
            "cursor-mismatch",
            "This cursor belongs to another question. Send what the first page was asked with, or start anew.",
        )
    if issued is not None and issued < now // _DAY_US - DAYS:
        raise SurfaceProblem("cursor-expired", f"This cursor is older than {DAYS} days. Start without one.")
    return place


def _parts(cursor: str) -> list[Any]:
    padded = cursor + "=" * (-len(cursor) % 4)
    parts: list[Any] | object = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    if not isinstance(parts, list):
        raise TypeError(cursor)
    return parts  # pyright: ignore[reportUnknownVariableType] - what they are is checked one by one


def _read(parts: list[Any], shape: tuple[type, ...]) -> tuple[Place, int | None]:
    """Place and day of issue, None if it does not expire. Raises ValueError or TypeError for what was never given."""
    after, known_at, day, issued, direction = parts
    place = Place(
        after=tuple(_value(value, kind) for value, kind in zip(after, shape, strict=True)),
        backward=direction == _BACKWARD,
        known_at=None if known_at is None else max(_FIRST_INSTANT, _number(known_at)),
        effective_on=None if day is None else date.fromisoformat(day),
    )
    if direction not in {_FORWARD, _BACKWARD}:
        raise ValueError(direction)
    return place, None if issued is None else _number(issued)


def _value(value: object, kind: type) -> Any:
    """A cursor is not signed: one that was made up must not fail later, in a database."""
    if kind is int:
        return _number(value)
    if not isinstance(value, str) or not value.isprintable():
        raise TypeError(value)
    return date.fromisoformat(value) if kind is date else value


def _number(value: object) -> int:
    if type(value) is not int or abs(value) >= _LARGEST:
        raise TypeError(value)
    return value
