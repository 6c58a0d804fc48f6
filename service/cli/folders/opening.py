"""Company folders that a command names."""

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from service.cli import REFUSED, UNUSABLE
from service.cli.folders.telling import visible
from service.domain.company import Company
from service.ladderfiles.folder import Folder as Read
from service.ladderfiles.folder import read_folder
from service.usecases.folders import Folder


def company_folders(named: Iterable[Path]) -> list[Path]:
    """The folders to look at: a folder of company folders stands for those in it. Exits with 2 for no folder."""
    found: list[Path] = []
    for path in named:
        _refuse_no_folder(path)
        inner = sorted(file.parent for file in path.glob("*/company.yaml"))
        found.extend(inner if inner and not (path / "company.yaml").exists() else [path])
    return found


def today_at(company: Company | None) -> date:
    """The company's today; UTC's when the company or its time zone is not known."""
    try:
        zone = ZoneInfo(company.timezone) if company else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = UTC
    return datetime.now(zone).date()


def usable_folder(path: Path) -> tuple[Read, Folder]:
    """A folder that may be applied. Tells every finding and exits with 1 when it may not, with 2 when it is none."""
    _refuse_no_folder(path)
    read = read_folder(path)
    if not read.is_usable or read.company is None:
        for located in read.findings:
            typer.echo(visible(str(located)), err=True)
        raise typer.Exit(REFUSED)
    return read, Folder(company=read.company, ladders=read.ladders, bandsets=read.bandsets)


def _refuse_no_folder(path: Path) -> None:
    # Not by `Path.is_dir`, which raises for a name that is too long.
    if not os.path.isdir(path):
        typer.echo(f"dualtrack: {path} is no folder. Name one that holds company.yaml.", err=True)
        raise typer.Exit(UNUSABLE)
