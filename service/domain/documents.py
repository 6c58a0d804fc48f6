"""From a plain document (what JSON holds) to domain objects, with every fault found in one pass."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar, cast

from service.domain.dates import BadDate, parse_date, shown
from service.domain.findings import DocumentRejected, Finding, did_you_mean, token
from service.domain.shapes import (
    Amount,
    Choice,
    Day,
    FieldShape,
    Flag,
    Form,
    ListOf,
    MapOf,
    Record,
    Shape,
    Text,
    Whole,
    record_of,
)

AMOUNT_PATTERN = r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,6})?"

_UNUSABLE = object()

T = TypeVar("T")


def bind(build: type[T], document: object) -> T:
    """The domain object that a document states.

    Raises:
        DocumentRejected: with a finding for each unknown key (DT010), wrong type (DT011),
            missing key (DT012) and value out of form (DT013).
    """
    binder = _Binder()
    bound = binder.value(record_of(build), document, "")
    if binder.findings:
        raise DocumentRejected(binder.findings)
    return cast(T, bound)


def named(value: object) -> str:
    """What a value is, in the words of JSON and YAML."""
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {shown(value)}"
        case Mapping():
            return "a mapping"
        case _:
            return "a list" if isinstance(value, Sequence) else f"a {type(value).__name__}"


class _Binder:
    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def value(self, shape: Shape, value: object, pointer: str) -> object:
        match shape:
            case Record():
                return self._record(shape, value, pointer)
            case ListOf():
                return self._list(shape, value, pointer)
            case MapOf():
                return self._map(shape, value, pointer)
            case Flag():
                return value if isinstance(value, bool) else self._mistyped(pointer, value, "write true or false")
            case Whole():
                return self._whole(shape, value, pointer)
            case Text() | Choice() | Day() | Amount():
                return self._text(shape, value, pointer)

    def _record(self, shape: Record, value: object, pointer: str) -> object:
        bound = self._fields(shape.fields, shape.plain, value, pointer)
        if bound is None:
            return _UNUSABLE
        if shape.source_field is not None:
            bound[shape.source_field] = value
        return shape.build(**bound)

    def _fields(
        self, fields: tuple[FieldShape, ...], plain: FieldShape | None, value: object, pointer: str
    ) -> dict[str, Any] | None:
        """Every field by name; None when one of them cannot be used."""
        if not isinstance(value, Mapping):
            if plain is None:
                self._mistyped(pointer, value, f"write a mapping with {_listed(f.name for f in fields)}")
                return None
            others = {field.name: field.otherwise for field in fields}
            bound = {
                **others,
                plain.name: None if value is None and plain.nullable else self.value(plain.shape, value, pointer),
            }
        else:
            document = cast(Mapping[str, object], value)
            known = [field.name for field in fields]
            for key in document:
                if key not in known:
                    self._unknown_key(key, known, pointer)
            bound = {field.name: self._field(field, document, pointer) for field in fields}
        return None if _UNUSABLE in bound.values() else bound

    def _field(self, field: FieldShape, document: Mapping[str, object], pointer: str) -> object:
        if field.name not in document:
            if not field.required:
                return field.otherwise
            self._report("DT012", pointer, f"`{field.name}` is missing", f"add `{field.name}`: {field.description}")
            return _UNUSABLE
        value = document[field.name]
        if value is None and field.nullable:
            return None
        return self.value(field.shape, value, pointer + token(field.name))

    def _list(self, shape: ListOf, value: object, pointer: str) -> object:
        if not isinstance(value, list | tuple):
            if not shape.bare:
                return self._mistyped(pointer, value, "write a list")
            only = self.value(shape.item, value, pointer)
            return _UNUSABLE if only is _UNUSABLE else (only,)
        items = cast(Sequence[object], value)
        bound = tuple(self.value(shape.item, item, pointer + token(index)) for index, item in enumerate(items))
        return _UNUSABLE if _UNUSABLE in bound else bound

    def _map(self, shape: MapOf, value: object, pointer: str) -> object:
        if not isinstance(value, Mapping):
            names = _listed(field.name for field in shape.rest)
            return self._mistyped(pointer, value, f"write a mapping from {shape.key.name} to {names}")
        bound: list[object] = []
        for key, entry in cast(Mapping[str, object], value).items():
            inner = pointer + token(key)
            first = self.value(shape.key.shape, key, inner)
            rest = self._entry(shape, entry, inner)
            unusable = first is _UNUSABLE or rest is None
            bound.append(_UNUSABLE if unusable else shape.build(**{shape.key.name: first}, **(rest or {})))
        return _UNUSABLE if _UNUSABLE in bound else tuple(bound)

    def _entry(self, shape: MapOf, value: object, pointer: str) -> dict[str, Any] | None:
        field = shape.plain
        if field is None or len(shape.rest) > 1:
            return self._fields(shape.rest, field, value, pointer)
        bound = None if value is None and field.nullable else self.value(field.shape, value, pointer)
        return None if bound is _UNUSABLE else {field.name: bound}

    def _whole(self, shape: Whole, value: object, pointer: str) -> object:
        if isinstance(value, bool) or not isinstance(value, int):
            return self._mistyped(pointer, value, "write a whole number without quotes")
        if shape.within.least <= value <= shape.within.most:
            return value
        return self._malformed(
            pointer, f"{value} is out of bounds", f"write a number from {shape.within.least} to {shape.within.most}"
        )

    def _text(self, shape: Text | Choice | Day | Amount, value: object, pointer: str) -> object:
        if not isinstance(value, str):
            quotable = isinstance(value, int | float) and not isinstance(value, bool) and not isinstance(shape, Choice)
            return self._mistyped(pointer, value, f'put it in quotes: "{value}"' if quotable else _asked_for(shape))
        match shape:
            case Text():
                return self._formed(shape.form, value, pointer)
            case Choice():
                if value in shape.values:
                    return value
                guess = did_you_mean(value, shape.values)
                return self._malformed(
                    pointer,
                    f"{shown(value)} is none of {_listed(shape.values)}",
                    f"write {guess}" if guess else f"write one of {_listed(shape.values)}",
                )
            case Day():
                return self._day(value, pointer)
            case Amount():
                if re.fullmatch(AMOUNT_PATTERN, value, re.ASCII):
                    return Decimal(value)
                return self._malformed(pointer, f"{shown(value)} is not an amount", _asked_for(shape))

    def _formed(self, form: Form, value: str, pointer: str) -> object:
        # Postgres text cannot hold NUL and UTF-8 cannot hold a lone surrogate; JSON strings can carry both.
        storable = "\x00" not in value and not re.search("[\ud800-\udfff]", value)
        formed = len(value) <= form.longest and (form.pattern is None or re.fullmatch(form.pattern, value))
        if storable and formed:
            return value
        return self._malformed(pointer, f"{shown(value)} has the wrong form", f"write {form.what}")

    def _day(self, value: str, pointer: str) -> object:
        try:
            return parse_date(value)
        except BadDate as bad:
            text, _, remedy = str(bad).partition(": ")
            return self._malformed(pointer, text, remedy)

    def _unknown_key(self, key: str, known: list[str], pointer: str) -> None:
        guess = did_you_mean(key, known)
        remedy = f"did you mean `{guess}`?" if guess else f"remove it, or use one of {_listed(known)}"
        self._report("DT010", pointer + token(key), f"unknown key `{shown(key)[1:-1]}`", remedy)

    def _mistyped(self, pointer: str, value: object, remedy: str) -> object:
        self._report("DT011", pointer, f"{named(value)} does not belong here", remedy)
        return _UNUSABLE

    def _malformed(self, pointer: str, text: str, remedy: str) -> object:
        self._report("DT013", pointer, text, remedy)
        return _UNUSABLE

    def _report(self, rule: str, pointer: str, text: str, remedy: str) -> None:
        self.findings.append(Finding(rule=rule, pointer=pointer, text=text, remedy=remedy))


def _asked_for(shape: Text | Choice | Day | Amount) -> str:
    match shape:
        case Text():
            return f"write {shape.form.what}"
        case Choice():
            return f"write one of {_listed(shape.values)}"
        case Day():
            return "write a date as YYYY-MM-DD"
        case Amount():
            return 'write a decimal number in quotes, for example "62000.00"'


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
