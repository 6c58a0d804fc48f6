"""Rows gathered into an extract, or everything that is wrong with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from service.domain.drift_shapes import ExtractRow
from service.domain.extracts import MOST_ROWS, CellFault, Columns, RowReader
from service.domain.refusals import FieldError, Invalid

_MOST_FAULTS = 100
"""Faults that are listed: whoever mends those sends it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """A row as it stands there. `number` counts from 1; `columns` say how it is read, where they differ by row."""

    number: int
    cells: Mapping[str, object]
    place: str
    columns: Columns | None = None
    fault: str | None = None


def gathered(rows: Iterable[RawRow], columns: Columns, *, system: str, needed: Iterable[str] = ()) -> list[ExtractRow]:
    """All rows of an extract, one by one. `needed` are columns that have to occur in one row at least.

    Raises Invalid `extract-invalid` with row and column of each fault, and `extract-too-large`.
    """
    found: list[ExtractRow] = []
    faults: list[FieldError] = []
    absent = set(needed)
    read_by, reader = columns, RowReader(columns, system)
    for row in rows:
        if row.number > MOST_ROWS:
            raise Invalid(
                "extract-too-large",
                f"An extract has at most {MOST_ROWS} rows. Send it in parts, all rows of a person in one of them, with"
                " `complete` false.",
                extra={"most": MOST_ROWS},
            )
        if absent:
            absent.difference_update(row.cells)
        try:
            if row.fault is not None:
                raise CellFault("", row.fault)
            if row.columns is not None and row.columns is not read_by:
                read_by, reader = row.columns, RowReader(row.columns, system)
            found.append(reader.row(row.cells, row.place))
        except CellFault as fault:
            faults.append(_told(row.number, fault))
            if len(faults) == _MOST_FAULTS:
                break
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise Invalid("extract-invalid", f"{faults[0].detail}{more}", errors=tuple(faults))
    if found and absent:
        refuse(f"No row has the column {min(absent)[:60]}: its columns have changed, or the map names another.")
    return found


def refuse(why: str, pointer: str = "/extract") -> NoReturn:
    """Raises Invalid `extract-invalid` for an extract as a whole."""
    raise Invalid("extract-invalid", why, errors=(FieldError(pointer=pointer, detail=why, code="extract-invalid"),))


def _told(number: int, fault: CellFault) -> FieldError:
    where = f"Row {number}, column {fault.column[:60]}" if fault.column else f"Row {number}"
    return FieldError(pointer=f"/rows/{number}", detail=f"{where}: {fault.why}.", code="extract-invalid")
