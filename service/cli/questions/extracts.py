"""An extract from a file, and the report on it as a table."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.table import Table

from service.cli import UNUSABLE
from service.connectors.extracts.reading import read_extract
from service.domain.refusals import Invalid
from service.problems import SurfaceProblem
from service.requests.reconciliations import shell_of
from service.strict_json import parse_json
from service.usecases.reconciliation_views import ShownDrift
from service.usecases.reconciliations import ReconciliationRequest

MOST_BYTES = 64 * 1024 * 1024
"""Of a file that is read."""
_BY_SUFFIX = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}
_SYSTEMS = ("bamboohr", "workday", "gusto")
_LISTED_FAULTS = 20


def request_of(
    file: Path, columns: Path | None, mapping: Path | None, *, system: str, format: str | None, **asked: Any
) -> ReconciliationRequest:
    """What files and options ask. Ends with 2 for what cannot be read, naming row and column."""
    found = format or _BY_SUFFIX.get(file.suffix.lower()) or (system if system in _SYSTEMS else None)
    if found is None:
        _unusable(f"{file} does not tell what it is. Say --format.")
    content = _content(file)
    try:
        document: dict[str, Any] = {"system": system, "format": found, "extract": None, **asked}
        if columns:
            document["columns"] = parse_json(_content(columns))
        if mapping:
            document["mapping"] = parse_json(_content(mapping))
        shell, _ = shell_of(document)
        extract = _text(content, file) if found in {"csv", "ndjson"} else parse_json(content)
        named = shell.columns.asked() if shell.columns else None
        rows = read_extract(extract, format=shell.format, system=system, columns=named, parse=parse_json)
        return shell.asked(rows)
    except SurfaceProblem as problem:
        _unusable(problem.detail)
    except Invalid as refusal:
        told = [fault.detail for fault in refusal.errors[:_LISTED_FAULTS]]
        _unusable("\n".join(told) if refusal.code == "extract-invalid" and told else refusal.detail)


def drift_table(drifts: Sequence[ShownDrift]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("", "drift", "person", "from", "here", "there", "mend"):
        table.add_column(column, overflow="fold")
    for one in drifts:
        job = "" if one.job == "primary" else f" ({one.job})"
        table.add_row(
            str(one.number),
            one.kind.replace("_", " "),
            f"{one.person}{job}",
            one.effective_on.isoformat(),
            f"{one.ours.ladder}/{one.ours.level}" if one.ours else "nobody",
            _there(one),
            one.mend.text,
        )
    return table


def _there(one: ShownDrift) -> str:
    if one.theirs is None:
        return "no row"
    said = "ended" if one.theirs.ended else one.theirs.level or one.theirs.grade or "no level"
    return f"{said} ({one.place})" if one.place else said


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            _unusable(f"{file} is larger than {MOST_BYTES} bytes. Send it in parts.")
        return file.read_bytes()
    except OSError as error:
        _unusable(f"{file} cannot be read ({error.strerror}).")


def _text(content: bytes, file: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        _unusable(f"{file} is not UTF-8.")


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _unusable(why: str) -> NoReturn:
    typer.echo(f"dualtrack: {why}", err=True)
    raise typer.Exit(UNUSABLE)
