"""GraphiQL, for trying queries in development. It asks no other host for anything, and our policy holds for it."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from service.problems import SurfaceProblem

router = APIRouter(include_in_schema=False)

STATIC = Path(__file__).parent / "static"
PAGE = "playground.html"
_SCRIPT = "text/javascript; charset=utf-8"
_STYLE = "text/css; charset=utf-8"
_KINDS = {
    PAGE: "text/html; charset=utf-8",
    "playground.js": _SCRIPT,
    "playground.css": _STYLE,
    # As their authors publish them; SHA256SUMS has what was taken, LICENSES.txt whose it is.
    "graphiql.min.js": _SCRIPT,
    "graphiql.min.css": _STYLE,
    "react.production.min.js": _SCRIPT,
    "react-dom.production.min.js": _SCRIPT,
    "LICENSES.txt": "text/plain; charset=utf-8",
}


def is_asked_for(request: Request) -> bool:
    """Whether a browser opens the address, rather than a program asking something."""
    media = {part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")}
    return request.method == "GET" and "text/html" in media and not request.query_params


def page(request: Request) -> Response:
    return _file(request, PAGE)


@router.get("/graphql/playground/{name}")
async def part(request: Request, name: str) -> Response:
    """What the page is made of."""
    if name not in _KINDS:
        raise SurfaceProblem("not-found", "The page has no such part. Open /graphql in a browser.")
    return _file(request, name)


def _file(request: Request, name: str) -> Response:
    content, tag = _content(name)
    headers = {"ETag": tag, "Cache-Control": "public, max-age=300", "Vary": "Accept"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content=content, headers={**headers, "Content-Type": _KINDS[name]})


@cache
def _content(name: str) -> tuple[bytes, str]:
    content = (STATIC / name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
