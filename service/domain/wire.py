"""From domain objects to plain JSON values: the one place that knows how each kind of fact is written.

Money is a decimal text, dates are ISO dates, and a field named in an object's `redacted` is left out, not
null: a caller can tell "no band" from "not yours to read".
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, cast

Plain = dict[str, Any] | list[Any] | str | int | float | bool | None


_AS_THEY_ARE = frozenset({NoneType, bool, int, float, str})


def plain(value: object) -> Any:
    """The JSON value of a domain object. Raises TypeError for a kind that has no written form.

    A float is a measure, such as a rate: money is never one.
    """
    if type(value) in _AS_THEY_ARE:
        return value
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in cast(Mapping[object, object], value).items()}
        case tuple() | list():
            return [plain(item) for item in cast(list[object], value)]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _record(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no written form")


def _record(value: Any) -> dict[str, Any]:
    left_out: tuple[str, ...] = getattr(value, "redacted", ())
    named: dict[str, Any] = {}
    for written, name in _written(cast(type[Any], type(value))):
        if name not in left_out:
            held = getattr(value, name)
            # Most of it: not worth a call for each.
            named[written] = held if type(held) in _AS_THEY_ARE else plain(held)
    if named.get("redacted") == []:
        del named["redacted"]
    return named


@cache
def _written(shown: type[Any]) -> tuple[tuple[str, str], ...]:
    """(name as written, name) of each field that is part of a class's written form."""
    return tuple(
        # A field whose name Python reserves carries a trailing underscore: `from_` is written `from`.
        (field.name.rstrip("_"), field.name)
        for field in fields(shown)
        # What a class computes itself and the source form of a definition are not part of it.
        if field.init and not field.metadata.get("source_form")
    )
