"""`dualtrack coverage`: whether every role and every team has a dual path."""

import typer

from service.cli import REFUSED, app
from service.cli.questions.asking import Json, KnownAt, On, as_document, ask, day_of, instant_of
from service.cli.questions.drawing import coverage_table, show
from service.domain.access import OPERATOR
from service.usecases.parity import read_coverage


@app.command()
def coverage(on: On = None, known_at: KnownAt = None, as_json: Json = False) -> None:
    """Show each role and team, and what those lack that have no dual path.

    Exit code 1: a role has none and no waiver says why.

    Example: dualtrack coverage
    """
    day, instant = day_of(on), instant_of(known_at)
    found = ask(lambda house: read_coverage(house.runtime, OPERATOR, effective_on=day, known_at=instant))
    if as_json:
        typer.echo(as_document(found))
    else:
        show(coverage_table(found))
        counts = f"{found.covered} covered, {found.waived} waived, {found.gaps} gaps, {found.unknown} unknown"
        typer.echo(f"\n{len(found.roles)} roles: {counts}")
    if found.gaps:
        raise typer.Exit(REFUSED)
