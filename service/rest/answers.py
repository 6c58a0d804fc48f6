"""How answers leave: bytes written once, tagged, never cached where they name a person."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Request, Response

from service.domain.wire import plain
from service.rest.fields import only_fields
from service.rest.media import JSON
from service.rest.preferences import COUNT_EXACT, RETURN_MINIMAL, preferred
from service.usecases.act import Outcome

PRIVATE = "private, no-store"


def answer(
    request: Request,
    value: object,
    *,
    status: int = 200,
    revision: int | None = None,
    tag: str | None = None,
    conditional: bool = True,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A JSON answer. Its ETag is the revision or the tag where one is given, else a digest of the bytes.

    A read whose tag the caller has already is answered 304, unless it is not `conditional`: what changes without
    a new revision has to be shown.
    """
    body = orjson.dumps(plain(value))
    return sent(request, body, status=status, revision=revision, tag=tag, conditional=conditional, headers=headers)


def sent(
    request: Request,
    body: bytes,
    *,
    status: int = 200,
    revision: int | None = None,
    tag: str | None = None,
    conditional: bool = True,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The same for JSON that is written already."""
    body = only_fields(request, body)
    named = str(revision) if revision is not None else tag or hashlib.sha256(body).hexdigest()[:32]
    etag = f'"{named}"'
    shown = {"ETag": etag, "Cache-Control": PRIVATE, **(headers or {})}
    if conditional and status == 200 and request.method in {"GET", "HEAD"} and _has(request, etag):
        return Response(status_code=304, headers=shown)
    return Response(content=body, status_code=status, media_type=JSON, headers=shown)


def written(
    request: Request,
    outcome: Outcome,
    *,
    status: int,
    location: str | None = None,
    dry_run: bool = False,
    tag: str | None = None,
    is_whole: bool = False,
) -> Response:
    """The answer of a write; 201 names the place. A repeated one says so, a dry run answers alike without a place.

    A caller who prefers `return=minimal` gets all of it but the body, unless the answer `is_whole` or nothing: what
    is shown this once would be lost.
    """
    headers: dict[str, str] = {}
    if outcome.replayed:
        headers["Idempotent-Replayed"] = "true"
    if location and not dry_run:
        headers["Location"] = location
    revision: int | None = outcome.answer.get("revision")
    shown = answer(request, outcome.answer, status=status, revision=revision, tag=tag, headers=headers)
    if is_whole or request.method == "DELETE" or not preferred(request, RETURN_MINIMAL):
        return shown
    kept = {name: value for name, value in shown.headers.items() if name not in {"content-length", "content-type"}}
    return Response(status_code=status, headers={**kept, "Preference-Applied": RETURN_MINIMAL})


def page(
    request: Request,
    items: list[Any],
    *,
    next_cursor: str | None,
    prev_cursor: str | None = None,
    limit: int,
    total: int | None = None,
    **more: object,
) -> Response:
    """One page of a list, with the next and the previous one in the body and as Links; `total` only if asked for."""
    about: dict[str, object] = {"next_cursor": next_cursor, "prev_cursor": prev_cursor, "limit": limit}
    headers: dict[str, str] = {}
    if total is not None:
        about["total"] = total
        headers["Preference-Applied"] = COUNT_EXACT
    links = [
        f'<{request.url.include_query_params(cursor=cursor)}>; rel="{rel}"'
        for rel, cursor in (("next", next_cursor), ("prev", prev_cursor))
        if cursor
    ]
    if links:
        headers["Link"] = ", ".join(links)
    return answer(request, {"data": plain(items), "page": about, **more}, headers=headers)


def _has(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the tag. Comparison is weak: W/ in front does not count."""
    wanted = request.headers.get("if-none-match", "")
    tags = [one.strip().removeprefix("W/") for one in wanted.split(",")]
    return "*" in tags or tag in tags
