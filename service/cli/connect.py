"""`dualtrack connect`: other firms' systems, connected, tried out, mapped and disconnected beside the database."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from service.cli import REFUSED, app
from service.cli.connecting import files
from service.cli.connecting.telling import bands_lines, bands_table, check_lines, standing_lines, unnamed_text
from service.cli.connecting.working import run
from service.cli.folders.telling import visible
from service.cli.questions.drawing import show
from service.connectors.desk import ConnectionDesk
from service.domain.access import OPERATOR
from service.domain.findings import Finding
from service.domain.refusals import Invalid
from service.domain.wire import plain
from service.house import House, Reaching
from service.ladderfiles.writing import yaml_text
from service.requests.connections import NewConnection
from service.usecases import connection_mappings, connections
from service.usecases.connection_views import StandingConnection, read_standing
from service.usecases.paging import Window

PAGE = 200


class _Kinds(TyperGroup):
    """A name that is none of the commands is a kind of system to be connected."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["add", *args]
        return super().resolve_command(ctx, args)


connect = typer.Typer(
    cls=_Kinds,
    no_args_is_help=True,
    help="Connect other firms' systems. connect KIND is short for connect add KIND.",
)
app.add_typer(connect, name="connect")

_Connection = Annotated[str, typer.Argument(metavar="KEY", help="Key or id of the connection.")]
_Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would come of it.")]


