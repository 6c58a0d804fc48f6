"""`dualtrack chart`: a ladder drawn, from the database or straight from a folder."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from service.cli import REFUSED, app
from service.cli.folders.opening import today_at, usable_folder
from service.cli.questions.asking import Json, KnownAt, On, as_document, ask, day_of, instant_of
from service.cli.questions.drawing import chart_table, show
from service.domain.access import OPERATOR
from service.domain.chart import Chart
from service.domain.chart import chart as drawn_chart
from service.usecases.ladders import read_chart


@app.command()
def chart(
    ladder: Annotated[str, typer.Argument(help="Key of the ladder.")],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Draw from a company folder, not the database.")
    ] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Compare pay in this zone only.")] = None,
    on: On = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """Draw a ladder: grades from the top, tracks beside each other, how they pair, whether both are paid alike.

    Exit code 1: no such ladder is in force on that day.

    Example: dualtrack chart software-engineering --folder examples/google
    """
    day, instant = day_of(on), instant_of(known_at)
    if folder is not None:
        found = _from_folder(folder, ladder, zone, day)
    else:
        found = ask(
            lambda house: read_chart(house.runtime, OPERATOR, ladder, zone=zone, effective_on=day, known_at=instant)
        )
    if as_json:
        typer.echo(as_document(found))
        return
    typer.echo(f"{found.ladder} {found.version}, bands {found.band_set or 'none'}, fork {found.fork or 'none'}\n")
    show(chart_table(found))


def _from_folder(path: Path, key: str, zone: str | None, day: date | None) -> Chart:
    _, folder = usable_folder(path)
    found = next((ladder for ladder in folder.ladders.values() if ladder.key == key), None)
    if found is None:
        known = ", ".join(ladder.key for ladder in folder.ladders.values()) or "none"
        typer.echo(f"dualtrack: {path} has no ladder {key}; it has {known}.", err=True)
        raise typer.Exit(REFUSED)
    asked = day or today_at(folder.company)
    sets = [bands for bands in folder.bandsets.values() if bands.effective_from <= asked]
    in_force = max(sets, key=lambda bands: bands.effective_from, default=None)
    return drawn_chart(found, folder.company, in_force, zone=zone)
