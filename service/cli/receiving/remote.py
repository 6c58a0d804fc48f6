"""A running service, asked over HTTP with a key: what every command has that does so."""

from typing import Annotated, Any

import httpx
import typer

from service import __version__
from service.cli import REFUSED

Url = Annotated[str, typer.Option("--url", envvar="DUALTRACK_CLIENT_URL", help="Address of the running service.")]
Key = Annotated[
    str,
    typer.Option(
        "--key", envvar="DUALTRACK_CLIENT_KEY", help="API key. Others of this machine see what is typed here."
    ),
]
HERE = "http://127.0.0.1:8000"
"""Where `dualtrack serve` is, unless told otherwise."""


def asking(url: str, key: str, *, read_seconds: float) -> httpx.AsyncClient:
    """`read_seconds` is the longest silence within an answer. Raises BadParameter for what is no address or no key."""
    check_address(url, "--url")
    if not key.isascii() or not key.isprintable():
        raise typer.BadParameter("a key has no such characters", param_hint="--key")
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {key}", "User-Agent": f"dualtrack/{__version__}"},
        timeout=httpx.Timeout(10, read=read_seconds),
    )


def check_address(url: str, hint: str) -> None:
    """Raises BadParameter for what nothing can be sent to."""
    try:
        is_usable = httpx.URL(url).scheme in {"http", "https"} and bool(httpx.URL(url).host)
    except httpx.InvalidURL:
        is_usable = False
    if not is_usable:
        raise typer.BadParameter("write an address such as http://127.0.0.1:3000/hook", param_hint=hint)


def stopped(why: str, *, code: int = REFUSED) -> typer.Exit:
    """Tells why nothing more can be done; to be raised."""
    typer.echo(f"dualtrack: {why}", err=True)
    return typer.Exit(code)


def refusal(answer: httpx.Response) -> typer.Exit:
    """What the service says no with, told; to be raised. Its body has to be read by now."""
    try:
        document: Any = answer.json()
        return stopped(f"{document['code']}: {document['detail']}")
    except (ValueError, KeyError, TypeError):
        return stopped(f"{answer.url} answers {answer.status_code}, which is no answer of ours.")
