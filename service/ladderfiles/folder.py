"""A company folder on disk: company.yaml, ladders/*.yaml, bands/*.yaml."""

import errno
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from service.domain.bands import BandSet, bandset_from_document
from service.domain.company import Company, company_from_document
from service.domain.findings import DocumentRejected, Finding
from service.domain.ladders import Ladder, ladder_from_document
from service.domain.principles import principle_findings
from service.domain.structure import definition_findings
from service.ladderfiles.positions import LocatedFinding, Position, PositionMap
from service.ladderfiles.yaml_document import YamlDocument, parse_yaml

MOST_BYTES = 5_000_000

T = TypeVar("T")
# Listing the zones reads hundreds of folders and files: as long as reading a small company.
_timezones = cache(zoneinfo.available_timezones)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What a folder defines. `positions` goes by the pointer of each document: `/company`, `/ladders/0`, `/bands/0`.

    Documents stand in the order of their file names. One that cannot be used is None or left out, and
    `findings` says why; nothing may be applied while `is_usable` is False.
    """

    path: Path
    company: Company | None
    ladders: Mapping[str, Ladder]
    bandsets: Mapping[str, BandSet]
    positions: Mapping[str, PositionMap]
    findings: tuple[LocatedFinding, ...]

    @property
    def is_usable(self) -> bool:
        return not any(located.finding.severity == "error" for located in self.findings)

    def judge(self, today: date) -> tuple[LocatedFinding, ...]:
        """Every finding by place, those of the principle rules included; `today` is the company's.

        Principles are judged only when all documents can be used: half a company would seem to break them.
        """
        if self.company is None or not self.is_usable:
            return self.findings
        principles = principle_findings(company=self.company, ladders=self.ladders, bandsets=self.bandsets, today=today)
        return tuple(sorted((*self.findings, *map(self.locate, principles)), key=_by_place))

    def locate(self, finding: Finding) -> LocatedFinding:
        """The place of a finding whose pointer begins with that of a document, as domain rules yield them."""
        return _locate(finding, self.positions)


def read_folder(path: Path) -> Folder:
    """Reads and judges a folder. Every fault is a finding, a missing folder too; never raises for what it holds."""
    reader = _Reader(path)
    company = reader.read(["company.yaml"], "/company", company_from_document)
    ladders = reader.read(reader.names("ladders"), "/ladders", ladder_from_document)
    bandsets = reader.read(reader.names("bands"), "/bands", bandset_from_document)
    rules = definition_findings(
        company=company.usable.get("/company"),
        ladders=ladders.usable,
        bandsets=bandsets.usable,
        timezones=_timezones(),
        all_usable=ladders.complete and bandsets.complete,
    )
    reader.findings.extend(_locate(finding, reader.positions) for finding in rules)
    return Folder(
        path=path,
        company=company.usable.get("/company"),
        ladders=ladders.usable,
        bandsets=bandsets.usable,
        positions=reader.positions,
        findings=tuple(sorted(reader.findings, key=_by_place)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read(Generic[T]):
    usable: dict[str, T]
    complete: bool


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.findings: list[LocatedFinding] = []
        self.positions: dict[str, PositionMap] = {}

    def names(self, folder: str) -> list[str]:
        """Both usual endings; a folder that is not there holds nothing."""
        found = [file for ending in ("*.yaml", "*.yml") for file in (self._path / folder).glob(ending)]
        return sorted(f"{folder}/{file.name}" for file in found)

    def read(self, files: list[str], pointer: str, build: Callable[[Any], T]) -> _Read[T]:
        usable: dict[str, T] = {}
        for index, file in enumerate(files):
            inner = pointer if pointer == "/company" else f"{pointer}/{index}"
            parsed = self._parse(file, inner)
            if parsed is None:
                continue
            try:
                usable[inner] = build(parsed.value)
            except DocumentRejected as rejected:
                positions = self.positions[inner]
                self.findings.extend(positions.locate(finding) for finding in rejected.findings)
        return _Read(usable=usable, complete=len(usable) == len(files))

    def _parse(self, file: str, pointer: str) -> YamlDocument | None:
        """None when the file holds no YAML; the finding is recorded then."""
        self.positions[pointer] = PositionMap(file=file, keys={}, values={})
        text = self._text(file)
        if text is None:
            return None
        parsed = parse_yaml(text, file=file)
        self.positions[pointer] = parsed.positions
        self.findings.extend(parsed.findings)
        return parsed if parsed.is_yaml else None

    def _text(self, file: str) -> str | None:
        path = self._path / file
        if path.exists() and not path.is_file():
            self._report("DT001", file, "this is no regular file", "put a file in its place")
            return None
        try:
            # One byte more than allowed tells a file that is too large, whatever its size is said to be.
            with path.open("rb") as stream:
                content = stream.read(MOST_BYTES + 1)
        except OSError as error:
            self._unread(file, error)
            return None
        if len(content) > MOST_BYTES:
            self._report("DT001", file, f"the file is larger than {MOST_BYTES} bytes", "split it into smaller ones")
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start]
            # What stands before the byte is UTF-8, so columns can count characters as everywhere else.
            line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8-sig")) + 1
            text = f"byte 0x{content[error.start]:02x} is not UTF-8"
            self._report("DT001", file, text, "save the file as UTF-8", line=line, column=column)
            return None

    def _unread(self, file: str, error: OSError) -> None:
        if file == "company.yaml" and error.errno in (errno.ENOENT, errno.ENOTDIR):
            self._report("DT005", file, "the folder has no company.yaml", "add one, or name the folder that has it")
        else:
            self._report("DT001", file, f"the file cannot be read ({error.strerror})", "let this user read it")

    def _report(self, rule: str, file: str, text: str, remedy: str, *, line: int = 1, column: int = 1) -> None:
        finding = Finding(rule=rule, pointer="", text=text, remedy=remedy)
        self.findings.append(LocatedFinding(finding=finding, position=Position(file=file, line=line, column=column)))


def _locate(finding: Finding, positions: Mapping[str, PositionMap]) -> LocatedFinding:
    for pointer, inner in _splits(finding.pointer):
        if pointer in positions:
            within = replace(finding, pointer=inner)
            located = positions[pointer].locate(within)
            return LocatedFinding(finding=finding, position=located.position)
    return LocatedFinding(finding=finding, position=Position(file="company.yaml", line=1, column=1))


def _splits(pointer: str) -> Iterator[tuple[str, str]]:
    """Every way to cut a pointer between two steps, shortest first part first."""
    for place, letter in enumerate(pointer):
        if letter == "/" and place:
            yield pointer[:place], pointer[place:]
    yield pointer, ""


def _by_place(located: LocatedFinding) -> tuple[str, int, int, str]:
    position = located.position
    return position.file, position.line, position.column, located.finding.rule
