"""`dualtrack compare`: two levels side by side, or what differs between two versions."""

from typing import Annotated

import typer

from service.cli import app
from service.cli.folders.telling import difference_line
from service.cli.questions.asking import Json, KnownAt, On, as_document, ask, day_of, instant_of
from service.cli.questions.drawing import comparison_lines
from service.domain.access import OPERATOR
from service.domain.wire import plain
from service.usecases.comparisons import VersionComparison
from service.usecases.comparisons import compare as compare_both

# Without brackets: the help would take them for markup.
_Reference = "ladder or ladder/level, with @version or @day behind it if wanted"


@app.command()
def compare(
    a: Annotated[str, typer.Argument(help=_Reference)],
    b: Annotated[str, typer.Argument(help=_Reference)],
    on: On = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """Compare two levels side by side, with what a switch would change; or two ladders, with what differs.

    Exit code 1: one of them is not there, or they are of different kinds.

    Example: dualtrack compare engineering/ic5 engineering/em5
    """
    day, instant = day_of(on), instant_of(known_at)
    found = ask(lambda house: compare_both(house.runtime, OPERATOR, a, b, effective_on=day, known_at=instant))
    if as_json:
        typer.echo(as_document(found))
    elif found.levels is not None:
        typer.echo("\n".join(comparison_lines(found.levels)))
    elif found.versions is not None:
        typer.echo("\n".join(_version_lines(found.versions)))


def _version_lines(found: VersionComparison) -> list[str]:
    return [
        f"{found.a.ladder} {found.a.version} -> {found.b.ladder} {found.b.version}",
        *(f"    {difference_line(plain(difference))}" for difference in found.differences),
        *(f"    {people.people} people on {people.level}" for people in found.people),
    ]
