"""REST and GraphQL beside each other: selecting all a type has, and an answer of REST as the graph would write it."""

import re
from typing import Any, cast

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
)
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from service.graphql.schema import schema

CORE = schema._schema
ENTRIES = {"Entry": "value", "Entries": "values"}


def plain_fields(kind: GraphQLObjectType) -> dict[str, tuple[str, GraphQLOutputType]]:
    """(name in REST, type) of each field that is read off the answer, by its name in the graph."""
    found: dict[str, tuple[str, GraphQLOutputType]] = {}
    for name, field in kind.fields.items():
        definition = cast(StrawberryField, field.extensions["strawberry-definition"])
        if definition.is_basic_field:
            found[name] = (definition.python_name.rstrip("_"), field.type)
    return found


def everything(kind: GraphQLOutputType, *, but: frozenset[str] = frozenset()) -> str:
    """A selection of all plain fields of a type, and of what they hold."""
    named = get_named_type(kind)
    if not isinstance(named, GraphQLObjectType):
        return ""
    chosen = (f"{name} {everything(inner)}" for name, (_, inner) in plain_fields(named).items() if name not in but)
    return "{ " + " ".join(chosen) + " }"


def as_graph(value: Any, kind: GraphQLOutputType, *, but: frozenset[str] = frozenset()) -> Any:
    """What REST answered, as `everything` of the type reads in the graph. What REST leaves out is null or empty."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
        if value is None and isinstance(kind, GraphQLList):
            return []
    if value is None:
        return None
    if isinstance(kind, GraphQLList):
        named = get_named_type(kind)
        if isinstance(value, dict) and named.name in ENTRIES:
            return [{"name": name, ENTRIES[named.name]: held} for name, held in value.items()]
        return [as_graph(one, kind.of_type) for one in value]
    if isinstance(kind, GraphQLObjectType):
        fields = plain_fields(kind)
        return {name: as_graph(value.get(rest), inner) for name, (rest, inner) in fields.items() if name not in but}
    return value


def object_type(name: str) -> GraphQLObjectType:
    return cast(GraphQLObjectType, CORE.type_map[name])


def masked(value: Any, seen: dict[str, str]) -> Any:
    """With ids named in the order in which they come, so that two runs of one script can be compared."""

    def named(found: re.Match[str]) -> str:
        return seen.setdefault(found[0], f"{found[1]}{len(seen)}")

    if isinstance(value, dict):
        return {key: masked(held, seen) for key, held in value.items()}
    if isinstance(value, list):
        return [masked(held, seen) for held in value]
    names = "emp_|chg_|ovl_|bat_|rec_|rep_|con_|end_|sec_|evt_|dlv_|whsec_|whpk_|dt_|"
    pattern = rf"({names})(?:(?<=_)[A-Za-z0-9_+/=-]+|\b[0-9a-f]{{16}}\b)"
    return re.sub(pattern, named, value) if isinstance(value, str) else value


def as_input(given: dict[str, Any]) -> dict[str, Any]:
    """The same in the names of the graph; maps are entries there, documents stay as they are."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in {"external_ids", "headers"}:
            value = [{"name": key, "value": held} for key, held in value.items()]
        elif name == "filters":
            value = [{"name": key, "values": held} for key, held in value.items()]
        elif name in {"to", "actual_pay", "oauth2", "client_certificate", "columns"} and isinstance(value, dict):
            value = {to_camel_case(key): held for key, held in value.items()}
        elif name in {"rows", "entries"}:
            value = [as_input(row) for row in value]
        found[to_camel_case(name)] = value
    return found


def in_camel(answer: Any) -> Any:
    """Places of faults as the graph names them."""
    if "code" in answer:
        names = {"If-Match": "ifMatch", "Idempotency-Key": "idempotencyKey"}
        answer["errors"] = [
            (names.get(place) or "/".join(to_camel_case(part) for part in place.split("/")), code)
            for place, code in answer["errors"]
        ]
    return answer
