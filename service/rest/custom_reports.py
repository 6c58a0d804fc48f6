"""Reports at the addresses of Workday's, so that programs that read those read these.

    GET /ccx/service/customreport2/{tenant}/{owner}/assignments?format=json|csv|xsds
    GET /ccx/service/customreport2/{tenant}/{owner}/levels

A whole list is read a part at a time, all of it as known at one instant.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import date
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from service.auth import ReportCaller
from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.instants import instant_text
from service.rest.answers import PRIVATE, sent
from service.rest.exports import PART
from service.rest.fields import fields_of, unusable
from service.rest.media import CSV, JSON, XML
from service.rest.negotiation import Forms
from service.rest.office import Desk
from service.rest.parsing import EffectiveOn, KnownAt
from service.rest.report_rows import (
    AssignmentEntry,
    LevelEntry,
    assignment_entry,
    columns_of_report,
    level_entry,
    row_of,
    schema_of_report,
)
from service.rest.strict import StrictRoute
from service.rest.tables import csv_lines
from service.usecases import assignments, ladders
from service.usecases.office import Office
from service.usecases.paging import Window
from service.usecases.reading import bounds_now
from service.usecases.wanted import Wanted

router = APIRouter(tags=["reports"], route_class=StrictRoute)

Accepted = Annotated[str | None, Depends(Forms(CSV, XML))]
Format = Annotated[
    Literal["json", "csv", "xsds"] | None,
    Query(description="json, csv, or xsds for the schema of the rows; by Accept when left out."),
]
_MEDIA = {"json": JSON, "csv": CSV, "xsds": XML}
_ENTRY = "Report_Entry"
_Rows = AsyncIterator[list[object]]
"""A report, part by part."""


@router.get(
    "/ccx/service/customreport2/{tenant}/{owner}/assignments",
    operation_id="read_assignment_report",
    summary="Read everybody's assignments as a report",
)
async def read_assignments(
    request: Request,
    office: Desk,
    actor: ReportCaller,
    accepted: Accepted,
    tenant: str,
    owner: str,
    format: Format = None,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Response:
    """`owner` names the system whose ids of people stand in Employee_ID; `tenant` may be anything.

    The key goes as the password of Basic, with any user, or as Bearer. Columns without a value are left out of JSON.
    Bands are there with bands:read. With both times given, the same question has the same rows for ever.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    day, instant = await bounds_now(office.runtime, effective_on, known_at)
    rows = _assignments(office, actor, owner, day, instant)
    return await _answer(request, AssignmentEntry, rows, actor, format or accepted, day, instant)


@router.get(
    "/ccx/service/customreport2/{tenant}/{owner}/levels",
    operation_id="read_level_report",
    summary="Read the levels in force as a report",
)
async def read_levels(
    request: Request,
    office: Desk,
    actor: ReportCaller,
    accepted: Accepted,
    tenant: str,
    owner: str,
    format: Format = None,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Response:
    """By ladder, in its order. `tenant` and `owner` may be anything."""
    require(actor, Scope.LADDERS_READ)
    day, instant = await bounds_now(office.runtime, effective_on, known_at)
    rows = _levels(office, actor, day, instant)
    return await _answer(request, LevelEntry, rows, actor, format or accepted, day, instant)


async def _answer(
    request: Request, entry: type[object], rows: _Rows, actor: Actor, form: str | None, day: date, instant: int
) -> Response:
    """What refuses it is told before anything is sent; what fails later breaks the answer off, which ends in no }."""
    media = _MEDIA.get(form or "json", form) or JSON
    if media == XML and form not in _MEDIA:
        raise unusable("format", "As XML there is the schema alone. Ask for it by format=xsds, else for json or csv.")
    columns = columns_of_report(entry, _wanted(request), pay=may_read_pay(actor))
    headers = {
        "Cache-Control": PRIVATE,
        "Effective-On": day.isoformat(),
        "Known-At": instant_text(instant),
        "Vary": "Authorization",
    }
    if media == XML:
        return Response(schema_of_report(columns), media_type=XML, headers=headers)
    nothing: list[object] = []
    first = await anext(rows, nothing)
    if media == CSV:
        return StreamingResponse(_table(first, rows, columns), media_type=CSV, headers=headers)
    second = await anext(rows, nothing)
    if not second:
        return sent(request, b'{"Report_Entry":[%b]}' % _json_rows(first, columns), headers=headers)
    return StreamingResponse(_json(first, second, rows, columns), media_type=JSON, headers=headers)


def _wanted(request: Request) -> frozenset[str] | None:
    """The columns asked for by `fields`; None for all of them."""
    names = fields_of(request)
    if names is None or _ENTRY in names:
        return None
    return frozenset(name.removeprefix(f"{_ENTRY}.") for name in names)


async def _assignments(
    office: Office, actor: Actor, system: str, day: date, instant: int
) -> AsyncGenerator[list[object]]:
    window = Window(limit=PART)
    while True:
        found = await assignments.list_assignments(
            office.runtime, actor, wanted=Wanted(), effective_on=day, known_at=instant, window=window
        )
        yield [assignment_entry(one, system=system) for one in found.part.items]
        if found.part.after is None:
            return
        window = Window(limit=PART, place=found.part.after)


async def _levels(office: Office, actor: Actor, day: date, instant: int) -> AsyncGenerator[list[object]]:
    rows: list[object] = []
    for one in await ladders.list_ladders(office.runtime, actor, effective_on=day, known_at=instant):
        if one.version is not None:
            found = await ladders.read_ladder(office.runtime, actor, one.key, effective_on=day, known_at=instant)
            rows += [level_entry(found, level) for level in found.definition.levels]
    yield rows


async def _json(
    first: list[object], second: list[object], rows: _Rows, columns: tuple[str, ...]
) -> AsyncGenerator[bytes]:
    yield b'{"Report_Entry":['
    # Beside the loop, which has others to answer.
    yield await asyncio.to_thread(_json_rows, first, columns)
    async for part in _from(second, rows):
        if part:
            yield b"," + await asyncio.to_thread(_json_rows, part, columns)
    yield b"]}"


async def _table(first: list[object], rows: _Rows, columns: tuple[str, ...]) -> AsyncGenerator[bytes]:
    yield csv_lines([columns])
    async for part in _from(first, rows):
        yield await asyncio.to_thread(_table_rows, part, columns)


def _json_rows(part: list[object], columns: tuple[str, ...]) -> bytes:
    return b",".join(orjson.dumps(row_of(one, columns)) for one in part)


def _table_rows(part: list[object], columns: tuple[str, ...]) -> bytes:
    return csv_lines([getattr(one, name) for name in columns] for one in part)


async def _from(first: list[object], rows: _Rows) -> AsyncGenerator[list[object]]:
    yield first
    async for part in rows:
        yield part
