"""`dualtrack parity`: whether equal grades are paid equally."""

import typer

from service.cli import REFUSED, app
from service.cli.questions.asking import Json, KnownAt, On, as_document, ask, day_of, instant_of
from service.cli.questions.drawing import parity_table, show
from service.domain.access import OPERATOR
from service.usecases.parity import read_parity


@app.command()
def parity(on: On = None, known_at: KnownAt = None, as_json: Json = False) -> None:
    """Show each grade from the fork up: who stands beside whom, how both are paid, what breaks the promise.

    Exit code 1: a promise is broken without a waiver.

    Example: dualtrack parity --on 2027-01-01
    """
    day, instant = day_of(on), instant_of(known_at)
    found = ask(lambda house: read_parity(house.runtime, OPERATOR, effective_on=day, known_at=instant))
    if as_json:
        typer.echo(as_document(found))
    else:
        tolerance = f" of {found.tolerance_percent} %" if found.tolerance_percent is not None else ""
        typer.echo(f"policy {found.policy}{tolerance}, bands {found.band_set or 'none'}, on {found.effective_on}\n")
        show(parity_table(found))
        for finding in found.findings:
            told = f"waived {finding.waiver}" if finding.waiver else finding.remedy
            typer.echo(f"{finding.severity} {finding.pointer} {finding.rule} {finding.text}: {told}")
    if any(finding.severity == "error" for finding in found.findings):
        raise typer.Exit(REFUSED)
