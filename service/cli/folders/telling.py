"""Findings and plans as text."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from service.domain.findings import Finding
from service.ladderfiles.folder import MOST_BYTES, Folder
from service.ladderfiles.positions import LocatedFinding

_LONGEST = 60
_MOST_LINE = 110


def visible(text: str) -> str:
    """Text for a terminal: what would steer it, or does not show, is written as an escape."""
    return "".join(letter if _shows(letter) else letter.encode("unicode_escape").decode() for letter in text)


def json_text(value: Any) -> str:
    """A JSON document for people and programs, with nothing in it that steers a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return "".join(letter if letter == "\n" or _shows(letter) else json.dumps(letter)[1:-1] for letter in text)


def finding_lines(found: Iterable[LocatedFinding], folder: Path) -> Iterator[str]:
    """Each finding, the line it is about, a caret under the place, and what to do."""
    files: dict[Path, list[str]] = {}
    for located in found:
        finding, at = located.finding, located.position
        file = folder / at.file
        yield visible(f"{file}:{at.line}:{at.column} {finding.severity} {finding.rule} {finding.text}")
        if file not in files:
            files[file] = _lines(file)
        if 1 <= at.line <= len(files[file]) and files[file][at.line - 1].strip():
            yield from _marked(files[file][at.line - 1], line=at.line, column=at.column)
        yield visible(f"      = {finding.remedy}")
        if finding.waiver:
            yield visible(f"      = waived {finding.waiver}")


def finding_json(located: LocatedFinding, folder: Path) -> dict[str, Any]:
    finding, at = located.finding, located.position
    return {
        "file": str(folder / at.file),
        "line": at.line,
        "column": at.column,
        "rule": finding.rule,
        "severity": finding.severity,
        "pointer": finding.pointer,
        "text": finding.text,
        "remedy": finding.remedy,
        "waiver": finding.waiver,
    }


def plan_lines(plan: Any, read: Folder) -> Iterator[str]:
    """A plan as `+ ~ -` lines. `plan` is the JSON value of an Applied, `read` the folder it was made from."""
    for document in plan["documents"]:
        yield from _document_lines(document)
    for impact in plan["impact"]:
        yield from _impact_lines(impact)
    for remapped in plan["remaps"]:
        yield _remap_line(remapped)
    located = [read.locate(Finding(**finding)) for finding in plan["findings"]]
    yield from finding_lines(located, read.path)
    pending = [*(["the company"] if plan["company"] else []), *plan["ladders"], *plan["bands"]]
    drafts = sum(document["state"] == "draft" for document in plan["documents"])
    held = f" Not published: {drafts} {'draft' if drafts == 1 else 'drafts'}." if drafts else ""
    nothing = "Nothing to publish: all of it is published already."
    if drafts:
        nothing = "Nothing to publish: all else is published already."
    yield (f"To publish: {', '.join(pending)}." if pending else nothing) + held


def _document_lines(document: Any) -> Iterator[str]:
    sign = {"new": "+", "changed": "~", "unchanged": " ", "draft": "?"}[document["state"]]
    name = " ".join(part for part in (document["kind"], document["key"], document["version"]) if part)
    told = [
        f"in force from {document['effective_from']}" if document["effective_from"] else None,
        f"after {document['previous']}" if document["state"] == "changed" and document["previous"] else None,
        document["state"] if document["state"] in ("draft", "unchanged") else None,
    ]
    yield ", ".join(part for part in (f"{sign} {name}", *told) if part)
    for difference in document["differences"]:
        yield f"    {difference_line(difference)}"


def difference_line(difference: Any) -> str:
    """One line for the JSON value of a Difference."""
    place = visible(" ".join(difference["path"]))
    match difference["op"]:
        case "+":
            return f"+ {place}: {_short(difference['after'])}"
        case "-":
            return f"- {place}: {_short(difference['before'])}"
        case _:
            return f"~ {place}: {_short(difference['before'])} -> {_short(difference['after'])}"


def _impact_lines(impact: Any) -> Iterator[str]:
    people = impact["people"]
    yield f"from {impact['effective_on']}: {people} {'person is' if people == 1 else 'people are'} shown something else"
    for group in impact["touched"]:
        where = f"{group['ladder']} {group['level']}" + (f" in {group['zone']}" if group["zone"] else "")
        yield f"    {group['people']} on {where}: {', '.join(group['changed'])}"
    for cost in impact["cost"]:
        amount = cost["per_year"] if cost["per_year"].startswith("-") else f"+{cost['per_year']}"
        missing = f", {cost['not_told']} cannot be told" if cost["not_told"] else ""
        paid = f"{cost['people']} {'person' if cost['people'] == 1 else 'people'}"
        yield f"    cost at band minimum: {amount} {cost['currency']} a year for {paid}{missing}"


def _remap_line(remapped: Any) -> str:
    people, levels = remapped["people"], f"{remapped['from_level']} -> {remapped['to_level']}"
    told = "1 person, 1 event" if people == 1 else f"{people} people, {people} events"
    return f"from {remapped['effective_on']}: {remapped['ladder']} {levels}: {told}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        stated = [(key, item) for key, item in cast(dict[str, Any], value).items() if item not in (None, [], False)]
        text = ", ".join(f"{key} {_short(item)}" for key, item in stated[:6])
    else:
        text = visible(value) if isinstance(value, str) else visible(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _shows(letter: str) -> bool:
    """Whether it is something to see, or a space."""
    return letter.isprintable() or unicodedata.category(letter) == "Zs"


def _lines(file: Path) -> list[str]:
    """The lines of a file as positions count them; none when it cannot be read."""
    try:
        # What is no file may never end, or never begin.
        if not file.is_file():
            return []
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        text = content.decode("utf-8") if len(content) <= MOST_BYTES else ""
    except (OSError, UnicodeDecodeError):
        return []
    # Byte order marks count for no column, wherever they stand.
    return re.split(r"\r\n|\r|\n", text.replace("\ufeff", ""))


def _marked(text: str, *, line: int, column: int) -> Iterator[str]:
    """The line, or the part of a long one around the column, and a caret below it."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    start = max(0, min(column - _MOST_LINE // 2, len(shown) - _MOST_LINE))
    margin = f"{line:>5}"
    yield f"{margin} | {shown[start : start + _MOST_LINE]}"
    yield f"{' ' * len(margin)} | {' ' * sum(map(_columns, shown[start : column - 1]))}^"


def _columns(letter: str) -> int:
    """How many columns of a terminal a letter takes."""
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("F", "W") else 1
