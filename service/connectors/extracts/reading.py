"""Which reader reads an extract."""

from typing import Any, Literal

from service.connectors.extracts import bamboohr, gusto, workday
from service.connectors.extracts.gathering import gathered, refuse
from service.connectors.extracts.tables import Parse, line_rows, table_rows
from service.domain.drift_shapes import ExtractRow
from service.domain.extracts import Columns

Format = Literal["bamboohr", "workday", "gusto", "csv", "ndjson"]


def read_extract(
    extract: Any, *, format: Format, system: str, columns: Columns | None, parse: Parse
) -> list[ExtractRow]:
    """All rows of an extract: a text for csv and ndjson, a JSON value for the others. `parse` reads one of its lines.

    `columns` None are those that the system has of itself. Raises Invalid `extract-invalid`, `extract-too-large`.
    """
    if columns is not None and columns.employee is None and columns.key is None:
        refuse("The columns have to say who a row is about: name `employee` or `key`.", "/columns")
    if format == "csv" or format == "ndjson":
        return _lines(extract, format, system, columns, parse)
    if isinstance(extract, str):
        refuse(f"An extract of {format} is JSON, and not a text that holds it.")
    if format == "workday":
        needed = columns.named.values() if columns else workday.NEEDED
        return gathered(workday.report_rows(extract), columns or workday.COLUMNS, system=system, needed=needed)
    if format == "bamboohr":
        needed, columns = columns.named.values() if columns else (), columns or bamboohr.COLUMNS
        return gathered(bamboohr.bamboohr_rows(extract, columns), columns, system=system, needed=needed)
    if columns is not None:
        refuse("Gusto's jobs are read as they are: leave the columns out.", "/columns")
    return gathered(gusto.gusto_rows(extract), gusto.COLUMNS, system=system)


def _lines(
    extract: Any, format: Literal["csv", "ndjson"], system: str, columns: Columns | None, parse: Parse
) -> list[ExtractRow]:
    if not isinstance(extract, str):
        refuse(f"An extract of {format} is a text.")
    if columns is None:
        refuse(f"For {format}, `columns` has to say which column holds what.", "/columns")
    if format == "csv":
        return gathered(table_rows(extract, columns), columns, system=system)
    return gathered(line_rows(extract, parse), columns, system=system, needed=columns.named.values())
