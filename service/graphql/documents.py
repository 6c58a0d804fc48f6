"""Documents, read, measured and validated once, and then kept while they are asked for."""
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
# The library leaves parameters of its own types open.

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    ValueNode,
    Visitor,
    VisitorAction,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.language import SKIP
from graphql.utilities.validate_input_value import validate_input_literal
from graphql.validation import ValuesOfCorrectTypeRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from service.graphql import limits
from service.graphql.cost import BUDGET, Cost
from service.graphql.faults import faults_of, refused, unquoted

MOST_KEPT = 500
MOST_KEPT_CHARACTERS = 200_000
"""A read document takes some 250 times the memory of its text."""
SHORT = 1_000
"""Characters up to which a document is read at once. A longer one is in a thread: others are answered meanwhile."""
MOST_ERRORS = 20
_COSTS_KEPT = 64
_ESCAPED_NUL = re.compile(r"\\u(?:0000|\{0+\})")


class ValuesFit(ValuesOfCorrectTypeRule):
    """The library's rule, with messages that say what was expected and not what was found, which may be pay."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        if input_type:

            def tell(error: GraphQLError, _path: list[str | int]) -> None:
                self.report_error(GraphQLError(unquoted(error, input_type), error.nodes or [node]))

            validate_input_literal(node, input_type, tell, None, None, self.context.hide_suggestions)
        return SKIP


_RULES = (
    *(ValuesFit if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a document that is fit to be run. `roots` are the names of its root fields as in the schema."""

    name: str | None
    node: OperationDefinitionNode
    introspects: bool
    roots: frozenset[str]
    counting: tuple[str, ...]
    """Variables that the cost depends on."""
    costs: dict[tuple[object, ...], int] = field(default_factory=dict[tuple[object, ...], int])

    @property
    def kind(self) -> OperationType:
        return self.node.operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`digest` is the SHA-256 of its text, in hexadecimal digits."""

    text: str
    digest: str
    parsed: DocumentNode
    operations: Mapping[str | None, Operation]
    cost: Cost

    def operation(self, name: str | None) -> Operation:
        """The one of that name, or the only one. Raises RequestError."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name in self.operations:
            return self.operations[name]
        known = ", ".join(sorted(one for one in self.operations if one))[:300] or "none with a name"
        raise refused("query-invalid", f"Name one operation of the document in operationName: it has {known}.")

    def cost_of(self, operation: Operation, variables: Mapping[str, Any]) -> int:
        """In points. Raises RequestError beyond the budget."""
        key = tuple(_countable(variables.get(name)) if name in variables else ... for name in operation.counting)
        cost = operation.costs.get(key)
        if cost is None:
            cost = self.cost.of(operation.node, variables)
            if len(operation.costs) < _COSTS_KEPT:
                operation.costs[key] = cost
        if cost > BUDGET:
            raise refused(
                "query-too-costly",
                f"A query costs at most {BUDGET} points here, this one {cost}: about one for each object it can "
                "answer with. Ask for smaller pages with first, or for fewer lists within lists.",
                cost={"requested": cost, "limit": BUDGET},
            )
        return cost


