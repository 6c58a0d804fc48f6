"""`dualtrack deliveries`: what was sent to endpoints, and what is to become of it."""

from typing import Annotated, Any, cast, get_args

import typer

from service.cli import app
from service.cli.questions.asking import Json, as_document, ask
from service.domain.access import OPERATOR
from service.domain.refusals import Invalid
from service.house import House
from service.usecases.deliveries import ShownDelivery, list_attempts, list_deliveries, list_unarrived
from service.usecases.delivery_acts import drop_delivery, retry_delivery
from service.usecases.paging import Part, Window
from service.webhooks.deliveries import State, Unarrived

deliveries = typer.Typer(no_args_is_help=True, help="List deliveries and their tries; try one now, or drop it.")
app.add_typer(deliveries, name="deliveries")

_Delivery = Annotated[str, typer.Argument(help="Id of the delivery: dlv_…")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Answer alike and keep nothing.")]


@deliveries.command(name="list")
def list_(
    endpoint: Annotated[str | None, typer.Argument(help="Id of an endpoint; all of them when left out.")] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", help=f"One of {', '.join(get_args(State))}; of all endpoints dead if left out."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List deliveries of one endpoint; or what did not arrive, of all of them. Latest event first.

    Exit code 1: there is no such endpoint or state.

    Example: dualtrack deliveries list --state dead
    """
    found = ask(lambda house: _listed(house, endpoint, state, Window(limit=limit))).items
    if as_json:
        typer.echo(as_document(found))
        return
    for one in found:
        typer.echo(f"{one.id}  {one.endpoint}  {one.event}  {one.event_type}  {_state(one)}")


@deliveries.command()
def attempts(delivery: _Delivery, as_json: Json = False) -> None:
    """List what each try of a delivery met with, first to last: why it waits stands in the last one.

    Exit code 1: there is no such delivery.

    Example: dualtrack deliveries attempts dlv_WzEsNywiIl0
    """
    found = ask(lambda house: list_attempts(house.runtime, OPERATOR, delivery))
    if as_json:
        typer.echo(as_document(found))
        return
    for one in found:
        told = (
            f"{one.n}",
            one.started_at,
            one.outcome,
            f"{one.status or one.error_class}",
            " ".join((one.response_head or "").split()),
        )
        typer.echo("  ".join(told).rstrip())


@deliveries.command()
def retry(delivery: _Delivery, dry_run: _DryRun = False, as_json: Json = False) -> None:
    """Try a delivery now: one that waits is due at once, one that is over is queued again. A running service sends it.

    Exit code 1: there is no such delivery, or its endpoint takes nothing now.

    Example: dualtrack deliveries retry dlv_WzEsNywiIl0
    """
    _tell(ask(lambda house: retry_delivery(house.runtime, OPERATOR, delivery, dry_run=dry_run)).answer, as_json)


@deliveries.command()
def drop(
    delivery: _Delivery,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the delivery.")],
    dry_run: _DryRun = False,
    as_json: Json = False,
) -> None:
    """Send a delivery no more; what waits behind it goes on.

    Exit code 1: there is no such delivery, or it is over.

    Example: dualtrack deliveries drop dlv_WzEsNywiIl0 --reason "entered by hand"
    """
    if not 1 <= len(reason) <= 400:
        raise typer.BadParameter("has 1 to 400 characters", param_hint="--reason")
    asked = ask(lambda house: drop_delivery(house.runtime, OPERATOR, delivery, reason=reason, dry_run=dry_run))
    _tell(asked.answer, as_json)


async def _listed(house: House, endpoint: str | None, state: str | None, window: Window) -> Part[ShownDelivery]:
    known = get_args(State) if endpoint else get_args(Unarrived)
    wanted = state or (None if endpoint else "dead")
    if wanted is not None and wanted not in known:
        raise Invalid("invalid-parameter", f"--state {wanted[:40]} is none of {', '.join(known)}.")
    if endpoint is None:
        return await list_unarrived(house.runtime, OPERATOR, state=cast(Unarrived, wanted), window=window)
    return await list_deliveries(house.runtime, OPERATOR, endpoint, state=cast(State | None, wanted), window=window)


def _tell(answer: dict[str, Any], as_json: bool) -> None:
    typer.echo(as_document(answer) if as_json else f"{answer['id']}  {answer['state']}")


def _state(one: ShownDelivery) -> str:
    return f"{one.state}: {one.reason}" if one.reason else one.state
