"""`dualtrack lint`: say what is wrong with company folders, and where, before anything is published."""

from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli import REFUSED, app
from service.cli.folders.opening import company_folders, today_at
from service.cli.folders.telling import finding_json, finding_lines, json_text
from service.domain.dates import BadDate, parse_date
from service.ladderfiles.folder import read_folder


@app.command()
def lint(
    folders: Annotated[list[Path], typer.Argument(help="Folders with company.yaml, or folders of such folders.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    on: Annotated[str | None, typer.Option("--on", help="Judge waivers on this day instead of today.")] = None,
) -> None:
    """Judge company folders: files, structure, and the promise of two equal tracks. Needs no database.

    Exit code 0: no errors (warnings and notes may be there); 1: errors; 2: no such folder.

    Example: dualtrack lint examples/demo
    """
    try:
        day = parse_date(on) if on is not None else None
    except BadDate as bad:
        raise typer.BadParameter(str(bad), param_hint="--on") from None
    counts = {"error": 0, "warning": 0, "note": 0}
    shown: list[dict[str, Any]] = []
    paths = company_folders(folders)
    for path in paths:
        read = read_folder(path)
        found = read.judge(day or today_at(read.company))
        for located in found:
            counts[located.finding.severity] += 1
        shown.append({"folder": str(path), "findings": [finding_json(located, path) for located in found]})
        if found and not as_json:
            typer.echo("\n".join(finding_lines(found, path)))
    if as_json:
        totals = {f"{severity}s": count for severity, count in counts.items()}
        typer.echo(json_text({"folders": shown, **totals}))
    else:
        told = ", ".join(f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items())
        typer.echo(f"{len(paths)} {'folder' if len(paths) == 1 else 'folders'}: {told}")
    if counts["error"] or (strict and counts["warning"]):
        raise typer.Exit(REFUSED)
