"""Reading requests strictly: what is unknown, doubled, ambiguous or unfit to be kept is refused, never guessed at.

What a JSON document may hold is said in `service/strict_json.py`.
"""

import difflib
from collections.abc import Callable, Coroutine
from typing import Any, get_origin

from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from service.auth import authenticated, current_actor
from service.problems import SurfaceProblem
from service.rest.fields import fields_parameter, unusable
from service.rest.media import JSON
from service.rest.negotiation import negotiate, other_forms, varying
from service.rest.preferences import minimal_preference
from service.strict_json import parse_json

SLASH = "\x1f"
"""Stands for an encoded slash in a path while it is routed. As itself it is in no name: control characters are not."""
_WITH_BODY = {"POST", "PUT", "PATCH"}


async def reads_body() -> None:
    """As a dependency it marks an operation that reads its body itself."""


class StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = parse_json(await self.body())
        return self._json


class StrictRoute(APIRoute):
    """A route that asks for the key first, then refuses parameters it does not declare and bodies unfit to be read.

    Every read takes `fields`, every write the preference for an answer without a body.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        methods: set[str] = set(more["methods"])
        stated: list[Any] = list(more.get("dependencies") or ())
        every = fields_parameter if "GET" in methods else minimal_preference
        if "DELETE" not in methods:
            stated.append(Depends(every))
        more["dependencies"] = stated
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        # The framework copies neither names of parameters nor bodies of dependencies up: they are gathered here.
        single, several = _query_names(self.dependant)
        known = sorted(single | several)
        needs_key = _calls(self.dependant, current_actor)
        offers = (JSON, *other_forms(self.dependant))
        body = self.body_field
        takes_none = body is None and not _calls(self.dependant, reads_body)

        async def strictly(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            if needs_key:
                await authenticated(strict)
            _name_path(strict)
            negotiate(strict, offers)
            _refuse_unfit_parameters(strict, known, single)
            if strict.method in _WITH_BODY and body is not None:
                strict.state.body_shape = body.field_info.annotation
                _refuse_other_media(strict)
                # Read here and not by the framework, which would answer a fault of ours with one of its own.
                await strict.json()
            elif strict.method in _WITH_BODY and takes_none:
                await _refuse_body(strict)
            return varying(await handle(strict))

        return strictly


def _query_names(dependant: Dependant) -> tuple[set[str], set[str]]:
    """Names of parameters that may be there once, and of those that may be there several times."""
    single = {one.alias for one in dependant.query_params if get_origin(one.field_info.annotation) is not list}
    several = {one.alias for one in dependant.query_params} - single
    for inner in dependant.dependencies:
        more_single, more_several = _query_names(inner)
        single, several = single | more_single, several | more_several
    return single, several


def _calls(dependant: Dependant, wanted: Callable[..., Any]) -> bool:
    return dependant.call is wanted or any(_calls(inner, wanted) for inner in dependant.dependencies)


def _name_path(request: Request) -> None:
    """Slashes that belong to a name become slashes again. Raises SurfaceProblem `not-found` for NUL."""
    names: dict[str, str] = request.path_params
    names.update({name: value.replace(SLASH, "/") for name, value in names.items()})
    if any("\x00" in value for value in names.values()):
        raise SurfaceProblem("not-found", "Nothing can be named with NUL. Check the path.")


def _refuse_unfit_parameters(request: Request, known: list[str], single: set[str]) -> None:
    for name in request.query_params:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            remedy = f"Did you mean {close[0]}?" if close else f"Known are {', '.join(known) or 'none'}."
            raise SurfaceProblem(
                "unknown-parameter",
                f"There is no parameter {name[:60]}. {remedy}",
                errors=[{"parameter": name[:60], "detail": remedy, "code": "unknown-parameter"}],
            )
        values = request.query_params.getlist(name)
        if any("\x00" in value for value in values):
            raise SurfaceProblem("invalid-parameter", f"Parameter {name[:60]} holds NUL. Leave it out.")
        if len(values) > 1 and name in single:
            # Which of them counts is what two readers disagree about.
            raise unusable(name, f"Parameter {name} is there {len(values)} times. Send it once.")


async def _refuse_body(request: Request) -> None:
    """What nobody reads is not passed over: a dry run that was asked for in a body would be done. Empty is fine."""
    if (await request.body()).strip() not in {b"", b"{}"}:
        raise SurfaceProblem(
            "invalid-body",
            "This takes no body. Leave it out; what can be said is a parameter.",
            errors=[{"pointer": "", "detail": "is read by nobody: leave it out", "code": "unknown-field"}],
        )


def _refuse_other_media(request: Request) -> None:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise SurfaceProblem(
            "unsupported-media-type",
            "The body must be JSON as it is: send Content-Type: application/json and no Content-Encoding.",
        )
