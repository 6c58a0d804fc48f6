"""Reading requests strictly: what is unknown, doubled, ambiguous or unfit to be kept is refused, never guessed at.

What a JSON document may hold is said in `service/strict_json.py`.
"""

import difflib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from service.auth import authenticated, current_actor
from service.problems import SurfaceProblem
from service.strict_json import parse_json

SLASH = "\x1f"
"""Stands for an encoded slash in a path while it is routed. As itself it is in no name: control characters are not."""
_WITH_BODY = {"POST", "PUT", "PATCH"}


class StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = parse_json(await self.body())
        return self._json


class StrictRoute(APIRoute):
    """A route that asks for the key first, then refuses parameters it does not declare and bodies unfit to be read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        # The framework copies neither names of parameters nor bodies of dependencies up: they are gathered here.
        known = sorted(_query_names(self.dependant))
        needs_key = _calls(self.dependant, current_actor)
        body = self.body_field

        async def strictly(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            if needs_key:
                await authenticated(strict)
            _name_path(strict)
            _refuse_unknown_parameters(strict, known)
            if strict.method in _WITH_BODY and body is not None:
                strict.state.body_shape = body.field_info.annotation
                _refuse_other_media(strict)
                # Read here and not by the framework, which would answer a fault of ours with one of its own.
                await strict.json()
            return await handle(strict)

        return strictly


def _query_names(dependant: Dependant) -> set[str]:
    names = {parameter.alias for parameter in dependant.query_params}
    return names.union(*(_query_names(inner) for inner in dependant.dependencies))


def _calls(dependant: Dependant, wanted: Callable[..., Any]) -> bool:
    return dependant.call is wanted or any(_calls(inner, wanted) for inner in dependant.dependencies)


def _name_path(request: Request) -> None:
    """Slashes that belong to a name become slashes again. Raises SurfaceProblem `not-found` for NUL."""
    names: dict[str, str] = request.path_params
    names.update({name: value.replace(SLASH, "/") for name, value in names.items()})
    if any("\x00" in value for value in names.values()):
        raise SurfaceProblem("not-found", "Nothing can be named with NUL. Check the path.")


def _refuse_unknown_parameters(request: Request, known: list[str]) -> None:
    for name in request.query_params:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            remedy = f"Did you mean {close[0]}?" if close else f"Known are {', '.join(known) or 'none'}."
            raise SurfaceProblem(
                "unknown-parameter",
                f"There is no parameter {name[:60]}. {remedy}",
                errors=[{"parameter": name[:60], "detail": remedy, "code": "unknown-parameter"}],
            )
        if any("\x00" in value for value in request.query_params.getlist(name)):
            raise SurfaceProblem("invalid-parameter", f"Parameter {name[:60]} holds NUL. Leave it out.")


def _refuse_other_media(request: Request) -> None:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise SurfaceProblem(
            "unsupported-media-type",
            "The body must be JSON as it is: send Content-Type: application/json and no Content-Encoding.",
        )
