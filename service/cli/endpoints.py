"""`dualtrack endpoints`: who is subscribed and how they are doing, paused and resumed beside the database."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from service.cli import REFUSED, app
from service.domain.access import OPERATOR
from service.domain.refusals import Refused
from service.domain.wire import plain
from service.house import House, opened
from service.requests.endpoints import EndpointResume
from service.settings import load_settings
from service.usecases import endpoint_pausing
from service.usecases import endpoints as subscribers
from service.usecases.endpoint_views import ShownEndpoint
from service.usecases.paging import Window
from service.usecases.subscriptions import Deliver

T = TypeVar("T")
PAGE = 200
endpoints = typer.Typer(no_args_is_help=True, help="List, pause and resume endpoints.")
app.add_typer(endpoints, name="endpoints")

_Endpoint = Annotated[str, typer.Argument(help="Id of the endpoint (end_…).")]
_Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would come of it.")]


@endpoints.command(name="list")
def list_(as_json: _Json = False) -> None:
    """List every endpoint and how it is doing.

    Example: dualtrack endpoints list
    """
    found = _run(_all)
    if as_json:
        typer.echo(json.dumps(plain(found)))
        return
    for one in found:
        why = f"  {one.state_reason}" if one.state_reason else ""
        typer.echo(f"{one.id}  {one.state} since {one.state_since}  {one.url}{why}")


@endpoints.command()
def pause(
    endpoint: _Endpoint,
    reason: Annotated[str | None, typer.Option(help="Why; shown with its state.")] = None,
    as_json: _Json = False,
) -> None:
    """Hold the events of an endpoint until it is resumed.

    Example: dualtrack endpoints pause end_0198c5f2d1a07c3e8b4a --reason "payroll is closed"
    """
    done = _run(lambda house: endpoint_pausing.pause_endpoint(house.runtime, OPERATOR, endpoint, reason=reason)).answer
    typer.echo(json.dumps(done) if as_json else f"paused {done['id']}: its events are held")


@endpoints.command()
def resume(
    endpoint: _Endpoint,
    deliver: Annotated[Deliver, typer.Option(help="Which of the events that waited are sent.")] = "all",
    since: Annotated[str | None, typer.Option(help="With --deliver since: RFC 3339 instant.")] = None,
    dry_run: _DryRun = False,
    as_json: _Json = False,
) -> None:
    """Let the events of an endpoint flow again, slowly at first. Those that are not sent end as skipped.

    Example: dualtrack endpoints resume end_0198c5f2d1a07c3e8b4a --deliver since --since 2026-06-25T09:00:00Z
    """

    async def work(house: House) -> dict[str, Any]:
        asked = EndpointResume(deliver=deliver, since=since).asked()
        outcome = await endpoint_pausing.resume_endpoint(house.runtime, OPERATOR, endpoint, asked, dry_run=dry_run)
        return outcome.answer

    done = _run(work)
    would = "would resume" if dry_run else "resumed"
    told = f"{would} {done['id']}: {done['to_deliver']} to send, {done['to_skip']} skipped"
    typer.echo(json.dumps(done) if as_json else told)


async def _all(house: House) -> list[ShownEndpoint]:
    found: list[ShownEndpoint] = []
    window = Window(limit=PAGE)
    while True:
        part = await subscribers.list_endpoints(house.runtime, OPERATOR, window=window)
        found += part.items
        if part.after is None:
            return found
        window = Window(limit=PAGE, place=part.after)


def _run(work: Callable[[House], Awaitable[T]]) -> T:
    settings = load_settings()

    async def run() -> T:
        async with opened(settings) as house:
            return await work(house)

    try:
        return asyncio.run(run())
    except Refused as refused:
        typer.echo(f"dualtrack: {refused.detail}", err=True)
        raise typer.Exit(REFUSED) from None
