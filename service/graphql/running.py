"""Carrying out one operation that may be carried out."""
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# The library leaves parameters of its own types open.

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from typing import Any

import strawberry
from graphql import ExecutionResult, Executor, GraphQLError, GraphQLSchema, execute
from graphql.execution import create_source_event_stream, execute_subscription_event, map_source_to_response_event
from strawberry.execution import optimized_is_awaitable

from service.graphql.context import Ask
from service.graphql.cost import BUDGET
from service.graphql.documents import Document, Operation
from service.graphql.faults import Fault, Json, RequestError, field_error, places, refused, told
from service.graphql.variables import unfit

MOST_SECONDS = 10.0
_MOST_LOGGED = 10
"""Errors of one answer: a list whose rows all fail for one reason says it once for each."""


class Runner:
    """Over one schema. `suggest`: whether names that are close are hinted at. `seconds`: when an answer is given up."""

    def __init__(self, schema: strawberry.Schema, *, suggest: bool, seconds: float = MOST_SECONDS) -> None:
        self.core: GraphQLSchema = schema._schema  # pyright: ignore[reportPrivateUsage] - it has no other name
        self.seconds = seconds
        self._suggest = suggest
        self._executor: Any = schema.execution_context_class
        self._how: dict[str, Any] = {
            "is_awaitable": optimized_is_awaitable,
            "hide_suggestions": not suggest,
            "operation_extensions": None,
        }

    async def run(self, document: Document, operation: Operation, variables: Mapping[str, Any], ask: Ask) -> Json:
        """The answer of a query or a mutation.

        Raises RequestError for variables that do not fit, and for what was given up at the deadline.
        """
        try:
            async with asyncio.timeout_at(ask.deadline):
                found = execute(
                    self.core,
                    document.parsed,
                    context_value=ask,
                    variable_values=dict(variables),
                    operation_name=operation.name,
                    executor_class=self._executor,
                    **self._how,
                )
                result = found if isinstance(found, ExecutionResult) else await found
        except TimeoutError:
            raise RequestError(self._given_up()) from None
        return self._answer(result, operation, variables, ask)

    async def stream(
        self, document: Document, operation: Operation, variables: Mapping[str, Any], ask: Ask
    ) -> AsyncGenerator[Json]:
        """The answers of a subscription; each is given its own seconds. Raises RequestError where it cannot begin."""
        executor: Executor[Any] | list[GraphQLError] = self._executor.build(
            self.core,
            document.parsed,
            context_value=ask,
            raw_variable_values=dict(variables),
            operation_name=operation.name,
            **self._how,
        )
        if isinstance(executor, list):
            raise self._refusal(executor, operation, variables)
        source: Any = create_source_event_stream(executor)
        if executor.is_awaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            return self._once(self._answer(source, operation, variables, ask))
        return self._each(executor, source, operation, variables, ask)

    async def _once(self, answer: Json) -> AsyncGenerator[Json]:
        yield answer

    async def _each(
        self,
        executor: Executor[Any],
        source: AsyncIterable[Any],
        operation: Operation,
        variables: Mapping[str, Any],
        ask: Ask,
    ) -> AsyncGenerator[Json]:
        results = map_source_to_response_event(executor, source, self._in_time)
        try:
            async for result in results:
                yield self._answer(result, operation, variables, ask)
        finally:
            await results.aclose()

    async def _in_time(self, executor: Executor[Any]) -> ExecutionResult:
        try:
            async with asyncio.timeout(self.seconds):
                found: Any = execute_subscription_event(executor)
                return await found if executor.is_awaitable(found) else found
        except TimeoutError as error:
            return ExecutionResult(None, [GraphQLError("", path=[], original_error=error)])

    def _answer(self, result: ExecutionResult, operation: Operation, variables: Mapping[str, Any], ask: Ask) -> Json:
        errors = result.errors or []
        if result.data is None and errors and all(error.path is None for error in errors):
            raise self._refusal(errors, operation, variables)
        answer: Json = {"data": result.data}
        if errors:
            answer["errors"] = [self._error(one, ask, log=at < _MOST_LOGGED) for at, one in enumerate(errors)]
        answer["extensions"] = {"cost": {"requested": ask.cost, "limit": BUDGET}}
        return answer

    def _error(self, error: GraphQLError, ask: Ask, *, log: bool) -> Json:
        if isinstance(error.original_error, TimeoutError) and error.path == []:
            return told(self._given_up(), base=ask.base, request_id=ask.request_id)
        return field_error(error, base=ask.base, request_id=ask.request_id, log=log)

    def _refusal(self, errors: list[GraphQLError], operation: Operation, variables: Mapping[str, Any]) -> RequestError:
        faults = unfit(self.core, operation.node, variables, suggest=self._suggest)
        if faults:
            return RequestError(*faults)
        # A directive whose variable was left out, or an operation of a kind that the schema does not have.
        message = "The operation cannot be carried out as it stands."
        return RequestError(*(Fault(code="query-invalid", message=message, locations=places(one)) for one in errors))

    def _given_up(self) -> Fault:
        return refused(
            "query-too-slow",
            f"It was not answered within {self.seconds:g} seconds and was given up. Ask for less at once.",
            limit=self.seconds,
        ).faults[0]
