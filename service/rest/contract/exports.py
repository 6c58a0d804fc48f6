"""The other forms of a list, with examples written by what writes them."""

from typing import Any

import orjson

from service.domain.wire import plain
from service.rest.media import CSV, NDJSON
from service.rest.tables import columns, csv_lines, csv_rows


def export_contents(shape: type[object] | None, example: object, ending: object = None) -> dict[str, Any]:
    """The contents of the answer by media type. `example` is an item of the list, of the class `shape`.

    `ending` is the line after the last item; None where there is none.
    """
    assert shape is not None, "an export has columns, and these are read off a class"
    shown = [example] if ending is None else [example, ending]
    names = columns(shape, None) + (columns(type(ending), None) if ending is not None else ())
    table = (csv_lines([names]) + csv_rows(shown, names)).decode()
    line = b"".join(orjson.dumps(plain(one), option=orjson.OPT_APPEND_NEWLINE) for one in shown).decode()
    return {
        media: {"schema": {"type": "string", "description": says}, "example": text}
        for media, says, text in (
            (CSV, "RFC 4180 with a header; columns have dotted names, lists are JSON.", table),
            (NDJSON, "An item a line.", line),
        )
    }
