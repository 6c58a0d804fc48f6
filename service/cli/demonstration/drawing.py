"""How the demo looks in a terminal: the dual-track chart, both sides of a switch, deliveries as they arrive."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_SIGN = {"paired": "=", "unpaired_by_design": "by design", "missing": "missing", "unstated": "?"}


def chart(found: Mapping[str, Any], titles: Mapping[str, str]) -> Table:
    """Highest grade first, individual contributors left, managers right, a shared level in the middle of both."""
    left, right = found["tracks"][0], found["tracks"][1]
    table = Table(box=None, padding=(0, 1), header_style="bold")
    table.add_column("grade", justify="right", style="cyan")
    table.add_column(titles.get(left, left), justify="right")
    table.add_column("", justify="center", style="green")
    table.add_column(titles.get(right, right))
    for row in reversed(found["rows"]):
        cells = {tuple(cell["tracks"]): [_level(level) for level in cell["levels"]] for cell in row["cells"]}
        shared = cells.get((left, right))
        if shared:
            table.add_row(row["grade"], ", ".join(shared), "─┬─" if row["grade"] == _last_shared(found) else "─│─", "")
            continue
        one, other = cells.get((left,), []), cells.get((right,), [])
        table.add_row(row["grade"], ", ".join(one) or "·", _SIGN.get(row["pairing"] or "", ""), ", ".join(other) or "·")
    return table


def switch(console: Console, told: Mapping[str, Any], held: Mapping[str, Any]) -> None:
    """One switch: both levels, and what it kept as the service answers it."""
    before, after = told["from"], told["to"]
    console.print(
        Text.assemble(
            ("\n" + told["effective_on"], "bold"),
            f"  {before['title']} ({before['level']}) → ",
            (f"{after['title']} ({after['level']})", "bold"),
            f"  {told['kind']}",
        )
    )
    band = held["band"]
    console.print(
        f"    grade {held['grade']}, band {band['currency']} {band['min']}–{band['max']} a {band['period']}, "
        f"at this grade since {held['grade_since']}",
        style="green",
        highlight=False,
    )


def arrival(console: Console, line: Mapping[str, Any]) -> None:
    """One request at the receiver."""
    good = 200 <= line["status"] < 300
    console.print(
        Text.assemble(
            ("    webhook ", "dim"),
            line["type"],
            f" #{line['sequence']} ",
            ("signature verified" if line["verified"] else "SIGNATURE WRONG", "green" if line["verified"] else "red"),
            (f", answered {line['status']}", "green" if good else "yellow"),
            (f"  {line['webhook_id']}", "dim"),
        )
    )


def curls(console: Console, url: str, key: str, questions: Sequence[str]) -> None:
    console.print("\nYour turn (works while this runs):", style="bold")
    for question in questions:
        # Plain print: a line to be pasted must not be wrapped.
        print(f"  curl -s -H 'Authorization: Bearer {key}' '{url}{question}'")
    print(f"  {url}/docs")


def _level(level: Mapping[str, Any]) -> str:
    return f"{level['title']} ({level['key']})" if level["title"] else level["key"]


def _last_shared(found: Mapping[str, Any]) -> str | None:
    """The highest grade whose level both tracks share: above it they part."""
    shared = [row["grade"] for row in found["rows"] if any(len(cell["tracks"]) > 1 for cell in row["cells"])]
    return shared[-1] if shared else None
