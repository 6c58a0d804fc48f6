"""Whether a JSON Schema was only added to: what was taken is still taken, what was promised is still promised."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Way = Literal["sent", "answered"]

_LOWER = ("minLength", "minimum", "minItems", "minProperties")
_UPPER = ("maxLength", "maximum", "maxItems", "maxProperties")
_ALTERNATIVES = ("anyOf", "oneOf")
_SAID_ONLY = {"title", "description", "examples", "$schema", "$id", "$defs"}
_FROM = "$from"
"""Where a form notes the name of the definition it was written under."""
_COMPARED = {
    *("type", "enum", "const", "pattern", "format", "default", "properties", "required", "additionalProperties"),
    *("propertyNames", "items", _FROM),
    *_LOWER,
    *_UPPER,
}


@dataclass(slots=True, kw_only=True)
class SchemaComparison:
    """`old` and `new` are the documents that references point into.

    Of what is `sent`, everything that fitted must still fit. Of what is `answered`, nothing may come that did not
    fit; added fields and added values of an enum may, since readers are told to bear both. No value of an enum goes.
    """

    old: Json
    new: Json
    way: Way
    _known: dict[tuple[str, ...], list[str]] = field(default_factory=dict[tuple[str, ...], list[str]])

    def breaks(self, before: Json, after: Json, place: str) -> list[str]:
        """What somebody would notice who relies on `before`, each with its place."""
        olds, news = _forms(before, self.old), _forms(after, self.new)
        found: list[str] = []
        for form in olds if self.way == "sent" else news:
            pairs = [(form, new) for new in news] if self.way == "sent" else [(old, form) for old in olds]
            alike = [pair for pair in pairs if _covers(pair[1], pair[0]) or _covers(pair[0], pair[1])]
            if alike:
                found += min((self._form(old, new, place) for old, new in alike), key=len)
            else:
                found.append(f"{place}: {form['type']} {'is not taken any more' if self.way == 'sent' else 'can come'}")
        return found

    def _form(self, old: Json, new: Json, place: str) -> list[str]:
        if _FROM not in old or _FROM not in new:
            return list(self._differences(old, new, place))
        # By name, so that what many places share is told once, and what holds itself comes to an end.
        pair = (old[_FROM], old["type"], new[_FROM], new["type"])
        if pair not in self._known:
            self._known[pair] = []
            self._known[pair] = list(self._differences(old, new, new[_FROM]))
        return self._known[pair]

    def _differences(self, old: Json, new: Json, place: str) -> Iterator[str]:
        for keyword in sorted((old.keys() | new.keys()) - _COMPARED - _SAID_ONLY):
            yield f"{place}: {keyword} is not compared"
        wide, narrow = (new, old) if self.way == "sent" else (old, new)
        if not _covers(wide, narrow):
            yield f"{place}: {old['type']} became {new['type']}"
        yield from self._values(old, new, place)
        yield from self._bounds(old, new, place)
        yield from self._fields(old, new, place)
        for keyword in ("items", "propertyNames", "additionalProperties"):
            yield from self._inner(keyword, old.get(keyword, True), new.get(keyword, True), place)

    def _values(self, old: Json, new: Json, place: str) -> Iterator[str]:
        if "enum" in new:
            if "enum" in old:
                yield from (f"{place}: value {value} is gone" for value in old["enum"] if value not in new["enum"])
            elif self.way == "sent":
                yield f"{place}: takes certain values only"
        if self.way == "sent" and "default" in old and old["default"] != new.get("default"):
            yield f"{place}: another default"

    def _bounds(self, old: Json, new: Json, place: str) -> Iterator[str]:
        tight, loose = (new, old) if self.way == "sent" else (old, new)
        told = "asks for more" if self.way == "sent" else "promises less"
        for keyword in ("pattern", "format"):
            if keyword in tight and tight[keyword] != loose.get(keyword):
                yield f"{place}: {keyword} {told}"
        for keyword in _LOWER + _UPPER:
            if keyword in tight:
                other = loose.get(keyword)
                if other is None or (tight[keyword] > other if keyword in _LOWER else tight[keyword] < other):
                    yield f"{place}: {keyword} {told}"

    def _fields(self, old: Json, new: Json, place: str) -> Iterator[str]:
        before: Json = old.get("properties", {})
        after: Json = new.get("properties", {})
        for name, schema in before.items():
            if name in after:
                yield from self.breaks(schema, after[name], f"{place}/{name}")
            else:
                yield f"{place}/{name} is gone"
        needed, given = set(new.get("required", [])), set(old.get("required", []))
        if self.way == "sent":
            yield from (f"{place}/{name} is required" for name in sorted(needed - given))
        else:
            # What is gone altogether was told above.
            yield from (f"{place}/{name} can be missing" for name in sorted((given - needed) & after.keys()))

    def _inner(self, keyword: str, old: bool | Json, new: bool | Json, place: str) -> Iterator[str]:
        """Schemas of what is inside: True takes everything, False nothing."""
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self.breaks(old, new, f"{place}/{keyword}")
        elif self.way == "sent" and old is not False and new is not True and new is not old:
            yield f"{place}: {keyword} asks for more"
        elif self.way == "answered" and isinstance(old, dict) and new is True:
            yield f"{place}: {keyword} promises less"


def _covers(one: Json, other: Json) -> bool:
    return one["type"] in (other["type"], "any") or (one["type"], other["type"]) == ("number", "integer")


def _forms(schema: Json, document: Json) -> list[Json]:
    """The forms a value can have, with one type each; those that are lists of values as one for each type."""
    forms = list(_alternatives(schema, document))
    listed: dict[str, Json] = {}
    for form in forms:
        if "enum" in form:
            known = listed.setdefault(form["type"], {**form, "enum": []})
            known["enum"] = [*known["enum"], *(value for value in form["enum"] if value not in known["enum"])]
    return [form for form in forms if "enum" not in form] + list(listed.values())


def _alternatives(schema: Json, document: Json) -> Iterator[Json]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        yield from _alternatives({**_at(document, schema["$ref"]), **beside, _FROM: name}, document)
        return
    for keyword in _ALTERNATIVES:
        if keyword in schema:
            beside = {key: value for key, value in schema.items() if key != keyword}
            for number, one in enumerate(schema[keyword], 1):
                named = {_FROM: f"{schema[_FROM]}#{number}"} if _FROM in schema else {}
                yield from _alternatives({**beside, **named, **one}, document)
            return
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    for kind in _types(schema, values):
        form = {key: value for key, value in schema.items() if key not in ("const", "enum")} | {"type": kind}
        own = [value for value in values or () if _type_of(value) == kind]
        # null is one value, whether it is listed or not.
        yield {**form, "enum": own} if values is not None and kind != "null" else form


def _types(schema: Json, values: Iterable[object] | None) -> list[str]:
    match schema.get("type"):
        case str() as one:
            return [one]
        case list() as several:  # pyright: ignore[reportUnknownVariableType] - JSON has no types
            return several  # pyright: ignore[reportUnknownVariableType]
        case _:
            return list(dict.fromkeys(_type_of(value) for value in values or ())) or ["any"]


def _type_of(value: object) -> str:
    names: Mapping[type, str] = {bool: "boolean", int: "integer", str: "string", type(None): "null"}
    return names.get(type(value), "any")


def _at(document: Json, reference: str) -> Json:
    found: Json = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found
