"""Figures of several processes behind one socket, whichever of them is asked.

Each writes its own to a file once a second; whoever is asked adds the others' to its own. What a process counted
stays when it ends, what was so in it does not.
"""

import asyncio
import os
import secrets
from pathlib import Path

import orjson

from service.telemetry.book import Book, Totals

WRITE_SECONDS = 1.0


class Spool:
    """A folder that nobody else writes to. Without one (None) a process only speaks for itself."""

    def __init__(self, folder: Path | None, book: Book) -> None:
        self._folder = folder
        self.book = book
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"

    async def run(self) -> None:
        """Write, until cancelled; then once more."""
        if self._folder is None:
            return
        try:
            while True:
                self.write()
                await asyncio.sleep(WRITE_SECONDS)
        finally:
            self.write()

    def write(self) -> None:
        if self._folder is None:
            return
        file = self._folder / f"{self._name}.json"
        beside = file.with_suffix(".new")
        try:
            beside.write_bytes(orjson.dumps(self.book.totals().written()))
            beside.replace(file)
        except OSError:
            # The folder is gone with the parent, or the disk is full: figures are not worth a failure.
            return

    def totals(self) -> Totals:
        """Everybody's."""
        found = self.book.totals()
        for file in sorted(self._folder.glob("*.json")) if self._folder else ():
            if file.stem != self._name:
                found.add(_read(file))
        return found


def _read(file: Path) -> Totals:
    try:
        found = Totals.read(orjson.loads(file.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return Totals()
    if not _lives(int(file.stem.partition("-")[0])):
        found.present.clear()
    return found


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
