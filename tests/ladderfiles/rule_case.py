"""What a rule fixture is: one edit of the folder in `folders.py`."""

from typing import NamedTuple

COMPANY_FILE = "company.yaml"
LADDER_FILE = "ladders/engineering.yaml"
BANDS_FILE = "bands/2026.yaml"


class RuleCase(NamedTuple):
    """`bad` in place of `old` gives exactly `lines`, `good` gives none. `old` is "" for a new file."""

    name: str
    file: str
    old: str
    bad: str
    good: str
    lines: tuple[str, ...]
