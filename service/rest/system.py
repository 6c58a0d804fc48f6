"""What needs no key: whether the service lives, which it is, what its problems and schemas mean."""

import hashlib
from asyncio import to_thread
from pathlib import Path

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse

from service import __version__
from service.auth import bearer_token
from service.domain.refusals import Refused
from service.problems import PROBLEMS, SurfaceProblem
from service.resources import folder
from service.rest.answers import JSON, answer
from service.rest.contract import Contract
from service.rest.negotiation import Forms, NegotiatingRoute, negotiate
from service.rest.office import Desk
from service.usecases.system import readiness

router = APIRouter(tags=["system"], route_class=NegotiatingRoute)


class _Yaml(Response):
    media_type = "application/yaml"


SCHEMA = "application/schema+json"
_OPEN = {"Cache-Control": "public, max-age=300"}
_NOW = {"Cache-Control": "no-store"}


@router.get("/", operation_id="read_index", summary="What is here", include_in_schema=False)
async def index(request: Request) -> Response:
    """Where to go from here."""
    links = {
        "docs": "/docs",
        "openapi": "/openapi.json",
        "problems": "/problems",
        "schemas": "/schemas",
        "changelog": "/changelog",
        "llms": "/llms.txt",
    }
    if request.app.state.security_contact:
        links["security"] = "/.well-known/security.txt"
    return answer(request, {"name": "dualtrack", "version": __version__, "links": links}, headers=_OPEN)


@router.get("/livez", operation_id="livez", summary="Whether the process lives", response_class=PlainTextResponse)
async def livez() -> Response:
    """Asks nothing of the database."""
    return PlainTextResponse("live", headers=_NOW)


@router.get("/readyz", operation_id="readyz", summary="Whether requests can be served")
async def readyz(request: Request, office: Desk) -> Response:
    """One word for everybody; with a key, what it rests on. 503 while it is not so."""
    try:
        found = await readiness(office.runtime)
    except Refused:
        return PlainTextResponse("unready", status_code=503, headers=_NOW)
    status = 200 if found.ready else 503
    if "authorization" not in request.headers:
        return PlainTextResponse("ready" if found.ready else "unready", status_code=status, headers=_NOW)
    await _known_caller(request, office)
    return Response(content=orjson.dumps(found), status_code=status, media_type=JSON, headers=_NOW)


@router.get("/version", operation_id="read_version", summary="Which release this is")
async def read_version(request: Request) -> Response:
    """The release that answers."""
    return answer(request, {"version": __version__}, headers=_OPEN)


@router.get("/problems", operation_id="list_problems", summary="Every problem code")
async def list_problems(request: Request) -> Response:
    """Codes with their status and title."""
    shown = {code: {"status": one.status, "title": one.title} for code, one in sorted(PROBLEMS.items())}
    return answer(request, shown, headers=_OPEN)


@router.get("/problems/{slug}", operation_id="read_problem", summary="What a problem code means")
async def read_problem(request: Request, slug: str) -> Response:
    """What it is and what to do about it."""
    found = PROBLEMS.get(slug)
    if found is None:
        raise SurfaceProblem("not-found", f"There is no problem {slug[:60]}. /problems lists them.")
    return answer(
        request, {"code": slug, "status": found.status, "title": found.title, "remedy": found.remedy}, headers=_OPEN
    )


@router.get("/schemas", operation_id="list_schemas", summary="Every published schema")
async def list_schemas(request: Request) -> Response:
    """Paths of schemas and examples."""
    return answer(request, {"data": [f"/schemas/{name}" for name in sorted(_schemas())]}, headers=_OPEN)


@router.get(
    "/schemas/{path:path}",
    operation_id="read_schema",
    summary="A published schema or example",
    dependencies=[Depends(Forms(SCHEMA))],
)
async def read_schema(request: Request, path: str) -> Response:
    """The file as it is published. The `$id` of a schema ends with this path."""
    found = _schemas().get(path)
    if found is None:
        raise SurfaceProblem("not-found", f"There is no schema {path[:80]}. /schemas lists them.")
    negotiate(request, (SCHEMA, JSON) if path.endswith(".schema.json") else (JSON,))
    return _document(request, found.read_bytes(), request.state.media)


@router.get("/openapi.json", include_in_schema=False)
async def openapi_json(request: Request) -> Response:
    """The contract; equal to the committed openapi.yaml."""
    # In a thread: making it the first time takes long enough to hold up everybody.
    return _document(request, await to_thread(_contract(request).json), JSON)


@router.get("/openapi.yaml", include_in_schema=False, response_class=_Yaml)
async def openapi_yaml(request: Request) -> Response:
    return _document(request, await to_thread(_contract(request).yaml), "application/yaml")


def _document(request: Request, content: bytes, media: str) -> Response:
    """Bytes as they are published, with their tag; 304 for who has them."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    known = request.headers.get("if-none-match", "")
    headers = {"ETag": tag, **_OPEN}
    if tag in known or known.strip() == "*":
        return Response(status_code=304, headers=headers)
    return Response(content=content, media_type=media, headers=headers)


def _contract(request: Request) -> Contract:
    return request.app.state.contract


async def _known_caller(request: Request, office: Desk) -> None:
    token = bearer_token(request.headers["authorization"])
    if token is None or await office.keys.actor_of(token) is None:
        raise SurfaceProblem("key-refused", "This API key does not work. Leave it out for the one-word answer.")


def _schemas() -> dict[str, Path]:
    root = folder("schemas")
    return {path.relative_to(root).as_posix(): path for path in root.rglob("*.json")}
