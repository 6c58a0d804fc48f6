"""Measurements, each a ratio to a limit that is taken in the same run."""

# First, so that everything here speaks to the SQLite library that the service uses.
import service.sqlite_library as sqlite_library

__all__ = ["sqlite_library"]
