"""Texts about the service: for programs that read before they act, for who found a weakness, for who upgrades."""

import json
from asyncio import to_thread
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Protocol

from fastapi import APIRouter, Request, Response

from service.problems import SurfaceProblem
from service.resources import changelog

router = APIRouter(include_in_schema=False)

VALID_DAYS = 180
"""For how long the security contact is to be believed: RFC 9116 advises less than a year."""
_OPEN = {"Cache-Control": "public, max-age=300"}
_INTRODUCTION = """\
# dualtrack

> A company's dual career ladders, who stands where on them on any day as known at any instant, and signed webhooks
> that tell payroll.

## How to ask

- Send `Authorization: Bearer dt_…` with every request below /v1. `dualtrack keys create` makes a key; it has scopes.
- Bodies are JSON. Unknown parameters and fields are refused. Dates are YYYY-MM-DD, instants RFC 3339 in UTC.
- `effective_on` asks for a day, `known_at` for what was known at an instant.
- Writes take `If-Match` with the ETag that was read, `Idempotency-Key`, and `dry_run=true` to see what would happen.
- Lists come in pages: send `next_cursor` as `cursor`.
- Refusals are application/problem+json with a stable `code`; /problems/{code} says what to do.
- `RateLimit` in an answer tells how many requests are left, and for how many seconds.

## Documents

- [Contract](/openapi.json): every operation, with examples; also as [YAML](/openapi.yaml)
- [Problems](/problems): every code of a refusal
- [Schemas](/schemas): company folders and events
- [Changelog](/changelog): what changed
"""


class Contract(Protocol):
    """The published contract, whoever makes it."""

    def json(self) -> bytes: ...


@router.get("/llms.txt")
async def llms(request: Request) -> Response:
    """What there is and how to ask for it, from the contract itself."""
    return _text(await to_thread(_introduced, request.app.state.contract), "text/plain")


@router.get("/changelog")
async def changes() -> Response:
    return _text(await to_thread(_changelog), "text/markdown")


@router.get("/.well-known/security.txt")
async def security(request: Request) -> Response:
    """RFC 9116; absent where nobody has said whom to write to."""
    contact: str | None = request.app.state.security_contact
    if contact is None:
        raise SurfaceProblem("not-found", "No contact is published here. DUALTRACK_SECURITY_CONTACT would name one.")
    return _text(security_text(contact, datetime.now(UTC)), "text/plain")


def security_text(contact: str, now: datetime) -> str:
    """The same all day long."""
    expires = datetime.combine(now.date() + timedelta(days=VALID_DAYS), time.min, UTC)
    return f"Contact: {contact}\nExpires: {expires:%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: en\n"


def _introduced(contract: Contract) -> str:
    document = json.loads(contract.json())
    parts = [_INTRODUCTION]
    for tag in document["tags"]:
        lines = [
            f"- {method.upper()} {path}: {operation['summary']}"
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
        parts.append("\n".join([f"## {tag['name'].capitalize()}", "", tag["description"], "", *lines, ""]))
    return "\n".join(parts)


@cache
def _changelog() -> str:
    return changelog().read_text(encoding="utf-8")


def _text(content: str, media_type: str) -> Response:
    return Response(content=content, media_type=f"{media_type}; charset=utf-8", headers=_OPEN)
