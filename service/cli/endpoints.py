"""`dualtrack endpoints`: who is subscribed and how they are doing, seen to beside the database."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from service.cli import REFUSED, app
from service.cli.questions.bodies import File, Sets, body_of
from service.domain.access import OPERATOR
from service.domain.refusals import Refused
from service.domain.wire import plain
from service.house import House, Reaching, opened, sending
from service.requests.endpoints import EndpointChange, EndpointResume, NewEndpoint
from service.settings import load_settings
from service.usecases import endpoint_pausing
from service.usecases import endpoints as subscribers
from service.usecases.endpoint_views import ShownEndpoint
from service.usecases.paging import Window
from service.usecases.subscriptions import Deliver

T = TypeVar("T")
PAGE = 200
endpoints = typer.Typer(no_args_is_help=True, help="List, create, change, pause, resume and delete endpoints.")
app.add_typer(endpoints, name="endpoints")

_Endpoint = Annotated[str, typer.Argument(help="Id of the endpoint (end_…).")]
_Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
_Revision = Annotated[
    int | None, typer.Option("--revision", help="Only if it is this one: as `revision` of the list with --json tells.")
]
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
def create(
    url: Annotated[str | None, typer.Argument(help="Where to send; may stand in the file.")] = None,
    sets: Sets = None,
    file: File = None,
    dry_run: _DryRun = False,
    as_json: _Json = False,
) -> None:
    """Subscribe an endpoint. Its signing secret is shown this once. Fields are those of POST /v1/endpoints.

    Example: dualtrack endpoints create https://payroll.example/hook --set 'event_types=["track.switched"]'
    """
    asked = body_of(NewEndpoint, file=file, sets=sets, url=url).asked()

    async def work(house: House, office: Reaching) -> dict[str, Any]:
        made = await subscribers.create_endpoint(house.runtime, office, OPERATOR, asked, dry_run=dry_run)
        return made.answer

    made = _reaching(work)
    if as_json:
        typer.echo(json.dumps(made))
        return
    typer.echo(f"would subscribe {made['url']}" if dry_run else f"subscribed {made['id']}: {made['url']}")
    for name, what in (("secret", "signing secret, shown this once"), ("public_key", "public key")):
        if made[name] and not dry_run:
            typer.echo(f"{what}: {made[name]}")


@endpoints.command()
def change(
    endpoint: _Endpoint,
    sets: Sets = None,
    file: File = None,
    revision: _Revision = None,
    dry_run: _DryRun = False,
    as_json: _Json = False,
) -> None:
    """Change an endpoint; what is not named stays, null takes an option away. Fields are those of PATCH.

    Example: dualtrack endpoints change end_0198c5f2d1a07c3e8b4a --set mode=batch --set rate=5 --set description=null
    """
    asked = body_of(EndpointChange, file=file, sets=sets).asked()

    async def work(house: House, office: Reaching) -> dict[str, Any]:
        done = await subscribers.change_endpoint(
            house.runtime,
            office,
            OPERATOR,
            endpoint,
            asked,
            expected="*" if revision is None else revision,
            dry_run=dry_run,
        )
        return done.answer

    done = _reaching(work)
    told = f"{'would change' if dry_run else 'changed'} {done['id']}: {done['state']}, revision {done['revision']}"
    typer.echo(json.dumps(done) if as_json else told)


@endpoints.command()
def delete(endpoint: _Endpoint, revision: _Revision = None, dry_run: _DryRun = False, as_json: _Json = False) -> None:
    """Unsubscribe an endpoint. What was still to be sent to it goes with it.

    Example: dualtrack endpoints delete end_0198c5f2d1a07c3e8b4a
    """
    done = _run(
        lambda house: subscribers.delete_endpoint(
            house.runtime, OPERATOR, endpoint, expected="*" if revision is None else revision, dry_run=dry_run
        )
    ).answer
    told = f"{'would delete' if dry_run else 'deleted'} {done['id']}"
    typer.echo(json.dumps(done) if as_json else told)


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


def _reaching(work: Callable[[House, Reaching], Awaitable[T]]) -> T:
    """What needs the guard of addresses and the key that seals secrets."""

    async def within(house: House) -> T:
        async with sending(house.settings) as office:
            return await work(house, office)

    return _run(within)


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
