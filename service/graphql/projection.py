"""Executing selections of plain fields in one go.

The executor of the library spends about ten microseconds a field, whatever the field is. Most of ours are attributes
of an object that is there already: a selection of nothing but those is made into one function once a request, and
that function writes each object. Fields with a resolver, and what holds them, go the library's way.
"""
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportMissingTypeArgument=false
# The library leaves parameters of its own types open.

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from service.graphql.nodes import Seen
from service.graphql.shapes import read

Writer = Callable[[Any], Any]
_AS_IT_IS = {"String", "Boolean", "ID"}


class ProjectingExecutor(StrawberryGraphQLCoreExecutionContext):
    """`context_value.ahead` holds ids of field nodes whose values a resolver above has put into `source.ahead`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # By identity of the list of field nodes, which is kept with it: a list that is gone could lend its id.
        self._writers: dict[int, tuple[Any, Writer | None]] = {}

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Any, position_context: Any
    ) -> Any:
        known = self._writers.get(id(field_details_list))
        if known is None:
            known = (field_details_list, self._field(parent_type, field_details_list))
            self._writers[id(field_details_list)] = known
        write = known[1]
        if write is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        try:
            return write(source)
        except Exception as error:  # noqa: BLE001 - the library makes an answer of it, as of its own
            field = self.schema.get_field(parent_type, field_details_list[0].node.name.value)
            assert field is not None
            self.handle_field_error(error, field.type, field_details_list, path)
            return None

    def _field(self, parent: GraphQLObjectType, details: Any) -> Writer | None:
        """What writes the field of an object; None when it takes more than reading."""
        node = details[0].node
        if node.name.value == "__typename":
            return lambda source: parent.name
        field = self.schema.get_field(parent, node.name.value)
        definition: StrawberryField | None = field and field.extensions.get("strawberry-definition")
        if field is None or definition is None:
            return None
        ahead = id(node) in self.context_value.ahead
        if not ahead and not definition.is_basic_field:
            return None
        write = self._value(field.type, details)
        if write is None:
            return None
        name = definition.python_name
        if ahead:
            return lambda source: write(source.ahead[name])
        return _Attribute(name, write)

    def _value(self, kind: GraphQLOutputType, details: Any) -> Writer | None:
        match kind:
            case GraphQLNonNull():
                inner = self._value(cast(GraphQLOutputType, kind.of_type), details)
                return inner and _Needed(inner, otherwise=() if isinstance(kind.of_type, GraphQLList) else None)
            case GraphQLList():
                inner = self._value(cast(GraphQLOutputType, kind.of_type), details)
                return inner and _each(inner)
            case GraphQLObjectType():
                return self._object(kind, details)
            case GraphQLScalarType():
                return _same if kind.name in _AS_IT_IS else _or_null(kind.serialize)
            case _:
                return None

    def _object(self, kind: GraphQLObjectType, details: Any) -> Writer | None:
        members: list[tuple[str, Writer]] = []
        for name, chosen in self.collect_subfields(kind, details).grouped_field_set.items():
            write = self._field(kind, chosen)
            if write is None:
                return None
            members.append((name, write))
        one_by_one = _one_by_one(members)
        attributes = [(name, write) for name, write in members if isinstance(write, _Attribute)]
        # With a single one there is nothing to gain.
        return _at_once(attributes, one_by_one) if 1 < len(attributes) == len(members) else one_by_one


class _Attribute:
    """Reads a field of an object and writes its value."""

    __slots__ = ("name", "write")

    def __init__(self, name: str, write: Writer) -> None:
        self.name = name
        self.write = write

    def __call__(self, source: Any) -> Any:
        return self.write(read(source, self.name))


def _one_by_one(members: list[tuple[str, Writer]]) -> Writer:
    return lambda value: None if value is None else {name: write(value) for name, write in members}


def _at_once(members: "list[tuple[str, _Attribute]]", one_by_one: Writer) -> Writer:
    """The same for attributes of an object alone, all of which one call reads: a page has hundreds of objects."""
    names = tuple(name for name, _ in members)
    fields = tuple(attribute.name for _, attribute in members)
    get = attrgetter(*fields)
    written = [(name, attribute.write) for name, attribute in members if attribute.write is not _same]
    # Most of these need no writing, only that there is something.
    needed = [(name, write) for name, write in written if isinstance(write, _Needed) and write.inner is _same]
    others = [pair for pair in written if pair not in needed]

    @cache
    def is_seen(kind: type) -> bool:
        return issubclass(kind, Seen) and not any(hasattr(kind, field) for field in fields)

    def write(value: Any) -> Any:
        if value is None or type(value) is dict:
            return one_by_one(value)
        values = get(value.shown if is_seen(value.__class__) else value)
        found = dict(zip(names, values, strict=True))
        if None in values:
            for name, write in needed:
                write(found[name])
        for name, write in others:
            found[name] = write(found[name])
        return found

    return write


def _same(value: Any) -> Any:
    return value


def _or_null(write: Writer) -> Writer:
    return lambda value: None if value is None else write(value)


class _Needed:
    """Writes what is never null; `otherwise` stands for what was left out."""

    __slots__ = ("_otherwise", "inner")

    def __init__(self, inner: Writer, *, otherwise: Any) -> None:
        self.inner = inner
        self._otherwise = otherwise

    def __call__(self, value: Any) -> Any:
        found = self.inner(self._otherwise if value is None else value)
        if found is None:
            raise GraphQLError("A field that is never null has no value.")
        return found


def _each(write: Writer) -> Writer:
    def written(value: Any) -> Any:
        return None if value is None else [write(item) for item in listed(value)]

    return written


def listed(value: Any) -> Iterable[Any]:
    """The items of a list; of a mapping its entries."""
    if isinstance(value, Mapping):
        pairs = cast(Mapping[str, Any], value).items()
        return [{"name": name, "value": held, "values": held} for name, held in pairs]
    return value
