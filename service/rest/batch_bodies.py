"""Rows of a batch as they are sent: in one JSON document, as JSON by the line, or as a table."""

import asyncio
import csv
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any, Literal

from fastapi import Request

from service.problems import SurfaceProblem
from service.requests.batches import BatchRowBody, MoreRows, NewBatch, asked_of, read_rows
from service.requests.changes import Target
from service.rest.fields import unusable
from service.rest.media import CSV, JSON, NDJSON
from service.strict_json import is_unfit, parse_json
from service.usecases.batches import BatchRequest

NULL = r"\N"
"""Stands for null in a table, where an empty cell says nothing. In the column `to` it ends the job."""
_NESTED = {
    "to": tuple(Target.model_fields),
    "override": ("codes", "reason"),
    "return": ("until", "level", "step"),
    "actual_pay": ("amount", "currency", "period"),
}
_PARTED = {"override", "return_", "actual_pay", "external_ids"}
_PLAIN = tuple(name for name in BatchRowBody.model_fields if name not in _PARTED)
COLUMNS = (*_PLAIN, *(f"{name}.{inner}" for name, inners in _NESTED.items() for inner in inners))
_EXTERNAL = re.compile(r"external_ids\.[a-z0-9_-]{1,64}")
_WHOLE = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the query says of rows that are lines; of a JSON document its members say it."""

    mode: Literal["atomic", "partial"] | None = None
    backfill: Literal["true", "false"] | None = None
    complete: Literal["true", "false"] | None = None


async def batch_request(request: Request, stated: Stated, *, whole: type[NewBatch | MoreRows]) -> BatchRequest:
    """Raises SurfaceProblem for a body that cannot be read at all; a row that cannot is told with the others."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in {JSON, NDJSON, CSV} or request.headers.get("content-encoding", "identity") != "identity":
        raise SurfaceProblem(
            "unsupported-media-type",
            f"Rows are sent as {JSON}, {NDJSON} or {CSV}, as they are: say which, and send no Content-Encoding.",
        )
    body = await request.body()
    # A large body takes a while to read: others go on meanwhile.
    return await asyncio.to_thread(_read, body, media, stated, whole)


def _read(body: bytes, media: str, stated: Stated, whole: type[NewBatch | MoreRows]) -> BatchRequest:
    if media == JSON:
        said = next((name for name in ("mode", "backfill", "complete") if getattr(stated, name) is not None), None)
        if said:
            raise unusable(said, f"In a JSON document {said} is a member: leave the parameter out.")
        return asked_of(parse_json(body), whole)
    rows, unreadable = read_rows(_lines(body) if media == NDJSON else _table(body))
    return BatchRequest(
        mode=stated.mode or "atomic",
        backfill=stated.backfill == "true",
        complete=stated.complete != "false",
        rows=rows,
        unreadable=unreadable,
    )


def _lines(body: bytes) -> Iterator[object]:
    """Each line that is not blank. One that is no JSON is a problem of its own."""
    # Some programs begin what they write as UTF-8 with a mark, which is no part of the first line.
    for line in body.removeprefix(BOM_UTF8).splitlines():
        if line.strip():
            try:
                yield parse_json(line)
            except SurfaceProblem as problem:
                yield problem


def _table(body: bytes) -> Iterator[object]:
    reader = csv.reader(StringIO(_text(body), newline=""), strict=True)
    try:
        names = next(reader, list[str]())
        _check_columns(names)
        for cells in reader:
            if cells:
                yield _row(names, cells)
    except csv.Error as error:
        raise _unreadable(f"Line {reader.line_num}: {error}.") from None


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable("It is not UTF-8.") from None
    if is_unfit(text):
        raise _unreadable("It holds NUL.")
    return text


def _check_columns(names: list[str]) -> None:
    for number, name in enumerate(names):
        if name not in COLUMNS and not _EXTERNAL.fullmatch(name):
            raise _unreadable(
                f"There is no column {name[:60]!r}. Known are external_ids.<system>, {', '.join(COLUMNS)}."
            )
        if name in names[:number]:
            raise _unreadable(f"The column {name} is there twice.")
    if not names:
        raise _unreadable("Its first line has to name the columns.")


def _row(names: list[str], cells: list[str]) -> object:
    if len(cells) != len(names):
        return SurfaceProblem("invalid-body", f"The row has {len(cells)} cells, the first line names {len(names)}.")
    row: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        if cell == "":
            continue
        outer, _, inner = name.partition(".")
        value = _value(name, cell)
        # The columns may come in any order: neither the part nor the whole is to make the other unsaid.
        if outer in row and not (inner and isinstance(row[outer], dict)):
            return SurfaceProblem("invalid-body", f"The row states {outer} and parts of it: leave one of them empty.")
        if inner:
            row.setdefault(outer, {})[inner] = value
        else:
            row[outer] = value
    return row


def _value(name: str, cell: str) -> Any:
    if cell == NULL:
        return None
    if name == "override.codes":
        return cell.split(";")
    return int(cell) if name == "revision" and _WHOLE.fullmatch(cell) else cell


def _unreadable(why: str) -> SurfaceProblem:
    return SurfaceProblem("malformed-table", f"The table cannot be read. {why} Send CSV in UTF-8 with a first line.")
