"""`dualtrack payroll`: what payroll has to know for a pay period."""

from collections.abc import AsyncGenerator
from datetime import date
from typing import Annotated

import typer

from service.cli import UNUSABLE, app
from service.cli.questions.asking import KnownAt, ask, instant_of
from service.domain.access import OPERATOR
from service.domain.payroll_rows import PayrollChange
from service.house import House
from service.rest.exports import PART, Ending, streamed
from service.rest.media import CSV, NDJSON
from service.usecases.paging import Listing, Window
from service.usecases.payroll import PayrollEndLine, PayrollPart, end_of, read_payroll_changes

payroll = typer.Typer(no_args_is_help=True, help="Take what payroll has to know, a pay period at a time.")
app.add_typer(payroll, name="payroll")


@payroll.callback()
def group() -> None:
    """Of payroll there may be more to ask."""


@payroll.command()
def changes(
    calendar: Annotated[str, typer.Option("--calendar", help="Key of a pay calendar of company.yaml.")],
    period: Annotated[str, typer.Option("--period", help="Key of the period; of a rule that is its first day.")],
    known_at: KnownAt = None,
    csv: Annotated[bool, typer.Option("--csv", help="The whole file as a table, as REST gives it.")] = False,
    ndjson: Annotated[bool, typer.Option("--ndjson", help="The whole file as JSON by the line.")] = False,
) -> None:
    """Take the file of a pay period: every act that belongs to it, in the order of the record, with bands.

    Exit code 1: there is no such calendar or period.

    Example: dualtrack payroll changes --calendar monthly --period 2026-06-01 --csv
    """
    if csv and ndjson:
        typer.echo("dualtrack: --csv and --ndjson are two forms: ask for one", err=True)
        raise typer.Exit(UNUSABLE)
    taken = _Taken(calendar, period, instant_of(known_at))
    if csv or ndjson:
        for piece in ask(lambda house: taken.written(house, CSV if csv else NDJSON)):
            typer.echo(piece, nl=False)
        return
    for line in ask(taken.told):
        typer.echo(line)


class _Taken:
    """One file, read a part at a time, all parts as of the instant of the first."""

    def __init__(self, calendar: str, period: str, known_at: int | None) -> None:
        self._calendar, self._period, self._known_at = calendar, period, known_at
        self._last: PayrollPart | None = None

    async def written(self, house: House, form: str) -> list[bytes]:
        def line(_last: Listing[PayrollChange], count: int, digest: str) -> PayrollEndLine:
            assert self._last is not None, "a part has been read"
            return end_of(self._last, count, digest)

        def headers(_first: Listing[PayrollChange]) -> dict[str, str]:
            return {}

        async def read(window: Window, _day: date | None, instant: int | None) -> PayrollPart:
            return await self._read(house, window, instant)

        ending = Ending(shape=PayrollEndLine, line=line, headers=headers)
        first = await self._read(house, Window(limit=PART), self._known_at)
        pieces: AsyncGenerator[bytes] = streamed(form, read, first, fields=None, shape=PayrollChange, ending=ending)
        return [piece async for piece in pieces]

    async def told(self, house: House) -> list[str]:
        """For reading: a row a line, and what the file is."""
        lines: list[str] = []
        found = await self._read(house, Window(limit=PART), self._known_at)
        while True:
            lines += map(_line, found.part.items)
            if found.part.after is None:
                break
            found = await self._read(house, Window(limit=PART, place=found.part.after), found.known_at)
        return [*lines, f"{found.shown.status}, as known at {found.shown.known_at}"]

    async def _read(self, house: House, window: Window, instant: int | None) -> PayrollPart:
        self._last = await read_payroll_changes(
            house.runtime,
            OPERATOR,
            calendar=self._calendar,
            period=self._period,
            known_at=instant,
            window=window,
            planned=self._last.planned if self._last else None,
        )
        return self._last


def _line(row: PayrollChange) -> str:
    sides = (f"{side.ladder}/{side.level}" if side else "nobody" for side in (row.previous, row.current))
    paid = "  alters paid periods" if row.alters_paid else ""
    person = row.employee.key or row.employee.id
    return f"{row.effective_on}  {person}  {row.job}  {row.type}  {' -> '.join(sides)}  {row.status}{paid}"
