"""dualtrack: a company's dual career ladders, who stands where on them, and who is told."""

# First of all: it decides which SQLite the rest of the process gets when it imports `sqlite3`.
from service import sqlite_library

__all__ = ["sqlite_library"]
__version__ = "0.1.0"
