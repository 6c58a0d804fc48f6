"""Which variables do not fit, said without what was sent: the library's own account quotes it, and it may be pay."""
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# The library leaves parameters of its own types open.

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    type_from_ast,
)
from graphql.utilities import validate_input_value

from service.graphql.faults import Fault, places, unquoted

MOST_FAULTS = 20


def unfit(
    schema: GraphQLSchema, operation: OperationDefinitionNode, sent: Mapping[str, Any], *, suggest: bool
) -> list[Fault]:
    """A fault for each value that does not fit the type of its variable, with a pointer into the request."""
    faults: list[Fault] = []
    for definition in operation.variable_definitions or ():
        faults += _faults(schema, definition, sent, suggest)
    return faults[:MOST_FAULTS]


def _faults(
    schema: GraphQLSchema, definition: VariableDefinitionNode, sent: Mapping[str, Any], suggest: bool
) -> list[Fault]:
    name = definition.variable.name.value
    wanted: Any = type_from_ast(schema, definition.type)
    where = places(GraphQLError("", definition))
    if name not in sent:
        if definition.default_value or not is_non_null_type(wanted):
            return []
        message = f"Variable '${name}' is missing: it must be of type '{wanted}'."
        return [
            Fault(code="variables-invalid", message=message, locations=where, told={"pointer": f"/variables/{name}"})
        ]
    faults: list[Fault] = []

    def tell(error: GraphQLError, path: list[str | int]) -> None:
        if len(faults) < MOST_FAULTS:
            place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
            at = f" at {place[:200]}" if place else ""
            faults.append(
                Fault(
                    code="variables-invalid",
                    message=f"Variable '${name}'{at}: {unquoted(error, _type_at(wanted, path))}",
                    locations=where,
                    told={"pointer": "/" + "/".join(["variables", name, *(str(part) for part in path)])},
                )
            )

    validate_input_value(sent[name], wanted, tell, not suggest)
    return faults


def _type_at(wanted: Any, path: list[str | int]) -> Any:
    for part in path:
        wanted = get_nullable_type(wanted)
        if isinstance(part, int):
            wanted = wanted.of_type if is_list_type(wanted) else wanted
        else:
            while is_list_type(wanted):
                # One value stands for a list of one.
                wanted = get_nullable_type(wanted.of_type)
            wanted = wanted.fields[part].type if is_input_object_type(wanted) else wanted
    return wanted
