"""Objects as Workday names them: by ids of a type, and found again in what it answers."""

from collections.abc import Iterator, Mapping
from typing import Any, cast


def named(kind: str, value: str) -> dict[str, Any]:
    """A reference by one id."""
    return {"ID": [{"_value_1": value, "type": kind}]}


def id_of(reference: Any, kind: str) -> str | None:
    """Its id of a type; None where it has none."""
    if not isinstance(reference, Mapping):
        return None
    for one in listed(cast(Mapping[str, Any], reference).get("ID")):
        if one.get("type") == kind:
            return cast("str | None", one.get("_value_1"))
    return None


def listed(value: Any) -> list[dict[str, Any]]:
    """One, several or none of something, as a list."""
    if value is None:
        return []
    return cast("list[dict[str, Any]]", value if isinstance(value, list) else [value])


def at(value: Any, *names: str) -> Any:
    """What is there, by names from outside in; None where anything on the way is missing."""
    for name in names:
        if not isinstance(value, Mapping):
            return None
        value = cast(Mapping[str, Any], value).get(name)
    return value


def under(value: Any, name: str) -> Iterator[Any]:
    """Everything of a name, however deep: where it stands differs between versions."""
    if isinstance(value, Mapping):
        for key, inner in cast(Mapping[str, Any], value).items():
            if key == name:
                yield inner
            yield from under(inner, name)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from under(inner, name)
