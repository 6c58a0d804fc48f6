"""The two tables that are written: what a row of each says in our words, and how it is sent in theirs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, cast

from service.connectors.bamboohr.client import TableRow, amount_of
from service.connectors.bamboohr.settings import PayFigure, PayTable, Settings
from service.connectors.comparing import There, Wanted
from service.domain.assignments import Assignment
from service.domain.mappings import SystemMapping, level_name
from service.usecases.assignments import TimelineSegment


class Ledger(Protocol):
    """One table."""

    @property
    def table(self) -> str: ...

    @property
    def own(self) -> tuple[str, ...]:
        """Its fields that are ours to say, the date first."""
        ...

    @property
    def not_carried(self) -> tuple[str, ...]: ...

    def wanted(self, segments: Sequence[TimelineSegment]) -> tuple[Wanted, ...]: ...

    def there(self, row: TableRow) -> There | None:
        """None for a row without a day, which holds never."""
        ...

    def sent(self, send: Mapping[str, Any], day: date | None) -> dict[str, Any]:
        """A row's fields as they take them; `day` None leaves its day alone."""
        ...


@dataclass(frozen=True, slots=True)
class Jobs:
    """A row says a job title."""

    settings: Settings
    mapping: SystemMapping

    @property
    def table(self) -> str:
        return self.settings.jobs.table

    @property
    def own(self) -> tuple[str, ...]:
        return self.settings.jobs.date, self.settings.jobs.title

    @property
    def not_carried(self) -> tuple[str, ...]:
        return ()

    def wanted(self, segments: Sequence[TimelineSegment]) -> tuple[Wanted, ...]:
        """The title of each day, by the mapping of that day."""
        return tuple(
            one
            for segment in segments
            for day in (segment.effective_from, *self._renamed(segment))
            for one in (self._on(segment.assignment, day),)
        ) + _ends(segments)

    def there(self, row: TableRow) -> There | None:
        names = self.settings.jobs
        day = _day(row.values.get(names.date))
        title = row.values.get(names.title)
        rest = {name: value for name, value in row.values.items() if name not in self.own}
        if day is None:
            return None
        said = {} if title in (None, "") else {names.title: str(title).strip()}
        values = {name: self.mapping.as_written("level", one, day) for name, one in said.items()}
        return There(row=row.id, day=day, values=values, rest=rest, said=said)

    def sent(self, send: Mapping[str, Any], day: date | None) -> dict[str, Any]:
        return dict(send) if day is None else {self.settings.jobs.date: day.isoformat(), **send}

    def title(self, assignment: Assignment, day: date) -> str | None:
        """What they call it; None where nothing says so."""
        found = self.mapping.theirs("level", level_name(assignment.ladder, assignment.level), day)
        title = found or (assignment.title if self.settings.title == "ours" else None)
        return title.strip() or None if title else None

    def _on(self, assignment: Assignment, day: date) -> Wanted:
        title = self.title(assignment, day)
        if title is None:
            level = level_name(assignment.ladder, assignment.level)
            return Wanted(day=day, values=None, missing=("level-not-mapped", f"the mapping has no title for {level}"))
        return Wanted(day=day, values={self.settings.jobs.title: title})

    def _renamed(self, segment: TimelineSegment) -> list[date]:
        """Days within a segment on which the mapping begins to call its level otherwise."""
        level = level_name(segment.assignment.ladder, segment.assignment.level)
        return self.mapping.renamed("level", level, segment.effective_from, segment.effective_to)


@dataclass(frozen=True, slots=True)
class Pay:
    """A row says a rate: one figure of the band of grade and zone, as on the first day of what holds."""

    settings: PayTable
    figure: PayFigure

    @property
    def table(self) -> str:
        return self.settings.table

    @property
    def own(self) -> tuple[str, ...]:
        return self.settings.date, self.settings.rate, self.settings.paid_per

    @property
    def not_carried(self) -> tuple[str, ...]:
        return self.settings.not_carried

    def wanted(self, segments: Sequence[TimelineSegment]) -> tuple[Wanted, ...]:
        return tuple(self._of(one) for one in segments) + _ends(segments)

    def there(self, row: TableRow) -> There | None:
        names = self.settings
        day, rate = _day(row.values.get(names.date)), _rate(row.values.get(names.rate), names.currency)
        rest = {name: value for name, value in row.values.items() if name not in self.own}
        values: dict[str, str] = {}
        if rate is not None:
            values = {names.rate: rate, names.paid_per: str(row.values.get(names.paid_per) or "")}
        return None if day is None else There(row=row.id, day=day, values=values, rest=rest)

    def sent(self, send: Mapping[str, Any], day: date | None) -> dict[str, Any]:
        document = dict(send) if day is None else {self.settings.date: day.isoformat(), **send}
        rate = document.get(self.settings.rate)
        if isinstance(rate, str):
            amount, _, currency = rate.partition(" ")
            document[self.settings.rate] = {"value": amount, "currency": currency}
        return document

    def _of(self, segment: TimelineSegment) -> Wanted:
        band, day = segment.assignment.band, segment.effective_from
        amount: Decimal | None = getattr(band, self.figure) if band else None
        period = self.settings.periods.get(band.period) if band else None
        if band is None or amount is None or period is None:
            reason = f"their band here has no figure {self.figure}" if band else "no band here applies to them"
            return Wanted(day=day, values=None, missing=("no-pay-figure", reason))
        return Wanted(
            day=day,
            values={self.settings.rate: _written(amount, band.currency), self.settings.paid_per: period},
        )


def _ends(segments: Sequence[TimelineSegment]) -> tuple[Wanted, ...]:
    """Days from which nobody holds it."""
    following = [*(one.effective_from for one in segments[1:]), *((None,) if segments else ())]
    return tuple(
        Wanted(day=one.effective_to, values=None)
        for one, then in zip(segments, following, strict=True)
        if one.effective_to is not None and one.effective_to != then
    )


def _rate(value: object, usual: str | None) -> str | None:
    """A rate as they write it: an object of value and currency, or both in a text, or an amount in the usual one."""
    if isinstance(value, dict):
        parts = cast(dict[str, Any], value)
        amount, currency = amount_of(parts.get("value")), str(parts.get("currency") or "")
    else:
        text, _, currency = str(value or "").partition(" ")
        amount = amount_of(text)
    return None if amount is None else _written(amount, currency.strip() or usual or "")


def _written(amount: Decimal, currency: str) -> str:
    """Equal amounts read equal, however many zeros they were written with."""
    return f"{amount.normalize():f} {currency}"


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
