"""Which journal a SQLite file has, and which libraries are refused."""

from typing import Literal

from service.settings import SettingsError
from service.sqlite_library import LEAST, library_version, new_enough, wal_safe

Journal = Literal["auto", "wal", "truncate"]


def journal_for(asked: Journal) -> Journal:
    """What is asked, with `auto` decided.

    Raises SettingsError for a SQLite that lacks what is asked of it, or that may not be asked for WAL.
    """
    version = library_version()
    if not new_enough(version):
        least = ".".join(map(str, LEAST))
        remedy = "install dualtrack[wal], which brings a newer one, or use Postgres"
        raise SettingsError([f"SQLite {version} is too old, {least} is the least: {remedy}"])
    journal = safest_journal() if asked == "auto" else asked
    if journal == "wal" and not wal_safe(version):
        raise SettingsError([f"SQLite {version} may lose commits in WAL: set the journal to auto"])
    return journal


def safest_journal() -> Journal:
    """WAL from the SQLite release that fixed its reset bug, TRUNCATE before."""
    return "wal" if wal_safe(library_version()) else "truncate"
