"""Findings and plans as text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from service.ladderfiles.positions import LocatedFinding

_LONGEST = 60
_MOST_LINE = 110


def finding_lines(located: LocatedFinding, folder: Path) -> Iterator[str]:
    """The finding, the line it is about, a caret under the place, and what to do."""
    finding, at = located.finding, located.position
    yield f"{folder / at.file}:{at.line}:{at.column} {finding.severity} {finding.rule} {finding.text}"
    line = _line(folder / at.file, at.line)
    if line is not None:
        margin = f"{at.line:>5}"
        start = max(0, at.column - _MOST_LINE)
        yield f"{margin} | {line[start : start + _MOST_LINE]}"
        yield f"{' ' * len(margin)} | {' ' * (at.column - 1 - start)}^"
    yield f"      = {finding.remedy}"
    if finding.waiver:
        yield f"      = waived {finding.waiver}"


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


def plan_lines(plan: Any) -> Iterator[str]:
    """A plan as `+ ~ -` lines. `plan` is the JSON value of an Applied."""
    for document in plan["documents"]:
        yield from _document_lines(document)
    for impact in plan["impact"]:
        yield from _impact_lines(impact)
    for finding in plan["findings"]:
        yield f"{finding['severity']} {finding['pointer']} {finding['rule']} {finding['text']}"
    pending = [*(["the company"] if plan["company"] else []), *plan["ladders"], *plan["bands"]]
    yield f"To publish: {', '.join(pending)}." if pending else "Nothing to publish: all of it is published already."


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
        yield f"    {_difference(difference)}"


def _difference(difference: Any) -> str:
    place = " ".join(difference["path"])
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
        yield f"    cost at band minimum: {amount} {cost['currency']} a year for {cost['people']} people{missing}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        stated = [(key, item) for key, item in cast(dict[str, Any], value).items() if item not in (None, [], False)]
        text = ", ".join(f"{key} {_short(item)}" for key, item in stated[:6])
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _line(file: Path, number: int) -> str | None:
    """The line of a file as it can be shown; None when it cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    if not 1 <= number <= len(lines):
        return None
    return "".join(letter if letter.isprintable() else " " for letter in lines[number - 1])
