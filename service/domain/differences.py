"""What differs between two definitions of one kind: versions of a ladder, companies, band sets.

Lists of things with a key are compared by key, so a level that moved down the list is still the same level; all
other lists are compared as a whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import Field

from service.domain.band_rows import BandRow
from service.domain.company import Waiver, WaiverScope
from service.domain.ladders import Move
from service.domain.wire import plain

_KEYS = frozenset(
    {"key", "grade", "competency", "kind", "scheme", "old_level", "label", "activity", "placeholder", "fact"}
    | {"name", "currency", "period", "zone"}
)
_LONGER: dict[type, tuple[str, ...]] = {
    BandRow: ("grade", "zone", "ladder", "track"),
    Move: ("from_level", "to_level", "to_ladder"),
    Waiver: ("rule", "scope"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that comes, goes or becomes something else."""

    op: Annotated[Literal["+", "-", "~"], Field(description="`+` comes, `-` goes, `~` becomes something else.")]
    path: Annotated[
        tuple[str, ...],
        Field(description="Where: fields and keys from the outside in, for example levels, ic5, title."),
    ]
    before: Annotated[Any, Field(description="What stood there, in its full form; null for what comes.")]
    after: Annotated[Any, Field(description="What stands there then; null for what goes.")]


def differences(before: object, after: object, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Both are of one class; fields that the class computes itself and the source form are left out."""
    for field in fields(cast(Any, before)):
        if not field.init or field.name == "document":
            continue
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            yield from _between(old, new, (*path, field.name))


def _between(old: object, new: object, path: tuple[str, ...]) -> Iterator[Difference]:
    if _is_list(old) and _is_list(new):
        yield from _lists(cast(Sequence[object], old), cast(Sequence[object], new), path)
    elif is_dataclass(old) and type(old) is type(new):
        yield from differences(old, new, path)
    else:
        op = "+" if old is None else "-" if new is None else "~"
        yield Difference(op=op, path=path, before=plain(old), after=plain(new))


def _is_list(value: object) -> bool:
    return isinstance(value, tuple)


def _lists(old: Sequence[object], new: Sequence[object], path: tuple[str, ...]) -> Iterator[Difference]:
    names = [_name(item) for item in (*old, *new)]
    by_old, by_new = {_name(item): item for item in old}, {_name(item): item for item in new}
    if None in names or len(by_old) < len(old) or len(by_new) < len(new):
        op = "+" if not old else "-" if not new else "~"
        yield Difference(op=op, path=path, before=plain(old) if old else None, after=plain(new) if new else None)
        return
    for name, item in by_old.items():
        if name not in by_new:
            yield Difference(op="-", path=(*path, name or ""), before=plain(item), after=None)
        elif item != by_new[name]:
            yield from differences(item, by_new[name], (*path, name or ""))
    for name, item in by_new.items():
        if name not in by_old:
            yield Difference(op="+", path=(*path, name or ""), before=None, after=plain(item))
    kept = [name for name in by_old if name in by_new]
    if kept != [name for name in by_new if name in by_old]:
        yield Difference(op="~", path=(*path, "order"), before=kept, after=[name for name in by_new if name in by_old])


def _name(item: object) -> str | None:
    """What tells an entry of a list from the others; None for entries without a key."""
    if not is_dataclass(item):
        return None
    names = _LONGER.get(type(item)) or (fields(item)[0].name,)
    if len(names) == 1 and names[0] not in _KEYS:
        return None
    return " ".join(_written(getattr(item, name)) for name in names if getattr(item, name) is not None)


def _written(value: object) -> str:
    if isinstance(value, WaiverScope):
        stated = ((field.name, getattr(value, field.name)) for field in fields(value))
        return " ".join(f"{name}={key}" for name, key in stated if key is not None)
    return str(value)
