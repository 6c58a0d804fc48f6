"""The members that an answer can have, read off its class: what `fields` may name and what a table's columns are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import TypeAdapter

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Members:
    """A place in an answer. `names` are those of the object there, `is_open` when any other name may stand there too.

    A list is told by its items. Neither names nor open: a plain value.
    """

    _schema: Json
    _parts: Json = field(repr=False)

    @property
    def names(self) -> dict[str, "Members"]:
        found: dict[str, Members] = {}
        for one in self._forms():
            for name, inner in one.get("properties", {}).items():
                found.setdefault(name, Members(inner, self._parts))
        return found

    @property
    def is_open(self) -> bool:
        return any(one.get("additionalProperties", False) is not False for one in self._forms())

    @property
    def is_list(self) -> bool:
        return any(one.get("type") == "array" for one in _resolved(self._schema, self._parts))

    def at(self, name: str) -> "Members | None":
        """What stands under a name; None when nothing can."""
        if name in (names := self.names):
            return names[name]
        for one in self._forms():
            inner: Json | bool = one.get("additionalProperties", False)
            if inner is not False:
                return Members({"additionalProperties": True} if inner is True else inner, self._parts)
        return None

    def _forms(self) -> list[Json]:
        """The objects that can stand here, those of a list's items included."""
        forms: list[Json] = []
        for one in _resolved(self._schema, self._parts):
            if one.get("type") == "array":
                forms += Members(one.get("items", {}), self._parts)._forms()
            else:
                forms.append(one)
        return forms


@cache
def adapter_of(shape: Any) -> TypeAdapter[Any]:
    """What reads and writes a class, which takes milliseconds to make."""
    return TypeAdapter(shape)


@cache
def members_of(shape: type[object]) -> Members:
    """The members of an answer of this class."""
    schema = adapter_of(shape).json_schema(mode="serialization", by_alias=True)
    return Members(schema, schema.get("$defs", {}))


def columns_of(members: Members, prefix: str = "") -> list[str]:
    """Dotted names of everything in it that is one value; a list or an open object is one, too."""
    found: list[str] = []
    for name, inner in members.names.items():
        if inner.names and not inner.is_list and not inner.is_open:
            found += columns_of(inner, f"{prefix}{name}.")
        else:
            found.append(prefix + name)
    return found


def value_at(item: Any, path: str) -> Any:
    """What stands at a dotted name; None when nothing does."""
    for name in path.split("."):
        if not isinstance(item, Mapping):
            return None
        item = item.get(name)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return item  # pyright: ignore[reportUnknownVariableType]


def _resolved(schema: Json, parts: Json) -> list[Json]:
    """The forms of a schema, references followed and alternatives side by side."""
    if "$ref" in schema:
        return _resolved(parts[schema["$ref"].rpartition("/")[2]], parts)
    either = schema.get("anyOf") or schema.get("oneOf")
    if either:
        return [form for one in either for form in _resolved(one, parts)]
    return [schema]
