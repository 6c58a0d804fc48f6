"""Saved plans: what was planned, with the definitions and the base it holds for."""

import errno
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from service.cli import REFUSED, UNUSABLE
from service.cli.folders.telling import visible
from service.domain.findings import DocumentRejected
from service.usecases.folders import Folder, folder_from_documents

FORMAT = "dualtrack-plan/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    base: str
    folder: Folder


def save(path: Path, folder: Folder, plan: Any) -> None:
    """Write a plan for `apply`. It holds pay, so only its owner may read it. A file there is replaced whole.

    Raises OSError.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise OSError(errno.EINVAL, "it is no regular file")
    document = {
        "format": FORMAT,
        "base": plan["base"],
        "definitions": {
            "company": folder.company.document,
            "ladders": [ladder.document for ladder in folder.ladders.values()],
            "bands": [bands.document for bands in folder.bandsets.values()],
        },
        "plan": plan,
    }
    descriptor, new = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(document, stream, ensure_ascii=False, indent=1)
        os.replace(new, path)
    except BaseException:
        os.unlink(new)
        raise


def load(path: Path) -> SavedPlan:
    """Exits with 2 for a file that is no plan, with 1 for one whose definitions cannot be used."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        definitions = document["definitions"]
        base = document["base"]
        usable = document["format"] == FORMAT and isinstance(base, str) and base != "*"
        company: Any = definitions["company"]
        ladders: Any = definitions["ladders"]
        bands: Any = definitions["bands"]
        usable = usable and (type(company), type(ladders), type(bands)) == (dict, list, list)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        usable, base, company, ladders, bands = False, "", {}, [], []
    if not usable:
        typer.echo(f"dualtrack: {path} is no saved plan. Make one with `dualtrack plan FOLDER -o FILE`.", err=True)
        raise typer.Exit(UNUSABLE)
    try:
        return SavedPlan(base=base, folder=folder_from_documents(company=company, ladders=ladders, bands=bands))
    except DocumentRejected as rejected:
        for finding in rejected.findings:
            typer.echo(visible(f"{path}:{finding.pointer} {finding.rule} {finding.message}"), err=True)
        raise typer.Exit(REFUSED) from None