@connect.command()
def add(
    kind: Annotated[str, typer.Argument(help="Kind of the system, such as bamboohr.")],
    key: Annotated[str, typer.Option(help="Your own key of the connection.")],
    settings: Annotated[str | None, typer.Option(metavar="FILE", help="JSON object, as the kind wants it.")] = None,
    credentials: Annotated[
        str | None, typer.Option(metavar="FILE", help="JSON object of secrets; - reads standard input.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="Under which system people's ids there are kept.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Try it out once it is connected.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Set one anew that is there.")] = False,
    dry_run: _DryRun = False,
    as_json: _Json = False,
) -> None:
    """Connect a system. Events flow to it from now on, if its kind takes any.

    Exit code 0: connected; 1: refused, or a look at it is not as it has to be; 2: a file cannot be used.

    Example: dualtrack connect bamboohr --key hris --settings hris.json --credentials secret.json --check
    """
    given = {"kind": kind, "key": key, "system": system, "settings": files.json_object(settings, "--settings")}
    body = files.checked(NewConnection, {**given, "credentials": files.credentials(credentials)})

    async def work(house: House, office: Reaching, desk: ConnectionDesk) -> tuple[dict[str, Any], Any]:
        if replace:
            asked = await desk.asked_anew(OPERATOR, key, **body.model_dump())
            outcome = await connections.change_connection(
                house.runtime, office, OPERATOR, key, asked, expected="*", dry_run=dry_run
            )
        else:
            asked = desk.asked(**body.model_dump())
            outcome = await connections.create_connection(house.runtime, office, OPERATOR, asked, dry_run=dry_run)
        return outcome.answer, await desk.check(OPERATOR, key) if check and not dry_run else None

    made, checked = run(work)
    if as_json:
        typer.echo(json.dumps({**made, "check": plain(checked)}))
    else:
        typer.echo(
            visible(f"{'would connect' if dry_run else 'connected'} {made['key']} ({made['id'] or 'no id yet'})")
        )
        typer.echo("\n".join(check_lines(checked)) if checked else "Try it out: dualtrack connect check " + made["key"])
    if checked and not checked.ok:
        raise typer.Exit(REFUSED)


@connect.command(name="list")
def list_(as_json: _Json = False) -> None:
    """List every connection, how it is doing, and what waits for somebody to act.

    Example: dualtrack connect list
    """
    found = run(_all)
    if as_json:
        typer.echo(json.dumps(plain(found)))
        return
    for one in found:
        typer.echo("\n".join(standing_lines(one)))


@connect.command()
def check(connection: _Connection, as_json: _Json = False) -> None:
    """Try a connection out: credentials, permissions, mapping. Nothing is written anywhere.

    Exit code 0: all is as it has to be; 1: something is not, and its line says what to do.

    Example: dualtrack connect check hris
    """
    checked = run(lambda _house, _office, desk: desk.check(OPERATOR, connection))
    typer.echo(json.dumps(plain(checked)) if as_json else "\n".join(check_lines(checked)))
    if not checked.ok:
        raise typer.Exit(REFUSED)


@connect.command()
def bands(connection: _Connection, as_json: _Json = False) -> None:
    """Hold the pay bands there against those in force here, with amounts. Nothing is taken over.

    Exit code 0: they say the same; 1: they do not, or could not be read.

    Example: dualtrack connect bands hris
    """
    found = run(lambda _house, _office, desk: desk.band_drift(OPERATOR, connection))
    if as_json:
        typer.echo(json.dumps(plain(found)))
    else:
        if found.drifts:
            show(bands_table(found.drifts))
        typer.echo("\n".join(bands_lines(found)))
    if found.drifts or not found.complete:
        raise typer.Exit(REFUSED)


@connect.command(name="map")
def map_(
    connection: _Connection,
    file: Annotated[Path | None, typer.Argument(help="The whole mapping: YAML or JSON with entries.")] = None,
    export: Annotated[bool, typer.Option("--export", help="Write what is set to FILE, or show it.")] = False,
    dry_run: _DryRun = False,
    as_json: _Json = False,
) -> None:
    """Say what is called what there. Each fault is told with file, line and column, and then nothing is set.

    What is exported ends with the levels that have no name there yet, as comments to begin a mapping with.

    Example: dualtrack connect map hris hris-mapping.yaml
    """
    if export:
        _export(connection, file)
        return
    if file is None:
        raise typer.BadParameter("name a file, or ask with --export for what is set", param_hint="FILE")
    read = files.MappingFile(file)

    async def work(house: House, _office: Reaching, _desk: ConnectionDesk) -> dict[str, Any] | Invalid:
        try:
            outcome = await connection_mappings.set_mapping(
                house.runtime, OPERATOR, connection, read.entries, expected="*", dry_run=dry_run
            )
        except Invalid as invalid:
            return invalid
        return outcome.answer

    done = run(work)
    if isinstance(done, Invalid):
        raise read.refuse(done.errors) from None
    if as_json:
        typer.echo(json.dumps(done))
        return
    read.tell([Finding(**one) for one in done["warnings"]])
    typer.echo(f"{'would be' if dry_run else 'is'} version {done['version']} with {len(done['entries'])} entries")
    if done["unmapped_levels"]:
        typer.echo(visible(f"without a name there: {', '.join(done['unmapped_levels'])}"))


@connect.command()
def delete(connection: _Connection, dry_run: _DryRun = False) -> None:
    """Disconnect. What was still to be written there is dropped; what stands there stays.

    Example: dualtrack connect delete hris
    """

    async def work(house: House, _office: Reaching, _desk: ConnectionDesk) -> dict[str, Any]:
        outcome = await connections.delete_connection(
            house.runtime, OPERATOR, connection, expected="*", dry_run=dry_run
        )
        return outcome.answer

    done = run(work)
    typer.echo(f"{'would disconnect' if dry_run else 'disconnected'} {done['id']}")


def _export(connection: str, file: Path | None) -> None:
    async def work(house: House, _office: Reaching, _desk: ConnectionDesk) -> dict[str, Any]:
        return plain(await connection_mappings.read_mapping(house.runtime, OPERATOR, connection))

    shown = run(work)
    entries = [{name: held for name, held in one.items() if held not in (None, False)} for one in shown["entries"]]
    text = f"# Version {shown['version']}.\n" + yaml_text({"entries": entries}) + unnamed_text(shown["unmapped_levels"])
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as made:
            made.write(text)
    except OSError as error:
        typer.echo(f"dualtrack: {file} cannot be written ({error.strerror})", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(f"wrote {len(entries)} entries to {file}")


async def _all(house: House, _office: Reaching, _desk: ConnectionDesk) -> list[StandingConnection]:
    found: list[StandingConnection] = []
    window = Window(limit=PAGE)
    while True:
        part = await connections.list_connections(house.runtime, OPERATOR, window=window)
        for one in part.items:
            found.append(await read_standing(house.runtime, OPERATOR, one.key))
        if part.after is None:
            return found
        window = Window(limit=PAGE, place=part.after)
