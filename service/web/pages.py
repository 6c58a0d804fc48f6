"""Pages for people: the contract, readable without asking any other host for anything."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

router = APIRouter(include_in_schema=False)

_STATIC = Path(__file__).parent / "static"
_KINDS = {
    "docs.html": "text/html; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    # Swagger UI 5.35.0, as its authors publish it; SHA256SUMS has what was taken.
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "LICENSE": "text/plain; charset=utf-8",
    "NOTICE": "text/plain; charset=utf-8",
    "swagger-ui-bundle.js.LICENSE.txt": "text/plain; charset=utf-8",
}


@router.get("/docs")
async def docs(request: Request) -> Response:
    return _file(request, "docs.html")


@router.get("/docs/{name}")
async def docs_file(request: Request, name: str) -> Response:
    """What the page is made of; any other name leads to the page."""
    return _file(request, name) if name in _KINDS else RedirectResponse("/docs", status_code=307)


def _file(request: Request, name: str) -> Response:
    content, tag = _content(name)
    headers = {"ETag": tag, "Cache-Control": "public, max-age=300"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content=content, headers={**headers, "Content-Type": _KINDS[name]})


@cache
def _content(name: str) -> tuple[bytes, str]:
    content = (_STATIC / name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
