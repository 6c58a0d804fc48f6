"""What a rule fixture is: one edit of the folder in `folders.py`."""

from typing import NamedTuple

from service.domain.findings import Severity

COMPANY_FILE = "company.yaml"
LADDER_FILE = "ladders/engineering.yaml"
BANDS_FILE = "bands/2026.yaml"


class RuleCase(NamedTuple):
    """`bad` in place of `old` gives exactly `lines`, `good` gives none. `old` is "" for a new file.

    The name begins with the rule; `severity` is that of its findings. Both have the edits of `beside` too, each
    (file, old, new).
    """

    name: str
    file: str
    old: str
    bad: str
    good: str
    lines: tuple[str, ...]
    beside: tuple[tuple[str, str, str], ...] = ()
    severity: Severity = "error"

    @property
    def rule(self) -> str:
        return self.name.partition("-")[0]
