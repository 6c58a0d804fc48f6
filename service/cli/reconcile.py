"""`dualtrack reconcile`: an extract of another system held against our record."""

from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli import REFUSED, app
from service.cli.questions.asking import ask
from service.cli.questions.drawing import show
from service.cli.questions.extracts import as_text, drift_table, request_of
from service.domain.access import OPERATOR
from service.domain.wire import plain
from service.house import House
from service.usecases.act import IdempotencyKey
from service.usecases.paging import Window
from service.usecases.reconciliation_mends import MendRequest, apply_reconciliation
from service.usecases.reconciliation_views import ShownDrift, list_drifts
from service.usecases.reconciliations import ReconciliationRequest, create_reconciliation

_PAGE = 1_000


@app.command()
def reconcile(
    file: Annotated[Path, typer.Argument(help="The extract: .csv, .ndjson, or the JSON of a system.")],
    system: Annotated[str, typer.Option("--system", help="System under which their ids are kept: system:value.")],
    columns: Annotated[
        Path | None, typer.Option("--columns", help="JSON file: which column says what. Needed for tables and lines.")
    ] = None,
    connection: Annotated[str | None, typer.Option("--connection", help="Use the mapping of this connection.")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="JSON file: a mapping of its own.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Day up to which at least both sides are compared; today if left out.")
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", help="bamboohr, workday, gusto, csv or ndjson, if the file does not tell.")
    ] = None,
    is_complete: Annotated[
        bool, typer.Option("--complete", help="The extract has everybody: tell who is missing there.")
    ] = False,
    authority: Annotated[
        str, typer.Option("--authority", help="Which side is right: ours or theirs. --apply means theirs.")
    ] = "ours",
    is_applied: Annotated[bool, typer.Option("--apply", help="Store a batch of changes that mend ours.")] = False,
    is_backfill: Annotated[bool, typer.Option("--backfill", help="With --apply: make people known.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report, drifts and batch as one JSON document.")] = False,
) -> None:
    """Show where another system and our record part, and what would mend each. Nobody's timeline is touched.

    The report is kept. Exit code 0: both agree; 1: they do not, or it was refused; 2: the file cannot be read.

    Example: dualtrack reconcile people.csv --system bamboohr --columns columns.json
    """
    asked = request_of(
        file,
        columns,
        mapping,
        system=system,
        format=format,
        connection=connection,
        as_of=as_of,
        complete=is_complete,
        authority="theirs" if is_applied else authority,
    )
    mends = MendRequest(backfill=is_backfill) if is_applied else None
    report, drifts, mending = ask(lambda house: _reconciled(house, asked, mends))
    if as_json:
        typer.echo(as_text({"reconciliation": report, "drifts": plain(drifts), "mending": mending}))
    else:
        _tell(report, drifts, mending)
    if drifts:
        raise typer.Exit(REFUSED)


async def _reconciled(
    house: House, asked: ReconciliationRequest, mends: MendRequest | None
) -> tuple[dict[str, Any], list[ShownDrift], dict[str, Any] | None]:
    runtime = house.runtime
    report = (await create_reconciliation(runtime, OPERATOR, asked)).answer
    drifts: list[ShownDrift] = []
    place: tuple[Any, ...] | None = None
    while True:
        window = Window(limit=_PAGE, place=place)
        page = await list_drifts(runtime, OPERATOR, report["id"], kind=None, person=None, window=window)
        drifts += page.items
        place = page.after
        if place is None:
            break
    mending = None
    if mends is not None and any(one.mend.here for one in drifts):
        path = f"/v1/reconciliations/{report['id']}/apply"
        key = IdempotencyKey.of(actor=OPERATOR, method="POST", path=path, key=report["id"], body=b"", secret=b"")
        mending = (await apply_reconciliation(runtime, OPERATOR, report["id"], mends, key=key)).answer
    return report, drifts, mending


def _tell(report: dict[str, Any], drifts: list[ShownDrift], mending: dict[str, Any] | None) -> None:
    right = "our record is" if report["authority"] == "ours" else "they are"
    typer.echo(
        f"{report['system']}: {report['rows']} rows of {report['people']} people, as of {report['as_of']};"
        f" {right} taken for right\n"
    )
    if drifts:
        show(drift_table(drifts))
        typer.echo("\n" + ", ".join(f"{one['drifts']} {one['kind'].replace('_', ' ')}" for one in report["counts"]))
    else:
        typer.echo("Both sides agree.")
    typer.echo(f"Kept as {report['id']}.")
    if mending:
        batch = mending["batch"]
        left = "".join(f", {one['drifts']} left out ({one['code']})" for one in mending["left_out"])
        typer.echo(f"Batch {batch['id']} mends {mending['drifts']} of them{left}.")
        typer.echo(f"Have it applied: POST /v1/change-batches/{batch['id']}/apply.")
