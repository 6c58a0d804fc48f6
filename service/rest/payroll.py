"""What payroll has to know, a pay period at a time."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service import __version__
from service.auth import Caller
from service.domain.access import Actor, may_read_pay
from service.domain.instants import instant_text
from service.domain.payroll_rows import PayrollChange
from service.rest.cursors import place_of
from service.rest.exports import Ending, ExportForm, exported
from service.rest.office import Desk
from service.rest.paging import paged, window_of
from service.rest.parsing import DEFAULT_LIMIT, Cursor, KnownAt, Limit
from service.rest.strict import StrictRoute
from service.usecases import payroll
from service.usecases.office import Office
from service.usecases.paging import Listing, Window
from service.usecases.payroll import PayrollEndLine, PayrollPart

router = APIRouter(tags=["changes"], route_class=StrictRoute)

_Calendar = Annotated[
    str, Query(min_length=1, max_length=200, description="Key of a pay calendar of company.yaml.", examples=["monthly"])
]
_Period = Annotated[
    str,
    Query(
        min_length=1,
        max_length=200,
        description="Key of a period of it; of a rule that is its first day.",
        examples=["2026-06-01"],
    ),
]


@router.get(
    "/v1/payroll/changes", operation_id="list_payroll_changes", summary="Take what payroll needs for a pay period"
)
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    form: ExportForm,
    calendar: _Calendar,
    period: _Period,
    known_at: KnownAt = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Every act on people of a pay calendar that belongs to a period, in the order of the record.

    A file is cut when its period is locked. In it is what was recorded by then about days before the period's end,
    and not in an earlier file: so each act is in one file of a calendar, changes planned later come in the file of
    their own period, and acts on days that were paid before come in the next one, with the periods that they alter.
    `file` tells whether it is cut; a cut one has the same bytes for ever. As `text/csv` or `application/x-ndjson` it
    is the whole file and ends with a line `end`, which counts the others and has their digest: without that line it
    was cut off. Bands need bands:read.
    """
    taken = _Taken(office=office, actor=actor, calendar=calendar, period=period)
    if form:
        mark: list[object] = [form, request.url.query, __version__, may_read_pay(actor)]
        ending = Ending(shape=PayrollEndLine, line=taken.end, headers=lambda _: taken.headers(mark))
        return await exported(
            request,
            form,
            taken.read,
            name=f"payroll-{calendar}-{period}" if f"{calendar}{period}".isascii() else "payroll",
            shape=PayrollChange,
            bounds=(None, known_at),
            ending=ending,
        )
    where = place_of(request, cursor, int)
    found = await taken.read(window_of(where, limit), None, where.known_at if where else known_at)
    return paged(
        request,
        found.part,
        limit=limit,
        bounds=(None, found.known_at),
        is_bound=found.file.is_cut,
        known_at=instant_text(found.known_at),
        file=found.shown,
    )


@dataclass(slots=True, kw_only=True)
class _Taken:
    """One file while it is read a part at a time."""

    office: Office
    actor: Actor
    calendar: str
    period: str
    last: PayrollPart | None = None

    async def read(self, window: Window, _day: date | None, instant: int | None) -> PayrollPart:
        self.last = await payroll.read_payroll_changes(
            self.office.runtime,
            self.actor,
            calendar=self.calendar,
            period=self.period,
            known_at=instant,
            window=window,
            planned=self.last.planned if self.last else None,
        )
        return self.last

    def end(self, _last: Listing[PayrollChange], count: int, digest: str) -> PayrollEndLine:
        assert self.last is not None, "a part has been read"
        return payroll.end_of(self.last, count, digest)

    def headers(self, mark: list[object]) -> dict[str, str]:
        """What a whole file tells; a tag where it stays as it is, made of all that its bytes hang on."""
        assert self.last is not None, "a part has been read"
        shown = self.last.shown
        told = {"Payroll-File": shown.status, "Known-At": shown.known_at}
        if not self.last.file.is_cut:
            return told
        named = repr([*mark, shown.calendar, shown.period, shown.cut_at])
        return {**told, "ETag": f'"{hashlib.sha256(named.encode()).hexdigest()[:32]}"'}
