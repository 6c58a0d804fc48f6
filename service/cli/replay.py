"""`dualtrack replay`: have events sent to an endpoint once more."""

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from service.cli import UNUSABLE, app
from service.cli.questions.asking import Json, as_document, ask
from service.domain.access import OPERATOR
from service.domain.refusals import Invalid
from service.requests.replays import NewReplay
from service.usecases.replay_ranges import ReplayRequest
from service.usecases.replays import create_replay


@app.command()
def replay(
    endpoint: Annotated[str, typer.Argument(help="Id of the endpoint: end_…")],
    since: Annotated[str | None, typer.Option("--from", help="Events recorded at this instant or later.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Events recorded before this instant.")] = None,
    after: Annotated[str | None, typer.Option("--after", help="Events behind this place or event id.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Events up to this place or event id.")] = None,
    kind: Annotated[list[str] | None, typer.Option("--type", help="Only this event type; repeat for several.")] = None,
    facet: Annotated[
        list[str] | None, typer.Option("--facet", help="Only events with NAME=VALUE; repeat for one of several.")
    ] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="Only this person: id, key, system:value.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only what ended dead, dropped or delivered.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only.")] = False,
    as_json: Json = False,
) -> None:
    """Have events sent to an endpoint once more. A running service sends them, in order, below live traffic.

    Exit code 1: there is no such endpoint, it takes nothing now, or there is nothing to send.

    Example: dualtrack replay end_01kc3y2h7wf8ktq4m6v9b3n5cd --state dead --dry-run
    """
    given = {"from": since, "to": to, "after": after, "until": until, "subject": subject, "state": state}
    asked = _asked({**given, "event_types": kind or None, "filters": _facets(facet or [])})
    made = ask(lambda house: create_replay(house.runtime, OPERATOR, endpoint, asked, dry_run=dry_run)).answer
    if as_json:
        typer.echo(as_document(made))
        return
    told = f"{made['events']} events of {made['lanes']} keys"
    typer.echo(told if dry_run else f"{made['id']}  {told}")


def _facets(given: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals and value):
            raise typer.BadParameter(f"{one!r} is not NAME=VALUE, as in team=robots", param_hint="--facet")
        found.setdefault(name, []).append(value)
    return found


def _asked(given: dict[str, Any]) -> ReplayRequest:
    try:
        return NewReplay.model_validate({name: value for name, value in given.items() if value is not None}).asked()
    except ValidationError as error:
        faults = [
            f"--{fault['loc'][0]} {fault['msg']}" for fault in error.errors(include_input=False, include_url=False)
        ]
    except Invalid as refused:
        faults = [f"--{error.pointer.removeprefix('/')} {error.detail}" for error in refused.errors]
    for fault in faults:
        typer.echo(f"dualtrack: {fault}", err=True)
    raise typer.Exit(UNUSABLE)
