"""Every refusal as application/problem+json: the domain's, the surface's, the framework's, and what nobody foresaw."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route

from service.domain.refusals import FieldError, Refused
from service.logs import request_id
from service.problems import PROBLEMS, SurfaceProblem, problem_body, status_of
from service.requests.faults import said
from service.rest.hints import probable_field

MEDIA_TYPE = "application/problem+json"
_LOG = structlog.get_logger("dualtrack.rest")
_RETRY_AFTER = {503: "1"}
_OF_STATUS = {404: "not-found"}


def install(app: FastAPI, *, routes: Sequence[BaseRoute]) -> None:
    """`routes` is where the methods of a path are looked up: the framework names those of one route only."""
    app.state.routes = routes
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(SurfaceProblem, _surface)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unforeseen)


def problem(
    request: Request,
    code: str,
    detail: str,
    *,
    status: int | None = None,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, object] | None = None,
) -> Response:
    """A problem answer. `errors` name places: pointer (body), parameter or header."""
    status = status or PROBLEMS[code].status
    body = problem_body(
        code,
        detail,
        status=status,
        base=str(request.base_url).rstrip("/"),
        instance=request.url.path,
        request_id=request_id.get(),
    )
    if errors:
        body["errors"] = errors
    retry = {"Retry-After": _RETRY_AFTER[status]} if status in _RETRY_AFTER else {}
    return Response(
        content=orjson.dumps({**body, **(extra or {})}),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **retry, **(headers or {})},
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return problem(
        request,
        error.code,
        error.detail,
        status=status_of(error),
        errors=[_named(one) for one in error.errors],
        extra=error.extra,
    )


def _named(one: FieldError) -> dict[str, str]:
    """A pointer into the body begins with a slash, everything else is the name of a parameter."""
    place = "pointer" if one.pointer.startswith("/") or not one.pointer else "parameter"
    return {place: one.pointer, "detail": one.detail, "code": one.code}


async def _surface(request: Request, error: Exception) -> Response:
    assert isinstance(error, SurfaceProblem)
    return problem(
        request, error.code, error.detail, errors=list(error.errors), headers=error.headers, extra=error.extra
    )


async def _invalid(request: Request, error: Exception) -> Response:
    """What pydantic found: each place with what it should be, never with what was sent, which may be pay."""
    assert isinstance(error, RequestValidationError)
    shape = getattr(request.state, "body_shape", None)
    errors = [_place(one, shape) for one in error.errors()]
    in_query = any("parameter" in one for one in errors)
    code = "invalid-parameter" if in_query else "invalid-body"
    told = "; ".join(
        f"{one.get('pointer', one.get('parameter', one.get('header'))) or 'The body'}: {one['detail']}"
        for one in errors
    )
    return problem(request, code, told if told.endswith("?") else f"{told}.", errors=errors)


def _place(one: Mapping[str, Any], shape: Any) -> dict[str, str]:
    where, *path = [str(part) for part in one["loc"]]
    code = {"extra_forbidden": "unknown-field", "missing": "missing"}.get(one["type"], "invalid")
    detail = said(one)
    if code == "unknown-field":
        meant = probable_field(shape, path)
        detail = f"is no field here: did you mean {meant}?" if meant else "is no field here: remove it"
    if where == "body":
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
        return {"pointer": pointer, "detail": detail, "code": code}
    return {
        {"query": "parameter", "header": "header"}.get(where, "parameter"): ".".join(path),
        "detail": detail,
        "code": code,
    }


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code != 405:
        code = _OF_STATUS.get(error.status_code, "invalid-body")
        return problem(request, code, PROBLEMS[code].remedy, status=error.status_code, headers=error.headers)
    allowed = {"Allow": ", ".join(_methods(request))}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=allowed)
    detail = f"{request.url.path[:200]} does not take {request.method}. Use {allowed['Allow']}."
    return problem(request, "method-not-allowed", detail, headers=allowed)


def _methods(request: Request) -> list[str]:
    """Every method that some route takes at this path."""
    routes: Sequence[BaseRoute] = request.app.state.routes
    here = [route for route in routes if isinstance(route, Route) and route.matches(request.scope)[0] != Match.NONE]
    found = {method for route in here for method in route.methods or ()}
    return sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set()))


async def _unforeseen(request: Request, error: Exception) -> Response:
    """Says nothing of what it was: the log has its kind and its place, and no message, which may quote a row."""
    _LOG.error("request failed", exc_info=error)
    return problem(request, "internal-error", "Something went wrong here. Report the request id if it stays so.")
