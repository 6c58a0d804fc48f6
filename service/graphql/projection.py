"""Executing selections of plain fields in one go.

The executor of the library spends about ten microseconds a field, whatever the field is. Most of ours are attributes
of an object that is there already: a selection of nothing but those is made into one function once a request, and
that function writes each object. Fields with a resolver, and what holds them, go the library's way.
"""
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportMissingTypeArgument=false
# The library leaves parameters of its own types open.

from collections.abc import Callable, Iterable, Mapping
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
        return lambda source: write(read(source, name))

    def _value(self, kind: GraphQLOutputType, details: Any) -> Writer | None:
        match kind:
            case GraphQLNonNull():
                inner = self._value(cast(GraphQLOutputType, kind.of_type), details)
                return inner and _present(inner, otherwise=() if isinstance(kind.of_type, GraphQLList) else None)
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
        return lambda value: None if value is None else {name: write(value) for name, write in members}


def _same(value: Any) -> Any:
    return value


def _or_null(write: Writer) -> Writer:
    return lambda value: None if value is None else write(value)


def _present(write: Writer, *, otherwise: Any) -> Writer:
    def written(value: Any) -> Any:
        found = write(otherwise if value is None else value)
        if found is None:
            raise GraphQLError("A field that is never null has no value.")
        return found

    return written


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
