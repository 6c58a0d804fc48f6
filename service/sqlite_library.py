"""Which SQLite this process runs on.

SQLite 3.7.0 to 3.51.2 can lose or corrupt commits in WAL mode when two connections use one file; fixed in
3.51.3 and carried back to 3.50.7 and 3.44.6. Python ships whatever the system has, which is mostly older, so
the `pysqlite3` wheel, which brings its own library, takes the place of `sqlite3` where it is installed.
"""

import importlib
import re
import sys
from types import ModuleType

LEAST = (3, 38, 0)
"""The first with `->>`, which the sender's statements are written in."""
_WAL_FIX = (3, 51, 3)
_WAL_FIX_CARRIED_BACK = {(3, 50): 7, (3, 44): 6}


def library_version() -> str:
    """Version of the SQLite library behind `sqlite3` in this process, like `3.53.4`."""
    return str(sys.modules["sqlite3"].sqlite_version)


def wal_safe(version: str) -> bool:
    """Whether a SQLite of this version has the fix of the WAL-reset bug.

    Raises ValueError for text that is not a version of three numbers.
    """
    major, minor, patch = _parts(version)
    if (major, minor, patch) >= _WAL_FIX:
        return True
    carried_back = _WAL_FIX_CARRIED_BACK.get((major, minor))
    return carried_back is not None and patch >= carried_back


def new_enough(version: str) -> bool:
    """Whether everything that is asked of SQLite is there in this version. Raises ValueError as `wal_safe` does."""
    return _parts(version) >= LEAST


def _parts(version: str) -> tuple[int, int, int]:
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)(?:\.\d+)?", version)
    if match is None:
        raise ValueError(f"not a SQLite version: {version!r}")
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch


def _swap_in() -> None:
    newer = _import_if_there("pysqlite3")
    if newer is None or "aiosqlite" in sys.modules:
        # The driver already holds the other module: two of them would mix connections and error classes.
        importlib.import_module("sqlite3")
        return
    sys.modules["sqlite3"] = newer
    sys.modules["sqlite3.dbapi2"] = importlib.import_module("pysqlite3.dbapi2")


def _import_if_there(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


_swap_in()
