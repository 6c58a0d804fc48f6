"""How answers leave: bytes written once, tagged, never cached where they name a person or pay."""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import orjson
from fastapi import Request, Response

from service.domain.access import Actor, may_read_pay
from service.domain.wire import plain
from service.rest.fields import only_fields
from service.rest.media import JSON
from service.rest.preferences import COUNT_EXACT, RETURN_MINIMAL, preferred
from service.usecases.act import Outcome
from service.usecases.published import MARK

PRIVATE = "private, no-store"
ASK_AGAIN = "private, no-cache"
"""May be stored by the caller, who asks each time whether it still holds."""

Published = Literal["open", "pay"]
"""An answer that hangs on definitions, the company's date and the caller's scopes alone; `pay` where it shows any."""


def answer(
    request: Request,
    value: object,
    *,
    status: int = 200,
    revision: int | None = None,
    tag: str | None = None,
    conditional: bool = True,
    headers: Mapping[str, str] | None = None,
    published: Published | None = None,
) -> Response:
    """A JSON answer. Its ETag is the revision or the tag where one is given, else a digest of the bytes; of a
    published one weak and without `known_at`, which moves with everything that is recorded.

    A read whose tag the caller has already is answered 304, unless it is not `conditional`: what changes without
    a new revision has to be shown.
    """
    document = plain(value)
    if published and tag is None and isinstance(document, dict):
        tag = f'W/"{_digest(orjson.dumps([{**document, "known_at": None}, request.query_params.get("fields")]))}"'
    return sent(
        request,
        orjson.dumps(document),
        status=status,
        revision=revision,
        tag=tag,
        conditional=conditional,
        headers=headers,
        published=published,
    )


def sent(
    request: Request,
    body: bytes,
    *,
    status: int = 200,
    revision: int | None = None,
    tag: str | None = None,
    conditional: bool = True,
    headers: Mapping[str, str] | None = None,
    published: Published | None = None,
) -> Response:
    """The same for JSON that is written already. A `tag` may be whole, quotes and all."""
    body = only_fields(request, body)
    named = str(revision) if revision is not None else tag or _digest(body)
    etag = named if named.endswith('"') else f'"{named}"'
    shown = {"ETag": etag, "Cache-Control": PRIVATE, **(headers or {})}
    if published:
        shown |= {"Cache-Control": PRIVATE if published == "pay" else ASK_AGAIN, "Vary": "Authorization"}
        if hasattr(request.state, MARK):
            # Whoever keeps it needs the whole of it, and compares tags for everybody.
            setattr(request.state, MARK, True)
            conditional = False
    if (
        conditional
        and status == 200
        and request.method in {"GET", "HEAD"}
        and has_tag(request.headers.get("if-none-match", ""), etag)
    ):
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
    published: Published | None = None,
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
    if items and isinstance(items[0], bytes):
        # Written already, each by itself.
        data = orjson.Fragment(b"[" + b",".join(items) + b"]")
        body = orjson.dumps({"data": data, **{name: plain(value) for name, value in {"page": about, **more}.items()}})
        return sent(request, body, headers=headers)
    return answer(request, {"data": items, "page": about, **more}, headers=headers, published=published)


def shows_pay(actor: Actor) -> Published:
    """Of an answer that leaves pay out for those who may not read it."""
    return "pay" if may_read_pay(actor) else "open"


def has_tag(wanted: str, tag: str) -> bool:
    """Whether If-None-Match names the tag. Comparison is weak: W/ in front does not count."""
    tags = [one.strip().removeprefix("W/") for one in wanted.split(",")]
    return "*" in tags or tag.removeprefix("W/") in tags


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]
