"""Tables and lines: CSV whose first line names the columns, and one JSON object a line."""

import csv
from collections.abc import Callable, Iterator
from io import StringIO

from service.connectors.extracts.gathering import RawRow, refuse
from service.domain.extracts import Columns
from service.problems import SurfaceProblem

Parse = Callable[[bytes], object]


def table_rows(text: str, columns: Columns) -> Iterator[RawRow]:
    """Raises Invalid `extract-invalid` for a table that cannot be read as one, and for a column that it lacks."""
    if "\0" in text:
        refuse("The table holds NUL.")
    reader = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        names = [name.strip() for name in next(reader, list[str]())]
        _check(names, columns)
        number = 0
        for cells in reader:
            if not cells:
                continue
            number += 1
            fault = None
            if len(cells) != len(names):
                fault = f"it has {len(cells)} cells, the first line names {len(names)}"
            yield RawRow(number=number, cells=dict(zip(names, cells, strict=False)), place=f"row {number}", fault=fault)
    except csv.Error as error:
        refuse(f"Line {reader.line_num} of the table cannot be read: {error}.")


def line_rows(text: str, parse: Parse) -> Iterator[RawRow]:
    """Each line that is not blank; `parse` reads one and raises SurfaceProblem."""
    number = 0
    start = 0
    text = text.removeprefix("\ufeff")
    while start < len(text):
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)].strip()
        start = end + 1 if end >= 0 else len(text)
        if line:
            number += 1
            yield _line(number, line, parse)


def _line(number: int, line: str, parse: Parse) -> RawRow:
    try:
        document = parse(line.encode("utf-8", "surrogatepass"))
    except SurfaceProblem as problem:
        return RawRow(number=number, cells={}, place="", fault=problem.detail.rstrip("."))
    return object_row(number, document, f"row {number}")


def object_row(number: int, document: object, place: str) -> RawRow:
    """A row that is a JSON object; one that is not is a fault of that row."""
    if not isinstance(document, dict):
        return RawRow(number=number, cells={}, place=place, fault="it is no JSON object")
    return RawRow(number=number, cells=document, place=place)  # pyright: ignore[reportUnknownArgumentType] - JSON


def _check(names: list[str], columns: Columns) -> None:
    if not names:
        refuse("The first line of the table has to name its columns.")
    for number, name in enumerate(names):
        if name in names[:number]:
            refuse(f"The column {name[:60]} is there twice.")
    for what, column in columns.named.items():
        if column not in names:
            refuse(f"The table has no column {column[:60]}.", f"/columns/{what}")
