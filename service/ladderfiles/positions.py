"""Where something stands in a file."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.findings import Finding

# Findings of these rules are about the key of an entry, all others are about its value.
_ABOUT_KEYS = frozenset({"DT010", "DT028", "DT032", "DT053", "unknown-field"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """`file` is relative to the folder, `line` and `column` count from 1, in characters."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedFinding:
    finding: Finding
    position: Position

    def __str__(self) -> str:
        """`ladders/eng.yaml:41:7 DT021 unknown grade 9: use one of 1, 2`."""
        at = self.position
        return f"{at.file}:{at.line}:{at.column} {self.finding.rule} {self.finding.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionMap:
    """Positions by JSON pointer: `keys` of where an entry's key stands, `values` of where its value does."""

    file: str
    keys: Mapping[str, Position]
    values: Mapping[str, Position]

    def locate(self, finding: Finding) -> LocatedFinding:
        """At the pointer, or at the nearest place above it that the file has."""
        pointer = finding.pointer
        if finding.rule in _ABOUT_KEYS and pointer in self.keys:
            return LocatedFinding(finding=finding, position=self.keys[pointer])
        while pointer and pointer not in self.values:
            pointer = pointer.rpartition("/")[0]
        top = Position(file=self.file, line=1, column=1)
        return LocatedFinding(finding=finding, position=self.values.get(pointer, top))
