"""What new definitions mean for people: who is shown something else from a day on, and what it costs at the least."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import Field

from service.domain.assignments import Assignment, Facts, Standing, level_in_force, resolve
from service.domain.currencies import minor_digits
from service.domain.definitions import Definitions
from service.domain.pay import Band

_SHOWN = ("level", "track", "grade", "title", "currency", "band")
"""What people notice. A version's name alone touches nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headcount:
    """How many people hold exactly these facts at this grade."""

    facts: Facts
    grade: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """People that a plan touches in one way."""

    ladder: Annotated[str, Field(description="Ladder they stand on.")]
    level: Annotated[str, Field(description="Level they stand on without the plan.")]
    zone: Annotated[str | None, Field(description="Their pay zone.")]
    people: Annotated[int, Field(description="How many; somebody with two jobs counts for each.")]
    changed: Annotated[tuple[str, ...], Field(description="What is shown differently for them.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Sum over the people touched of the lowest pay of their band after, minus before."""

    currency: Annotated[str, Field(description="ISO 4217 currency; nothing is converted.")]
    per_year: Annotated[Decimal, Field(description="For a year of pay. No actual pay is known here.")]
    people: Annotated[int, Field(description="People it is summed over.")]
    not_told: Annotated[int, Field(description="People touched whose lowest pay is not stated before or after.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What holds from a day on, against what would hold on it without the news."""

    effective_on: Annotated[date, Field(description="The day.")]
    people: Annotated[int, Field(description="People touched; somebody with two jobs counts for each.")]
    touched: Annotated[tuple[Touched, ...], Field(description="They, by ladder, level and zone.")]
    cost: Annotated[tuple[Cost, ...], Field(description="What it costs at the least, by currency.")]


def impact(held: Iterable[Headcount], *, before: Definitions, after: Definitions, day: date) -> Impact:
    """`held` is who stands where on the day."""
    touched: dict[tuple[str, str, str | None, tuple[str, ...]], int] = {}
    costs: dict[str, _Sum] = {}
    for count in held:
        then = _mapped(count, before, after, day)
        old, new = _shown(count, before, day), _shown(then, after, day)
        changed = tuple(name for name in _SHOWN if _seen(old, name) != _seen(new, name))
        if not changed:
            continue
        place = (count.facts.ladder, count.facts.level, count.facts.zone, changed)
        touched[place] = touched.get(place, 0) + count.people
        currency = new.currency or old.currency
        if currency is not None:
            costs.setdefault(currency, _Sum()).add(
                _rise(_lowest(count, before, day), _lowest(then, after, day)), count.people
            )
    return Impact(
        effective_on=day,
        people=sum(touched.values()),
        touched=tuple(
            Touched(ladder=ladder, level=level, zone=zone, people=people, changed=changed)
            for (ladder, level, zone, changed), people in sorted(touched.items(), key=lambda item: str(item[0]))
        ),
        cost=tuple(costs[currency].cost(currency) for currency in sorted(costs)),
    )


class _Sum:
    def __init__(self) -> None:
        self._total = Decimal(0)
        self._people = 0
        self._not_told = 0

    def add(self, rise: Decimal | None, people: int) -> None:
        if rise is None:
            self._not_told += people
        else:
            self._total += rise * people
            self._people += people

    def cost(self, currency: str) -> Cost:
        exact = self._total.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP)
        return Cost(currency=currency, per_year=exact, people=self._people, not_told=self._not_told)


def _shown(count: Headcount, definitions: Definitions, day: date) -> Assignment:
    # The days of the standing do not show in what is compared.
    standing = Standing(facts=count.facts, grade=count.grade, grade_since=day, step_since=day, since=day)
    return resolve(standing, day=day, definitions=definitions)


def _seen(assignment: Assignment, name: str) -> object:
    """A fact as people see it: equal amounts of a set with another name are the same band."""
    value = getattr(assignment, name)
    return replace(value, band_set="") if isinstance(value, Band) else value


def _mapped(count: Headcount, before: Definitions, after: Definitions, day: date) -> Headcount:
    """The same people as the level maps that are new put them."""
    facts = count.facts
    for mapping in after.maps(facts.ladder):
        if mapping.day <= day and mapping not in before.maps(facts.ladder):
            facts = replace(facts, level=mapping.levels.get(facts.level, facts.level))
    found = level_in_force(after, facts, day)
    grade = found[1].grade if found else None
    if grade is None or grade == count.grade:
        return replace(count, facts=facts)
    # A position inside a band and a pinned band set belong to the grade that is left.
    return replace(count, facts=replace(facts, step=None, band_set=None), grade=grade)


def _rise(old: tuple[str, Decimal] | None, new: tuple[str, Decimal] | None) -> Decimal | None:
    if old is None or new is None or old[0] != new[0]:
        return None
    return new[1] - old[1]


def _lowest(count: Headcount, definitions: Definitions, day: date) -> tuple[str, Decimal] | None:
    """(currency, lowest pay of a year); None where it is not stated."""
    facts = count.facts
    bands = definitions.bands(day, None, facts.band_set)
    ladder = definitions.ladder(facts.ladder, day)
    level = ladder.level(facts.level) if ladder else None
    if bands is None:
        return None
    row = bands.band_for(grade=count.grade, zone=facts.zone, ladder=facts.ladder, track=level.track if level else None)
    yearly = bands.per_year(row.period) if row else None
    if row is None or row.lowest is None or yearly is None:
        return None
    return row.currency, row.lowest * yearly
