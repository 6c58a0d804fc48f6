"""Asking a use case from the command line, with day and instant as text."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, TypeVar

import typer

from service.cli import REFUSED
from service.cli.database import migrated
from service.domain.dates import BadDate, parse_date
from service.domain.instants import parse_instant
from service.domain.refusals import Refused, Unavailable
from service.domain.wire import plain
from service.house import House
from service.settings import load_settings

T = TypeVar("T")

On = Annotated[str | None, typer.Option("--on", help="A day, YYYY-MM-DD; the company's today when left out.")]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="As known at this instant, RFC 3339; now if left out.")]
Json = Annotated[bool, typer.Option("--json", help="The answer as one JSON document, as REST gives it.")]


def ask(question: Callable[[House], Awaitable[T]]) -> T:
    """The answer of a use case. Tells why and exits with 1 when it is refused. Raises Unavailable."""

    async def asked() -> T:
        async with migrated(load_settings()) as house:
            return await question(house)

    try:
        return asyncio.run(asked())
    except Unavailable:
        raise
    except Refused as refused:
        typer.echo(f"dualtrack: {refused.code}: {refused.detail}", err=True)
        raise typer.Exit(REFUSED) from None


def day_of(text: str | None) -> date | None:
    try:
        return parse_date(text) if text is not None else None
    except BadDate as bad:
        raise typer.BadParameter(str(bad), param_hint="--on") from None


def instant_of(text: str | None) -> int | None:
    """Microseconds since 1970 UTC."""
    try:
        return parse_instant(text) if text is not None else None
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            "write an RFC 3339 instant such as 2027-01-01T00:00:03.000000Z", param_hint="--known-at"
        ) from None


def as_document(value: object) -> str:
    document: Any = plain(value)
    return json.dumps(document, ensure_ascii=False, indent=1)
