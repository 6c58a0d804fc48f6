"""Items of an answer as lines: a CSV table with a column for every single value, or JSON by the line."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

import orjson

from service.domain.wire import plain
from service.rest.members import columns_of, members_of, value_at

_FORMULA = frozenset("=+-@\t\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def columns(shape: type[object], fields: Sequence[str] | None) -> tuple[str, ...]:
    """Dotted names of a table's columns: those asked for, in that order, or all that items of the class have."""
    return tuple(columns_of(members_of(shape)) if fields is None else fields)


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Lines by RFC 4180, in UTF-8."""
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return written.getvalue().encode()


def csv_rows(items: Iterable[object], names: Sequence[str]) -> bytes:
    return csv_lines([value_at(item, name) for name in names] for item in map(plain, items))


def cell(value: Any) -> str:
    """One value as text. Nothing is nothing; a list or an object is JSON.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, unless it is a number.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            is_formula = value[:1] in _FORMULA and not _NUMBER.fullmatch(value)
            return f"'{value}" if is_formula else value
        case _:
            return orjson.dumps(value).decode()
