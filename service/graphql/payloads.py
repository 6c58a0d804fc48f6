"""What a mutation gives: a success with the answer that REST gives, or a problem of the one registry.

A refusal is part of the schema and not of `errors`: a client is made to look at it, and what went wrong is typed.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Union

import strawberry

from service.domain.refusals import Invalid, Refused
from service.graphql.arguments import expected_of, idempotency_of
from service.graphql.context import Ask, Asked
from service.graphql.inputs import camel_pointer, input_of, sent_as
from service.problems import PROBLEMS, STATUS_OF_KIND, SurfaceProblem, status_of
from service.usecases.act import IdempotencyKey, Outcome
from service.usecases.revisions import Expected


@strawberry.type(description="One fault at one place.")
class Fault:
    pointer: str = strawberry.field(description="Where in the input, as a JSON pointer, or the name of an argument.")
    detail: str = strawberry.field(description="What is wrong there.")
    code: str = strawberry.field(description="Which rule it breaks.")


@strawberry.interface(description="Why something was not done, with the codes, titles and words that REST uses.")
class Problem:
    type: str = strawberry.field(description="Address of the page that explains the code.")
    title: str = strawberry.field(description="What the code means.")
    status: int = strawberry.field(description="The status REST answers with.")
    detail: str = strawberry.field(description="What, where, and how to mend it.")
    code: str = strawberry.field(description="Which rule it was; stable.")
    request_id: str | None = strawberry.field(description="Id of the request, as in the logs.")
    errors: list[Fault] = strawberry.field(description="The places, where they are known.")


_SAID = {
    "Invalid": "What was sent breaks a rule.",
    "Forbidden": "The key lacks a scope.",
    "NotFound": "Nothing of that name, or nothing holds.",
    "Gone": "It was there, and is not any more.",
    "Conflict": "The record as it stands does not allow it.",
    "Stale": "The record has moved since it was read.",
    "Unguarded": "The write does not say what it is based on.",
    "Unavailable": "The same request can succeed later.",
}
PROBLEM_TYPES: dict[type[Refused], Any] = {
    kind: strawberry.type(type(f"{kind.__name__}Problem", (Problem,), {}), description=_SAID[kind.__name__])
    for kind in STATUS_OF_KIND
}


def problem_of(error: Refused | SurfaceProblem, ask: Ask) -> Problem:
    """The refusal as a typed problem; what the surface itself refuses is invalid."""
    if isinstance(error, Refused):
        kind = next(kind for kind in type(error).__mro__ if kind in PROBLEM_TYPES)
        status = status_of(error)
        faults = [Fault(pointer=camel_pointer(one.pointer), detail=one.detail, code=one.code) for one in error.errors]
    else:
        kind, status = Invalid, PROBLEMS[error.code].status
        faults = [Fault(pointer=one["parameter"], detail=one["detail"], code=one["code"]) for one in error.errors]
    return PROBLEM_TYPES[kind](
        type=f"{ask.base}/problems/{error.code}",
        title=PROBLEMS[error.code].title,
        status=status,
        detail=error.detail,
        code=error.code,
        request_id=ask.request_id,
        errors=faults,
    )


class Write:
    """One mutation under way: what was sent, and how it is to be done. `places` name what it is done to."""

    def __init__(self, ask: Ask, name: str, places: tuple[str, ...], given: Any) -> None:
        self.ask = ask
        self.sent: dict[str, Any] = sent_as(given)
        self.dry_run: bool = self.sent["dry_run"]
        self._where = "\n".join((name, *(str(self.sent.get(place)) for place in places)))

    @property
    def expected(self) -> Expected:
        return expected_of(self.sent.get("if_match"))

    @property
    def key(self) -> IdempotencyKey | None:
        # What it is based on may have moved by the time it is sent again.
        content = {name: value for name, value in self.sent.items() if name != "if_match"}
        return idempotency_of(self.ask, self._where, self.sent.get("idempotency_key"), content)


def mutation(
    name: str,
    run: Callable[[Write], Awaitable[Outcome]],
    shape: Any,
    *,
    said: str,
    body: Any = None,
    places: tuple[tuple[str, str], ...] = (),
    guarded: bool = False,
) -> Any:
    """A field `name` that runs a use case. `guarded`: it takes `ifMatch`; `places` name what it is done to."""
    title = name[0].upper() + name[1:]
    success = _success(title, shape)
    payload = Annotated[
        Union[(success, *PROBLEM_TYPES.values())],
        strawberry.union(f"{title}Payload", description=said),
    ]
    given_type = input_of(title, body, places, guarded)

    async def resolve(info: Asked, given: Any) -> Any:
        write = Write(info.context, name, tuple(place for place, _ in places), given)
        try:
            outcome = await run(write)
        except (Refused, SurfaceProblem) as error:
            return problem_of(error, info.context)
        return success(result=outcome.answer, replayed=outcome.replayed, dry_run=write.dry_run)

    resolve.__annotations__["given"] = Annotated[
        given_type, strawberry.argument(name="input", description="What to do, to what, and how.")
    ]
    resolve.__annotations__["return"] = payload
    return strawberry.field(resolver=resolve, name=name, description=said)


def _success(title: str, shape: Any) -> Any:
    body = {
        "__annotations__": {"result": shape, "replayed": bool, "dry_run": bool},
        "result": strawberry.field(description="What REST answers."),
        "replayed": strawberry.field(description="It was done before, under the same key."),
        "dry_run": strawberry.field(description="Nothing was kept."),
    }
    made = type(f"{title}Success", (), body)
    return strawberry.type(made, name=f"{title}Success", description="It was done, or would have been.")
