"""`dualtrack keys`: API keys, made and revoked beside the database."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from service.cli import REFUSED, UNUSABLE, app
from service.domain.access import OPERATOR, parse_scopes
from service.domain.refusals import Refused
from service.domain.wire import plain
from service.house import House, opened
from service.settings import load_settings
from service.usecases import access

T = TypeVar("T")
keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")
app.add_typer(keys, name="keys")

_Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


@keys.command()
def create(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    scope: Annotated[list[str], typer.Option(help="What it may do; repeat for several.")],
    as_json: _Json = False,
) -> None:
    """Make a key and show it, this once.

    Example: dualtrack keys create --name payroll --scope assignments:read --scope bands:read --json
    """
    try:
        scopes = parse_scopes(scope)
    except ValueError as error:
        typer.echo(f"dualtrack: {error}", err=True)
        raise typer.Exit(UNUSABLE) from None
    made = _run(lambda house: access.create_key(house.runtime, OPERATOR, name=name, scopes=scopes)).answer
    told = {name: made[name] for name in ("id", "key", "scopes")}
    typer.echo(json.dumps(told) if as_json else f"{made['key']}\n\nkeep it: it is not shown again")


@keys.command(name="list")
def list_(as_json: _Json = False) -> None:
    """List every key ever made, without its secret.

    Example: dualtrack keys list
    """
    found = _run(lambda house: access.list_keys(house.runtime, OPERATOR)).items
    if as_json:
        typer.echo(json.dumps(plain(found)))
        return
    for key in found:
        state = f"revoked {key.revoked_at}" if key.revoked_at else "works"
        typer.echo(f"{key.id}  {key.name}  {','.join(key.scopes)}  {state}")


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(help="Id of the key: the part after dt_.")]) -> None:
    """Stop a key, everywhere within a second.

    Example: dualtrack keys revoke 4f1c2a9e00aa11bb
    """
    try:
        done = _run(lambda house: access.revoke_key(house.runtime, OPERATOR, key_id)).answer
    except Refused as refused:
        typer.echo(f"dualtrack: {refused.detail}", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(f"revoked {done['id']} at {done['revoked_at']}")


def _run(work: Callable[[House], Awaitable[T]]) -> T:
    settings = load_settings()

    async def run() -> T:
        async with opened(settings) as house:
            return await work(house)

    return asyncio.run(run())
