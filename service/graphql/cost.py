"""What a query may cost, in points: about one for each object that it can make the service build.

An object is one point and its plain fields none. A list counts its objects as often as it may have members: what
`first` or `last` says (else its default, else 100), the length of `ids`, else what is stated for the field, else ten.
Introspection is one point.
The sum is taken before anything runs and is an upper bound: what `@skip` leaves out and what is empty counts too.
"""
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# The library leaves parameters of its own types open.

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

BUDGET = 5_000
UNSTATED_LENGTH = 10
UNSTATED_PAGE = 100
MOST_COUNTED = 10**9
_PAGE_SIZES = ("first", "last")
_KEYS = "ids"
_ROWS_OF_A_PAGE = {"edges", "nodes"}


class Cost:
    """Of one valid document. `lengths` states how long lists are that have no page, by `Type.field`."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Sequence[FragmentDefinitionNode],
        *,
        lengths: Mapping[str, int],
    ) -> None:
        """`fragments` come after those that they spread."""
        self._schema = schema
        self._fragments = fragments
        self._lengths = lengths

    def variables_that_count(self, operation: OperationDefinitionNode) -> tuple[str, ...]:
        """Names of the variables that the cost depends on."""
        asked: set[str] = set()

        def asking(name: str) -> Any:
            asked.add(name)
            return None

        self._sum(operation, asking)
        return tuple(sorted(asked))

    def of(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """Variables are as they were sent. What does not fit its type is refused later and counts as if left out."""
        defaults = {one.variable.name.value: one.default_value for one in operation.variable_definitions or ()}

        def value_of(name: str) -> Any:
            return variables[name] if name in variables else _literal(defaults.get(name), lambda _: None)

        return min(self._sum(operation, value_of), MOST_COUNTED)

    def _sum(self, operation: OperationDefinitionNode, value_of: Callable[[str], Any]) -> int:
        counting = _Counting(self._schema, self._lengths, value_of)
        for fragment in self._fragments:
            on = self._schema.get_type(fragment.type_condition.name.value)
            counting.known[fragment.name.value] = counting.selection(fragment.selection_set, on, paged=False)
            counting.known_rows[fragment.name.value] = counting.selection(fragment.selection_set, on, paged=True)
        root = self._schema.get_root_type(operation.operation)
        return counting.selection(operation.selection_set, root, paged=False)


class _Counting:
    def __init__(self, schema: GraphQLSchema, lengths: Mapping[str, int], value_of: Callable[[str], Any]) -> None:
        self._schema = schema
        self._lengths = lengths
        self._value_of = value_of
        self.known: dict[str, int] = {}
        self.known_rows: dict[str, int] = {}
        """The cost of each fragment, and the same where it stands within a page."""

    def selection(self, selections: SelectionSetNode, on: GraphQLNamedType | None, *, paged: bool) -> int:
        """`paged` means that these are the fields of a page, whose rows are counted already."""
        total = 0
        for one in selections.selections:
            if isinstance(one, FieldNode):
                total += self._field(one, on, paged)
            elif isinstance(one, FragmentSpreadNode):
                total += (self.known_rows if paged else self.known)[one.name.value]
            else:
                condition = one.type_condition  # pyright: ignore
                inner = self._schema.get_type(condition.name.value) if condition else on
                total += self.selection(one.selection_set, inner, paged=paged)  # pyright: ignore
        return total

    def _field(self, one: FieldNode, on: Any, paged: bool) -> int:
        name = one.name.value
        if name in {"__schema", "__type"}:
            return 1
        definition = self._schema.get_field(on, name)
        if definition is None or one.selection_set is None:
            return 0
        inner = get_named_type(definition.type)
        if not is_composite_type(inner):
            return 0
        page = self._page_size(one, definition)
        if page is not None:
            return 1 + page * self.selection(one.selection_set, inner, paged=True)
        length = 1
        if is_list_type(get_nullable_type(definition.type)) and not (paged and name in _ROWS_OF_A_PAGE):
            length = self._length(one, f"{on.name}.{name}")
        return length * (1 + self.selection(one.selection_set, inner, paged=False))

    def _page_size(self, one: FieldNode, definition: GraphQLField) -> int | None:
        """What first or last asks for, by its default where it is left out. None where the field has neither."""
        known = [size for size in _PAGE_SIZES if size in definition.args]
        if not known:
            return None
        given = {argument.name.value: argument.value for argument in one.arguments or ()}
        asked = [_literal(given.get(size), self._value_of) for size in known]
        stated = [size for size in asked if _is_size(size)]
        standard = [size for name in known if _is_size(size := _default(definition, name))]
        return max(stated or standard or [UNSTATED_PAGE])

    def _length(self, one: FieldNode, place: str) -> int:
        for argument in one.arguments or ():
            if argument.name.value == _KEYS:
                keys = _literal(argument.value, self._value_of)
                return len(keys) if isinstance(keys, list) else 1  # pyright: ignore[reportUnknownArgumentType]
        return self._lengths.get(place, UNSTATED_LENGTH)


def _literal(value: ValueNode | None, value_of: Callable[[str], Any]) -> Any:
    match value:
        case IntValueNode():
            return int(value.value) if len(value.value) < 12 else MOST_COUNTED
        case VariableNode():
            return value_of(value.name.value)
        case ListValueNode():
            return list(value.values)
        case _:
            return None


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _default(definition: GraphQLField, name: str) -> Any:
    argument = definition.args[name]
    return argument.default.value if argument.default else argument.default_value
