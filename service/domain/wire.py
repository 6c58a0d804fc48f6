"""From domain objects to plain JSON values: the one place that knows how each kind of fact is written.

Money is a decimal text, dates are ISO dates, and a field named in an object's `redacted` is left out, not
null: a caller can tell "no band" from "not yours to read". Of a class with `written_often` the form of equal values is
one object, which nobody alters.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from operator import attrgetter
from types import NoneType
from typing import Any

Plain = dict[str, Any] | list[Any] | str | int | float | bool | None


_AS_THEY_ARE = frozenset({NoneType, bool, int, float, str})
_Writer = Callable[[Any], Any]


def plain(value: object) -> Any:
    """The JSON value of a domain object. Raises TypeError for a kind that has no written form.

    A float is a measure, such as a rate: money is never one.
    """
    return _writer(type(value))(value)


@cache
def _writer(kind: type[Any]) -> _Writer:
    """Chosen once for each class: in the events of a large batch there are millions of values."""
    if issubclass(kind, NoneType | bool | int | float | str):
        return _as_it_is
    if issubclass(kind, Decimal):
        return _decimal
    if issubclass(kind, date):
        return kind.isoformat
    if issubclass(kind, Mapping):
        return _mapping
    if issubclass(kind, tuple | list):
        return _list
    if is_dataclass(kind):
        record = _record_of(_written(kind))
        return lru_cache(maxsize=4096)(record) if getattr(kind, "written_often", False) else record
    raise TypeError(f"{kind.__name__} has no written form")


def _as_it_is(value: Any) -> Any:
    return value


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _mapping(value: Mapping[object, object]) -> dict[str, Any]:
    return {str(key): plain(item) for key, item in value.items()}


def _list(value: Sequence[object]) -> list[Any]:
    return [plain(item) for item in value]


def _record_of(written: tuple[tuple[str, str], ...]) -> _Writer:
    names = [name for name, _ in written]
    own_names = [own for _, own in written]
    held: Callable[[Any], tuple[Any, ...]] = (
        attrgetter(*own_names)
        if len(own_names) > 1
        # Of one name it gives no tuple.
        else lambda value: tuple(getattr(value, own) for own in own_names)
    )

    def record(value: Any) -> dict[str, Any]:
        # Most of it is written as it is: not worth a call for each.
        return {
            name: one if type(one) in _AS_THEY_ARE else plain(one) for name, one in zip(names, held(value), strict=True)
        }

    def shown(value: Any) -> dict[str, Any]:
        left_out = value.redacted
        named = record(value)
        for name, own in written:
            if own in left_out or (own == "redacted" and not left_out):
                del named[name]
        return named

    return shown if any(own == "redacted" for _, own in written) else record


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
