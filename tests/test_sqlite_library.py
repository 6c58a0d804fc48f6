import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from service.settings import SettingsError
from service.sqlite_library import library_version, new_enough, wal_safe
from service.storage import database, journals


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.6.23", False),
        ("3.40.1", False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.44.10", True),
        ("3.45.6", False),
        ("3.49.9", False),
        ("3.50.6", False),
        ("3.50.7", True),
        ("3.51.1", False),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.52.0", True),
        ("3.53.4", True),
        ("3.54.1.0", True),
        ("4.0.0", True),
    ],
)
def test_wal_is_safe_from_the_fix_on_and_where_it_was_carried_back(version: str, safe: bool) -> None:
    assert wal_safe(version) is safe


@pytest.mark.parametrize("text", ["", "3", "3.51", "3.51.x", "3.51.3-beta"])
def test_text_that_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a SQLite version"):
        wal_safe(text)


def test_the_suite_runs_on_a_library_that_may_use_wal() -> None:
    assert library_version() == sqlite3.sqlite_version
    assert wal_safe(library_version())


def test_the_package_swaps_the_library_before_anybody_imports_it() -> None:
    script = "import service, sqlite3, aiosqlite; print(sqlite3.__name__, aiosqlite.core.sqlite3.__name__)"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["pysqlite3", "pysqlite3"]


def test_a_library_the_driver_already_holds_stays() -> None:
    script = "import aiosqlite, service, sqlite3; print(sqlite3.__name__, service.sqlite_library.library_version())"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    name, version = answer.stdout.split()
    assert name == "sqlite3"
    own = subprocess.run(
        [sys.executable, "-c", "import sqlite3; print(sqlite3.sqlite_version)"], capture_output=True, text=True
    )
    assert version == own.stdout.strip()


@pytest.mark.parametrize(("version", "journal"), [("3.40.1", "truncate"), ("3.51.3", "wal")])
def test_the_journal_follows_the_library(version: str, journal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "library_version", lambda: version)
    assert journals.safest_journal() == journal


def test_wal_is_refused_on_a_library_without_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "library_version", lambda: "3.40.1")
    with pytest.raises(SettingsError, match=r"^SQLite 3\.40\.1 may lose commits in WAL: set the journal to auto$"):
        database.Database(url=f"sqlite:///{tmp_path}/x.db", journal="wal")
    assert list(tmp_path.iterdir()) == []


def test_a_library_that_lacks_what_is_asked_of_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [new_enough(version) for version in ("3.37.2", "3.38.0", "3.40.1", "4.0.0")] == [False, True, True, True]
    monkeypatch.setattr(journals, "library_version", lambda: "3.37.2")
    with pytest.raises(SettingsError, match=r"^SQLite 3\.37\.2 is too old, 3\.38\.0 is the least: "):
        database.Database(url=f"sqlite:///{tmp_path}/x.db")
    assert list(tmp_path.iterdir()) == []
