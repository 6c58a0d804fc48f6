"""How errors of GraphQL are told: each with a code of the table that REST answers with, and nothing that was not said.

A refusal is told in full. Anything else that a resolver raises is ours to mend: the caller gets the request id, the
log gets types and places, and nobody the message, which may quote a row or an amount.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from graphql import GraphQLError

from service.domain.refusals import FieldError, Refused
from service.problems import PROBLEMS, SurfaceProblem, status_of

_LOG = structlog.get_logger("dualtrack.graphql")
_MASKED = "Something went wrong here. Report the request id if it stays so."
# What the library says after these words is what was sent, or what a resolver gave.
_QUOTED = re.compile(r"[,;.]?\s(?:but encountered error|found|Found)\b.*", re.DOTALL)
_LITERAL = re.compile(r"\b(Int|Float|String|BlockString) ['\"].*['\"]", re.DOTALL)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One error of a request that was not carried out. `told` are further members of its extensions."""

    code: str
    message: str
    locations: Sequence[Mapping[str, int]] = ()
    told: Mapping[str, object] = field(default_factory=dict[str, object])


class RequestError(Exception):
    """The document, the choice of its operation or the variables cannot be used: nothing was carried out."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*(fault.code for fault in faults))
        self.faults = faults


def refused(code: str, message: str, **told: object) -> RequestError:
    """A request error of one fault without a place."""
    return RequestError(Fault(code=code, message=message, told=told))


def faults_of(code: str, errors: Iterable[GraphQLError]) -> RequestError:
    """The library's own errors about a document, without the literals that stand in it."""
    return RequestError(
        *(Fault(code=code, message=_LITERAL.sub(r"\1", one.message), locations=places(one)) for one in errors)
    )


def places(error: GraphQLError) -> Sequence[Mapping[str, int]]:
    return [{"line": place.line, "column": place.column} for place in error.locations or ()]


def unquoted(error: GraphQLError, expected: object) -> str:
    """What is wrong with a value, without the value. `expected` is the type at its place."""
    if error.message.startswith(("Expected value of", "Expected a value of", "Expected exactly")):
        return _QUOTED.sub("", error.message)[:300].rstrip(".") + "."
    return f"Expected value of type '{expected}'."


def told(fault: Fault, *, base: str, request_id: str | None) -> Json:
    """A fault as it is written. `base` is scheme and host, under which /problems is served."""
    problem = PROBLEMS[fault.code]
    extensions = _extensions(fault.code, base=base, status=problem.status, request_id=request_id)
    error: Json = {"message": fault.message, "extensions": {**extensions, **fault.told}}
    if fault.locations:
        error["locations"] = list(fault.locations)
    return error


def field_error(error: GraphQLError, *, base: str, request_id: str | None, log: bool = True) -> Json:
    """An error of one field. What nobody foresaw is logged here unless told not to, and masked."""
    cause = _cause(error)
    shown: Json = {"locations": list(places(error)), "path": error.path or []}
    match cause:
        case Refused():
            inner = _extensions(cause.code, base=base, status=status_of(cause), request_id=request_id)
            inner |= {"detail": cause.detail, **cause.extra}
            if cause.errors:
                inner["errors"] = [_named(one) for one in cause.errors]
            return {"message": cause.detail, **shown, "extensions": inner}
        case SurfaceProblem():
            inner = _extensions(cause.code, base=base, status=PROBLEMS[cause.code].status, request_id=request_id)
            inner |= {"detail": cause.detail, **cause.extra}
            if cause.errors:
                inner["errors"] = list(cause.errors)
            return {"message": cause.detail, **shown, "extensions": inner}
        case _:
            if isinstance(cause, GraphQLError) and cause.message.startswith("Argument '"):
                # That an argument must not be null is found out only when its variable is.
                what = cause.message.partition(": ")[0].rstrip(".")
                fault = Fault(code="variables-invalid", message=f"{what}. Send a variable that is not null.")
                return {**told(fault, base=base, request_id=request_id), **shown}
            if log:
                _LOG.error("graphql field failed", exc_info=cause)
            fault = Fault(code="internal-error", message=_MASKED)
            return {**told(fault, base=base, request_id=request_id), **shown}


def _cause(error: GraphQLError) -> BaseException:
    """What a resolver raised: the library may have put it into several errors of its own."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _extensions(code: str, *, base: str, status: int, request_id: str | None) -> Json:
    return {
        "code": code,
        "status": status,
        "title": PROBLEMS[code].title,
        "type": f"{base}/problems/{code}",
        "request_id": request_id,
    }


def _named(one: FieldError) -> dict[str, str]:
    """As REST tells it: a pointer into what was sent begins with a slash, else it is the name of an argument."""
    place = "pointer" if one.pointer.startswith("/") or not one.pointer else "parameter"
    return {place: one.pointer, "detail": one.detail, "code": one.code}
