"""Values that hold for some days: attributes of a level, titles it has had."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Protocol, TypeVar

from pydantic import Field

from service.domain.dates import DateRange
from service.domain.shapes import Label, OneOrMany, Plain, Prose, Within


class HasDays(Protocol):
    @property
    def days(self) -> DateRange: ...


Held = TypeVar("Held", bound=HasDays)

_From = Annotated[date | None, Field(description="First day; null when it holds from the beginning, or is not known.")]
_To = Annotated[date | None, Field(description="First day after it; null while it holds, or when it is not known.")]
_Note = Annotated[Prose | None, Field(description="What else is to be known, for example that a day is not public.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedFlag:
    """Whether something holds, from a day to a day."""

    value: Annotated[bool | None, Field(description="Whether it holds on these days; null when that is not known.")]
    effective_from: _From
    effective_to: _To
    note: _Note

    @property
    def days(self) -> DateRange:
        return days_of(self.effective_from, self.effective_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedMonths:
    """A number of months that holds from a day to a day."""

    value: Annotated[int | None, Within(1, 1200), Field(description="Months; null for no limit.")]
    effective_from: _From
    effective_to: _To
    note: _Note

    @property
    def days(self) -> DateRange:
        return days_of(self.effective_from, self.effective_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleAlias:
    """Another title that people on a level have or had. A title never tells the track."""

    title: Annotated[Label, Field(description="The title.")]
    effective_from: _From
    effective_to: _To
    note: _Note

    @property
    def days(self) -> DateRange:
        return days_of(self.effective_from, self.effective_to)


Flags = Annotated[tuple[Annotated[DatedFlag, Plain("value")], ...], OneOrMany()]
Months = Annotated[tuple[Annotated[DatedMonths, Plain("value")], ...], OneOrMany()]
Aliases = Annotated[tuple[Annotated[TitleAlias, Plain("title")], ...], OneOrMany()]


def days_of(start: date | None, end: date | None) -> DateRange:
    return DateRange(start=start or date.min, end=end)


def held_on(values: Iterable[Held], day: date) -> Held | None:
    """The value that holds on a day; None when none does. Of a checked definition at most one does."""
    return next((value for value in values if value.days.contains(day)), None)
