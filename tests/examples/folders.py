"""Every example company folder, read once a process."""

from functools import cache
from pathlib import Path

from service.ladderfiles.folder import Folder, read_folder

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = tuple(sorted(path.parent.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("company.yaml")))
"""As `demo` and `pay/posthog`."""


@cache
def example(name: str) -> Folder:
    return read_folder(EXAMPLES / name)
