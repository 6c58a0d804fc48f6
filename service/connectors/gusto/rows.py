"""What a compensation says in our words, and how it is sent in theirs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from service.connectors.comparing import Table, There, Wanted
from service.connectors.gusto.client import PAY, PayRow
from service.connectors.gusto.settings import UNITS, Settings
from service.domain.assignments import Assignment
from service.domain.mappings import SystemMapping, level_name
from service.usecases.assignments import TimelineSegment

CURRENCY = "USD"
"""The only one they pay in."""
_TWO = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows of a job: a title, and a rate where pay is ours. What is not ours is taken over from the row before."""

    settings: Settings
    mapping: SystemMapping

    @property
    def own(self) -> tuple[str, ...]:
        return ("title", "rate", "payment_unit") if self.settings.owns_pay else ("title",)

    def table(self, latest: date | None) -> Table:
        """`latest` is the last day on which a row may be made."""
        return Table(
            name="compensations",
            carried=tuple(name for name in PAY if name not in self.own),
            fresh={"flsa_status": self.settings.flsa_status},
            overwrite=self.settings.overwrite,
            latest=latest if self.settings.announce == "on_the_day" else None,
        )

    def there(self, row: PayRow) -> There:
        held = {"title": row.title, **{name: _plain(name, value) for name, value in row.pay.items()}}
        said = {name: held[name] for name in self.own if held.get(name)}
        title = self.mapping.as_written("level", row.title, row.day)
        values = {**said, "title": title} if title else said
        rest = {name: value for name, value in row.pay.items() if name not in self.own}
        return There(row=row.uuid, day=row.day, values=values, rest=rest, said=said)

    def wanted(self, segments: Sequence[TimelineSegment]) -> list[Wanted]:
        """By day; a level has another name from a day on where the mapping says so."""
        starts = [
            self._on(one.assignment, day) for one in segments for day in (one.effective_from, *self._renamed(one))
        ]
        following = [*(one.effective_from for one in segments[1:]), None]
        ends = [
            Wanted(day=one.effective_to, values=None)
            for one, then in zip(segments, following, strict=True)
            if one.effective_to is not None and one.effective_to != then
        ]
        return sorted([*starts, *ends], key=lambda one: one.day)

    def sent(self, send: Mapping[str, Any], day: date) -> dict[str, str]:
        """A row as they take it: whole, with amounts as texts."""
        document = {name: str(value) for name, value in send.items()}
        if "rate" in document and "rate" in self.own:
            document["rate"] = _money(Decimal(document["rate"]))
        return {"effective_date": day.isoformat(), **document}

    def title(self, assignment: Assignment, day: date) -> str | None:
        """What they call it; None where nothing says so."""
        found = self.mapping.theirs("level", level_name(assignment.ladder, assignment.level), day)
        return found or (assignment.title if self.settings.title == "ours" else None)

    def _on(self, assignment: Assignment, day: date) -> Wanted:
        title = self.title(assignment, day)
        if title is None:
            level = level_name(assignment.ladder, assignment.level)
            return Wanted(day=day, values=None, missing=("level-not-mapped", f"the mapping has no title for {level}"))
        if not self.settings.owns_pay:
            return Wanted(day=day, values={"title": title})
        return self._paid(assignment, day, title)

    def _paid(self, assignment: Assignment, day: date, title: str) -> Wanted:
        band = assignment.band
        figure = self.settings.pay_figure or ""
        amount: Decimal | None = getattr(band, figure) if band else None
        unit = UNITS.get(band.period) if band else None
        if band is None or amount is None:
            reason = f"their band here has no figure {figure}" if band else "no band here applies to them"
        elif band.currency != CURRENCY:
            reason = f"their band here is in {band.currency}, and they pay in {CURRENCY}"
        elif unit is None:
            reason = f"their band here is by the {band.period}, which they do not pay by"
        else:
            values = {"title": title, "rate": _plain("rate", str(amount)), "payment_unit": unit}
            return Wanted(day=day, values=values)
        return Wanted(day=day, values=None, missing=("no-pay-figure", reason))

    def _renamed(self, segment: TimelineSegment) -> list[date]:
        level = level_name(segment.assignment.ladder, segment.assignment.level)
        return self.mapping.renamed("level", level, segment.effective_from, segment.effective_to)


def _plain(name: str, value: str) -> str:
    """Equal amounts read equal, however many zeros they were written with."""
    if name != "rate":
        return value
    try:
        return format(Decimal(value).normalize(), "f")
    except InvalidOperation:
        return value


def _money(amount: Decimal) -> str:
    """With two decimals, unless it has more."""
    exponent = amount.as_tuple().exponent
    is_finer = isinstance(exponent, int) and exponent < -2
    return format(amount if is_finer else amount.quantize(_TWO), "f")
