"""Whole lists as CSV or as JSON by the line, for programs that take everything at once.

An export is read a part at a time by key, all of it as known at one instant; between two parts nothing is held open.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Generic

import orjson
from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from service.domain.wire import plain
from service.rest.answers import PRIVATE, has_tag
from service.rest.fields import chosen, fields_of, tree_of, unusable
from service.rest.media import CSV, JSON, NDJSON
from service.rest.negotiation import Forms
from service.rest.paging import Bounds, Read
from service.rest.tables import columns, csv_lines, csv_rows
from service.usecases.paging import Item, Listing, T, Window

PART = 500
"""Items read at once."""


ExportForm = Annotated[str | None, Depends(Forms(CSV, NDJSON))]
"""The media type of an export; None when a page is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending(Generic[Item]):
    """What an export ends with when it is whole: a line of the class `shape`, made of the last part, the count and the
    SHA-256 (hexadecimal) of all bytes before it.

    In a table its members are columns of their own, empty on every other line. `headers` are told of the first part;
    an ETag is among them where the whole of it stays the same.
    """

    shape: type[object]
    line: Callable[[Listing[Item], int, str], object]
    headers: Callable[[Listing[Item]], Mapping[str, str]]


async def exported(
    request: Request,
    form: str,
    read: Read[T],
    *,
    name: str,
    shape: type[object],
    bounds: Bounds,
    ending: Ending[T] | None = None,
) -> Response:
    """The whole list. What refuses it is told before anything is sent; what fails later breaks the answer off."""
    for parameter in ("cursor", "limit"):
        if parameter in request.query_params:
            raise unusable(parameter, f"An export is the whole list: leave {parameter} out, or accept {JSON}.")
    first = await read(Window(limit=PART), *bounds)
    suffix = "csv" if form == CSV else "ndjson"
    day = f"-{first.effective_on}" if first.effective_on else ""
    headers = {"Cache-Control": PRIVATE, "Content-Disposition": f'attachment; filename="{name}{day}.{suffix}"'}
    headers |= ending.headers(first) if ending else {}
    if (tag := headers.get("ETag")) and has_tag(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return StreamingResponse(
        streamed(form, read, first, fields=fields_of(request), shape=shape, ending=ending),
        media_type=form,
        headers=headers,
    )


async def streamed(
    form: str,
    read: Read[T],
    found: Listing[T],
    *,
    fields: tuple[str, ...] | None,
    shape: type[object],
    ending: Ending[T] | None = None,
) -> AsyncGenerator[bytes]:
    """An export from its first part on, a piece for each part."""
    names = columns(shape, fields) + (columns(ending.shape, None) if ending else ())
    count, digest = 0, hashlib.sha256()
    if form == CSV:
        head = csv_lines([names])
        digest.update(head)
        yield head
    while True:
        items = found.part.items
        count += len(items)
        # Beside the loop, which has others to answer: a part takes tens of milliseconds to write.
        write = partial(csv_rows, items, names) if form == CSV else partial(_json_lines, items, fields)
        written = await asyncio.to_thread(write)
        digest.update(written)
        yield written
        if found.part.after is None:
            break
        found = await read(Window(limit=PART, place=found.part.after), found.effective_on, found.known_at)
    if ending:
        last = [ending.line(found, count, digest.hexdigest())]
        yield csv_rows(last, names) if form == CSV else _json_lines(last, None)


def _json_lines(items: Sequence[object], fields: tuple[str, ...] | None) -> bytes:
    values = [plain(item) for item in items]
    if fields is not None:
        tree = tree_of(fields)
        values = [chosen(value, tree) for value in values]
    return b"".join(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE) for value in values)