class Documents:
    """`lengths` states how long lists without pages are, by `Type.field`; `suggest`, whether names are hinted at."""

    def __init__(self, schema: GraphQLSchema, *, suggest: bool, lengths: Mapping[str, int]) -> None:
        self._schema = schema
        self._suggest = suggest
        self._lengths = lengths
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self.characters_kept = 0
        self._reading = asyncio.Semaphore(1)

    async def read(self, text: str) -> Document:
        """Raises RequestError for what does not parse, is beyond a limit, or is not of this schema."""
        known = self._kept.get(text)
        if known is not None:
            self._kept.move_to_end(text)
            return known
        if len(text) <= SHORT or len(text) > limits.MOST_CHARACTERS:
            made = self.made(text)
        else:
            async with self._reading:
                made = self._kept.get(text) or await asyncio.to_thread(self.made, text)
        self._keep(made)
        return made

    def made(self, text: str) -> Document:
        """Raises RequestError."""
        parsed = _parsed(text)
        introspects = limits.check(parsed)
        faults = validate(self._schema, parsed, _RULES, max_errors=MOST_ERRORS, hide_suggestions=not self._suggest)
        if faults:
            raise faults_of("query-invalid", faults)
        by_name = {one.name.value: one for one in parsed.definitions if isinstance(one, FragmentDefinitionNode)}
        order = limits.inner_first({name: limits.spread_names(one.selection_set) for name, one in by_name.items()})
        cost = Cost(self._schema, [by_name[name] for name in order], lengths=self._lengths)
        operations = [one for one in parsed.definitions if isinstance(one, OperationDefinitionNode)]
        made: dict[str | None, Operation] = {}
        for node in operations:
            name = node.name.value if node.name else None
            made[name] = Operation(
                name=name,
                node=node,
                introspects=introspects[name],
                roots=_roots(node, by_name),
                counting=cost.variables_that_count(node),
            )
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Document(text=text, digest=digest, parsed=parsed, operations=made, cost=cost)

    def _keep(self, made: Document) -> None:
        if made.text in self._kept:
            return
        self._kept[made.text] = made
        self.characters_kept += len(made.text)
        while len(self._kept) > MOST_KEPT or self.characters_kept > MOST_KEPT_CHARACTERS:
            forgotten, _ = self._kept.popitem(last=False)
            self.characters_kept -= len(forgotten)


def _parsed(text: str) -> DocumentNode:
    if len(text) > limits.MOST_CHARACTERS:
        raise _too_long("characters", limits.MOST_CHARACTERS, len(text))
    try:
        document = parse(text, max_lexical_tokens=limits.MOST_TOKENS, max_comments=limits.MOST_COMMENTS)
        if _ESCAPED_NUL.search(text):
            visit(document, _WithoutNul())
        return document
    except GraphQLError as error:
        if f"more than {limits.MOST_TOKENS} tokens" in error.message:
            raise _too_long("tokens", limits.MOST_TOKENS) from None
        if f"more than {limits.MOST_COMMENTS} comments" in error.message:
            raise _too_long("comments", limits.MOST_COMMENTS) from None
        raise faults_of("query-invalid", [error]) from None


class _WithoutNul(Visitor):
    """No text that is kept may hold NUL: Postgres has none. What is sent as JSON is refused before."""

    def enter_string_value(self, node: StringValueNode, *_more: Any) -> None:
        if "\x00" in node.value:
            raise GraphQLError("A text cannot hold NUL: leave it out.", node)


def _too_long(what: str, limit: int, requested: int | None = None) -> Exception:
    has = f"this one {requested}" if requested is not None else "this one more"
    asked = {} if requested is None else {"requested": requested}
    return refused(
        "query-too-long",
        f"A document has at most {limit} {what} here, {has}. Send values as variables, or ask in several queries.",
        limit=limit,
        **asked,
    )


def _roots(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> frozenset[str]:
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [operation.selection_set]
    while waiting:
        for one in waiting.pop().selections:
            if isinstance(one, FieldNode):
                found.add(one.name.value)
            elif one.kind == "inline_fragment":
                waiting.append(one.selection_set)  # pyright: ignore
            elif one.name.value not in seen:  # pyright: ignore
                seen.add(one.name.value)  # pyright: ignore
                waiting.append(fragments[one.name.value].selection_set)  # pyright: ignore
    return frozenset(found)


def _countable(value: Any) -> object:
    """What of a variable the cost can depend on: a whole number, or the length of a list."""
    if isinstance(value, list):
        return ("list", len(value))  # pyright: ignore[reportUnknownArgumentType]
    return value if isinstance(value, int) and not isinstance(value, bool) else None
