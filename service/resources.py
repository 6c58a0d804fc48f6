"""What comes with the program: the example companies, the published schemas and the changelog.

In a checkout they lie beside the package, in an installed wheel inside it.
"""

from pathlib import Path
from typing import Literal

Folder = Literal["examples", "schemas"]

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Folder) -> Path:
    """Path of a shipped folder. Raises FileNotFoundError when the installation lacks it."""
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"this installation of dualtrack has no {name} folder: install it again")


def changelog() -> Path:
    """Path of CHANGELOG.md. Raises FileNotFoundError when the installation lacks it."""
    for candidate in (_PACKAGE / "_data" / "CHANGELOG.md", _PACKAGE.parent / "CHANGELOG.md"):
        if candidate.is_file():
            return candidate
    raise FileNotFoundError("this installation of dualtrack has no CHANGELOG.md: install it again")
