"""From domain objects to plain JSON values: the one place that knows how each kind of fact is written.

Money is a decimal text, dates are ISO dates, and a field named in an object's `redacted` is left out, not
null: a caller can tell "no band" from "not yours to read".
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, cast

Plain = dict[str, Any] | list[Any] | str | int | bool | None


def plain(value: object) -> Any:
    """The JSON value of a domain object. Raises TypeError for a kind that has no written form, floats included."""
    # Asked in the order in which values come: thousands of events may be written in one transaction.
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(item) for item in cast(list[object], value)]
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in cast(Mapping[object, object], value).items()}
    raise TypeError(f"{type(value).__name__} has no written form")


def _record(value: Any) -> dict[str, Any]:
    left_out: tuple[str, ...] = getattr(value, "redacted", ())
    named = {
        written: plain(getattr(value, name))
        for name, written in _written(cast(Any, type(value)))
        if name not in left_out
    }
    if named.get("redacted") == []:
        del named["redacted"]
    return named


@cache
def _written(kind: Any) -> tuple[tuple[str, str], ...]:
    """Each field of a class with the name under which it is written."""
    return tuple(
        # A field whose name Python reserves carries a trailing underscore: `from_` is written `from`.
        (field.name, field.name.rstrip("_"))
        for field in fields(kind)
        # What a class computes itself and the source form of a definition are not part of its written form.
        if field.init and not field.metadata.get("source_form")
    )
