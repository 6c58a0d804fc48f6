"""Rows of an extract by a map of columns: which cell says what, and which cells cannot be read. Pure.

A cell is what a table or a JSON object holds: a text, a whole number, true, false or nothing. Pay has no column here:
whatever an extract holds beside the columns that are named is not looked at.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from service.domain.assignments import PRIMARY
from service.domain.band_rows import Period
from service.domain.claims import Claim
from service.domain.dates import BadDate, checked_date
from service.domain.drift_shapes import ExtractRow, TheirBand

MOST_ROWS = 100_000
"""Rows of one extract."""
MOST_TEXT = 200
"""Characters of a cell that is read."""

DateForm = Literal["YYYY-MM-DD", "YYYYMMDD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY"]
_PARTS = {"YYYY": "(?P<year>[0-9]{4})", "MM": "(?P<month>[0-9]{2})", "DD": "(?P<day>[0-9]{2})"}
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_NO_FORMULA = frozenset("=+@")
_TRUTHS = {True: "true", False: "false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which of their columns says what; None for what no column says. `employee` is their id of the person.

    `date_form` is how every date is written, `ended_values` what the column `ended` holds where nobody holds the job.
    """

    employee: str | None = None
    key: str | None = None
    job: str | None = None
    level: str | None = None
    grade: str | None = None
    zone: str | None = None
    team: str | None = None
    role: str | None = None
    effective_on: str | None = None
    ended: str | None = None
    band_min: str | None = None
    band_mid: str | None = None
    band_max: str | None = None
    band_currency: str | None = None
    band_period: str | None = None
    place: str | None = None
    date_form: DateForm = "YYYY-MM-DD"
    ended_values: tuple[str, ...] = ("true",)

    @property
    def named(self) -> dict[str, str]:
        """Their column by what it says."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: held for name, held in found.items() if isinstance(held, str) and name != "date_form"}


class CellFault(Exception):
    """A cell that cannot be read: in which column, and why. Never what stood there, which may be pay."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(f"{column[:60]}: {why}")
        self.column = column
        self.why = why


class RowReader:
    """Reads rows by a map of columns; `system` is under which their ids are kept here."""

    def __init__(self, columns: Columns, system: str) -> None:
        self._columns = columns
        self._system = system
        self._named = tuple(columns.named.items())
        self._ended = frozenset(columns.ended_values)
        pattern = re.escape(columns.date_form)
        for part, found in _PARTS.items():
            pattern = pattern.replace(part, found)
        self._day = re.compile(pattern)

    def row(self, cells: Mapping[str, object], place: str) -> ExtractRow:
        """What a row says. `place` names it where no column does. Raises CellFault."""
        said = {name: _text(cells.get(column), column) for name, column in self._named}
        who, key = said.get("employee"), said.get("key")
        if who is None and key is None:
            raise CellFault(
                self._columns.employee or self._columns.key or "employee", "is empty: it has to say who it is"
            )
        claim = Claim(
            external_ids={self._system: who} if who is not None else {},
            key=key,
            job=said.get("job") or PRIMARY,
            effective_on=self._date(said.get("effective_on")),
            ended=said.get("ended") in self._ended,
            place=said.get("place") or place,
            level=said.get("level"),
            grade=said.get("grade"),
            zone=said.get("zone"),
            team=said.get("team"),
            role=said.get("role"),
        )
        return ExtractRow(claim=claim, band=_band(said, self._columns))

    def _date(self, text: str | None) -> date | None:
        if text is None:
            return None
        column = self._columns.effective_on or ""
        parts = self._day.fullmatch(text)
        if parts is None:
            raise CellFault(column, f"is no date of the form {self._columns.date_form}")
        try:
            return checked_date(date(*(int(parts[name]) for name in ("year", "month", "day"))))
        except (ValueError, BadDate):
            raise CellFault(column, "is no day of the calendar from 1900 to 2999") from None


def _text(cell: object, column: str) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bool):
        return _TRUTHS[cell]
    if isinstance(cell, int):
        return str(cell)
    if not isinstance(cell, str):
        raise CellFault(column, "is neither a text nor a whole number")
    text = cell.strip()
    if not text:
        return None
    if len(text) > MOST_TEXT:
        raise CellFault(column, f"is longer than {MOST_TEXT} characters")
    if not text.isprintable():
        raise CellFault(column, "holds characters that cannot be shown")
    if text[0] in _NO_FORMULA:
        raise CellFault(column, "begins like a formula: send values alone")
    return text


def _band(said: Mapping[str, str | None], columns: Columns) -> TheirBand | None:
    figures: dict[str, Decimal] = {}
    for name in ("min", "mid", "max"):
        text = said.get(f"band_{name}")
        if text is None:
            continue
        if not _AMOUNT.fullmatch(text):
            raise CellFault(columns.named[f"band_{name}"], "is no decimal such as 62000.00")
        figures[name] = Decimal(text)
    if not figures:
        return None
    currency, period = said.get("band_currency"), said.get("band_period") or "year"
    if currency is not None and not _CURRENCY.fullmatch(currency):
        raise CellFault(columns.named["band_currency"], "is no ISO 4217 currency")
    known: dict[str, Period] = {one: one for one in get_args(Period)}
    if period not in known:
        raise CellFault(columns.named["band_period"], f"is none of {', '.join(known)}")
    return TheirBand(figures=figures, currency=currency, period=known[period])
